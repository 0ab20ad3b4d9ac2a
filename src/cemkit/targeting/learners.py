"""The T-, X- and DR-learner of uplift, fitted so that no customer is judged by what it taught."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from cemkit.arrays import Floats
from cemkit.targeting.cross_fitting import Trial

Models = list[Any]  # of one fold: "t" has one of each arm, "x" two of each offer, "dr" one of each


def fit_learners(trial: Trial, learner: str) -> Iterator[Models]:
    """One learner per fold, fitted without it."""
    trial = trial.summed()
    if learner == "t":
        for held_out in trial.folds:
            yield _outcome_models(trial, held_out)
        return
    # Models without two folds serve both: for each fold's expectations while the other is held out.
    pairs = {pair: _outcome_models(trial, *pair) for pair in combinations(trial.folds, 2)}
    for held_out in trial.folds:
        expected = np.full(trial.propensity.shape, np.nan)
        for fold in set(trial.folds) - {held_out}:
            rows = trial.fold == fold
            models = pairs[min(fold, held_out), max(fold, held_out)]
            expected[:, rows] = expected_outcomes(models, trial.features[rows])
        yield _effect_models(trial, learner, held_out, expected)


def cross_fitted(trial: Trial, learner: str, learners: list[Models]) -> Floats:
    """The uplift of each offer in each row, by the learner that did not see it.

    All folds have the same mean. Where the customers of a fold gained more by chance, the learner
    without them expects less, so the levels of folds would rank customers the wrong way round.
    """
    uplift = np.empty((len(trial.arms) - 1, len(trial.outcome)))
    levels = np.empty_like(uplift)
    for held_out, models in enumerate(learners):
        own = trial.fold == held_out
        uplift[:, own] = effects(learner, models, trial.features[own], trial.propensity[:, own])
        levels[:, own] = uplift[:, own].mean(axis=1, keepdims=True)
    centred: Floats = uplift - levels + uplift.mean(axis=1, keepdims=True)
    return centred


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


def _outcome_models(trial: Trial, *without: int) -> Models:
    """The outcome in each arm."""
    return [trial.fitted(without, [arm]) for arm in trial.arms]


def _effect_models(trial: Trial, learner: str, held_out: int, expected: Floats) -> Models:
    """The uplift of each offer: regressed on everyone, or in the control and in its own arm."""
    y, models = trial.outcome, []
    for offer in trial.arms[1:]:
        if learner == "x":
            models.append(trial.fitted([held_out], [0], expected[offer] - y))
            models.append(trial.fitted([held_out], [offer], y - expected[0]))
            continue
        pseudo = expected[offer] - expected[0]
        for arm, sign in ((offer, 1.0), (0, -1.0)):
            rows = trial.arm == arm
            error = y[rows] - expected[arm, rows]
            pseudo[rows] += sign * error / trial.propensity[arm, rows]
        models.append(trial.fitted([held_out], None, pseudo))
    return models


def _expected(model: Any, features: Floats) -> Floats:
    if is_classifier(model):
        if len(model.classes_) == 1:  # an arm in which all had the same outcome
            return np.full(len(features), float(model.classes_[0]))
        probability: Floats = model.predict_proba(features)[:, 1]
        return probability
    values: Floats = model.predict(features)
    return values
