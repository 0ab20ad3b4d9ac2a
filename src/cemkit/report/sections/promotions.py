"""What promotions brought, and whether they paid."""

import pandas as pd

from cemkit.forecasting import sales_from_orders
from cemkit.impact import PromotionEffect, promotion_effect, promotion_profit
from cemkit.report.drafts import Draft
from cemkit.report.shop import Shop

PROMOTIONS = [
    ("promotion", "text"),
    ("actual_amount", "money"),
    ("baseline_amount", "money"),
    ("lift_amount", "change", "lift_amount_lower", "lift_amount_upper"),
]


def write_promotions(draft: Draft, shop: Shop) -> None:
    """Lift, dip and net amount of the promotions, and their profit where the margin is known."""
    sales = sales_from_orders(shop.orders, "week", end=shop.as_of)
    found = promotion_effect(
        pd.Series(sales),
        shop.tables.promotions,
        confidence_level=shop.level,
        random_state=shop.random_state,
    )
    frame = found.table.reset_index()
    draft.table("promotions", frame, PROMOTIONS)
    draft.state(found)
    for name in ("lift_amount", "dip_amount", "net_amount"):
        bounds = (getattr(found, f"{name}_lower"), getattr(found, f"{name}_upper"))
        draft.number(
            f"promotion_{name}", getattr(found, name), "change", "promotions", bounds=bounds
        )
    draft.picture("promotions", found, "promotions", draft.sentence(found))
    _write_profit(draft, shop, found)


def _write_profit(draft: Draft, shop: Shop, found: PromotionEffect) -> None:
    margin, discount = shop.tables.margin, _mean_discount(shop)
    if margin is None or discount is None:
        draft.note(draft.say.REPORT["no_promotion_profit"])
        return
    profit = promotion_profit(found, margin=margin, discount=discount, confidence_level=shop.level)
    draft.state(profit)
    draft.note(draft.say.REPORT["promotion_assumptions"].format(discount=f"{discount:.1%}"))
    draft.number(
        "promotion_net_profit",
        profit.net_profit,
        "change",
        "promotions",
        bounds=(profit.net_profit_lower, profit.net_profit_upper),
    )


def _mean_discount(shop: Shop) -> float | None:
    """The mean depth of the promotions, where each of them has one."""
    promotions = shop.tables.promotions
    sizes = promotions["size"] if promotions is not None and "size" in promotions else None
    if sizes is None or not ((sizes > 0) & (sizes < 1)).all():
        return None
    return float(sizes.mean())
