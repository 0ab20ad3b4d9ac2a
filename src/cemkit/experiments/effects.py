"""From the sums of cells to effects: each metric's comparisons, all at once.

References:
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, KDD.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError
from cemkit.proportions.comparison import z_statistic
from cemkit.proportions.intervals import difference_bounds, lift_bounds
from cemkit.proportions.score import score_statistic
from cemkit.proportions.shares import clearly_above_zero

Metric = str | tuple[str, str]
Bounds = tuple[Floats, Floats, Floats, Floats]

SIDES = ("control ", "")
ROUNDING = 1e-12  # of the size of two means, which their sums may be off by


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """One metric's comparisons: control and treatment of each, what was found.

    `statistic` is that of the difference `supposed`, which `against` changes; `error` is the
    standard error of the difference.
    """

    control_value: Floats
    value: Floats
    error: Floats
    statistics: Callable[[float | Floats], Floats]
    degrees_of_freedom: Floats
    exposed: Floats
    bounds: Callable[[Floats], Bounds]
    method: str
    supposed: float = 0.0

    @property
    def statistic(self) -> Floats:
        """The test statistic of the hypothesis that the difference is `supposed`."""
        return self.statistics(self.supposed)

    @property
    def difference(self) -> Floats:
        """The treatment's value minus the control's."""
        return self.value - self.control_value

    def against(self, supposed: float) -> "Effects":
        """The same comparisons, tested against another difference than 0."""
        return dataclasses.replace(self, supposed=supposed)


def proportion_metric(pairs: pd.DataFrame, column: str) -> Effects:
    """Rates by pooled z, with Miettinen-Nurminen and Koopman intervals."""
    x1, n1, x2, n2 = (
        pairs[name].to_numpy(np.float64)
        for name in (f"control {column} sum", "control rows", f"{column} sum", "rows")
    )

    def bounds(critical: Floats) -> Bounds:
        return (
            *difference_bounds(x1, n1, x2, n2, critical),
            *lift_bounds(x1, n1, x2, n2, critical),
        )

    def statistics(supposed: float | Floats) -> Floats:
        if isinstance(supposed, float) and supposed == 0:
            return z_statistic(x1, n1, x2, n2)
        return score_statistic(x1, n1, x2, n2, supposed)

    p1, p2 = x1 / n1, x2 / n2
    return Effects(
        control_value=p1,
        value=p2,
        error=np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2),
        statistics=statistics,
        degrees_of_freedom=np.full_like(x1, np.inf),
        exposed=n2,
        bounds=bounds,
        method="pooled z, miettinen-nurminen, koopman",
    )


def mean_metric(pairs: pd.DataFrame, column: str) -> Effects:
    """Means by Welch's t, with Fieller's interval of the lift."""
    arms = [
        (
            pairs[f"{side}{column} mean"].to_numpy(np.float64),
            pairs[f"{side}{column} var"].to_numpy(np.float64),
        )
        for side in SIDES
    ]
    return effects_of_means(pairs, arms, "welch t, fieller")


def ratio_metric(pairs: pd.DataFrame, numerator: str, denominator: str) -> Effects:
    """Ratios of two sums by the delta method, with Fieller's interval of the lift."""
    arms = []
    for side in SIDES:
        above, below, var_above, var_below, cov = (
            pairs[f"{side}{name}"].to_numpy(np.float64)
            for name in (
                f"{numerator} mean",
                f"{denominator} mean",
                f"{numerator} var",
                f"{denominator} var",
                f"{numerator} {denominator} cov",
            )
        )
        ratio = above / checked_denominator(below, numerator, denominator)
        variance = (var_above - 2 * ratio * cov + ratio**2 * var_below) / below**2
        arms.append((ratio, np.maximum(variance, 0.0)))
    effects = effects_of_means(pairs, arms, "delta method, welch t, fieller")
    below = pairs[f"{denominator} mean"].to_numpy(np.float64)
    return dataclasses.replace(effects, exposed=effects.exposed * below)


def checked_denominator(below: Floats, numerator: str, denominator: str) -> Floats:
    """The means of a denominator, when all are above 0."""
    if (below <= 0).any():
        raise NotEnoughDataError(
            f"{denominator} in an arm", 0, 1, f"leave out the metric {numerator}/{denominator}"
        )
    return below


def effects_of_means(
    pairs: pd.DataFrame,
    arms: Sequence[tuple[Floats, Floats]],
    method: str,
    shared: tuple[Floats, Floats, Floats] | None = None,
    fitted: Floats | float = 0.0,
) -> Effects:
    """Welch's t of two means."""
    n1, n2 = pairs["control rows"].to_numpy(np.float64), pairs["rows"].to_numpy(np.float64)
    (mean1, var1), (mean2, var2) = arms
    # Where means differ by the rounding of their sums alone, they do not differ.
    mean2 = np.where(np.abs(mean2 - mean1) <= ROUNDING * (abs(mean1) + abs(mean2)), mean1, mean2)
    v1, v2 = var1 / n1, var2 / n2
    more1, more2, covariance = shared or (np.zeros_like(v1),) * 3
    error = np.sqrt(v1 + v2 + np.maximum(more1 + more2 - 2 * covariance, 0.0))
    difference = mean2 - mean1
    spread = v1**2 / _degrees(pairs, SIDES[0]) + v2**2 / _degrees(pairs, SIDES[1])
    degrees = np.divide((v1 + v2) ** 2, spread, out=n1 + n2 - 2, where=spread > 0)
    degrees = np.maximum(degrees * (1 - fitted / (n1 + n2 - 2)), 1.0)

    def bounds(critical: Floats) -> Bounds:
        half = critical * error
        lift = _fieller((mean1, mean2), (v1 + more1, v2 + more2, covariance), critical)
        return (difference - half, difference + half, *lift)

    def statistics(supposed: float | Floats) -> Floats:
        # No spread at all: any difference is infinitely many of its standard errors.
        beyond = difference - supposed
        with np.errstate(divide="ignore"):
            z: Floats = np.divide(beyond, error, out=np.zeros_like(beyond), where=beyond != 0)
        return z

    return Effects(
        control_value=mean1,
        value=mean2,
        error=error,
        statistics=statistics,
        degrees_of_freedom=degrees,
        exposed=n2,
        bounds=bounds,
        method=method,
    )


def _degrees(pairs: pd.DataFrame, side: str) -> Floats:
    """Degrees of freedom of the arm's variances."""
    name = f"{side}degrees"
    return (pairs[name] if name in pairs else pairs[f"{side}rows"] - 1).to_numpy(np.float64)


def _fieller(
    means: tuple[Floats, Floats], variances: tuple[Floats, Floats, Floats], critical: Floats
) -> tuple[Floats, Floats]:
    """Bounds of mean2 / mean1 - 1; the whole line where mean1 is not clearly above 0."""
    (mean1, mean2), (v1, v2, covariance) = means, variances
    known = clearly_above_zero(mean1, np.sqrt(v1), critical)
    base = np.where(known, mean1, 1.0)
    ratio = mean2 / base
    scale = np.where(known, critical**2 / base**2, 0.0)
    g, h, k = scale * v1, scale * covariance, scale * v2
    half = np.sqrt(np.maximum(k - 2 * ratio * h + ratio**2 * g + h**2 - g * k, 0.0))
    lower, upper = (ratio - h - half) / (1 - g) - 1, (ratio - h + half) / (1 - g) - 1
    return np.where(known, lower, -np.inf), np.where(known, upper, np.inf)
