"""The learners' formulas, by hand."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor

from cemkit.targeting.learners import Trial, effects, fit_learners


@pytest.fixture
def trial() -> Trial:
    rng = np.random.default_rng(0)
    return Trial(
        features=np.zeros((60, 1)),
        outcome=rng.normal(size=60),
        treated=np.tile([True, False, False], 20),
        propensity=np.full(60, 0.3),
        fold=np.repeat([0, 1, 2], 20),
        order=np.arange(60),
    )


def means(trial: Trial, *folds: int) -> tuple[float, float]:
    rows = trial.without(*folds)
    t, y = trial.treated[rows], trial.outcome[rows]
    return y[~t].mean(), y[t].mean()


def effect(trial: Trial, learner: str) -> float:
    models = next(iter(fit_learners(trial, learner, DummyRegressor())))
    return effects(learner, models, np.zeros((1, 1)), np.array([0.3]))[0]


def test_the_t_learner_is_the_difference_of_the_arms(trial: Trial) -> None:
    without, treated = means(trial, 0)
    assert effect(trial, "t") == pytest.approx(treated - without)


def test_the_x_learner_weighs_both_imputed_effects_by_the_propensity(trial: Trial) -> None:
    imputed = {False: [], True: []}
    for row in trial.without(0):
        without, treated = means(trial, 0, trial.fold[row])
        y, t = trial.outcome[row], bool(trial.treated[row])
        imputed[t].append(y - without if t else treated - y)
    expected = 0.3 * np.mean(imputed[False]) + 0.7 * np.mean(imputed[True])
    assert effect(trial, "x") == pytest.approx(expected)


def test_the_doubly_robust_learner_regresses_kennedys_pseudo_outcome(trial: Trial) -> None:
    pseudo = []
    for row in trial.without(0):
        without, treated = means(trial, 0, trial.fold[row])
        y, t = trial.outcome[row], trial.treated[row]
        corrected = (y - treated) / 0.3 if t else -(y - without) / 0.7
        pseudo.append(treated - without + corrected)
    assert effect(trial, "dr") == pytest.approx(np.mean(pseudo))
