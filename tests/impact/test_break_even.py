"""The planned break-even is the one of promotion_profit."""

import numpy as np
import pandas as pd
import pytest

from cemkit.impact.break_even import BreakEven
from cemkit.impact.earnings import promotion_profit
from cemkit.impact.effects import effect_from_draws

BASE = np.array([1000.0])


def test_at_the_break_even_a_promotion_earns_nothing() -> None:
    terms = BreakEven.of(0.4, 0.15, 30.0, 0.2)
    lift = terms.full_price_lift(BASE)[0]
    paid = 1000 * (1 + terms.paid(np.array([lift]))[0])
    ones = np.ones(3)
    draws = {
        "actual": paid * ones,
        "baseline": 1000 * ones,
        "lift": (paid - 1000) * ones,
        "dip": -0.2 * lift * 1000 * ones,
    }
    effect = effect_from_draws(
        {"a": draws}, method="regression", scale="additive", confidence_level=0.95
    )
    profit = promotion_profit(effect, margin=0.4, discount=0.15, fixed_cost=30)
    assert profit.net_profit == pytest.approx(0, abs=1e-9)
    assert profit.achieved_lift == pytest.approx(lift)


def test_what_loses_money_on_each_sale_never_pays() -> None:
    assert BreakEven.of(0.2, 0.2, 0.0, 0.0).full_price_lift(BASE)[0] == np.inf
    assert BreakEven.of(0.3, 0.2, 0.0, 0.5).full_price_lift(BASE)[0] == np.inf
    assert np.isnan(BreakEven.of(0.3, 0.2, 0.0, 0.0).full_price_lift(np.array([-5.0]))[0])
    assert np.isnan(BreakEven.of(None, None, 0.0, 0.0).full_price_lift(BASE)[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((None, 0.1, 0.0, 0.0), "the break-even needs the profit per unit"),
        ((0.4, None, 0.0, 0.0), "the cost of the promotion is unknown"),
        ((0.4, 1.2, 0.0, 0.0), "discount must lie from 0 to below 1, not 1.2"),
        ((0.4, 20, 0.0, 0.0), "write 0.2 for 20 %"),
        ((0.4, 0.1, -1.0, 0.0), "fixed_cost must be a finite number of at least 0"),
        ((0.4, 0.1, 0.0, 1.5), "pull_forward_share must be at most 1"),
        ((40, 0.1, 0.0, 0.0), "margin"),
    ],
)
def test_bad_terms_are_refused(given, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BreakEven.of(*given)


def test_a_table_of_baselines_has_a_break_even_each() -> None:
    lifts = BreakEven.of(0.4, 0.1, 50.0, 0.0).full_price_lift(pd.Series([500.0, 1000.0]).to_numpy())
    assert lifts.tolist() == pytest.approx([100 / 150, 150 / 300])
