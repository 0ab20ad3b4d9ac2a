"""Pictures of impact show the numbers of their results."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cemkit import promotion_effect as measure
from cemkit import promotion_profit
from cemkit.forecasting import simulate_weekly_sales
from cemkit.impact import difference_in_differences, holdout_effect, observational_effect
from cemkit.plots import impact

WEEKLY = simulate_weekly_sales(n_weeks=80)


def test_the_bars_of_an_effect_are_its_amounts() -> None:
    effect = measure(WEEKLY.sales, WEEKLY.promotions)
    _, own = plt.subplots()
    ax = impact.promotion_effect(effect, ax=own)
    assert ax is own
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == pytest.approx([effect.lift_amount, effect.dip_amount, effect.net_amount])
    assert ax.patches[1].get_y() == pytest.approx(effect.lift_amount)
    [bars] = ax.collections
    assert bars.get_segments()[2][:, 1] == pytest.approx(
        [effect.net_amount_lower, effect.net_amount_upper]
    )


RNG = np.random.default_rng(0)
CHOSEN = pd.DataFrame(RNG.normal(size=(500, 2)), columns=["past", "历史金额"])
CHOSEN["joined"] = RNG.random(500) < 1 / (1 + np.exp(-2 * CHOSEN["past"]))
CHOSEN["amount"] = RNG.normal(size=500)


def test_balance_shows_each_covariate_before_and_after() -> None:
    found = observational_effect(CHOSEN, "joined", "amount", ["历史金额", "past"])
    ax = impact.balance(found)
    assert [text.get_text() for text in ax.get_yticklabels()] == ["past", "历史金额"]
    before, after = ax.lines[:2]
    assert_allclose(before.get_xdata(), found.table.loc[["past", "历史金额"], "difference_before"])
    assert_allclose(after.get_xdata(), found.table.loc[["past", "历史金额"], "difference_after"])


def test_overlap_shows_shares_of_both_groups_and_who_is_left_out() -> None:
    found = observational_effect(CHOSEN, "joined", "amount", ["past"], trim=0.05)
    ax = impact.overlap(found)
    left_out = found.left_out_treated + found.left_out_control
    assert left_out > 0
    assert ax.get_title() == f"{left_out} rows in the margins are left out"
    heights = [bar.get_height() for bar in ax.patches[:50]]
    assert sum(heights[:25]) == pytest.approx(1)
    assert sum(heights[25:]) == pytest.approx(-1)


def test_event_study_shows_effects_with_intervals_and_the_base_period() -> None:
    first = np.repeat([3.0, 4.0, np.nan], 20 * 5)
    panel = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(60), 5),
            "period": np.tile(np.arange(1, 6), 60),
            "first_treated": first,
            "amount": RNG.normal(size=300),
        }
    )
    found = difference_in_differences(panel, "amount")
    ax = impact.event_study(found)
    before, after = ax.containers
    times = np.r_[before.lines[0].get_xdata(), after.lines[0].get_xdata()]
    assert times.tolist() == found.events.index.tolist() == [-3, -2, 0, 1, 2]
    ends = np.concatenate([group.lines[2][0].get_segments() for group in (before, after)])
    assert_allclose(ends[:, 0, 1], found.events["lower"])
    assert_allclose(ends[:, 1, 1], found.events["upper"])
    assert ax.lines[-1].get_xdata() == [-1]


def test_the_waterfall_ends_at_the_net_profit() -> None:
    experiment = pd.DataFrame(
        {
            "variant": ["control"] * 50 + ["offer"] * 50,
            "amount": [4.0, 6.0] * 25 + [9.0, 9.0] * 25,
        }
    )
    found = promotion_profit(holdout_effect(experiment), margin=0.5, discount=0.1, fixed_cost=20)
    ax = found.plot(currency="$")
    table = found.table[found.table["amount"] != 0]
    assert [bar.get_width() for bar in ax.patches] == pytest.approx(table["amount"].tolist())
    *lines, net = ax.patches
    ends = [bar.get_x() + bar.get_width() for bar in lines]
    assert [bar.get_x() for bar in lines] == pytest.approx([0, *ends[:-1]])
    assert (net.get_x(), net.get_width()) == pytest.approx((0, ends[-1]))
    [bars] = ax.collections
    drawn = [segment[:, 0].tolist() for segment in bars.get_segments()]
    starts = [bar.get_x() for bar in ax.patches]
    lows, highs = table["amount_lower"], table["amount_upper"]
    bounds = [
        [start + low, start + high]
        for start, low, high in zip(starts, lows, highs, strict=True)
        if low != high
    ]
    np.testing.assert_allclose(drawn, bounds)
