"""offer_uplifts: a read-out as the uplift of each offer in the next campaign."""

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.experiments.readout import ExperimentReadout
from cemkit.proportions.intervals import critical_value


def offer_uplifts(readout: ExperimentReadout, *, metric: str = "converted") -> pd.DataFrame:
    """Return the uplift of each offer with its standard error, as `offer_profit` takes them.

    The standard error of a rate is that of Agresti and Caffo, `p (1 - p) / (n + 2)` of each group
    with p = (successes + 1) / (n + 2). Unlike the plain one it is never 0, so that an offer that
    nobody in a small group took is not called certain. That of a mean is Welch's.

    Args:
        readout: Result of `compare_variants` with `by="offer"` on the table of
            `audience_experiment`, or on an experiment whose variants are the offers.
        metric: Metric whose difference is the uplift.

    Returns:
        One row per `offer`: `uplift, uplift_standard_error`. Pass it on as `offer_profit(...,
        **table.to_dict())`.

    Raises:
        DataError: The read-out has no such metric, is invalid, or has an offer twice.
        TypeError: `readout` is not a result of `compare_variants`.

    References:
        Agresti, Caffo (2000), Simple and effective confidence intervals for proportions and
        differences of proportions, The American Statistician 54.

    Examples:
        >>> from cemkit.experiments import compare_variants
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "variant": ["control"] * 50 + ["contacted"] * 50,
        ...         "offer": "10% off",
        ...         "converted": [0] * 40 + [1] * 10 + [0] * 30 + [1] * 20,
        ...     }
        ... )
        >>> readout = compare_variants(experiment, {"converted": "proportion"}, by="offer")
        >>> offer_uplifts(readout).round(3)
                 uplift  uplift_standard_error
        offer
        10% off     0.2                  0.089
    """
    if not isinstance(readout, ExperimentReadout):
        raise TypeError(f"readout must come from compare_variants, not {type(readout).__name__}")
    if not isinstance(metric, str):
        raise TypeError(f"metric must name a metric of the read-out, not {shown(metric)}")
    if readout.valid is False:
        raise DataError(
            "the read-out is invalid, because its sample ratio differs from the design; "
            "find the reason before using its differences"
        )
    rows = readout.table[readout.table["metric"] == metric]
    if rows.empty:
        raise DataError(
            f"the read-out has no metric {shown(metric)}; it has "
            f"{readout.table['metric'].unique().tolist()}"
        )
    offers = rows["offer" if "offer" in rows.columns else "variant"]
    if offers.duplicated().any():
        raise DataError(
            f"the read-out has offer {offers[offers.duplicated()].tolist()[0]!r} more than once; "
            "compare two variants, split by the offer alone"
        )
    is_rate = rows["method"].str.startswith("pooled z").all()
    errors = _error_of_rates(rows) if is_rate else _error_of_means(rows)
    return pd.DataFrame(
        {"uplift": rows["difference"].to_numpy(np.float64), "uplift_standard_error": errors},
        index=pd.Index(offers.array, name="offer"),
    )


def _error_of_rates(rows: pd.DataFrame) -> Floats:
    variance = np.zeros(len(rows))
    for rate, count in (("control_value", "control_customers"), ("value", "customers")):
        n = rows[count].to_numpy(np.float64)
        share = (rows[rate].to_numpy(np.float64) * n + 1) / (n + 2)
        variance += share * (1 - share) / (n + 2)
    error: Floats = np.sqrt(variance)
    return error


def _error_of_means(rows: pd.DataFrame) -> Floats:
    """The difference over its statistic; from the interval where both are 0."""
    difference = rows["difference"].to_numpy(np.float64)
    statistic = rows["statistic"].to_numpy(np.float64)
    half = (rows["difference_upper"] - rows["difference_lower"]).to_numpy(np.float64) / 2
    reach = np.array([float(critical_value(level)) for level in rows["interval_level"]])
    with np.errstate(divide="ignore", invalid="ignore"):
        error: Floats = np.where(statistic == 0, half / reach, np.abs(difference / statistic))
    return error
