"""Trial: which rows a fit sees, and that sums give ridge regression what the rows would."""

import dataclasses

import numpy as np
import pytest

from cemkit.targeting.cross_fitting import Trial
from cemkit.targeting.ridge import SummedRidge


@pytest.fixture
def trial() -> Trial:
    rng = np.random.default_rng(0)
    return Trial(
        features=rng.normal(size=(300, 3)),
        outcome=rng.normal(size=300),
        arm=rng.integers(0, 3, 300),
        propensity=np.full((3, 300), 1 / 3),
        fold=np.arange(300) % 5,
        estimator=SummedRidge(),
    )


def test_rows_lie_outside_the_folds_and_in_the_arms(trial: Trial) -> None:
    rows = trial.rows([1, 3], [0, 2])
    assert set(trial.fold[rows]) == {0, 2, 4}
    assert set(trial.arm[rows]) == {0, 2}
    assert rows.sum() == sum(
        fold in (0, 2, 4) and arm in (0, 2) for fold, arm in zip(trial.fold, trial.arm, strict=True)
    )
    assert trial.rows([]).all()


@pytest.mark.parametrize("outcome", [None, np.linspace(-1, 1, 300) ** 3])
@pytest.mark.parametrize("arms", [None, [1], [0, 2]])
def test_a_fit_from_sums_is_that_from_the_rows(
    trial: Trial, arms: list[int] | None, outcome: np.ndarray | None
) -> None:
    from_rows = trial.fitted([0, 4], arms, outcome)
    from_sums = trial.summed().fitted([0, 4], arms, outcome)
    np.testing.assert_allclose(from_sums.coefficients_, from_rows.coefficients_, rtol=1e-9)
    assert from_sums.intercept_ == pytest.approx(from_rows.intercept_)


def test_other_estimators_have_no_sums(trial: Trial) -> None:
    other = dataclasses.replace(trial, estimator=object())
    assert other.summed().products is None
