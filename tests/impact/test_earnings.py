"""The profit and loss of a promotion, line by line and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.impact.earnings import promotion_profit
from cemkit.impact.effects import PromotionEffect, effect_from_draws


def effect(actual: float, lift: float, dip: float, spread: float = 5.0) -> PromotionEffect:
    noise = np.append(0.0, np.linspace(-spread, spread, 801))
    part = {
        "actual": np.full(802, actual),
        "baseline": actual - lift - noise,
        "lift": lift + noise,
        "dip": np.full(802, dip),
    }
    return effect_from_draws({"a": part}, method="given", scale="additive", confidence_level=0.95)


def test_lines_by_hand() -> None:
    """Paid 900 at 10 % off is 1,000 at full price; the baseline is 600."""
    profit = promotion_profit(
        effect(900, 300, -50), margin=0.4, discount=0.1, fixed_cost=20, cannibalised_amount=30,
        halo_amount=10,
    )  # fmt: skip
    assert profit.table["amount"].to_dict() == pytest.approx(
        {
            "incremental_profit": 160, "discount_on_baseline": -60, "discount_on_incremental": -40,
            "pulled_forward": -20, "cannibalised": -12, "halo": 4, "fixed_cost": -20,
            "net_profit": 12,
        }
    )  # fmt: skip
    assert profit.discount_cost == pytest.approx(100)
    assert profit.roi == pytest.approx(12 / 120)
    assert profit.achieved_lift == pytest.approx(400 / 600)
    assert profit.break_even_lift == pytest.approx((60 + 20 + 12 - 4 + 20) / (0.3 * 600))
    assert profit.net_profit_lower < 12 < profit.net_profit_upper
    assert "12.00" in profit.sentence()
    assert "12.00" in profit.sentence("zh")


@settings(max_examples=60, deadline=None)
@given(
    st.floats(100, 1e6), st.floats(-50, 90), st.floats(-80, 20), st.floats(0.05, 0.95),
    st.floats(0.001, 0.9), st.floats(0, 1e4),
)  # fmt: skip
def test_lines_add_up_as_they_are_and_as_they_are_shown(
    actual: float, lift: float, dip: float, margin: float, discount: float, cost: float
) -> None:
    table = promotion_profit(
        effect(actual, lift, dip), margin=margin, discount=discount, fixed_cost=cost
    ).table
    for column, places in (("amount", 9), ("displayed_amount", 6)):
        lines, total = table[column].iloc[:-1], table[column].iloc[-1]
        assert math.fsum(lines) == pytest.approx(total, abs=max(10**-places, 1e-12 * actual))
    assert (table["displayed_amount"] - table["amount"]).abs().max() <= 0.0100001


def test_half_a_cent_is_rounded_once() -> None:
    """100 times 4.945 rounds to 494, and 4.945 itself to 4.95."""
    table = promotion_profit(effect(100, 10, 0), margin=0.5, fixed_cost=0.055).table
    shown = table["displayed_amount"]
    assert math.fsum(shown.iloc[:-1]) == pytest.approx(shown["net_profit"], abs=1e-9)


def test_the_break_even_lift_breaks_even() -> None:
    first = promotion_profit(effect(900, 300, 0), margin=0.4, discount=0.1, fixed_cost=15)
    actual = (1 + first.break_even_lift) * 600 * 0.9
    again = promotion_profit(
        effect(actual, actual - 600, 0), margin=0.4, discount=0.1, fixed_cost=15
    )
    assert again.net_profit == pytest.approx(0, abs=1e-9)


def test_a_discount_of_the_whole_margin_never_breaks_even() -> None:
    profit = promotion_profit(effect(900, 300, 0), margin=0.2, discount=0.2)
    assert profit.break_even_lift == math.inf
    free = pd.DataFrame({"offer": ["preview"], "cost": [0.0], "discount_cost": [0.0]})
    assert math.isnan(promotion_profit(effect(900, 300, 0), margin=0.2, costs=free).roi)
    assert "no lift breaks even" in profit.sentence()
    assert "任何提升都无法保本" in profit.sentence("zh")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"margin": 1.2}, "margin must lie strictly between 0 and 1"),
        ({"discount": 1.0}, "discount must lie above 0 and below 1, not 1.0"),
        ({"discount": 30}, "discount must lie above 0 and below 1, not 30; write 0.2 for 20 %"),
        ({"discount": -0.2}, "discount must lie above 0 and below 1, not -0.2"),
        ({"discount": 0}, "not 0; .* and None without a discount"),
        ({"fixed_cost": -1.0}, "fixed_cost must be a finite number of at least 0"),
    ],
)
def test_numbers_outside_their_range_are_refused(given: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        promotion_profit(effect(900, 300, 0), **{"margin": 0.4, "discount": 0.1} | given)


def test_an_effect_that_is_not_identified_has_no_profit() -> None:
    whole = effect(900, 300, float("nan"))
    with pytest.raises(DataError, match=r"not identified, so there is no profit; use .*after=0"):
        promotion_profit(whole, margin=0.4, discount=0.1)
    with pytest.raises(TypeError, match="effect must come from promotion_effect or holdout_effect"):
        promotion_profit(None, margin=0.4, discount=0.1)


COSTS = pd.DataFrame(
    {"cost": [60.0, 25.0], "discount_cost": [60.0, 0.0], "redemption_share": [0.3, 0.1]},
    index=pd.Index(["10%", "bag"], name="offer"),
)


def test_realised_costs_by_hand() -> None:
    """Paid 900 after 60 off the price is 960 at full price; the baseline is 600."""
    profit = promotion_profit(effect(900, 300, -50), margin=0.4, costs=COSTS, fixed_cost=20)
    assert profit.table["amount"].to_dict() == pytest.approx(
        {
            "incremental_profit": 144, "pulled_forward": -20, "offer 10%": -60, "offer bag": -25,
            "cannibalised": 0, "halo": 0, "fixed_cost": -20, "net_profit": 19,
        }
    )  # fmt: skip
    assert (profit.offers_cost, profit.discount_cost) == pytest.approx((85, 60))
    assert profit.roi == pytest.approx(19 / 105)
    assert profit.achieved_lift == pytest.approx(0.6)
    assert profit.break_even_lift == pytest.approx((85 + 20 + 20) / (0.4 * 600))
    as_column = promotion_profit(
        effect(900, 300, -50), margin=0.4, costs=COSTS.reset_index()[::-1], fixed_cost=20
    )
    assert as_column.net_profit == pytest.approx(profit.net_profit)


def test_a_discount_given_to_everybody_is_the_same_either_way() -> None:
    stated = promotion_profit(effect(900, 300, -50), margin=0.4, discount=0.1, fixed_cost=20)
    costs = pd.DataFrame({"offer": ["10%"], "cost": [100.0], "discount_cost": [100.0]})
    realised = promotion_profit(effect(900, 300, -50), margin=0.4, costs=costs, fixed_cost=20)
    for name in ("net_profit", "net_profit_lower", "roi", "offers_cost", "incremental_amount"):
        assert getattr(stated, name) == pytest.approx(getattr(realised, name)), name


@pytest.mark.parametrize(
    ("costs", "error", "message"),
    [
        (COSTS.drop(columns="cost"), MissingColumnsError, "'cost'.*coupon_ledger"),
        (COSTS.assign(cost=[-1.0, 25]), DataError, "offer '10%' has cost -1 and discount_cost 60"),
        (COSTS.assign(discount_cost=[-1.0, 0]), DataError, "offer '10%' has cost 60 and discount_"),
        (COSTS.assign(cost=[np.nan, 25]), DataError, "cost has 1 missing"),
        (COSTS.iloc[[0, 0]], DataError, "costs has a missing or repeated offer"),
        (COSTS[:0], NotEnoughDataError, "need at least 1 row in costs, got 0"),
        ({"cost": 1}, TypeError, "costs must be a pandas DataFrame"),
    ],
)
def test_costs_that_cannot_be_are_refused(costs: object, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        promotion_profit(effect(900, 300, 0), margin=0.4, costs=costs)


def test_costs_are_said_once() -> None:
    with pytest.raises(ValueError, match="the cost of the promotion is unknown; give discount="):
        promotion_profit(effect(900, 300, 0), margin=0.4)
    with pytest.raises(ValueError, match="discount and costs both give the cost of the offers"):
        promotion_profit(effect(900, 300, 0), margin=0.4, discount=0.1, costs=COSTS)
