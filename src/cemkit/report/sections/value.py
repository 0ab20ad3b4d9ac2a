"""Lifetime value, and what the whole base is expected to buy."""

from cemkit.clv import CustomerBaseForecast, forecast_customer_base
from cemkit.report.drafts import Draft
from cemkit.report.groups import segment_groups
from cemkit.report.shop import SEGMENT, Shop

HORIZON_DAYS = 91
DRAWS = 500
PERIODS = [
    ("period", "text"),
    ("purchases", "number", "purchases_lower", "purchases_upper"),
    ("revenue", "money", "revenue_lower", "revenue_upper"),
]
VALUES = [
    ("segment", "text"),
    ("customers", "count"),
    ("mean_clv", "money"),
    ("total_clv", "money"),
    ("mean_expected_purchases", "number"),
]


def write_value(draft: Draft, shop: Shop) -> None:
    """What customers are worth in the next year, and the base's forecast for a quarter."""
    _write_values(draft, shop)
    forecast = forecast_customer_base(
        shop.value,
        shop.orders,
        shop.as_of,
        horizon_days=HORIZON_DAYS,
        confidence_level=shop.level,
        n_draws=DRAWS,
        random_state=shop.random_state,
    )
    _write_forecast(draft, forecast)


def _write_values(draft: Draft, shop: Shop) -> None:
    value = shop.value
    draft.note(draft.sentence(value, *(float(count) for count in value.left_out_)))
    groups = segment_groups(draft, shop)
    segments = groups.labels.reindex(shop.valued.index)
    table = (
        shop.valued.groupby(segments)
        .agg(
            customers=("clv", "size"),
            mean_clv=("clv", "mean"),
            total_clv=("clv", "sum"),
            mean_expected_purchases=("expected_purchases", "mean"),
        )
        .sort_values("total_clv", ascending=False, kind="stable")
        .rename_axis(SEGMENT)
        .reset_index()
    )
    rows = groups.small(table[SEGMENT])
    table[SEGMENT] = table[SEGMENT].map(draft.say.SEGMENTS).fillna(table[SEGMENT])
    draft.table("values", table, VALUES, rows=rows, kept=[SEGMENT])
    count = [len(shop.valued)]
    draft.number("total_clv", shop.valued["clv"].sum(), "money", "values", counts=count)
    draft.number("mean_clv", shop.valued["clv"].mean(), "money", "values", counts=count)


def _write_forecast(draft: Draft, found: CustomerBaseForecast) -> None:
    count = [found.known_customers]
    periods = found.periods.reset_index()
    periods["period"] = periods["period"].astype(str)
    draft.table("base_forecast", periods, PERIODS)
    for name, unit in (("purchases", "count"), ("revenue", "money"), ("new_customers", "count")):
        value, *bounds = (round(getattr(found, f"{name}{end}")) for end in ("", "_lower", "_upper"))
        lower, upper = bounds
        draft.number(
            f"expected_{name}", value, unit, "base_forecast", bounds=(lower, upper), counts=count
        )
    draft.state(found, *count)
    draft.picture("base_forecast", found, "base_forecast", draft.sentence(found, *count))
