"""What it takes for an offer to pay: against the profit that offer_profit gives."""

import numpy as np
import pandas as pd
import pytest

from cemkit import offer_profit
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.experiments.planned_offers import read_planned

RNG = np.random.default_rng(0)
N = 400
CUSTOMERS = pd.DataFrame(
    {
        "churn_probability": RNG.beta(5, 2, N),
        "expected_mean_amount": RNG.gamma(2, 30, N) + 5,
        "pre_amount": RNG.gamma(1, 10, N),
        "segment": RNG.choice(["At risk", "New"], N),
    },
    index=pd.RangeIndex(N, name="customer_id"),
)
OFFERS = pd.DataFrame(
    {
        "offer": ["10%", "30 off 60", "bag", "points", "hello", "vip"],
        "kind": ["percentage", "amount_off", "gift", "points", "none", "early_access"],
        "discount": [0.1, None, None, None, None, None],
        "amount_off": [None, 5.0, None, None, None, None],
        "min_spend": [None, 60.0, None, None, None, None],
        "unit_cost": [None, None, 3.0, None, None, None],
        "points": [None, None, None, 100.0, None, None],
        "point_value": [None, None, None, 0.01, None, None],
        "contact_cost": [0.3, 0.2, 0.2, 0.1, 0.4, 0.0],
        "eligible": [None, None, "segment = New", None, None, None],
    }
)
MARGIN = 0.4


@pytest.mark.parametrize("name", OFFERS["offer"])
def test_at_the_rise_that_pays_the_profit_of_all_is_0(name: str) -> None:
    offer = OFFERS[OFFERS["offer"] == name]
    planned = read_planned(CUSTOMERS, offer, None, MARGIN, "converted")[name]
    mine = CUSTOMERS[CUSTOMERS["segment"] == "New"] if name == "bag" else CUSTOMERS
    assert planned.n == len(mine)
    without = offer_profit(mine, offer, 0.0, margin=MARGIN)
    assert planned.cost == pytest.approx(without["cost"].mean())
    assert planned.rate == pytest.approx(1 - mine["churn_probability"].mean())
    holds = mine["expected_mean_amount"] >= (60 if name == "30 off 60" else 0)
    amount = mine["expected_mean_amount"]
    taken = np.select(
        [name == "10%", name == "30 off 60", name == "bag", name == "points"],
        [0.1 * amount, 5.0 * holds, 3.0, 1.0],
        0.0,
    )
    rise, stays = planned.rate_to_pay, 1 - mine["churn_probability"]
    contact = offer["contact_cost"].item()
    profit = MARGIN * amount * rise - contact - taken * (stays + rise)
    assert profit.sum() == pytest.approx(0, abs=1e-9)
    cut = taken if name in ("10%", "30 off 60") else 0.0
    paid = (rise * amount - cut * (stays + rise)).mean()
    amounts = read_planned(CUSTOMERS, offer, None, MARGIN, "amount")[name]
    assert amounts.amount_to_pay == pytest.approx(paid)
    assert amounts.mean == pytest.approx(mine["pre_amount"].mean())
    assert amounts.deviation == pytest.approx(mine["pre_amount"].std(ddof=1))


def test_an_offer_that_takes_the_whole_margin_never_pays() -> None:
    offer = OFFERS.head(1).assign(discount=0.5)
    planned = read_planned(CUSTOMERS, offer, None, MARGIN, "converted")["10%"]
    assert planned.rate_to_pay == planned.amount_to_pay == np.inf


def test_eligible_pairs_take_the_place_of_conditions() -> None:
    eligible = pd.DataFrame({"customer_id": [3, 4, 5], "offer": ["bag", "bag", "10%"]})
    planned = read_planned(CUSTOMERS, OFFERS, eligible, MARGIN, "converted")
    assert {name: offer.n for name, offer in planned.items()} == {"10%": 1, "bag": 2}
    with pytest.raises(DataError, match="1 eligible pair has a customer or an offer"):
        read_planned(CUSTOMERS, OFFERS, eligible.assign(offer="fax").head(1), MARGIN, "converted")


def test_bad_customers_are_refused() -> None:
    for column, value in (("churn_probability", 1.5), ("expected_mean_amount", -1.0)):
        with pytest.raises(DataError, match=f"{column} of 400 customers is wrong, such as"):
            read_planned(CUSTOMERS.assign(**{column: value}), OFFERS, None, MARGIN, "converted")
    with pytest.raises(MissingColumnsError, match="pre_amount"):
        read_planned(CUSTOMERS.drop(columns="pre_amount"), OFFERS, None, MARGIN, "amount")
    nobody = OFFERS[OFFERS["offer"] == "bag"]
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer who may have an offer, got 0"
    ):
        read_planned(
            CUSTOMERS.query("segment == 'At risk'"),
            nobody.assign(eligible="segment = 'At risk' and churn_probability > 1"),
            None,
            MARGIN,
            "converted",
        )


def test_levels_cost_what_offer_profit_counts() -> None:
    offer = pd.DataFrame({"offer": ["spend"], "kind": "percentage", "contact_cost": 0.3})
    levels = pd.DataFrame(
        {"offer": "spend", "by": "amount", "at_least": [40, 80], "discount": [0.1, 0.2]}
    )
    planned = read_planned(CUSTOMERS, offer, None, MARGIN, "converted", levels=levels)["spend"]
    without = offer_profit(CUSTOMERS, offer, 0.0, margin=MARGIN, levels=levels)
    assert planned.cost == pytest.approx(without["cost"].mean())


def test_conditions_on_purchases_are_judged_by_eligible_pairs() -> None:
    offer = OFFERS.head(1).assign(eligible="bought >= 1 times in 30 days")
    with pytest.raises(ValueError, match="a plan has no orders; give eligible=, the table that"):
        read_planned(CUSTOMERS, offer, None, MARGIN, "converted")
    eligible = pd.DataFrame({"customer_id": [3], "offer": ["10%"]})
    assert read_planned(CUSTOMERS, offer, eligible, MARGIN, "converted")["10%"].n == 1
