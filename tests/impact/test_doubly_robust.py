"""Weighted effects: right by either model, against formulas of others."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from cemkit.impact.doubly_robust import weighted_effect, weights_of

RNG = np.random.default_rng(0)
N = 200_000
X = RNG.normal(size=N)
PROPENSITY = 1 / (1 + np.exp(-X))
TREATED = RNG.random(N) < PROPENSITY
OUTCOME = 1 + X + (2 + X) * TREATED + RNG.normal(size=N)
WRONG = np.zeros(N)
TRUTH = {"ate": 2.0, "att": 2 + float(X[TREATED].mean())}


@pytest.mark.parametrize("estimand", ["ate", "att"])
@pytest.mark.parametrize("right", ["outcome", "propensity"])
def test_either_model_is_enough(estimand: str, right: str) -> None:
    models = (3 + 2 * X, 1 + X) if right == "outcome" else (WRONG, WRONG)
    propensity = PROPENSITY if right == "propensity" else np.full(N, 0.5)
    weights = weights_of(propensity, TREATED, estimand)
    found = weighted_effect(
        OUTCOME, TREATED, weights, models, cluster=np.arange(N), level=0.95, estimand=estimand
    )
    assert found.value == pytest.approx(TRUTH[estimand], abs=4 * found.error)
    assert found.error < 0.05
    neither = weighted_effect(
        OUTCOME,
        TREATED,
        weights_of(np.full(N, 0.5), TREATED, estimand),
        (WRONG, WRONG),
        cluster=np.arange(N),
        level=0.95,
        estimand=estimand,
    )
    assert abs(neither.value - TRUTH[estimand]) > 0.3


def test_a_random_treatment_without_models_is_a_difference_of_means() -> None:
    outcome, treated = RNG.normal(size=400), np.arange(400) < 200
    found = weighted_effect(
        outcome,
        treated,
        np.ones(400),
        (np.zeros(400), np.zeros(400)),
        cluster=np.arange(400),
        level=0.95,
        estimand="ate",
    )
    welch = ttest_ind(outcome[:200], outcome[200:], equal_var=False)
    assert found.value == pytest.approx(outcome[:200].mean() - outcome[200:].mean())
    assert found.p_value == pytest.approx(welch.pvalue, abs=0.005)
    assert found.lower == pytest.approx(welch.confidence_interval().low, abs=0.005)


def test_rows_of_a_cluster_count_together() -> None:
    outcome, treated = RNG.normal(size=50), np.arange(50) < 20
    arguments = {"level": 0.95, "estimand": "att"}

    def found(copies: int, cluster: np.ndarray) -> float:
        rows = np.tile(np.arange(50), copies)
        none = (np.zeros(len(rows)), np.zeros(len(rows)))
        return weighted_effect(
            outcome[rows], treated[rows], np.ones(len(rows)), none, cluster=cluster, **arguments
        ).error

    assert found(3, np.tile(np.arange(50), 3)) == pytest.approx(found(1, np.arange(50)))
    assert found(3, np.arange(150)) < 0.6 * found(1, np.arange(50))
