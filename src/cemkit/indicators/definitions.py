"""INDICATORS: what each indicator divides by what, the tables it needs, and its interval."""

from typing import NamedTuple

COUNT = "count"  # of everything there is: no interval
RATE = "rate"  # customers of customers: Wilson's
SHARE = "share"  # parts of things that customers have several of: Wilson's, scaled
MEAN = "mean"  # amounts that are above 0: Student's on the log scale
NET = "net"  # amounts that may be below 0: Student's
SPEND = "spend"  # money per new customer: exact Poisson
SCORE = "score"  # by cemkit.feedback
WHOLE = "whole"  # by cemkit.impact, of all periods together
LAST_ANSWER = "last answer of each customer"


class Definition(NamedTuple):
    """One indicator: `needs` are tables, or columns of a table as `orders.cost`."""

    kind: str
    numerator: str
    denominator: str = ""
    needs: tuple[str, ...] = ()
    window: bool = False  # whether it depends on window_days


INDICATORS = {
    "buying_customers": Definition(COUNT, "customers who bought in the period"),
    "active_customers": Definition(
        COUNT, "customers whose last purchase is less than window_days ago", window=True
    ),
    "lapsed_customers": Definition(
        COUNT, "customers whose last purchase is window_days ago or more", window=True
    ),
    "new_customers": Definition(COUNT, "customers whose first purchase is in the period"),
    "order_count": Definition(COUNT, "orders"),
    "total_amount": Definition(COUNT, "amount net of returns"),
    "retention_rate": Definition(
        RATE, "of them, those who buy in the period", "customers active at its start", window=True
    ),
    "churn_rate": Definition(
        RATE,
        "of them, those who buy nothing in the next window_days",
        "customers active at the end of the period",
        window=True,
    ),
    "reactivation_rate": Definition(
        RATE, "of them, those who buy in the period", "customers lapsed at its start", window=True
    ),
    "repurchase_rate": Definition(
        RATE, "of them, those with two or more orders", "customers to date"
    ),
    "early_repurchase_rate": Definition(
        RATE,
        "of them, those whose second order comes within repurchase_days of the first",
        "customers whose first purchase is in the period",
    ),
    "average_order_value": Definition(MEAN, "amount net of returns", "orders"),
    "orders_per_customer": Definition(MEAN, "orders", "customers who bought"),
    "amount_per_customer": Definition(MEAN, "amount net of returns", "customers who bought"),
    "return_rate": Definition(SHARE, "amount returned", "amount bought"),
    "promotion_dependence": Definition(
        SHARE, "orders with a promotion", "orders", ("orders.promotion",)
    ),
    "promotion_only_rate": Definition(
        RATE,
        "of them, those all of whose orders had a promotion",
        "customers who bought",
        ("orders.promotion",),
    ),
    "cross_sell_rate": Definition(
        RATE,
        "of them, those who have bought two or more categories by its end",
        "customers who bought before the period",
        ("orders.category",),
    ),
    "upgrade_rate": Definition(
        RATE,
        "of them, those who bought a higher level later, by its end",
        "customers who bought the base level before the period",
        ("levels",),
    ),
    "contribution_profit": Definition(
        NET,
        "amount less cost of goods, service and promotion",
        "customers who bought",
        ("orders.cost",),
    ),
    "conversion_rate": Definition(
        RATE,
        "of them, those who buy within response_days of the first event",
        "customers with an event in the period",
        ("events",),
    ),
    "click_through_rate": Definition(
        SHARE, "events named click", "events named impression", ("events",)
    ),
    "response_rate": Definition(
        RATE,
        "of them, those who answer within response_days",
        "customers contacted in the period",
        ("contacts", "responses"),
    ),
    "complaint_rate": Definition(
        RATE,
        "of them, those who complained in the period",
        "customers active at the end of the period",
        ("complaints",),
        window=True,
    ),
    "answered_in_time": Definition(
        SHARE,
        "of them, those answered within answer_days",
        "complaints opened in the period",
        ("complaints",),
    ),
    "referral_rate": Definition(
        RATE,
        "of them, those who referred someone in the period",
        "customers active at the end of the period",
        ("referrals",),
        window=True,
    ),
    "acquisition_cost": Definition(
        SPEND,
        "amount spent on acquisition",
        "customers whose first purchase of all is in the period",
        ("costs",),
    ),
    "promotion_roi": Definition(
        WHOLE,
        "net profit of all promotions",
        "their discounts and costs",
        ("promotions", "margin"),
    ),
    "nps": Definition(SCORE, "promoters less detractors", LAST_ANSWER, ("responses",)),
    "csat": Definition(SCORE, "satisfied answers", LAST_ANSWER, ("responses",)),
    "ces": Definition(SCORE, "sum of scores", LAST_ANSWER, ("responses",)),
    "customer_lifetime_value": Definition(
        NET, "sum of clv", "customers with a value", ("people.clv",)
    ),
    "expected_loss": Definition(
        NET, "sum of expected_loss", "customers with a value", ("people.expected_loss",)
    ),
    "retained_value": Definition(
        NET, "sum of retained_value", "customers with a value", ("people.retained_value",)
    ),
}
PEOPLE_VALUES = {
    "customer_lifetime_value": "clv",
    "expected_loss": "expected_loss",
    "retained_value": "retained_value",
}
PER_DAY = ("order_count", "total_amount", "new_customers")  # what grows with the days of trade
