"""Churn plots draw the numbers of the result they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cemkit import ChurnModel, evaluate_churn
from cemkit import retention_profit as planned
from cemkit.churn import feature_drift as compare_features
from cemkit.churn.evaluation import ChurnEvaluation
from cemkit.plots.churn import (
    calibration,
    coefficients,
    lift_and_gains,
    precision_recall,
    retention_profit,
    roc,
    score_histogram,
    threshold,
)

RNG = np.random.default_rng(0)
PROBABILITY = pd.Series(RNG.random(400))
CHURNED = pd.Series((RNG.random(400) < PROBABILITY).astype(int))


@pytest.fixture(scope="module")
def evaluation() -> ChurnEvaluation:
    return evaluate_churn(CHURNED, PROBABILITY, n_resamples=20)


def test_calibration(evaluation: ChurnEvaluation) -> None:
    ax = calibration(evaluation)
    drawn = ax.containers[0].lines[0]
    np.testing.assert_allclose(
        drawn.get_xdata().astype(float), evaluation.calibration["churn_probability"]
    )
    np.testing.assert_allclose(
        drawn.get_ydata().astype(float), evaluation.calibration["churn_rate"]
    )
    bars = np.array([segment[:, 1] for segment in ax.containers[0].lines[2][0].get_segments()])
    np.testing.assert_allclose(bars, evaluation.calibration[["lower", "upper"]])
    assert "slope" in ax.get_title()


def test_roc_and_precision_recall(evaluation: ChurnEvaluation) -> None:
    _, (left, right) = plt.subplots(1, 2)
    assert roc(evaluation, ax=left) is left
    x, y = left.lines[1].get_data()
    area = np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)
    assert area == pytest.approx(evaluation.table.loc["roc_auc", "value"], abs=1e-9)
    assert f"AUC {area:.3f}" in left.get_title()
    assert precision_recall(evaluation, ax=right) is right
    np.testing.assert_allclose(right.lines[1].get_ydata(), evaluation.curve["precision"])
    assert right.lines[0].get_ydata()[0] == evaluation.base_rate


def test_lift_and_gains(evaluation: ChurnEvaluation) -> None:
    ax = lift_and_gains(evaluation)
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_allclose(heights, evaluation.deciles["lift"])
    gains = next(other for other in ax.figure.axes if other is not ax)
    np.testing.assert_allclose(gains.lines[0].get_ydata(), evaluation.deciles["cumulative_gain"])


def test_profit_marks_the_best_share() -> None:
    plan = planned(PROBABILITY, 200, 10, 1, acceptance_rate=0.1)
    ax = retention_profit(plan)
    assert ax.lines[0].get_ydata().max() == pytest.approx(plan.expected_profit)
    assert ax.lines[2].get_xdata()[0] == plan.best_share
    best = f"best: {plan.best_share:.0%} contacted, {plan.expected_profit:,.0f}"
    assert ax.lines[2].get_label() == best


def test_coefficients() -> None:
    X = pd.DataFrame({"a": PROBABILITY, "b": RNG.normal(size=400)})
    read = ChurnModel(penalty=0).fit(X, CHURNED).coefficients()
    ax = coefficients(read)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    assert ax.get_xscale() == "log"
    drawn = ax.containers[0].lines[0].get_xdata()
    np.testing.assert_allclose(drawn.astype(float), read.table.loc[["b", "a"], "odds_ratio"])


@pytest.mark.parametrize("unit", [1000.0, 10.0, 1.0, 1e-2])
def test_every_range_of_odds_has_several_ticks(unit: float) -> None:
    X = pd.DataFrame({"a": PROBABILITY * unit})
    ax = coefficients(ChurnModel(penalty=0).fit(X, CHURNED).coefficients())
    low, high = ax.get_xlim()
    assert sum(low <= tick <= high for tick in ax.get_xticks()) >= 2
    ax.figure.canvas.draw()
    assert not any(label.get_text() for label in ax.get_xticklabels(minor=True))


def test_constant_columns_are_counted_and_not_drawn() -> None:
    X = pd.DataFrame({"a": PROBABILITY, "constant": 1.0})
    ax = coefficients(ChurnModel().fit(X, CHURNED).coefficients())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a"]
    assert ax.get_xlabel() == "odds ratio per unit (1 constant column not shown)"


def test_score_histogram_draws_both_groups_as_shares(evaluation: ChurnEvaluation) -> None:
    ax = score_histogram(evaluation)
    lines = [patch for patch in ax.patches if patch.get_label().endswith("customers)")]
    for patch, group in zip(lines, (CHURNED == 0, CHURNED == 1), strict=True):
        values, edges, _ = patch.get_data()
        expected = np.histogram(PROBABILITY[group], edges)[0] / group.sum()
        np.testing.assert_allclose(values, expected)
    assert ax.lines[0].get_label() == "threshold 50%"


@pytest.mark.parametrize("cut", [0.137, 0.5, 0.81])
def test_threshold_draws_what_lies_strictly_above_it(
    evaluation: ChurnEvaluation, cut: float
) -> None:
    ax = threshold(evaluation)
    above = cut < PROBABILITY
    expected = [CHURNED[above].mean(), CHURNED[above].sum() / CHURNED.sum(), above.mean()]
    for line, value in zip(ax.lines, expected, strict=False):
        x, y = line.get_data()
        at = np.searchsorted(np.asarray(x), cut, side="right")  # steps: that of the next score up
        assert y[at] == pytest.approx(value)


def test_importance_and_drift_count_what_they_leave_out() -> None:
    X = pd.DataFrame({"a": PROBABILITY, "b": RNG.normal(size=400), "c": RNG.normal(size=400)})
    found = ChurnModel().fit(X, CHURNED).importance(X)
    ax = found.plot(most=2)
    assert [bar.get_width() for bar in ax.patches] == found.table["mean_effect"].tolist()[:2]
    assert "1 more not shown" in ax.get_title().replace("\n", " ")
    drift = compare_features(X, X.assign(a=X["a"] + 1))
    ax = drift.plot()
    np.testing.assert_allclose([bar.get_width() for bar in ax.patches], drift.table["psi"])
    assert ax.lines[0].get_xdata().tolist() == drift.table["chance"].tolist()


def test_a_small_profit_is_not_rounded_away() -> None:
    plan = planned(PROBABILITY, 0.2, 0.01, 0.001, acceptance_rate=0.1)
    label = retention_profit(plan).lines[2].get_label()
    assert float(label.split(", ")[1]) == pytest.approx(plan.expected_profit, rel=0.01)
