"""product_cross_effects: what promotions of one product do to the sales of others."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cemkit.arrays import Floats, symmetric_root
from cemkit.checks import check_fraction, check_random_state
from cemkit.errors import NotEnoughDataError
from cemkit.forecasting.regressors import promotion_regressors, promotion_share
from cemkit.forecasting.series import TimeIndex, time_index
from cemkit.formats import count_text
from cemkit.impact.identification import independent
from cemkit.impact.pooling import Pooled, pool
from cemkit.impact.sales_panel import check_panel, named, promotions_by_series
from cemkit.impact.study import Estimates, Study, forecaster_of, study_of
from cemkit.impact.windows import read_promotions
from cemkit.proportions.resampling import percentile_interval
from cemkit.results import Result

OTHER = "promotion of "
N_DRAWS = 4000
POINTS_EACH = 4  # of the series, for each product whose promotions are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEffects(Result):
    """Cannibalisation and halo effects of promotions, from `product_cross_effects`.

    Attributes:
        n_products: Number of products.
        cannibalised: Number of pairs in which the other product sold less, by the pooled interval.
        halo: Number of pairs in which the other product sold more, by the pooled interval.
        cannibalised_amount: Total loss over all pairs with a loss, at least 0.
        halo_amount: Total gain over all pairs with a gain, at least 0.
        net_amount: Gains minus losses, with its interval.
        table: One row per promoted product and other product:

            - `promoted`, `product`.
            - `estimate, lower, upper`: change of the product's sales in a period of promotion,
              relative to its baseline, from this pair alone; missing where it is not identified
              apart from promotions of the product itself or of others.
              - `pooled, pooled_lower, pooled_upper`: the estimate shrunk towards the mean of the
                promoted product's effects on others.
            - `amount, amount_lower, amount_upper`: the pooled effect in sales of the product, over
              all periods of the promotions.
            - `finding`: `"cannibalised"`, `"halo"` or `"not clear"`.
        by_promoted: One row per promoted product: `cannibalised_amount`, `halo_amount`, and
            `net_amount` with its bounds, which allow for sales of products that move together.
            They go into `promotion_profit`.

    Examples:
        >>> CrossEffects.__dataclass_fields__.keys() >= {"cannibalised_amount", "halo_amount"}
        True
    """

    _pictures = ("impact.cross_effects",)

    n_products: int
    pairs: int
    cannibalised: int
    halo: int
    confidence_level: float
    cannibalised_amount: float
    halo_amount: float
    net_amount: float
    net_amount_lower: float
    net_amount_upper: float
    by_promoted: pd.DataFrame
    table: pd.DataFrame


def product_cross_effects(
    sales: pd.DataFrame,
    promotions: pd.DataFrame,
    *,
    before: int = 0,
    after: int = 0,
    seasonal_period: Literal["auto"] | int = "auto",
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> CrossEffects:
    """Measure cannibalisation and halo effects of promotions on the sales of other products.

    The sales of each product are regressed on its own promotions and on those of every other
    product. The effects of one product on the others are shrunk towards their mean, as in
    `promotion_effects`, because among many pairs some look large by chance.

    Args:
        sales: Table with one column of amounts or units above 0 per product, on a regular index.
            For `cannibalised_amount` in money use amounts at full price.
        promotions: Calendar of the promotions, with the product in the column `series`.
        before: Number of periods before a product's own promotions with an effect of their own.
        after: Number of periods after them with an effect of their own.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the simulation of sums.

    Returns:
        A `CrossEffects`, whose table has one row per pair.

    Raises:
        MissingColumnsError: The calendar lacks a column.
        DataError: Sales are not above 0, or promotions name a product that is not there.
        NotEnoughDataError: There are fewer than two products, none with promotions, or too many for
            the length of the series.

    References:
        Van Heerde, Gupta, Wittink (2003), Is 75 % of the sales promotion bump due to brand
        switching? No, only 33 % is, Journal of Marketing Research 40.

    Examples:
        >>> weeks = pd.period_range("2023-01-02", periods=90, freq="W-SUN")
        >>> rng = np.random.default_rng(0)
        >>> sold = pd.DataFrame(np.exp(rng.normal(5, 0.1, (90, 4))), weeks, list("ABCD"))
        >>> sold.loc[weeks[[20, 40, 60, 80]], "B"] *= 0.5
        >>> days = weeks[[20, 40, 60, 80]].start_time
        >>> sale = pd.DataFrame({"series": "A", "name": range(4), "start_date": days})
        >>> sale["end_date"] = sale["start_date"] + pd.Timedelta(days=6)
        >>> found = product_cross_effects(sold, sale)
        >>> found.table.set_index("product")["finding"].to_dict()
        {'B': 'cannibalised', 'C': 'not clear', 'D': 'not clear'}
    """
    level = check_fraction(confidence_level, "confidence_level")
    seed = check_random_state(random_state)
    panel = check_panel(sales)
    index = time_index(panel[panel.columns[0]])
    shares, events = _promoted(panel, promotions)
    _check_room(panel, shares)
    given = {"before": before, "after": after, "seasonal_period": seasonal_period}
    fits = [
        _explained(panel[name], events.get(name), _others(shares, name, index), given)
        for name in panel
    ]
    return _result(panel, shares, fits, level, seed)


def _promoted(
    panel: pd.DataFrame, promotions: pd.DataFrame
) -> tuple[dict[Any, Floats], dict[Any, pd.DataFrame]]:
    """Share of each period in promotion, and the calendar, of each product that has any."""
    shares, events = {}, {}
    for name, own in promotions_by_series(promotions, panel.columns):
        if not own.empty:
            series = panel[name]
            read = read_promotions(own, series)
            with named(name):
                promotion_regressors(time_index(series), read[["name", "start_date", "end_date"]])
            shares[name] = promotion_share(time_index(series), read)
            events[name] = own
    if not shares:
        raise NotEnoughDataError("products with promotions", have=0, need=1)
    return shares, events


def _check_room(panel: pd.DataFrame, shares: dict[Any, Floats]) -> None:
    if panel.shape[1] < 2:
        raise NotEnoughDataError("products in sales", have=panel.shape[1], need=2)
    least = int(panel.notna().sum().min())
    if len(shares) * POINTS_EACH > least:
        raise NotEnoughDataError(
            "points in the shortest series",
            have=least,
            need=len(shares) * POINTS_EACH,
            hint=f"{count_text(len(shares), 'products have')} promotions; take those that may "
            "replace each other",
        )


def _others(shares: dict[Any, Floats], name: Any, index: TimeIndex) -> pd.DataFrame:
    columns = {f"{OTHER}{other}": share for other, share in shares.items() if other != name}
    return pd.DataFrame(columns, index=index)


@dataclass(frozen=True, slots=True)
class _Fit:
    """Effects of others' promotions on one product, by name, and the innovations of its sales."""

    effects: dict[str, tuple[float, float]]
    residuals: Floats


def _explained(
    series: pd.Series, events: pd.DataFrame | None, others: pd.DataFrame, given: dict[str, Any]
) -> _Fit:
    with named(series.name):
        own, study = _own_design(series, events, given)
        seen = series.notna().to_numpy()
        columns = {str(name): others[name].to_numpy()[seen] for name in others}
        kept = independent(columns, own.to_numpy()[seen])
        design = own.join(others[kept])
        if design.empty:
            return _Fit({}, np.zeros(0))
        estimates: Estimates = study.estimates(design)
    return _Fit({name: estimates.of(name) for name in kept}, estimates.residuals)


def _own_design(
    series: pd.Series, events: pd.DataFrame | None, given: dict[str, Any]
) -> tuple[pd.DataFrame, Study]:
    """The product's own promotions; the calendar of a product without any is empty."""
    if events is not None:
        study = study_of(series, events, scale="multiplicative", X=None, **given)
        return study.design.drop(columns="promotion_size", errors="ignore"), study
    forecaster, read = forecaster_of(series, "multiplicative", given["seasonal_period"])
    none = pd.DataFrame(index=time_index(read))
    study = Study(
        series=read,
        promotions=pd.DataFrame(),
        design=none,
        windows=[],
        forecaster=forecaster,
        X=None,
        before=0,
        after=0,
        seed=0,
    )
    return none, study


def _result(
    panel: pd.DataFrame,
    shares: dict[Any, Floats],
    fits: list[_Fit],
    level: float,
    seed: Any,
) -> CrossEffects:
    rng = np.random.default_rng(seed)
    together = _correlations([fit.residuals for fit in fits])
    tables, totals, draws = [], [], []
    for promoted, share in shares.items():
        places = [i for i, name in enumerate(panel.columns) if name != promoted]
        found = [fits[i].effects.get(f"{OTHER}{promoted}", (math.nan, math.nan)) for i in places]
        values, errors = np.array(found).T
        pooled = pool(values, errors, level)
        rows = _rows(panel.iloc[:, places], share, np.array(found).T, pooled, level)
        rows.insert(0, "promoted", [promoted] * len(rows))
        drawn = _drawn(pooled, together[np.ix_(places, places)], rng)
        sold = panel.iloc[:, places].to_numpy()
        amounts = np.array([_amounts(sold, share, one).sum() for one in drawn])
        tables.append(rows)
        draws.append(amounts)
        lower, upper = percentile_interval(amounts[1:], level)
        totals.append(
            {
                "promoted": promoted,
                **_gains(rows["amount"]),
                "net_amount": float(amounts[0]),
                "net_amount_lower": float(lower),
                "net_amount_upper": float(upper),
            }
        )
    table = pd.concat(tables, ignore_index=True)
    whole = np.sum(draws, axis=0)
    lower, upper = percentile_interval(whole[1:], level)
    return CrossEffects(
        n_products=panel.shape[1],
        pairs=len(table),
        cannibalised=int((table["finding"] == "cannibalised").sum()),
        halo=int((table["finding"] == "halo").sum()),
        confidence_level=level,
        **_gains(table["amount"]),
        net_amount=float(whole[0]),
        net_amount_lower=float(lower),
        net_amount_upper=float(upper),
        by_promoted=pd.DataFrame(totals).set_index("promoted"),
        table=table,
    )


def _drawn(pooled: Pooled, together: Floats, rng: np.random.Generator) -> Floats:
    """The pooled effects, and draws of them that err as their residuals do."""
    errors, middle = np.nan_to_num(pooled.errors), np.nan_to_num(pooled.effects)
    covariance = together * np.outer(errors, errors)
    normal = rng.standard_normal((N_DRAWS, len(middle))) @ symmetric_root(covariance)
    return np.vstack([middle, middle + normal])


def _gains(amounts: pd.Series) -> dict[str, float]:
    return {
        "cannibalised_amount": float(-amounts.clip(upper=0).sum() + 0.0),
        "halo_amount": float(amounts.clip(lower=0).sum()),
    }


def _correlations(residuals: list[Floats]) -> Floats:
    """How the innovations of products move together, over the periods that all have."""
    shortest = min(len(one) for one in residuals)
    if shortest < 3:
        return np.eye(len(residuals))
    rows = np.array([one[len(one) - shortest :] for one in residuals])
    return np.atleast_2d(np.corrcoef(rows))


def _rows(
    others: pd.DataFrame, share: Floats, found: Floats, pooled: Pooled, level: float
) -> pd.DataFrame:
    """What the promotions of one product did to each other product."""
    values, errors = found
    sold = others.to_numpy()
    finding = [pooled.upper < 0, pooled.lower > 0]
    return pd.DataFrame(
        {
            "product": others.columns,
            "estimate": np.expm1(values),
            **_bounds(values, errors, level),
            "pooled": np.expm1(pooled.effects),
            "pooled_lower": np.expm1(pooled.lower),
            "pooled_upper": np.expm1(pooled.upper),
            "amount": _amounts(sold, share, pooled.effects),
            "amount_lower": _amounts(sold, share, pooled.lower),
            "amount_upper": _amounts(sold, share, pooled.upper),
            "finding": np.select(finding, ["cannibalised", "halo"], "not clear"),
        }
    )


def _bounds(values: Floats, errors: Floats, level: float) -> dict[str, Floats]:
    reach = ndtri(0.5 + level / 2) * errors
    return {"lower": np.expm1(values - reach), "upper": np.expm1(values + reach)}


def _amounts(sold: Floats, share: Floats, effects: Floats) -> Floats:
    """Sales of each product that the promotions explain, from what was sold."""
    on = share > 0
    explained = -np.expm1(-np.outer(share[on], effects))
    amounts: Floats = (np.nan_to_num(sold[on]) * explained).sum(axis=0)
    return amounts
