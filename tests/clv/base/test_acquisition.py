"""New customers to come, from those of the past."""

import numpy as np
import pytest

from cemkit.clv.base.acquisition import _filtered, measured_arrivals
from cemkit.errors import NotEnoughDataError

WEEKS = np.ones(13)


def test_a_steady_shop_keeps_its_level_and_covers_chance() -> None:
    rng = np.random.default_rng(0)
    inside, levels = [], []
    for _ in range(60):
        found = measured_arrivals(rng.poisson(40.0, 40).astype(float), np.ones(40))
        drawn = found.drawn(rng, 400, WEEKS).sum(axis=1)
        lower, upper = np.quantile(drawn, [0.025, 0.975])
        inside.append(lower <= rng.poisson(40.0 * 13) <= upper)
        levels.append(found.expected(WEEKS)[0])
        assert drawn.mean() == pytest.approx(found.expected(WEEKS).sum(), rel=0.05)
    assert np.mean(levels) == pytest.approx(40, rel=0.03)
    assert np.mean(inside) >= 0.9


def test_a_level_that_moves_is_followed() -> None:
    counts = np.concatenate([np.full(15, 100.0), np.full(15, 20.0)])
    found = measured_arrivals(counts, np.ones(30))
    assert found.expected(WEEKS)[0] == pytest.approx(20, rel=0.15)
    assert np.ptp(found.expected(WEEKS)) == 0


def test_nobody_came_and_hardly_anybody_will() -> None:
    found = measured_arrivals(np.zeros(26), np.ones(26))
    assert found.expected(WEEKS).sum() < 1
    assert (found.drawn(np.random.default_rng(0), 100, WEEKS) >= 0).all()


def test_a_part_of_a_week_counts_as_such() -> None:
    counts, exposure = np.full(26, 42.0), np.ones(26)
    whole = measured_arrivals(counts, exposure).expected(WEEKS)[0]
    counts[0], exposure[0] = 12.0, 2 / 7
    assert measured_arrivals(counts, exposure).expected(WEEKS)[0] == pytest.approx(whole, rel=0.01)
    assert measured_arrivals(counts, exposure).expected(np.array([3 / 7]))[0] == pytest.approx(
        whole * 3 / 7, rel=0.01
    )


def test_a_few_weeks_are_not_enough() -> None:
    with pytest.raises(NotEnoughDataError, match="weeks of orders.*got 3.*acquisition="):
        measured_arrivals(np.ones(3), np.ones(3))


def test_the_filter_is_the_normal_likelihood_of_a_random_walk() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=6)
    step, noise = 0.7, 1.3
    at = np.arange(6)
    covariance = step * np.minimum.outer(at, at) + noise * np.eye(6)
    # Of the differences, where the level at the start drops out; in their own basis.
    change = np.diff(np.eye(6), axis=0)
    of_changes = change @ covariance @ change.T
    left = change @ values
    exact = -(np.linalg.slogdet(of_changes)[1] + left @ np.linalg.solve(of_changes, left)) / 2
    level, variance, found = _filtered(values, step, noise)
    assert found == pytest.approx(exact)
    weights = np.linalg.solve(covariance, np.ones(6))
    start = weights @ values / weights.sum()
    after = start + step * np.minimum(5, at) @ np.linalg.solve(covariance, values - start)
    assert level == pytest.approx(after)
    assert variance > 0
