"""What predicts the treatment and the outcome of an observational study."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cemkit.arrays import Floats
from cemkit.checks import check_estimator


class Learners(NamedTuple):
    """What predicts the outcome (None for the default of its kind), and the treatment."""

    outcome: Any
    propensity: Any

    @classmethod
    def of(cls, estimator: Any, propensity: Any) -> "Learners":
        """Check the learners, and take logistic regression of the treatment by default."""
        if estimator is not None:
            check_estimator(estimator, "estimator")
        if propensity is None:
            propensity = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        check_estimator(propensity, "propensity_estimator")
        if not (is_classifier(propensity) and hasattr(propensity, "predict_proba")):
            raise ValueError(
                f"propensity_estimator must be a classifier with predict_proba, not "
                f"{type(propensity).__name__}: it gives the probability of treatment"
            )
        return cls(estimator, propensity)

    def of_outcome(self, outcome: Floats, name: str) -> Any:
        """The learner of one outcome; by default logistic regression of 0 and 1, else ridge."""
        if self.outcome is None and is_binary(outcome):
            return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        if self.outcome is None:
            return make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-2, 4, 13)))
        if is_classifier(self.outcome) and not is_binary(outcome):
            odd = outcome[~np.isin(outcome, (0.0, 1.0))]
            raise ValueError(
                f"{name} holds {odd[0]:g}, but a classifier gives the probability of 1, not 0; "
                "give a regressor"
            )
        return self.outcome


def is_binary(outcome: Floats) -> bool:
    """Whether an outcome is 0 or 1 in every row."""
    return bool(np.isin(outcome, (0.0, 1.0)).all())
