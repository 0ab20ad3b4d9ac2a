"""English: indicators."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import count_text

INDICATORS = {
    "buying_customers": "buying customers",
    "active_customers": "active customers",
    "lapsed_customers": "lapsed customers",
    "new_customers": "new customers",
    "order_count": "orders",
    "total_amount": "revenue",
    "retention_rate": "retention rate",
    "churn_rate": "churn rate",
    "reactivation_rate": "reactivation rate",
    "repurchase_rate": "repurchase rate",
    "early_repurchase_rate": "early repurchase rate",
    "average_order_value": "average order value",
    "orders_per_customer": "orders per customer",
    "amount_per_customer": "amount per customer",
    "return_rate": "return rate",
    "promotion_dependence": "promotion dependence",
    "promotion_only_rate": "share buying only on promotion",
    "cross_sell_rate": "cross-sell rate",
    "upgrade_rate": "upgrade rate",
    "conversion_rate": "conversion rate",
    "click_through_rate": "click-through rate",
    "response_rate": "response rate",
    "complaint_rate": "complaint rate",
    "answered_in_time": "complaints answered in time",
    "referral_rate": "referral rate",
    "acquisition_cost": "acquisition cost",
    "contribution_profit": "contribution profit per customer",
    "promotion_roi": "promotion ROI",
    "customer_lifetime_value": "customer lifetime value",
    "expected_loss": "expected loss",
    "retained_value": "retained value",
    "nps": "NPS",
    "csat": "CSAT",
    "ces": "customer effort score",
}

POINTS = "pp"  # percentage points, in pictures
NO_VALUE = "no value"
NO_EARLIER = "there is no earlier period to compare with"
NO_INTERVAL = "no indicator with an interval has changed in its last period"
COMPARED_WITH = {
    "previous": "the period before",
    "year": "the same period a year before",
}


def _named(figures: dict[str, Any]) -> str:
    group = f" of {figures['group']}" if figures["group"] else ""
    return f"{INDICATORS[figures['indicator']]}{group} in {figures['period']}"


def _scorecard(card: Any) -> str:
    figures = card.figures
    lacking = len(card.not_measured)
    need = "needs" if lacking == 1 else "need"
    more = f"; {lacking} {need} something more" if lacking else ""
    noun = "indicator" if card.measured == 1 else "indicators"
    start = f"{card.measured} {noun} as of {card.as_of}{more}."
    if not card.measured:
        return start
    if not figures:
        without = NO_INTERVAL if card.table["change"].notna().any() else NO_EARLIER
        why = "changes were not asked for" if card.compare is None else without
        return f"{start} There is no change to show: {why}."
    interval = interval_text(card.confidence_level, figures["lower"], figures["upper"])
    unit = " percentage points" if figures["points"] else ""
    return (
        f"{start} Against its sampling error, the largest change from "
        f"{COMPARED_WITH[card.compare]} is that of {_named(figures)}: now {figures['value']}, "
        f"{figures['change']}{unit} ({interval}). The interval covers which customers happened to "
        "buy; it does not say whether the business itself changed."
    )


def _restatement(found: Any) -> str:
    figures = found.figures
    reported = f"{count_text(found.compared, 'numbers')} reported as of {found.as_of_before}"
    new = f"{count_text(found.added, 'are')} new and {count_text(found.removed, 'are')} gone."
    if not figures:
        return f"None of {reported} has changed by {found.as_of}; {new}"
    before, after = (figures[when] or NO_VALUE for when in ("before", "after"))
    return (
        f"Of {reported}, {count_text(found.restated, 'have')} changed by {found.as_of}, most of "
        f"all {_named(figures)}: {before} became {after}; {new}"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Restatement": _restatement,
    "Scorecard": _scorecard,
}
