"""English: indicators."""

from collections.abc import Callable
from typing import Any

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

SENTENCES: dict[str, Callable[[Any], str]] = {}
