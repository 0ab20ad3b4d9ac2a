"""What promotions brought, and whether they paid."""

import pandas as pd

from cemkit.data.reductions.outcomes import customers_between
from cemkit.forecasting import sales_from_orders
from cemkit.forecasting.regressors import period_bounds
from cemkit.forecasting.series import time_index
from cemkit.impact import PromotionEffect, promotion_effect, promotion_profit
from cemkit.impact.windows import promotion_windows, read_promotions
from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, small_rows, with_partners
from cemkit.report.shop import Shop

PROMOTIONS = [
    ("promotion", "text"),
    ("actual_amount", "money"),
    ("baseline_amount", "money"),
    ("lift_amount", "change", "lift_amount_lower", "lift_amount_upper"),
]


def write_promotions(draft: Draft, shop: Shop) -> None:
    """Lift, dip and net amount of the promotions, and their profit where the margin is known."""
    sales = pd.Series(sales_from_orders(shop.orders, "week", end=shop.as_of))
    found = promotion_effect(
        sales,
        shop.tables.promotions,
        confidence_level=shop.level,
        random_state=shop.random_state,
    )
    frame = found.table.reset_index()
    rows, counts = _hidden(_buyers(shop, sales), frame["promotion"], draft.terms.smallest)
    draft.table("promotions", frame, PROMOTIONS, rows=rows, kept=["promotion"])
    draft.state(found, *counts)
    for name in ("lift_amount", "dip_amount", "net_amount"):
        bounds = (getattr(found, f"{name}_lower"), getattr(found, f"{name}_upper"))
        value = getattr(found, name)
        draft.number(
            f"promotion_{name}", value, "change", "promotions", bounds=bounds, counts=counts
        )
    if rows.any():
        draft.note(draft.say.REPORT["no_picture"])
    else:
        draft.picture("promotions", found, "promotions", draft.sentence(found, *counts))
    _write_profit(draft, shop, found, counts)


def _buyers(shop: Shop, sales: pd.Series) -> dict[object, pd.Index]:
    """The customers of the weeks of each promotion, by its name."""
    windows = promotion_windows(sales, read_promotions(shop.tables.promotions, sales), after=0)
    begins, ends = period_bounds(time_index(sales))
    return {
        window.name: customers_between(shop.orders, begins[window.first], ends[window.last - 1])
        for window in windows
    }


def _hidden(
    buyers: dict[object, pd.Index], names: pd.Series, smallest: int
) -> tuple[Mask, list[float]]:
    """Which promotions are hidden, and how many customers the totals are about.

    The totals less what is shown give away what the hidden promotions brought together, so they
    are about the customers of these as well.
    """
    ids = [buyers[name] for name in names]
    sizes = pd.Series([len(own) for own in ids], index=names.index)
    rows = with_partners(small_rows(sizes, smallest), sizes, pd.Series("", index=names.index))
    together = [own for own, hidden in zip(ids, rows, strict=True) if hidden] or ids
    return rows, [float(len(together[0].append(together[1:]).unique()))]


def _write_profit(draft: Draft, shop: Shop, found: PromotionEffect, counts: list[float]) -> None:
    margin, discount = shop.tables.margin, _mean_discount(shop)
    if margin is None or discount is None:
        draft.note(draft.say.REPORT["no_promotion_profit"])
        return
    profit = promotion_profit(found, margin=margin, discount=discount, confidence_level=shop.level)
    draft.state(profit, *counts)
    draft.note(draft.say.REPORT["promotion_assumptions"].format(discount=f"{discount:.1%}"))
    draft.number(
        "promotion_net_profit",
        profit.net_profit,
        "change",
        "promotions",
        bounds=(profit.net_profit_lower, profit.net_profit_upper),
        counts=counts,
    )


def _mean_discount(shop: Shop) -> float | None:
    """The mean depth of the promotions, where each of them has one."""
    promotions = shop.tables.promotions
    sizes = promotions["size"] if promotions is not None and "size" in promotions else None
    if sizes is None or not ((sizes > 0) & (sizes < 1)).all():
        return None
    return float(sizes.mean())
