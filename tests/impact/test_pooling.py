"""Pooling against numerical integration, and its coverage where the truth is known."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from cemkit.impact.pooling import GRID, WIDEST, pool


def test_pooled_means_agree_with_numerical_integration_over_the_spread() -> None:
    values, errors = np.array([0.1, 0.9, 0.4, 0.5]), np.array([0.1, 0.3, 0.2, 0.15])
    widest = WIDEST * np.ptp(values)

    def given(spread: float) -> tuple[float, float, np.ndarray]:
        total = errors**2 + spread**2
        mean = np.sum(values / total) / np.sum(1 / total)
        # The likelihood with the common mean integrated out, by brute force.
        grid = np.linspace(-4, 5, 4001)
        dense = norm.pdf(values[:, None], grid, np.sqrt(total)[:, None]).prod(axis=0)
        likelihood = float(dense.sum() * (grid[1] - grid[0]))
        own = spread**2 / total
        return likelihood, mean, own * values + (1 - own) * mean

    whole = quad(lambda s: given(s)[0], 0, widest, limit=200)[0]
    middle = quad(lambda s: given(s)[0] * given(s)[1], 0, widest, limit=200)[0] / whole
    first = quad(lambda s: given(s)[0] * given(s)[2][0], 0, widest, limit=200)[0] / whole
    found = pool(values, errors, 0.95)
    assert found.mean == pytest.approx(middle, abs=2 / GRID)
    assert found.effects[0] == pytest.approx(first, abs=2 / GRID)


@pytest.mark.parametrize("spread", [0.0, 0.1, 0.5])
def test_intervals_cover_and_pooling_lowers_the_error(spread: float) -> None:
    rng = np.random.default_rng(0)
    covered, own, pooled, mean = [], [], [], []
    for _ in range(300):
        truth = 0.4 + spread * rng.normal(size=8)
        errors = rng.uniform(0.05, 0.4, 8)
        values = truth + errors * rng.normal(size=8)
        found = pool(values, errors, 0.95)
        covered += list((found.lower <= truth) & (truth <= found.upper))
        mean.append(found.mean_lower <= 0.4 <= found.mean_upper)
        own.append(np.mean((values - truth) ** 2))
        pooled.append(np.mean((found.effects - truth) ** 2))
    assert np.mean(covered) >= 0.93
    assert 0.92 <= np.mean(mean) <= 1
    assert np.mean(pooled) < np.mean(own)


def test_a_series_that_says_nothing_gets_what_the_others_say() -> None:
    values = np.array([0.4, 0.5, 0.45, np.nan])
    found = pool(values, np.array([0.1, 0.1, 0.1, np.nan]), 0.95)
    assert found.weights[3] == 0
    assert found.effects[3] == pytest.approx(found.mean)
    assert found.upper[3] - found.lower[3] > found.upper[0] - found.lower[0]


def test_fewer_than_three_series_are_left_as_they_are() -> None:
    values, errors = np.array([0.4, 0.6]), np.array([0.1, 0.1])
    found = pool(values, errors, 0.95)
    assert found.effects.tolist() == values.tolist()
    assert found.lower == pytest.approx(values - norm.ppf(0.975) * errors)
    assert np.isnan([found.mean, found.spread]).all()


def test_order_does_not_matter() -> None:
    values, errors = np.array([0.1, 0.9, 0.4]), np.array([0.1, 0.3, 0.2])
    one, two = pool(values, errors, 0.9), pool(values[::-1], errors[::-1], 0.9)
    assert one.effects == pytest.approx(two.effects[::-1], rel=1e-12)
    assert one.lower == pytest.approx(two.lower[::-1], rel=1e-9)
