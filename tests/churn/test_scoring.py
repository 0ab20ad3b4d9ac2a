"""Effects of features on a score."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from cemkit import ChurnModel
from cemkit.churn.scoring import check_scores, effects_of, score_of


def test_effects_of_a_linear_score_add_up(known: pd.DataFrame, churned: pd.Series) -> None:
    model = ChurnModel().fit(known, churned)
    scaled = (known.to_numpy(float) - model.center_) / model.scale_
    average = np.zeros(scaled.shape[1])
    effects = effects_of(model.logistic_, scaled, average, model.encoding_.terms_of())
    total = sum(effects.values()) + model.intercept_
    np.testing.assert_allclose(total, score_of(model.logistic_, scaled), atol=1e-10)
    at = known.columns.get_loc("recency_days")
    own = scaled[:, at] * model.coefficients_[at]
    np.testing.assert_allclose(effects["recency_days"], own, atol=1e-10)


def test_a_classifier_of_ones_own_gives_the_same_effects() -> None:
    rng = np.random.default_rng(0)
    scaled = rng.normal(size=(300, 2))
    outcome = (rng.random(300) < 1 / (1 + np.exp(-scaled[:, 0]))).astype(int)
    linear = LogisticRegression().fit(scaled, outcome)
    effects = effects_of(linear, scaled, np.zeros(2), {"a": ["a"], "b": ["b"]})
    np.testing.assert_allclose(effects["a"], scaled[:, 0] * linear.coef_[0, 0], atol=1e-9)


def test_a_regression_is_no_classifier() -> None:
    with pytest.raises(TypeError, match="LinearRegression has neither; choose a classifier"):
        check_scores(LinearRegression(), calibrated=True)
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba; choose calibrate="):
        check_scores(LinearSVC(), calibrated=False)
