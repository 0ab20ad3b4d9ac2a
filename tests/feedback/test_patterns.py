"""EM on patterns: against plain EM, customer by customer, and resamples against refits."""

import numpy as np
import pytest

from cemkit.errors import ConvergenceError
from cemkit.feedback.patterns import (
    Incomplete,
    em_estimate,
    packed,
    resampled_covariances,
    unpacked,
)
from cemkit.feedback.shapley import shapley_r_squared


def ratings(n=400, p=4, missing=0.4, seed=0):
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    x = 0.6 * common + 0.8 * rng.normal(size=(n, p))
    y = x @ np.linspace(0.6, 0, p) + rng.normal(size=n)
    table = np.column_stack([x, y])
    table = (table - table.mean(axis=0)) / table.std(axis=0)
    table[:, :p][rng.random((n, p)) < missing] = np.nan
    return table


def plain_em(table, steps=2000):
    """EM with a conditional expectation for each customer on their own."""
    mean, cov = np.zeros(table.shape[1]), np.eye(table.shape[1])
    for _ in range(steps):
        filled, extra = np.empty_like(table), np.zeros_like(cov)
        for row, values in enumerate(table):
            seen = ~np.isnan(values)
            slope = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, ~seen)]).T
            filled[row, seen] = values[seen]
            filled[row, ~seen] = mean[~seen] + slope @ (values[seen] - mean[seen])
            left = cov[np.ix_(~seen, ~seen)] - slope @ cov[np.ix_(seen, ~seen)]
            extra[np.ix_(~seen, ~seen)] += left
        new_mean = filled.mean(axis=0)
        new = (filled - new_mean).T @ (filled - new_mean) / len(table) + extra / len(table)
        moved = max(np.abs(new - cov).max(), np.abs(new_mean - mean).max())
        mean, cov = new_mean, new
        if moved < 1e-10:
            return mean, cov
    raise AssertionError("plain EM did not settle")


def test_the_estimate_is_that_of_plain_em() -> None:
    table = ratings(n=120, p=3)
    mean, cov = plain_em(table)
    found = em_estimate(Incomplete.of(table))
    assert found.covariance == pytest.approx(cov, abs=1e-7)
    assert unpacked(found.parameters)[0] == pytest.approx(mean, abs=1e-7)


def test_complete_ratings_have_their_own_covariance() -> None:
    table = ratings(missing=0.0)
    found = em_estimate(Incomplete.of(table))
    assert found.covariance == pytest.approx(np.cov(table, rowvar=False, ddof=0), abs=1e-8)


def test_parameters_are_packed_and_unpacked() -> None:
    mean, cov = np.array([1.0, -2.0, 3.0]), np.array([[2.0, 0.5, 0], [0.5, 1.0, 0.1], [0, 0.1, 3]])
    back_mean, back = unpacked(packed(mean, cov))
    assert back_mean == pytest.approx(mean)
    assert back == pytest.approx(cov)


def test_a_resample_in_one_step_is_near_its_own_refit() -> None:
    table = ratings(n=1000)
    data = Incomplete.of(table)
    estimate = em_estimate(data)
    rng = np.random.default_rng(1)
    weights = rng.multinomial(1000, np.full(1000, 1 / 1000), 60).astype(float)
    one_step = shapley_r_squared(next(iter(resampled_covariances(data, estimate, [weights]))))
    refits = np.array(
        [
            shapley_r_squared(
                em_estimate(Incomplete.of(np.repeat(table, w.astype(int), axis=0))).covariance
            )
            for w in weights[:15]
        ]
    )
    error = np.sqrt(((one_step[:15] - refits) ** 2).mean(axis=0))
    assert (error < 0.15 * one_step.std(axis=0)).all()


def test_equal_weights_give_the_estimate_itself() -> None:
    data = Incomplete.of(ratings())
    estimate = em_estimate(data)
    (again,) = resampled_covariances(data, estimate, [np.ones((1, 400))])
    assert again[0] == pytest.approx(estimate.covariance, abs=1e-6)


def test_touchpoints_that_determine_each_other_are_refused() -> None:
    table = ratings(missing=0.0)
    table[:, 1] = table[:, 0]
    table[:100, 1] = np.nan
    with pytest.raises(ConvergenceError, match="determine each other exactly"):
        em_estimate(Incomplete.of(table))
