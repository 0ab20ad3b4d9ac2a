"""Measures under weights, against scikit-learn and statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import logit
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression

from cemkit.churn.metrics import Calibration, Ranking, measures

RNG = np.random.default_rng(0)
PROBABILITY = RNG.random(400).round(2).clip(0.01, 0.99)  # with ties
CHURNED = (RNG.random(400) < PROBABILITY**1.5).astype(float)
DRAWN = np.bincount(RNG.integers(400, size=400), minlength=400).astype(float)


@pytest.mark.parametrize("weights", [np.ones(400), DRAWN], ids=["all", "drawn"])
def test_equal_to_scikit_learn_on_the_repeated_rows(weights: np.ndarray) -> None:
    ranking = Ranking.of(CHURNED, PROBABILITY)
    found = measures(ranking, Calibration.of(ranking), weights, 0.5)
    rows = np.repeat(np.arange(400), weights.astype(int))
    y, p = CHURNED[rows], PROBABILITY[rows]
    false, true, _ = metrics.roc_curve(y, p)
    curve = IsotonicRegression().fit(p, y).predict(p)
    best = np.mean((y - curve) ** 2)
    expected = {
        "accuracy": metrics.accuracy_score(y, p > 0.5),
        "precision": metrics.precision_score(y, p > 0.5),
        "recall": metrics.recall_score(y, p > 0.5),
        "f1": metrics.f1_score(y, p > 0.5),
        "roc_auc": metrics.roc_auc_score(y, p),
        "average_precision": metrics.average_precision_score(y, p),
        "ks": (true - false).max(),
        "log_loss": metrics.log_loss(y, p),
        "brier": metrics.brier_score_loss(y, p),
        "brier_miscalibration": np.mean((y - p) ** 2) - best,
        "brier_discrimination": y.mean() * (1 - y.mean()) - best,
        "brier_uncertainty": y.mean() * (1 - y.mean()),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-10), name
    fit = sm.Logit(y, sm.add_constant(logit(p))).fit(disp=0)
    assert found["calibration_intercept"] == pytest.approx(fit.params[0], abs=5e-3)
    assert found["calibration_slope"] == pytest.approx(fit.params[1], abs=5e-3)


def test_the_brier_score_is_the_sum_of_its_parts() -> None:
    ranking = Ranking.of(CHURNED, PROBABILITY)
    found = measures(ranking, Calibration.of(ranking), DRAWN, 0.5)
    parts = (
        found["brier_miscalibration"] - found["brier_discrimination"] + found["brier_uncertainty"]
    )
    assert found["brier"] == pytest.approx(parts, rel=1e-12)


def test_lift_of_the_first_tenth_takes_the_share_of_a_tie() -> None:
    churned = np.r_[np.ones(10), np.zeros(30)]
    found = measures(
        ranking := Ranking.of(churned, np.r_[np.full(8, 0.9), np.full(32, 0.1)]),
        Calibration.of(ranking), np.ones(40), 0.5,
    )  # fmt: skip
    assert found["lift_10"] == 4  # every one of four churned, of a base rate of 1/4
    flat = Ranking.of(churned, np.full(40, 0.3))
    assert measures(flat, Calibration.of(flat), np.ones(40), 0.5)["lift_10"] == pytest.approx(1)


def test_what_is_not_defined_is_missing() -> None:
    ranking = Ranking.of(np.array([1.0, 1, 0, 0]), np.array([0.4, 0.3, 0.2, 0.1]))
    found = measures(ranking, Calibration.of(ranking), np.ones(4), 0.5)
    assert np.isnan(found["precision"])  # nobody is called a churner
    assert np.isnan(found["calibration_slope"])  # the probabilities separate the outcomes
    assert found["roc_auc"] == 1
    assert found["f1"] == 0
