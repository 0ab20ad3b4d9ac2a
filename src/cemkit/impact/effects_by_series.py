"""promotion_effects: promotions of several products or shops, each measured and all pooled."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction, check_integer
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.effects import NOT_IDENTIFIED
from cemkit.impact.pooling import Pooled, pool
from cemkit.impact.sales_panel import (
    check_names,
    check_panel,
    mean_logarithm,
    named,
    promotions_by_series,
)
from cemkit.impact.sizes import SIZES, log_price_changes, sized_design
from cemkit.impact.study import study_of
from cemkit.impact.windows import AFTER, BEFORE
from cemkit.results import Result

OTHER_SERIES, NOT_MEASURED = "other series", "not measured"
TOLD_APART = ["told apart", OTHER_SERIES]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffects(Result):
    """Effects of promotions on several series, separate and pooled, from `promotion_effects`.

    Attributes:
        n_series: Series with promotions.
        effect: `"lift"`, or `"elasticity"` where the size of the promotions is given.
        mean: The mean effect of such series, with its interval; missing for fewer than three.
        spread: Standard deviation of the effects between series (of the logarithm of 1 + lift).
        identified: Series whose effect is identified apart from the season.
        averages: The mean and the spread of each effect.
        table: One row per series and effect:

            - `series`, `effect`: `lift` or `elasticity`, `before` and `dip`; the latter two in
              periods of baseline sales.
            - `estimate, lower, upper`: what the series says itself.
            - `pooled, pooled_lower, pooled_upper`: the same, shrunk towards the mean of all.
            - `weight`: the share of the pooled effect that comes from the series itself; 0 where
              it is not identified, so that all comes from the others.
            - `promotions`: how many the series had.
            - `calendar`: what tells the effect apart from the season, as in `PromotionEffect`, or
              `"other series"` where there is a comparison.
            - `reason`: why a series has no estimate of its own; else empty.

    Examples:
        >>> PromotionEffects.__dataclass_fields__.keys() >= {"mean", "spread", "table"}
        True
    """

    _pictures = ("impact.effects_by_series",)

    effect: str
    n_series: int
    identified: int
    confidence_level: float
    mean: float
    mean_lower: float
    mean_upper: float
    spread: float
    averages: pd.DataFrame
    table: pd.DataFrame

    @property
    def measured(self) -> int:
        """Series that the mean is made of, whether or not a season could explain their effects."""
        own = self.table[self.table["effect"] == self.effect]
        return int((own["estimate"].notna() & (own["calendar"] != NOT_IDENTIFIED)).sum())


def promotion_effects(
    sales: pd.DataFrame,
    promotions: pd.DataFrame,
    *,
    size: Literal["depth", "price"] | None = None,
    regular_price: pd.Series | float | None = None,
    comparison: Iterable[Any] | None = None,
    before: int = 0,
    after: int = 4,
    seasonal_period: Literal["auto"] | int = "auto",
    confidence_level: float = 0.95,
) -> PromotionEffects:
    """Measure promotions on several products or shops, with partial pooling towards their mean.

    Each series gets the regression of `promotion_effect`. The effects are then modelled as normal
    around a common mean, with a spread estimated from the effects (empirical Bayes). An imprecise
    estimate is shrunk towards the others, a precise one hardly changes. A series whose effect is
    not identified gets the estimate from the others.

    Args:
        sales: A column of amounts or units, above 0, for each product or shop, on a regular index.
        promotions: The calendar of the promotions, and the column `series`, which names the column
            of `sales` that each belongs to. A promotion without a series, and every one where there
            is no such column, belongs to all.
        size: Meaning of the calendar's column `size`: `"depth"` (discount as a fraction) or
            `"price"`. The effect is then an elasticity: the change of the logarithm of sales with
            that of the price. None measures the lift of promotions whatever their size.
        regular_price: The price without promotions, for `"price"`: one, or one for each series.
        comparison: Columns of `sales` that took no part, such as shops without the promotions.
            Sales of the others are taken relative to their geometric mean. What moves all shops by
            the same percentage, even a day of every year such as Double 11 (双11), is thus no
            effect. Products that a promotion may have taken sales from are none.
        before: Periods before a promotion in which customers may wait, or stock up.
        after: Periods after a promotion in which a dip is looked for.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        confidence_level: Confidence level of the intervals, as a fraction.

    Raises:
        MissingColumnsError: The calendar lacks a column.
        DataError: A series has sales that are not above 0, promotions name a series that is not
            there, or a size lies outside its range.
        NotEnoughDataError: No series could be measured.

    References:
        Morris (1983), Parametric empirical Bayes inference, Journal of the American Statistical
        Association 78.

    Examples:
        >>> weeks = pd.period_range("2023-01-02", periods=90, freq="W-SUN")
        >>> rng = np.random.default_rng(0)
        >>> sold = pd.DataFrame(np.exp(rng.normal(5, 0.1, (90, 4))), weeks, list("ABCD"))
        >>> sold.iloc[[20, 50, 70]] *= 1.5
        >>> days = weeks[[20, 50, 70]].start_time
        >>> sale = pd.DataFrame({"name": range(3), "start_date": days, "end_date": days})
        >>> sale["end_date"] += pd.Timedelta(days=6)
        >>> found = promotion_effects(sold, sale, after=0)
        >>> len(found.table), 0.3 < found.mean < 0.7
        (4, True)
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_integer(before, "before", minimum=0)
    check_integer(after, "after", minimum=0)
    if size is not None:
        check_choice(size, "size", SIZES)
    if size is None and regular_price is not None:
        raise ValueError("regular_price needs size='price'; leave it out, or set size")
    panel = check_panel(sales)
    others = check_names(comparison, panel.columns, "comparison")
    others_level = _comparison(panel[others]) if others else None
    effect = "lift" if size is None else "elasticity"
    kinds = [effect, *["before"] * (before > 0), *["dip"] * (after > 0)]
    found = []
    for name, events in promotions_by_series(promotions, panel.columns.drop(others)):
        if events.empty:
            continue
        price = _price_of(regular_price, name)
        given = {"before": before, "after": after, "seasonal_period": seasonal_period}
        series = panel[name] if others_level is None else panel[name] / others_level
        rows = _measured(series.rename(name), events, kinds, (size, price), given)
        found += [_against_others(row) for row in rows] if others else rows
    if not found:
        raise NotEnoughDataError("series with promotions", have=0, need=1)
    return _result(pd.DataFrame(found), kinds, level)


def _comparison(sales: pd.DataFrame) -> pd.Series:
    """The geometric mean of the series that took no part, up to a factor."""
    mean = mean_logarithm(sales)
    if mean.isna().any():
        raise DataError(
            "all sales of the comparison are missing in "
            f"{mean.index[int(np.argmax(mean.isna()))]}; fill them in, or choose other "
            "columns"
        )
    level: pd.Series = np.exp(mean)
    return level


def _against_others(row: dict[str, Any]) -> dict[str, Any]:
    """An effect that other series tell apart from the season, where there is one."""
    is_known = row["calendar"] != NOT_MEASURED and math.isfinite(row["estimate"])
    return row | {"calendar": OTHER_SERIES} if is_known else row


def _price_of(regular_price: pd.Series | float | None, name: Any) -> float | None:
    if not isinstance(regular_price, pd.Series):
        return regular_price
    if name not in regular_price.index:
        raise DataError(f"regular_price has no price for series {name!r}; add it")
    return float(regular_price.loc[name])


def _measured(
    series: pd.Series,
    events: pd.DataFrame,
    kinds: list[str],
    size: tuple[str | None, float | None],
    given: dict[str, Any],
) -> list[dict[str, Any]]:
    """A row for each kind of effect; without an estimate where the series has none to give."""
    name = series.name
    base = {"series": name, "promotions": len(events), "reason": ""}
    none = {"estimate": math.nan, "error": math.nan, "calendar": NOT_MEASURED}
    try:
        with named(name):
            study = study_of(series, events, scale="multiplicative", X=None, **given)
    except NotEnoughDataError as error:
        return [base | none | {"effect": kind, "reason": str(error)} for kind in kinds]
    design = study.design
    base["promotions"] = len(study.promotions)
    if size[0] is not None:
        design = sized_design(study, log_price_changes(study.promotions, size[0], size[1]))
    elif "promotion_size" in design:
        design = design.drop(columns="promotion_size")
    status = study.calendar_status()
    try:
        estimates = study.estimates(design)
    except DataError as error:
        return [base | none | {"effect": kind, "reason": str(error)} for kind in kinds]
    values = {
        kinds[0]: estimates.of("promotion"),
        "before": estimates.sum_of(BEFORE),
        "dip": estimates.sum_of(AFTER),
    }
    calendars = {kinds[0]: status[0], "before": status[1], "dip": status[1]}
    return [
        base
        | {"effect": kind, "estimate": values[kind][0], "error": values[kind][1]}
        | {"calendar": calendars[kind]}
        for kind in kinds
    ]


def _result(found: pd.DataFrame, kinds: list[str], level: float) -> PromotionEffects:
    tables, averages = [], {}
    for kind in kinds:
        rows = found[found["effect"] == kind]
        known = rows["calendar"] != NOT_IDENTIFIED
        pooled = pool(
            rows["estimate"].where(known).to_numpy(), rows["error"].where(known).to_numpy(), level
        )
        tables.append(_with_pooled(rows, pooled, level, relative=kind == "lift"))
        averages[kind] = _average(pooled, relative=kind == "lift")
    table = pd.concat(tables).sort_index(kind="stable").reset_index(drop=True)
    first = averages[kinds[0]]
    own = table["effect"] == kinds[0]
    order = [
        *("series", "effect", "estimate", "lower", "upper"),
        *("pooled", "pooled_lower", "pooled_upper", "weight", "promotions", "calendar", "reason"),
    ]
    is_known = own & table["calendar"].isin(TOLD_APART)
    return PromotionEffects(
        effect=kinds[0],
        n_series=int(own.sum()),
        identified=int(is_known.sum()),
        confidence_level=level,
        averages=pd.DataFrame(averages).T.rename_axis("effect"),
        table=table[order],
        **first,
    )


def _with_pooled(
    rows: pd.DataFrame, pooled: Pooled, level: float, *, relative: bool
) -> pd.DataFrame:
    scale = np.expm1 if relative else np.asarray
    middle, error = rows["estimate"].to_numpy(), rows["error"].to_numpy()
    reach = ndtri(0.5 + level / 2) * error
    columns: dict[str, Floats] = {
        "estimate": middle,
        "lower": middle - reach,
        "upper": middle + reach,
        "pooled": pooled.effects,
        "pooled_lower": pooled.lower,
        "pooled_upper": pooled.upper,
    }
    scaled = {name: scale(values) for name, values in columns.items()}
    return rows.assign(**scaled, weight=pooled.weights).drop(columns="error")


def _average(pooled: Pooled, *, relative: bool) -> dict[str, float]:
    scale = math.expm1 if relative else float
    return {
        "mean": scale(pooled.mean),
        "mean_lower": scale(pooled.mean_lower),
        "mean_upper": scale(pooled.mean_upper),
        "spread": pooled.spread,
    }
