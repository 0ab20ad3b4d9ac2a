"""promotion_elasticity: how the effect of a promotion grows with its depth or price."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from cemkit.arrays import Floats
from cemkit.checks import check_fraction
from cemkit.errors import DataError
from cemkit.forecasting.regressors import promotion_share
from cemkit.forecasting.series import time_index
from cemkit.formats import count_text
from cemkit.impact.sizes import around, log_price_changes
from cemkit.impact.study import Study, study_of
from cemkit.results import Result

MOST_SIZES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionElasticity(Result):
    """Price elasticity of promotions, and the lift at each depth, from `promotion_elasticity`.

    Attributes:
        elasticity: Change of the logarithm of sales with that of the price, in promotions; -2 says
            that 1 % off sells 2 % more.
        p_value: P-value of the hypothesis that one elasticity holds at every depth; missing where
            there is one depth only. Below 0.05 the effects of `table` say more than the elasticity.
        lift_calendar: Whether other years tell the promotions apart from the season.
        table: One row per depth, from the least:

            - `size`, `depth`: as given, and as a fraction off the price.
            - `promotions`: how many had it.
            - `lift, lift_lower, lift_upper`: measured at this depth alone.
            - `elasticity_lift`, with its bounds: what the one elasticity says.

    Examples:
        >>> PromotionElasticity.__dataclass_fields__.keys() >= {"elasticity", "p_value", "table"}
        True
    """

    _pictures = ("impact.effect_by_depth",)

    size: str
    n_promotions: int
    n_sizes: int
    elasticity: float
    elasticity_lower: float
    elasticity_upper: float
    p_value: float
    confidence_level: float
    lift_calendar: str
    table: pd.DataFrame


def promotion_elasticity(
    sales: pd.Series,
    promotions: pd.DataFrame,
    *,
    size: Literal["depth", "price"] = "depth",
    regular_price: float | None = None,
    before: int = 0,
    after: int = 4,
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    confidence_level: float = 0.95,
) -> PromotionElasticity:
    """Measure the effect of each depth of promotions, and the one elasticity that fits best.

    The regression of `promotion_effect` has an effect for each distinct size. The elasticity is the
    line through them, by the logarithm of the price, weighted by their covariance matrix. The
    deviations from the line give the p-value.

    Args:
        sales: Units, or amounts, above 0, on a regular index, as in `promotion_effect`. With
            amounts that were paid the elasticity is that of revenue: that of units, and 1 more.
        promotions: The calendar of the promotions, with `size` for their depth or price.
        size: Meaning of the column `size`: `"depth"` (discount as a fraction) or `"price"`.
        regular_price: The price without promotions, for `"price"`.
        before: Periods before a promotion in which customers may wait, or stock up.
        after: Periods after a promotion in which a dip is looked for.
        X: Other drivers of sales as regressors, as in `promotion_effect`. None for none.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        confidence_level: Confidence level of the intervals, as a fraction.

    Raises:
        MissingColumnsError: The calendar lacks a column.
        DataError: A size lies outside its range, there are more than 12 sizes, two sizes are never
            apart, or sales are not all above 0.
        ValueError: `regular_price` is missing, or not wanted.

    Examples:
        >>> weeks = pd.period_range("2023-01-02", periods=60, freq="W-SUN")
        >>> sold = 100 + 5 * np.sin(np.arange(60.0) ** 2)
        >>> sold[[10, 30]], sold[[20, 40]] = 100 * 0.8**-2, 100 * 0.9**-2
        >>> days = weeks[[10, 20, 30, 40]].start_time
        >>> sale = pd.DataFrame({"name": range(4), "start_date": days, "size": [0.2, 0.1] * 2})
        >>> sale["end_date"] = sale["start_date"] + pd.Timedelta(days=6)
        >>> found = promotion_elasticity(pd.Series(sold, weeks), sale, after=0)
        >>> -2.5 < found.elasticity < -1.5
        True
    """
    level = check_fraction(confidence_level, "confidence_level")
    given: dict[str, Any] = {"before": before, "after": after, "seasonal_period": seasonal_period}
    study = study_of(sales, promotions, scale="multiplicative", X=X, **given)
    changes = log_price_changes(study.promotions, size, regular_price)
    sizes, group = _grouped(study.promotions["size"].to_numpy(np.float64))
    estimates = study.estimates(_design(study, group, len(sizes)))
    own = slice(0, len(sizes))
    values, covariance = estimates.effects[own], estimates.covariance[own, own]
    at = np.array([changes[group == i].mean() for i in range(len(sizes))])
    slope, error, distance = _line(at, values, covariance)
    limit = float(student.ppf(0.5 + level / 2, estimates.degrees))
    free = len(sizes) - 1
    reach = limit * np.sqrt(np.diag(covariance))
    slopes = np.array([slope, slope - limit * error, slope + limit * error])
    effects = np.sort(np.outer(slopes[1:], at), axis=0)
    columns = {
        "size": sizes,
        "depth": -np.expm1(at),
        "promotions": np.bincount(group),
        **_lifts("lift", values, values - reach, values + reach),
        **_lifts("elasticity_lift", slope * at, effects[0], effects[1]),
    }
    return PromotionElasticity(
        size=size,
        n_promotions=len(study.promotions),
        n_sizes=len(sizes),
        elasticity=float(slopes[0]),
        elasticity_lower=float(slopes[1]),
        elasticity_upper=float(slopes[2]),
        p_value=float(chi2.sf(distance, free)) if free else math.nan,
        confidence_level=level,
        lift_calendar=study.calendar_status()[0],
        table=pd.DataFrame(columns).sort_values("depth", ignore_index=True),
    )


def _lifts(name: str, value: Floats, lower: Floats, upper: Floats) -> dict[str, Floats]:
    """A lift and its bounds from those of its logarithm."""
    ends = {"": value, "_lower": lower, "_upper": upper}
    return {f"{name}{end}": np.expm1(logs) for end, logs in ends.items()}


def _grouped(sizes: Floats) -> tuple[Floats, Any]:
    """The distinct sizes, and which each promotion has."""
    rounded = np.round(sizes, 9)
    distinct, group = np.unique(rounded, return_inverse=True)
    if len(distinct) > MOST_SIZES:
        raise DataError(
            f"promotions has {count_text(len(distinct), 'distinct sizes')}, more than "
            f"{MOST_SIZES}, so each would rest on too few promotions; round them, such as to 5 %: "
            "promotions['size'].round(1)"
        )
    return distinct, group


def _design(study: Study, group: Any, count: int) -> pd.DataFrame:
    """A column for each size, and those of what is around the promotions."""
    index = time_index(study.series)
    seen = study.series.notna().to_numpy()
    columns = {}
    for i in range(count):
        share = promotion_share(index, study.promotions[group == i])
        if not share[seen].any():
            raise DataError("a size occurs only where all sales are missing; leave its rows out")
        columns[f"size_{i}"] = share
    return pd.DataFrame(columns, index=index).join(around(study))


def _line(at: Floats, values: Floats, covariance: Floats) -> tuple[float, float, float]:
    """The slope through 0 by generalised least squares, its error, and the squared distance."""
    precision = np.linalg.pinv(covariance)
    weight = float(at @ precision @ at)
    slope = float(at @ precision @ values) / weight
    rest = values - slope * at
    return slope, 1 / math.sqrt(weight), float(rest @ precision @ rest)
