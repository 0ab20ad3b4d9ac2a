"""Calibration curves against scikit-learn's."""

import numpy as np
import pytest
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

from cemkit.churn.recalibration import recalibrate

RNG = np.random.default_rng(0)
SCORE = RNG.normal(size=500)
OUTCOME = (RNG.random(500) < 1 / (1 + np.exp(-2 * SCORE + 1))).astype(float)


def test_sigmoid_equals_scikit_learn() -> None:
    curve = recalibrate("sigmoid", SCORE, OUTCOME)
    reference = _SigmoidCalibration().fit(SCORE, OUTCOME).predict(SCORE)
    np.testing.assert_allclose(curve.probability(SCORE), reference, atol=2e-4)


def test_sigmoid_stays_finite_where_scores_separate() -> None:
    curve = recalibrate("sigmoid", np.array([-1.0, -2, 1, 2]), np.array([0.0, 0, 1, 1]))
    # Platt's targets: 3/4 and 1/4 with two of each.
    assert (
        0
        < curve.probability(np.array([-2.0]))[0]
        < 0.25
        < 0.75
        < curve.probability(np.array([2.0]))[0]
        < 1
    )


def test_isotonic_equals_scikit_learn() -> None:
    curve = recalibrate("isotonic", SCORE, OUTCOME)
    reference = IsotonicRegression(out_of_bounds="clip").fit(SCORE, OUTCOME)
    far = np.r_[SCORE, -50.0, 50.0]
    assert curve.probability(far) == pytest.approx(reference.predict(far))
