"""The T-, X- and DR-learner of uplift, fitted so that no customer is judged by what it taught."""

import dataclasses
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone, is_classifier

from cemkit.arrays import Floats

Models = tuple[Any, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Customers of whom some were treated."""

    features: Floats
    outcome: Floats
    treated: npt.NDArray[np.bool_]
    propensity: Floats
    fold: npt.NDArray[np.intp]
    order: npt.NDArray[np.intp]

    def without(self, *folds: int) -> npt.NDArray[np.intp]:
        """The rows outside these folds, in order."""
        rows: npt.NDArray[np.intp] = self.order[~np.isin(self.fold[self.order], folds)]
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
        expected = np.full((2, len(trial.outcome)), np.nan)
        for fold in set(folds) - {held_out}:
            rows = trial.fold == fold
            models = pairs[min(fold, held_out), max(fold, held_out)]
            expected[:, rows] = [_expected(model, trial.features[rows]) for model in models]
        yield _effect_models(trial, learner, estimator, trial.without(held_out), expected)


def effects(learner: str, models: Models, features: Floats, propensity: Floats) -> Floats:
    """The uplift that one learner sees in each row."""
    if learner == "dr":
        return _expected(models[1], features)
    first, second = (_expected(model, features) for model in models)
    if learner == "t":
        return second - first
    return propensity * first + (1 - propensity) * second


def _outcome_models(trial: Trial, estimator: Any, rows: npt.NDArray[np.intp]) -> Models:
    """The outcome without and with the treatment."""
    arms = rows[~trial.treated[rows]], rows[trial.treated[rows]]
    without, treated = (clone(estimator).fit(trial.features[r], trial.outcome[r]) for r in arms)
    return without, treated


def _effect_models(
    trial: Trial, learner: str, estimator: Any, rows: npt.NDArray[np.intp], expected: Floats
) -> Models:
    without, treated = expected[:, rows]
    y, t, features = trial.outcome[rows], trial.treated[rows], trial.features[rows]
    if learner == "x":
        imputed = np.where(t, y - without, treated - y)
        first, second = (clone(estimator).fit(features[arm], imputed[arm]) for arm in (~t, t))
        return first, second
    propensity = trial.propensity[rows]
    weight = np.where(t, 1 / propensity, -1 / (1 - propensity))
    pseudo = treated - without + weight * (y - np.where(t, treated, without))
    return None, clone(estimator).fit(features, pseudo)


def _expected(model: Any, features: Floats) -> Floats:
    if is_classifier(model):
        if len(model.classes_) == 1:  # an arm in which all had the same outcome
            return np.full(len(features), float(model.classes_[0]))
        probability: Floats = model.predict_proba(features)[:, 1]
        return probability
    values: Floats = model.predict(features)
    return values
