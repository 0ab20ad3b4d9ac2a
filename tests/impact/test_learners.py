"""Learners of an observational study: defaults by the kind of outcome, and what cannot serve."""

import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from cemkit.impact.learners import Learners, is_binary

FLAGS, AMOUNTS = np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 7.5])


def test_the_default_follows_the_kind_of_outcome() -> None:
    learners = Learners.of(None, None)
    assert (is_binary(FLAGS), is_binary(AMOUNTS)) == (True, False)
    assert is_classifier(learners.of_outcome(FLAGS, "converted"))
    assert not is_classifier(learners.of_outcome(AMOUNTS, "amount"))


def test_a_given_learner_serves_for_the_outcomes_that_it_can_predict() -> None:
    learner = LogisticRegression()
    learners = Learners.of(learner, LogisticRegression())
    assert learners.of_outcome(FLAGS, "converted") is learner
    with pytest.raises(ValueError, match="amount holds 7.5, but .* give a regressor"):
        learners.of_outcome(AMOUNTS, "amount")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ((LinearRegression, None), TypeError, "estimator must be an instance"),
        ((None, LinearRegression()), ValueError, "must be a classifier"),
        ((None, LinearSVC()), ValueError, "predict_proba"),
    ],
)
def test_learners_are_checked(given, error, message) -> None:
    with pytest.raises(error, match=message):
        Learners.of(*given)
