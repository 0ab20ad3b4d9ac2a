"""What redeemed coupons cost, by hand, in both price bases and within the scope."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import offer_costs
from cemkit.data.offer_levels import LevelledOffers
from cemkit.errors import CemkitWarning, DataError
from cemkit.experiments.redemptions import redeemed_coupons, redemption_costs

OFFERS = pd.DataFrame(
    {
        "offer": ["20%", "50 off 300", "bag", "points", "shoes"],
        "kind": ["percentage", "amount_off", "gift", "points", "percentage"],
        "discount": [0.2, None, None, None, 0.5],
        "amount_off": [None, 50.0, None, None, None],
        "min_spend": [None, 300.0, None, None, None],
        "unit_cost": [None, None, 4.0, None, None],
        "points_per_unit": [None, None, None, 1.0, None],
        "point_value": [None, None, None, 0.01, None],
        "scope": [None, None, None, None, "shoes"],
    }
)
START, END = dt.date(2024, 4, 1), dt.date(2024, 4, 30)
DAY = pd.Timestamp("2024-04-10")


def costs(
    redeemed: dict[int, str], orders: pd.DataFrame, prices: str, day: pd.Timestamp = DAY
) -> pd.DataFrame:
    coupons = pd.DataFrame(
        {"customer_id": list(redeemed), "offer": list(redeemed.values()), "redeemed_date": day}
    )
    read = LevelledOffers.read(OFFERS, None)
    return redemption_costs(redeemed_coupons(coupons, read, START, END), orders, prices)


def orders(*amounts: float, **columns: object) -> pd.DataFrame:
    ids = range(1, len(amounts) + 1)
    return pd.DataFrame({"customer_id": ids, "order_date": DAY, "amount": amounts, **columns})


def test_costs_by_hand_in_prices_paid_and_full() -> None:
    coupons = {1: "20%", 2: "50 off 300", 3: "bag", 4: "points"}
    paid = costs(coupons, orders(80.0, 260.0, 30.0, 200.0), "paid")
    assert paid["cost"].tolist() == pytest.approx([20.0, 50.0, 4.0, 2.0])
    full = costs(coupons, orders(100.0, 310.0, 30.0, 200.0), "full")
    assert full["cost"].tolist() == pytest.approx([20.0, 50.0, 4.0, 2.0])
    assert full["cuts"].tolist() == [True, True, False, False]


@settings(max_examples=25, deadline=None)
@given(st.floats(1, 1e4), st.sampled_from(["20%", "50 off 300", "bag", "points"]))
def test_paid_and_full_prices_of_one_purchase_cost_the_same(full: float, offer: str) -> None:
    full = full + 300  # from where each offer holds
    purchase = pd.DataFrame({"offer": [offer], "amount": [full]})
    cost = offer_costs(purchase, OFFERS).item()
    cut = cost if offer in ("20%", "50 off 300") else 0.0
    assert costs({1: offer}, orders(full), "full")["cost"].item() == pytest.approx(cost)
    assert costs({1: offer}, orders(full - cut), "paid")["cost"].item() == pytest.approx(cost)


def test_two_coupons_at_one_purchase_are_taken_off_together() -> None:
    coupons = pd.DataFrame({"customer_id": 1, "offer": ["20%", "50 off 300"], "redeemed_date": DAY})
    read = LevelledOffers.read(OFFERS, None)
    redeemed = redeemed_coupons(coupons, read, START, END)
    found = redemption_costs(redeemed, orders(400 * 0.8 - 50), "paid")
    assert found["cost"].tolist() == pytest.approx([80.0, 50.0])


def test_a_scope_counts_its_lines_alone() -> None:
    lines = pd.DataFrame(
        {
            "customer_id": [1, 1],
            "order_date": DAY,
            "amount": [40.0, 60.0],
            "category": ["shoes", "hats"],
        }
    )
    assert costs({1: "shoes"}, lines, "full")["cost"].item() == pytest.approx(20)
    assert costs({1: "shoes"}, lines, "paid")["cost"].item() == pytest.approx(40)


def test_without_a_purchase_a_discount_costs_nothing_and_a_gift_its_price() -> None:
    found = costs({7: "20%", 8: "bag"}, orders(10.0), "paid")
    assert found["cost"].tolist() == [0.0, 4.0]
    assert found["used"].tolist() == [False, False]


def test_returns_are_no_purchases_and_other_days_do_not_count() -> None:
    lines = orders(-30.0)
    assert not costs({1: "20%"}, lines, "paid")["used"].any()
    late = costs({1: "20%"}, orders(80.0), "paid", day=DAY + pd.Timedelta(days=1))
    assert late["cost"].item() == 0
    outside = costs({1: "20%"}, orders(80.0), "paid", day=pd.Timestamp("2024-05-01"))
    assert outside.empty


def test_purchases_below_the_least_spend_say_that_the_prices_may_be_others() -> None:
    with pytest.warns(CemkitWarning, match="are the amounts paid prices .prices='paid'"):
        found = costs({1: "50 off 300"}, orders(260.0), "full")
    assert found["cost"].item() == 0


def test_a_coupon_for_the_whole_price_does_not_say_what_it_cost() -> None:
    free = OFFERS.head(1).assign(discount=1.0)
    coupons = pd.DataFrame({"customer_id": [1], "offer": ["20%"], "redeemed_date": [DAY]})
    redeemed = redeemed_coupons(coupons, LevelledOffers.read(free, None), START, END)
    with pytest.raises(
        DataError, match="1 redeemed coupon takes off the whole price, such as one of .20%.: what"
    ):
        redemption_costs(redeemed, orders(0.0), "paid")
    full = redemption_costs(redeemed, orders(30.0), "full")
    assert full["cost"].item() == pytest.approx(30)
    assert np.isfinite(full["cost"]).all()


def test_a_coupon_of_a_level_costs_what_its_level_says() -> None:
    offers = pd.DataFrame({"offer": ["tiers"], "kind": "percentage"})
    levels = pd.DataFrame(
        {"offer": "tiers", "by": "tier", "level": ["金卡", "银卡"], "discount": [0.2, 0.1]}
    )
    coupons = pd.DataFrame(
        {"customer_id": [1, 2], "offer": "tiers", "redeemed_date": DAY, "tier": ["银卡", "金卡"]}
    )
    read = LevelledOffers.read(offers, levels)
    redeemed = redeemed_coupons(coupons, read, START, END)
    found = redemption_costs(redeemed, orders(100.0, 100.0), "full")
    assert found["cost"].tolist() == pytest.approx([10.0, 20.0])
    found = redemption_costs(redeemed, orders(90.0, 80.0), "paid")
    assert found["cost"].tolist() == pytest.approx([10.0, 20.0])
    with pytest.raises(DataError, match="1 redeemed coupon is of customers who have no level"):
        redeemed_coupons(coupons.assign(tier=["银卡", "other"]), read, START, END)
