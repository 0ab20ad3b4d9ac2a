"""The learners' formulas, by hand."""

import dataclasses

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from cemkit.targeting.cross_fitting import Trial
from cemkit.targeting.learners import cross_fitted, effects, fit_learners

SHARES = np.array([0.5, 0.3, 0.2])


@pytest.fixture
def trial() -> Trial:
    rng = np.random.default_rng(0)
    return Trial(
        features=np.zeros((90, 1)),
        outcome=rng.normal(size=90),
        arm=np.tile([1, 0, 2], 30),
        propensity=np.broadcast_to(SHARES[:, None], (3, 90)),
        fold=np.repeat([0, 1, 2], 30),
        estimator=DummyRegressor(),
    )


def means(trial: Trial, *folds: int) -> list[float]:
    rows = trial.rows(folds)
    return [trial.outcome[rows & (trial.arm == arm)].mean() for arm in range(3)]


def effect(trial: Trial, learner: str) -> np.ndarray:
    models = next(iter(fit_learners(trial, learner)))
    return effects(learner, models, np.zeros((1, 1)), SHARES[:, None])[:, 0]


def test_the_t_learner_is_the_difference_of_the_arms(trial: Trial) -> None:
    control, *offers = means(trial, 0)
    assert effect(trial, "t") == pytest.approx(np.array(offers) - control)


@pytest.mark.parametrize("offer", [1, 2])
def test_the_x_learner_weighs_both_imputed_effects_by_the_propensity(
    trial: Trial, offer: int
) -> None:
    imputed = {0: [], offer: []}
    for row in np.flatnonzero(trial.rows([0]) & np.isin(trial.arm, (0, offer))):
        expected = means(trial, 0, trial.fold[row])
        y, arm = trial.outcome[row], trial.arm[row]
        imputed[arm].append(y - expected[0] if arm else expected[offer] - y)
    share = SHARES[offer] / (SHARES[0] + SHARES[offer])
    expected = share * np.mean(imputed[0]) + (1 - share) * np.mean(imputed[offer])
    assert effect(trial, "x")[offer - 1] == pytest.approx(expected)


@pytest.mark.parametrize("offer", [1, 2])
def test_the_doubly_robust_learner_regresses_kennedys_pseudo_outcome(
    trial: Trial, offer: int
) -> None:
    pseudo = []
    for row in np.flatnonzero(trial.rows([0])):
        expected = means(trial, 0, trial.fold[row])
        y, arm = trial.outcome[row], trial.arm[row]
        corrected = {0: -(y - expected[0]) / 0.5, offer: (y - expected[offer]) / SHARES[offer]}
        pseudo.append(expected[offer] - expected[0] + corrected.get(arm, 0.0))
    assert effect(trial, "dr")[offer - 1] == pytest.approx(np.mean(pseudo))


def test_each_row_is_judged_by_the_learner_of_its_fold(trial: Trial) -> None:
    rng = np.random.default_rng(1)
    trial = dataclasses.replace(
        trial, features=rng.normal(size=(90, 1)), estimator=LinearRegression()
    )
    learners = list(fit_learners(trial, "t"))
    uplift = cross_fitted(trial, "t", learners)
    for fold, models in enumerate(learners):
        own = trial.fold == fold
        expected = effects("t", models, trial.features[own], trial.propensity[:, own])
        ranked = uplift[:, own] - uplift[:, own].mean(axis=1, keepdims=True)
        centred = expected - expected.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(ranked, centred, atol=1e-12)


def test_folds_have_the_level_of_all(trial: Trial) -> None:
    learners = list(fit_learners(trial, "t"))
    levels = [effects("t", models, np.zeros((1, 1)), SHARES[:, None])[:, 0] for models in learners]
    mean = np.mean(levels, axis=0)  # folds are equally large
    assert not np.allclose(levels[0], mean)
    np.testing.assert_allclose(cross_fitted(trial, "t", learners), np.repeat(mean[:, None], 90, 1))
