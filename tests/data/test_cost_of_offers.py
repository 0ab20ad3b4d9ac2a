"""What an offer costs: its definition, written independently, on 1,000 random offers."""

import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from cemkit.data.cost_of_offers import offer_costs
from cemkit.errors import DataError, MissingColumnsError

OFFERS = pd.DataFrame(
    [
        {"offer": "20%", "kind": "percentage", "discount": 0.2},
        {"offer": "50 off 300", "kind": "amount_off", "amount_off": 50, "min_spend": 300},
        {"offer": "30 off", "kind": "amount_off", "amount_off": 30},
        {"offer": "bag", "kind": "gift", "unit_cost": 4},
        {"offer": "delivery", "kind": "service", "unit_cost": 6, "min_spend": 50},
        {
            "offer": "points",
            "kind": "points",
            "points": 100,
            "points_per_unit": 2,
            "point_value": 0.01,
        },
        {"offer": "preview", "kind": "early_access"},
        {"offer": "greeting", "kind": "none"},
    ]
)


@pytest.mark.parametrize(
    ("offer", "amount", "cost"),
    [
        ("20%", 80, 16),
        ("20%", 0, 0),
        ("50 off 300", 299.99, 0),
        ("50 off 300", 300, 50),
        ("30 off", 20, 20),
        ("bag", 5, 4),
        ("bag", 0, 4),
        ("delivery", 49, 0),
        ("delivery", 50, 6),
        ("points", 80, 2.6),
        ("preview", 80, 0),
        ("greeting", 80, 0),
    ],
)
def test_the_cost_of_each_kind(offer: str, amount: float, cost: float) -> None:
    purchases = pd.DataFrame({"offer": [offer], "amount": [amount]}, index=[7])
    costs = offer_costs(purchases, OFFERS)
    assert costs.to_dict() == {7: pytest.approx(cost, abs=1e-12)}
    assert costs.name == "cost"


def by_definition(offer: dict, amount: float) -> Fraction:
    """The cost as the contract of the table says it, in exact arithmetic."""
    a = Fraction(amount)
    if a < Fraction(offer.get("min_spend", 0)):
        return Fraction(0)
    match offer["kind"]:
        case "percentage":
            return Fraction(offer["discount"]) * a
        case "amount_off":
            return min(Fraction(offer["amount_off"]), a)
        case "gift" | "service":
            return Fraction(offer["unit_cost"])
        case "points":
            points = Fraction(offer.get("points", 0)) + Fraction(offer["points_per_unit"]) * a
            return points * Fraction(offer["point_value"])
    return Fraction(0)


def random_offer(number: int, draw: random.Random) -> dict:
    kinds = ["percentage", "amount_off", "gift", "points", "service", "early_access", "none"]
    offer: dict = {"offer": f"offer {number}", "kind": draw.choice(kinds)}
    match offer["kind"]:
        case "percentage":
            offer["discount"] = draw.choice([draw.randint(1, 100) / 100, 1.0])
        case "amount_off":
            offer["amount_off"] = draw.choice([50, draw.uniform(0.01, 500)])
        case "gift" | "service":
            offer["unit_cost"] = draw.choice([0, draw.uniform(0, 50)])
        case "points":
            offer["point_value"] = draw.uniform(0.001, 1)
            offer["points_per_unit"] = draw.uniform(0.01, 10)
            if draw.random() < 0.5:
                offer["points"] = draw.randint(0, 500)
    if offer["kind"] != "none" and draw.random() < 0.5:
        offer["min_spend"] = draw.choice([0, 100, draw.uniform(0, 400)])
    return offer


def test_a_thousand_random_offers_cost_what_their_definition_says() -> None:
    draw = random.Random(16)
    offers = [random_offer(number, draw) for number in range(1000)]
    rows = [
        (offer, amount)
        for offer in offers
        for amount in (0.0, 99.99, 100.0, draw.uniform(0, 500), offer.get("min_spend", 1.0))
    ]
    purchases = pd.DataFrame(
        {"offer": [offer["offer"] for offer, _ in rows], "amount": [amount for _, amount in rows]}
    )
    shuffled = pd.DataFrame(offers).sample(frac=1, random_state=0)
    costs = offer_costs(purchases.sample(frac=1, random_state=1), shuffled).sort_index()
    expected = [float(by_definition(offer, amount)) for offer, amount in rows]
    np.testing.assert_allclose(costs, expected, rtol=1e-7, atol=1e-12)
    assert {offer["kind"] for offer in offers} == {*OFFERS["kind"]}


def test_purchases_that_have_no_cost_are_refused() -> None:
    purchases = pd.DataFrame({"offer": ["20%", "bag"], "amount": [80.0, -5.0]})
    with pytest.raises(DataError, match=r"amount of 1 purchase is negative.*row 1 \(-5\); leave"):
        offer_costs(purchases, OFFERS)
    with pytest.raises(DataError, match="amount has 1 missing"):
        offer_costs(purchases.assign(amount=[1.0, None]), OFFERS)
    with pytest.raises(
        DataError, match="1 purchase has an offer that is not in the offers table, such as .bags."
    ):
        offer_costs(purchases.assign(offer=["20%", "bags"], amount=1.0), OFFERS)
    with pytest.raises(MissingColumnsError, match="'amount'"):
        offer_costs(purchases[["offer"]], OFFERS)
