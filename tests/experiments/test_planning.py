"""Plans against statsmodels, published design effects, brute force and simulated experiments."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.power import TTestIndPower

from cemkit import compare_variants, sample_size
from cemkit.experiments import experiment_plan


def test_plain_plans_are_those_of_sample_size() -> None:
    rates = experiment_plan(0.10, 0.12, daily_customers=500, window_days=7)
    expected = sample_size(0.10, 0.12, daily_customers=500)
    assert (rates.n_per_arm, rates.days) == (expected.n_per_arm, expected.days + 7)
    means = experiment_plan(20, 21, standard_deviation=8, allocation=2.0, arms=3)
    expected = sample_size(20, 21, standard_deviation=8, allocation=2.0, arms=3)
    assert (means.n_per_arm, means.n_total) == (expected.n_per_arm, expected.n_total)


def test_clusters_are_a_t_test_of_their_means() -> None:
    # Eldridge et al. 2006: 1 + ((1 + cv^2) m - 1) rho.
    plan = experiment_plan(
        20,
        21,
        standard_deviation=8,
        cluster_size=50,
        intracluster_correlation=0.02,
        cluster_variation=0.5,
        n_per_arm=40,
    )
    assert plan.design_effect == pytest.approx(1 + (1.25 * 50 - 1) * 0.02)
    effect = 1 / (8 * np.sqrt(plan.design_effect / 50))
    expected = TTestIndPower().power(effect, nobs1=40, alpha=0.05)
    assert plan.power == pytest.approx(expected, rel=1e-6)
    assert (plan.unit, plan.n_total, plan.customers) == ("cluster", 80, 4000)


def test_what_is_planned_is_found_by_the_read_out() -> None:
    # 400 experiments of shops as groups of one call: a standard error of 2 %.
    rng, runs, shops, size, rho = np.random.default_rng(1), 400, 24, 30, 0.05
    plan = experiment_plan(
        10,
        11,
        standard_deviation=4,
        cluster_size=size,
        intracluster_correlation=rho,
        n_per_arm=shops,
    )
    level = rng.normal(0, 4 * np.sqrt(rho), (runs, 2 * shops, 1))
    values = 10 + level + rng.normal(0, 4 * np.sqrt(1 - rho), (runs, 2 * shops, size))
    values[:, shops:] += 1
    data = pd.DataFrame({"amount": values.mean(axis=2).ravel()})
    data["run"] = np.repeat(np.arange(runs), 2 * shops)
    data["variant"] = np.tile(np.repeat(["A", "B"], shops), runs)
    table = compare_variants(data, {"amount": "mean"}, "A", by="run", correction="none").table
    assert (table["winner"] == "B").mean() == pytest.approx(plan.power, abs=0.06)


def test_a_history_is_simulated_with_its_error() -> None:
    rng = np.random.default_rng(2)
    history = pd.DataFrame({"value": rng.normal(20, 8, 5000)})
    plan = experiment_plan(treatment=21.0, history=history, n_per_arm=600)
    formula = experiment_plan(
        history["value"].mean(), 21.0, standard_deviation=history["value"].std(), n_per_arm=600
    )
    assert plan.power_error == pytest.approx(np.sqrt(plan.power * (1 - plan.power) / 2000))
    assert plan.power == pytest.approx(formula.power, abs=4 * plan.power_error + 0.01)
    assert plan.method == "simulation: 2,000 experiments"
    assert "(simulated, standard error " in plan.sentence()
    shuffled = experiment_plan(treatment=21.0, history=history, n_per_arm=600, random_state=1)
    assert shuffled.power != plan.power


def test_staggered_starts() -> None:
    shops = {"standard_deviation": 8, "cluster_size": 50, "intracluster_correlation": 0.02}
    plan = experiment_plan(20, 21, starts=[0, 4, 4, 4], **shops)
    assert (plan.n_total, plan.periods, plan.customers) == (12, 4, 2400)
    at_least = experiment_plan(20, 20 + plan.detectable_difference, starts=[0, 4, 4, 4], **shops)
    assert at_least.power == pytest.approx(0.8, abs=1e-4)
    assert "12 clusters that start over 4 periods" in plan.sentence()
    assert "12 个群组在 4 期内陆续启动" in plan.sentence("zh")


def test_sentences() -> None:
    plan = experiment_plan(0.10, 0.11, daily_customers=2_000, window_days=14)
    assert plan.sentence() == (
        "14,749 customers in the control and 29,498 in all, 29 days of traffic detect a difference "
        "of 0.01 with a power of 80%; a change from 0.1 to 0.11 is detected with a probability of "
        "80.0%."
    )
    assert plan.sentence("zh").startswith("对照组 14,749 位客户，共 29,498 位客户，需 29 天流量")


SHOPS = {"control": 20, "treatment": 21, "standard_deviation": 8}
HISTORY = pd.DataFrame({"value": [1.0, 2.0, 4.0]})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"control": 0.1}, ValueError, "give the hoped-for treatment, or n_per_arm"),
        ({"treatment": 0.1}, ValueError, "give the control's rate, mean or ratio"),
        ({**SHOPS, "window_days": 7}, ValueError, "needs daily_customers"),
        ({**SHOPS, "never": 3}, ValueError, "never=3 counts clusters of staggered starts"),
        (
            {**SHOPS, "cluster_size": 9, "starts": [2, 2], "never": 2, "window_days": 7},
            ValueError,
            "leave out window_days",
        ),
        ({**SHOPS, "starts": [0, 4]}, ValueError, "give cluster_size, per period"),
        (
            {**SHOPS, "cluster_size": 9, "starts": [0, 4], "arms": 3},
            ValueError,
            "leave out arms",
        ),
        ({**SHOPS, "cluster_size": 9, "starts": [4]}, ValueError, "two or more periods"),
        ({"history": HISTORY, "n_per_arm": 50}, ValueError, "give it"),
        ({**SHOPS, "n_per_arm": 1}, ValueError, "n_per_arm must"),
        ({**SHOPS, "n_per_arm": 9, "allocation": np.inf}, ValueError, "allocation must"),
        ({**SHOPS, "daily_customers": 0}, ValueError, "daily_customers must"),
    ],
)
def test_bad_input(options, error, message) -> None:
    with pytest.raises(error, match=message):
        experiment_plan(**options)
