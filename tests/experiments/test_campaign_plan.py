"""plan_campaign: the power it promises, the smallest hold-out, and what would help."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cemkit.experiments import plan_campaign
from cemkit.proportions import sample_power

OFFERS = pd.DataFrame(
    {
        "offer": ["10% off", "bag"],
        "kind": ["percentage", "gift"],
        "discount": [0.1, None],
        "unit_cost": [None, 4.0],
        "contact_cost": 0.2,
    }
)


def customers(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {"churn_probability": rng.beta(8, 2, n), "expected_mean_amount": rng.gamma(2, 25, n)},
        index=pd.RangeIndex(n, name="customer_id"),
    )
    bought = rng.random(n) < 1 - table["churn_probability"]
    return table.assign(pre_amount=bought * table["expected_mean_amount"] * rng.gamma(2, 0.5, n))


PLAN = {"goal": "converted", "budget": 3000, "margin": 0.4}


def test_the_groups_fit_the_audience_and_the_budget() -> None:
    for n in (300, 5000, 60_000):
        plan = plan_campaign(customers(n), OFFERS, **PLAN)
        for row in plan.table.itertuples():
            assert row.contacted + row.held_out == row.audience <= row.eligible_customers == n
            assert row.expected_cost <= 3000 * (1 + 1e-9)
            assert row.held_out == pytest.approx(row.holdout * row.audience, abs=1.01)
        binds = plan.expected_cost > 2900
        assert binds or plan.audience == n


def test_the_power_is_what_it_says() -> None:
    for goal in ("converted", "amount"):
        plan = plan_campaign(customers(5000), OFFERS, **{**PLAN, "goal": goal})
        power = sample_power(
            plan.baseline,
            plan.baseline + plan.detectable_difference,
            plan.held_out,
            allocation=plan.contacted / plan.held_out,
            standard_deviation=plan.standard_deviation,
        )
        assert power == pytest.approx(0.8, abs=1e-6)


def test_the_smallest_detectable_rise_is_detected_as_often_as_said_by_simulation() -> None:
    """20,000 experiments have a standard error of 0.3 %."""
    plan = plan_campaign(customers(5000), OFFERS, **PLAN)
    rng = np.random.default_rng(0)
    x1 = rng.binomial(plan.held_out, plan.baseline, 20_000)
    x2 = rng.binomial(plan.contacted, plan.baseline + plan.detectable_difference, 20_000)
    p1, p2 = x1 / plan.held_out, x2 / plan.contacted
    error = np.sqrt(p1 * (1 - p1) / plan.held_out + p2 * (1 - p2) / plan.contacted)
    detected = np.mean(np.abs(p2 - p1) / error > norm.ppf(0.975))
    assert detected == pytest.approx(0.8, abs=0.02)


def test_it_takes_the_smallest_holdout_that_proves_a_campaign_that_just_pays() -> None:
    plan = plan_campaign(customers(5000), OFFERS, **PLAN)
    assert plan.provable
    assert 0.05 < plan.holdout < 0.5
    assert plan.detectable_difference <= plan.break_even_difference
    less = plan_campaign(customers(5000), OFFERS, **PLAN, holdout=plan.holdout - 0.01)
    mine = less.table.loc[plan.offer]
    assert mine["detectable_difference"] > mine["break_even_difference"]
    assert plan.remedies.empty


def test_where_it_cannot_prove_it_says_what_would_and_each_does() -> None:
    small = customers(500)
    plan = plan_campaign(small, OFFERS, **{**PLAN, "goal": "amount"})
    assert not plan.provable
    remedies = plan.remedies
    assert remedies.index.tolist() == ["rate", "cuped", "campaigns", "customers"]
    needed = remedies["needed"]
    only = OFFERS[OFFERS["offer"] == plan.offer]
    cuped = plan_campaign(
        small, only, goal="amount", budget=3000, margin=0.4,
        pre_correlation=needed["cuped"] + 1e-9,
    )  # fmt: skip
    assert cuped.provable
    times = math.ceil(needed["customers"] / plan.audience * 500)
    larger = pd.concat([small] * math.ceil(times / 500)).head(times)
    larger.index = pd.RangeIndex(len(larger), name="customer_id")
    again = plan_campaign(larger, only, goal="amount", budget=1e9, margin=0.4, holdout=plan.holdout)
    assert again.detectable_difference == pytest.approx(again.break_even_difference, rel=0.05)
    # Pooled, the standard error is smaller by the root of the number of campaigns.
    pooled = plan.detectable_difference / math.sqrt(needed["campaigns"])
    assert pooled <= plan.break_even_difference * 1.01
    rate = plan_campaign(small, only, goal="converted", budget=3000, margin=0.4)
    assert remedies.loc["rate", "proves"] == rate.provable


def test_the_easiest_offer_to_prove_is_the_plan_and_all_are_in_the_table() -> None:
    plan = plan_campaign(customers(500), OFFERS, **PLAN)
    ratio = plan.table["detectable_difference"] / plan.table["break_even_difference"]
    assert plan.offer == ratio.idxmin()
    swapped = plan_campaign(customers(500).sample(frac=1, random_state=0), OFFERS[::-1], **PLAN)
    assert swapped.offer == plan.offer
    assert swapped.detectable_difference == pytest.approx(plan.detectable_difference)


def test_what_costs_nothing_and_what_never_pays() -> None:
    free = OFFERS.tail(1).assign(kind="none", unit_cost=None, contact_cost=0.0)
    plan = plan_campaign(customers(500), free, **PLAN)
    assert plan.break_even_difference == 0
    assert plan.provable
    assert "It costs nothing" in plan.sentence()
    assert "没有成本" in plan.sentence("zh")
    never = OFFERS.head(1).assign(discount=0.6)
    plan = plan_campaign(customers(500), never, **PLAN)
    assert plan.break_even_difference == math.inf
    assert not plan.provable
    assert "No rise of the share that buys that is possible pays" in plan.sentence()
    assert "无论怎样提升都无法保本" in plan.sentence("zh")


def test_a_rate_that_would_have_to_rise_above_1_does_not_pay() -> None:
    loyal = customers(500).assign(churn_probability=0.02)
    plan = plan_campaign(loyal, OFFERS.head(1), **PLAN)
    assert plan.break_even_difference == math.inf
    assert not plan.provable


def test_groups_too_small_for_anything_say_so() -> None:
    plan = plan_campaign(customers(3), OFFERS, **PLAN)
    assert math.isnan(plan.detectable_difference)
    assert not plan.provable
    assert "detect no rise" in plan.sentence()
    assert "检测不出任何提升" in plan.sentence("zh")


def test_the_sentences_say_the_numbers_and_no_more() -> None:
    for n in (500, 5000):
        plan = plan_campaign(customers(n), OFFERS, **PLAN)
        english, chinese = plan.sentence(), plan.sentence("zh")
        for text in (english, chinese):
            assert f"{plan.contacted:,}" in text
            assert f"{plan.held_out:,}" in text
            assert f"{100 * plan.break_even_difference:.2f}" in text
            assert f"{100 * plan.detectable_difference:.2f}" in text
        assert ("can be proved" in english) == plan.provable
        assert ("cannot prove it" in english) != plan.provable
        assert ("可以证明" in chinese) == plan.provable
        assert ("无法证明" in chinese) != plan.provable


@pytest.mark.parametrize("goal", ["converted", "amount"])
def test_without_a_margin_it_says_what_is_detected_and_not_what_pays(goal: str) -> None:
    table = customers(5000)
    plan = plan_campaign(table, OFFERS, goal=goal, budget=3000)
    assert plan.provable is None
    assert math.isnan(plan.break_even_difference)
    assert plan.holdout == 0.2
    assert plan.remedies.empty
    known = plan_campaign(table, OFFERS, goal=goal, budget=3000, margin=0.4, holdout=0.2)
    columns = ["contacted", "held_out", "baseline", "detectable_difference", "expected_cost"]
    pd.testing.assert_frame_equal(plan.table[columns], known.table[columns])
    assert plan.detectable_lift == plan.table["detectable_lift"].min()
    english, chinese = plan.sentence(), plan.sentence("zh")
    assert "From which rise it pays is not known without a margin." in english
    assert "没有毛利率" in chinese
    for text in (english, chinese):
        assert f"{plan.contacted:,}" in text
        assert "nan" not in text
    few = plan_campaign(customers(3), OFFERS, goal=goal, budget=3000)
    assert "Groups of this size detect no rise. From which" in few.sentence()


def test_what_costs_nothing_pays_without_a_margin_too() -> None:
    free = pd.DataFrame({"offer": ["call"], "kind": ["none"], "contact_cost": [0.0]})
    plan = plan_campaign(customers(5000), free, goal="converted", budget=3000)
    assert (plan.provable, plan.break_even_difference) == (True, 0)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"goal": "profit"}, "goal must be one of"),
        ({"budget": 0}, "budget must be"),
        ({"margin": 40}, "margin must be a fraction"),
        ({"power": 80}, "power must lie"),
        ({"holdout": 0}, "holdout must lie"),
        ({"pre_correlation": 1}, "pre_correlation must be at least 0 and below 1"),
    ],
)
def test_bad_parameters_are_refused(params: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan_campaign(customers(100), OFFERS, **{**PLAN, **params})
