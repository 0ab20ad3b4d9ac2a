"""What makes the values of customers differ: rates, spreads, ratios, clusters and covariates."""

import dataclasses
import math

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_number,
    check_positive,
    finite_values,
)
from cemkit.checks.options import shown
from cemkit.errors import NotEnoughDataError

CORRELATION = 0.05  # of the customers of a cluster, where none is given


@dataclasses.dataclass(frozen=True, slots=True)
class UnitNoise:
    """How much the values of customers differ, and how those of a cluster hang together."""

    control: float
    deviation: float
    explained: float
    cluster_size: float
    correlation: float
    variation: float

    @property
    def design_effect(self) -> float:
        """1 + ((1 + cv^2) m - 1) rho."""
        return 1 + ((1 + self.variation**2) * self.cluster_size - 1) * self.correlation

    @property
    def of_customer(self) -> float:
        """Standard deviation of a customer's value, without what the covariate explains."""
        return self.deviation * math.sqrt(1 - self.explained)

    @property
    def of_unit(self) -> float:
        """Standard deviation of what is randomised: a customer, or a cluster's mean."""
        return self.of_customer * math.sqrt(self.design_effect / self.cluster_size)


def checked_noise(
    control: float,
    treatment: float | None,
    spreads: tuple[float | None, tuple[float, float, float] | None, Floats | None],
    clusters: tuple[float | None, float | None, float, float],
) -> UnitNoise:
    """The noise of what is measured; of a rate from the rates, of a history from its units."""
    (deviation, denominator, units), (cluster_size, correlation, variation, before) = (
        spreads,
        clusters,
    )
    check_number(control, "control")
    if units is not None:
        _check_only_history(deviation, denominator, cluster_size, before, control)
        spread = _unit_deviation(units)
    elif deviation is None:
        spread = _rate_deviation(control, treatment, denominator)
    else:
        spread = _ratio_deviation(
            control, check_positive(deviation, "standard_deviation"), denominator
        )
    within = _checked_correlation(correlation, cluster_size)
    if not -1 < check_number(before, "pre_correlation") < 1:
        raise ValueError(f"pre_correlation must lie between -1 and 1, not {before!r}")
    size, wide = _checked_sizes(cluster_size, variation)
    return UnitNoise(float(control), spread, float(before) ** 2, size, within, wide)


def _check_only_history(
    deviation: float | None,
    denominator: tuple[float, float, float] | None,
    cluster_size: float | None,
    before: float,
    control: float,
) -> None:
    """Raise where a figure is given that the history shows, or no lift can be applied to it."""
    if deviation is not None or denominator is not None or cluster_size is not None or before:
        raise ValueError(
            "history measures the noise itself; leave out standard_deviation, denominator, "
            "cluster_size and pre_correlation (give adjusted values in their place)"
        )
    if control <= 0:
        raise ValueError(
            f"the lift of a history needs a control above 0, not {control:g}; plan by formula"
        )


def _rate_deviation(
    control: float, treatment: float | None, denominator: tuple[float, float, float] | None
) -> float:
    """Standard deviation of a 0/1 value, from the mean variance of the rates."""
    if denominator is not None:
        raise ValueError("a ratio needs the standard_deviation of its numerator as well; give it")
    rates = [check_fraction(control, "control")]
    rates += [] if treatment is None else [check_fraction(treatment, "treatment")]
    return math.sqrt(sum(p * (1 - p) for p in rates) / len(rates))


def _checked_sizes(cluster_size: float | None, variation: float) -> tuple[float, float]:
    """Customers per cluster, 1 without clusters, and how much that varies."""
    if cluster_size is None and variation:
        raise ValueError("cluster_variation needs cluster_size; give both")
    size = 1.0
    if cluster_size is not None:
        size = float(check_number(cluster_size, "cluster_size", minimum=1))
    return size, float(check_number(variation, "cluster_variation", minimum=0))


def _checked_correlation(correlation: float | None, cluster_size: float | None) -> float:
    """The correlation of the customers of a cluster; 0 where customers are randomised."""
    alike = CORRELATION if correlation is None else correlation
    if not 0 <= check_number(alike, "intracluster_correlation") <= 1:
        raise ValueError(f"intracluster_correlation must lie between 0 and 1, not {correlation!r}")
    if correlation and cluster_size is None:
        raise ValueError("intracluster_correlation needs cluster_size; give both")
    return 0.0 if cluster_size is None else float(alike)


def _ratio_deviation(
    ratio: float, deviation: float, denominator: tuple[float, float, float] | None
) -> float:
    """The standard deviation of a customer's part in a ratio, by the delta method."""
    if denominator is None:
        return float(deviation)
    if not isinstance(denominator, tuple | list) or len(denominator) != 3:
        raise ValueError(
            "denominator must be its mean, standard deviation and correlation with the numerator, "
            f"not {shown(denominator)}"
        )
    mean, spread = (check_positive(v, "denominator") for v in denominator[:2])
    if not -1 <= check_number(denominator[2], "the correlation of the denominator") <= 1:
        raise ValueError(
            f"the correlation of the denominator must lie between -1 and 1, not {denominator[2]!r}"
        )
    crossed = 2 * ratio * denominator[2] * deviation * spread
    variance = deviation**2 - crossed + (ratio * spread) ** 2
    if variance <= 0:
        raise ValueError(
            "with these figures of denominator the ratio is the same for every customer; correct "
            "them"
        )
    return math.sqrt(variance) / mean


def history_values(history: pd.DataFrame) -> Floats:
    """Values of the units, a second column for the denominator of a ratio."""
    check_frame(history, "history")
    check_columns(history.columns, ["value"])
    names = ["value", *(["denominator"] if "denominator" in history else [])]
    values = np.column_stack([finite_values(history[name], name) for name in names])
    if len(values) < 2:
        raise NotEnoughDataError("units in the history", len(values), 2)
    if values[:, -1].sum() <= 0:
        raise ValueError(f"{names[-1]} of history must add up to more than 0")
    return values


def measured_in(units: Floats) -> float:
    """The mean of the units, or the ratio of their sums."""
    return float(
        units[:, 0].mean() if units.shape[1] == 1 else units[:, 0].sum() / units[:, 1].sum()
    )


def _unit_deviation(units: Floats) -> float:
    """Standard deviation of a unit's value, made linear where it is a ratio."""
    if units.shape[1] == 1:
        return float(units[:, 0].std(ddof=1))
    linear = (units[:, 0] - measured_in(units) * units[:, 1]) / units[:, 1].mean()
    return float(linear.std(ddof=1))
