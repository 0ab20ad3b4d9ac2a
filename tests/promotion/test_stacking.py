"""Several offers at one purchase: which hold together, by hand and by trying every set."""

import itertools

import numpy as np
import pandas as pd
import pytest

from cemkit.data import offer_costs
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import stack_offers

OFFERS = pd.DataFrame(
    {
        "offer": ["10%", "20%", "bag", "half", "50 off 300"],
        "kind": ["percentage", "percentage", "gift", "percentage", "amount_off"],
        "discount": [0.1, 0.2, None, 0.5, None],
        "unit_cost": [None, None, 4, None, None],
        "amount_off": [None, None, None, None, 50],
        "min_spend": [None, None, None, None, 300],
        "stackable": [True, True, True, False, True],
    }
)


def claims(amount: float, *offers: str) -> pd.DataFrame:
    return pd.DataFrame({"order_id": 1, "offer": offers, "amount": amount})


@pytest.mark.parametrize(
    ("amount", "offers", "cap", "used"),
    [
        (100, ["10%", "20%"], 1, ["10%", "20%"]),
        (100, ["10%", "20%"], 0.3, ["10%", "20%"]),
        (100, ["10%", "20%"], 0.29, ["20%"]),
        (100, ["10%", "20%"], 0.05, ["20%"]),  # one offer alone is under no cap
        (100, ["10%", "20%", "bag"], 0.25, ["20%", "bag"]),
        (100, ["10%", "20%", "half"], 1, ["half"]),
        (100, ["10%", "half"], 1, ["half"]),
        (100, ["half"], 0.1, ["half"]),
        (5, ["half", "bag"], 1, ["bag"]),  # 4 is more than half of 5
        (8, ["half", "bag"], 1, ["bag"]),  # as much, so those that go together
        (299, ["10%", "50 off 300"], 1, ["10%"]),
        (300, ["10%", "50 off 300"], 1, ["10%", "50 off 300"]),
    ],
)
def test_by_hand(amount: float, offers: list, cap: float, used: list) -> None:
    found = stack_offers(claims(amount, *offers), OFFERS, max_share=cap)
    table = found.table
    assert table.loc[table["reason"] == "used", "offer"].tolist() == used
    assert found.claimed == len(offers)
    counts = (found.used, found.not_holding, found.not_stackable, found.over_cap)
    assert sum(counts) == found.claimed
    taken = table[table["reason"] == "used"]
    assert found.total_cost == pytest.approx(offer_costs(taken, OFFERS).sum())
    assert (table.loc[table["reason"] != "used", "cost"] == 0).all()


def test_the_reasons_are_counted_and_said() -> None:
    two = pd.DataFrame(
        {
            "order_id": ["a", "a", "a", "a", "b", "b"],
            "offer": ["10%", "20%", "50 off 300", "half", "half", "bag"],
            "amount": [290.0, 290, 290, 290, 300, 300],
        }
    )
    found = stack_offers(two, OFFERS.assign(stackable=[True] * 3 + [False, True]), max_share=0.25)
    assert found.table["reason"].tolist() == [
        *("not stackable", "not stackable", "does not hold", "used"),
        *("used", "not stackable"),
    ]
    assert (found.purchases, found.used, found.not_holding, found.not_stackable) == (2, 2, 1, 3)
    assert found.sentence() == (
        "6 offers were claimed at 2 purchases: 2 used, at a cost of 295.00; left out: 1 below the "
        "minimum spend or without a level, 3 not stackable."
    )
    assert found.sentence("zh") == (
        "2 笔订单共申请 6 项优惠，使用 2 项，成本 295.00；未使用：未达门槛或无对应等级 1、"
        "不可叠加 3。"
    )


def test_random_claims_agree_with_the_rule_followed_by_hand() -> None:
    rng = np.random.default_rng(0)
    offers = pd.DataFrame(
        {
            "offer": [f"o{number}" for number in range(8)],
            "discount": rng.choice([0.05, 0.1, 0.2, 0.3], 8),
            "stackable": rng.random(8) < 0.7,
        }
    )
    rows = [
        (order, offer)
        for order in range(60)
        for offer in rng.choice(offers["offer"], rng.integers(1, 6), replace=False)
    ]
    table = pd.DataFrame(rows, columns=["order_id", "offer"]).assign(amount=100.0)
    found = stack_offers(table.sample(frac=1, random_state=1), offers, max_share=0.35).table
    used = found[found["reason"] == "used"].groupby("order_id")["offer"].agg(set)
    terms = offers.set_index("offer")
    for order, own in table.groupby("order_id")["offer"]:
        able = sorted(
            (offer for offer in own if terms.loc[offer, "stackable"]),
            key=lambda offer: (-terms.loc[offer, "discount"], offer),
        )
        kept: list = []
        for offer in able:
            total = terms.loc[[*kept, offer], "discount"].sum()
            if not kept or total <= 0.35 + 1e-9:
                kept.append(offer)
        others = [offer for offer in own if not terms.loc[offer, "stackable"]]
        best = min(others, key=lambda offer: (-terms.loc[offer, "discount"], offer), default=None)
        given = terms.loc[kept, "discount"].sum()
        if best is not None and (not kept or terms.loc[best, "discount"] > given + 1e-9):
            kept = [best]
        assert used[order] == set(kept)


def test_the_order_of_the_rows_does_not_matter() -> None:
    four = claims(100, "10%", "20%", "bag", "half")
    for rows in itertools.permutations(range(4)):
        found = stack_offers(four.iloc[[*rows]], OFFERS, max_share=0.31).table.sort_index()
        assert found["reason"].tolist() == ["not stackable"] * 3 + ["used"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (claims(80, "10%", "10%"), "offer '10%' is claimed twice at order 1; keep one row"),
        (claims(80, "10%", "20%").assign(amount=[80.0, 90]), "order 1 has two amounts; give the"),
        (claims(80, "10%").assign(order_id=None), "claims has 1 row without an order_id"),
        (claims(-1, "10%"), "amount of 1 claim is negative"),
        (
            claims(80, "30%"),
            "1 claim has an offer that is not in the offers table, such as .30%. .did",
        ),
    ],
)
def test_claims_that_cannot_be_are_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        stack_offers(table, OFFERS)


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(
        ValueError, match="max_share must be a fraction of the purchase, at most 1, not 30"
    ):
        stack_offers(claims(80, "10%"), OFFERS, max_share=30)
    with pytest.raises(MissingColumnsError, match="'order_id'"):
        stack_offers(claims(80, "10%").drop(columns="order_id"), OFFERS)


def test_nothing_claimed_is_nothing_used() -> None:
    found = stack_offers(claims(80, "10%")[:0], OFFERS)
    assert (found.purchases, found.claimed, found.total_cost) == (0, 0, 0.0)
