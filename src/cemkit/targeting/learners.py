"""The T-, X- and DR-learner of uplift, fitted so that no customer is judged by what it taught."""

import dataclasses
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone, is_classifier

from cemkit.arrays import Floats

Models = list[Any]  # of one fold: "t" has one of each arm, "x" two of each offer, "dr" one of each
Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Customers, each of whom got nothing (arm 0) or one of the offers (arms 1, 2, ...).

    Whatever is fitted sees the rows in the order they stand in.
    """

    features: Floats
    outcome: Floats
    arm: npt.NDArray[np.intp]
    propensity: Floats  # shape (arms, rows)
    fold: npt.NDArray[np.intp]

    @property
    def offers(self) -> range:
        """The arms that got something."""
        return range(1, len(self.propensity))

    def without(self, *folds: int) -> Mask:
        """The rows outside these folds."""
        rows: Mask = ~np.isin(self.fold, folds)
        return rows


def fit_learners(trial: Trial, learner: str, estimator: Any) -> Iterator[Models]:
    """One learner per fold, fitted without it."""
    folds = range(int(trial.fold.max()) + 1)
    if learner == "t":
        for held_out in folds:
            yield _outcome_models(trial, estimator, trial.without(held_out))
        return
    # Models without two folds serve both: for each fold's expectations while the other is held out.
    pairs = {
        pair: _outcome_models(trial, estimator, trial.without(*pair))
        for pair in combinations(folds, 2)
    }
    for held_out in folds:
        expected = np.full(trial.propensity.shape, np.nan)
        for fold in set(folds) - {held_out}:
            rows = trial.fold == fold
            models = pairs[min(fold, held_out), max(fold, held_out)]
            expected[:, rows] = expected_outcomes(models, trial.features[rows])
        yield _effect_models(trial, learner, estimator, trial.without(held_out), expected)


def effects(learner: str, models: Models, features: Floats, propensity: Floats) -> Floats:
    """The uplift of each offer that one learner sees in each row, shape (offers, rows)."""
    expected = expected_outcomes(models, features)
    if learner == "dr":
        return expected
    if learner == "t":
        rise: Floats = expected[1:] - expected[0]
        return rise
    share = propensity[1:] / (propensity[1:] + propensity[0])
    weighed: Floats = share * expected[::2] + (1 - share) * expected[1::2]
    return weighed


def expected_outcomes(models: Models, features: Floats) -> Floats:
    """What each model expects of each row, shape (models, rows)."""
    return np.array([_expected(model, features) for model in models])


def _outcome_models(trial: Trial, estimator: Any, rows: Mask) -> Models:
    """The outcome in each arm."""
    arms = range(len(trial.propensity))
    return [_fitted(estimator, trial, rows & (trial.arm == arm), trial.outcome) for arm in arms]


def _effect_models(
    trial: Trial, learner: str, estimator: Any, rows: Mask, expected: Floats
) -> Models:
    """The uplift of each offer: regressed on everyone, or in the control and in its own arm."""
    y, control = trial.outcome, trial.arm == 0
    models = []
    for offer in trial.offers:
        own = trial.arm == offer
        if learner == "x":
            models.append(_fitted(estimator, trial, rows & control, expected[offer] - y))
            models.append(_fitted(estimator, trial, rows & own, y - expected[0]))
            continue
        pseudo = expected[offer] - expected[0]
        for arm, sign in ((own, 1), (control, -1)):
            number = offer if sign == 1 else 0
            error = y[arm] - expected[number, arm]
            pseudo[arm] += sign * error / trial.propensity[number, arm]
        models.append(_fitted(estimator, trial, rows, pseudo))
    return models


def _fitted(estimator: Any, trial: Trial, rows: Mask, outcome: Floats) -> Any:
    return clone(estimator).fit(trial.features[rows], outcome[rows])


def _expected(model: Any, features: Floats) -> Floats:
    if is_classifier(model):
        if len(model.classes_) == 1:  # an arm in which all had the same outcome
            return np.full(len(features), float(model.classes_[0]))
        probability: Floats = model.predict_proba(features)[:, 1]
        return probability
    values: Floats = model.predict(features)
    return values
