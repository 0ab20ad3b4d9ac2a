"""Offers of every kind: what they cost, whom they pay for, and what they cost in the end.

Customers and their answers are made up from a seed; the amounts are those of CDNOW.
"""

import numpy as np
import pandas as pd

import cemkit as ck

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)

DAY = pd.Timestamp("1998-03-31")
OFFERS = pd.DataFrame(
    [
        {"offer": "15% off", "discount": 0.15, "stackable": True},
        {"offer": "10 off 40", "kind": "amount_off", "amount_off": 10, "min_spend": 40},
        {"offer": "poster", "kind": "gift", "unit_cost": 2, "stackable": True},
        {"offer": "points", "kind": "points", "point_value": 0.01, "stackable": True},
        {"offer": "greeting", "kind": "none"},
    ]
).assign(contact_cost=0.1, valid_from=DAY, valid_until=DAY + pd.Timedelta(days=30))
LEVELS = pd.DataFrame(
    {
        "offer": "points",
        "by": "total_amount",
        "at_least": [0, 100, 500],
        "points_per_unit": [1, 2, 5],
    }
)
UPLIFT = {"15% off": 0.08, "10 off 40": 0.1, "poster": 0.05, "points": 0.03, "greeting": 0.01}


def main() -> None:
    """Print who gets what, and what it earned."""
    rng = np.random.default_rng(0)
    orders = ck.prepare_orders(ck.load_cdnow("sample"))
    customers = ck.customer_table(orders, as_of=DAY)
    customers["churn_probability"] = rng.uniform(0.2, 0.9, len(customers))
    customers["expected_mean_amount"] = customers["mean_amount"]

    profits = ck.offer_profit(
        customers, OFFERS, UPLIFT, margin=0.5, levels=LEVELS, uplift_standard_error=0.01
    )
    plan = ck.allocate_offers(profits, budget=300, max_per_customer=2, max_share=0.3)
    print(plan.sentence())
    print(f"{plan.customers_with_several:,} customers get two offers that go together.")
    print(plan.table["offer"].value_counts(sort=False), "\n")

    key = b"for this example alone; make yours with secrets.token_bytes(32)"
    actions = plan.table[["customer_id", "offer"]].astype({"offer": str})
    actions = actions[actions["offer"] != "greeting"]
    actions["total_amount"] = customers["total_amount"].reindex(actions["customer_id"]).to_numpy()
    issued = ck.issue_coupons(actions, key, offers=OFFERS, levels=LEVELS)
    spent = customers["mean_amount"].reindex(issued["customer_id"]).to_numpy()
    used = rng.random(len(issued)) < 0.4
    redeemed = ck.promotion.redeem_coupons(
        issued, issued["code"][used], "1998-04-10", amounts=spent[used]
    )
    ledger = ck.promotion.coupon_ledger(redeemed, "1998-05-31")
    print(ledger.sentence())
    print(ledger.table.round(3))


if __name__ == "__main__":
    main()
