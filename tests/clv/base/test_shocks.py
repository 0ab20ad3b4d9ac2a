"""Shocks that were simulated are found, and plain weeks have none."""

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.stats import multivariate_normal

from cemkit.clv.base.shocks import NONE, _restricted, measured_shocks


def weeks(rng: np.random.Generator, sigma: float, phi: float, mean: float) -> np.ndarray:
    state, factors = 0.0, []
    for _ in range(70):
        state = phi * state + np.sqrt(1 - phi**2) * rng.standard_normal()
        factors.append(max(1 + sigma * state, 0.05))
    return rng.poisson(mean * np.array(factors[18:])).astype(float)


def measured(actual: np.ndarray, mean: float) -> float:
    expected = np.full(len(actual), mean)
    return measured_shocks(actual, expected, 1 / expected).typical


def test_the_size_of_shocks_is_recovered() -> None:
    rng = np.random.default_rng(0)
    found = [measured(weeks(rng, 0.2, 0.6, 400), 400) for _ in range(30)]
    assert np.mean(found) == pytest.approx(0.2, abs=0.04)


def test_plain_weeks_have_hardly_any() -> None:
    rng = np.random.default_rng(1)
    found = [measured(rng.poisson(100.0, 52).astype(float), 100) for _ in range(40)]
    assert np.mean(found) < 0.035  # a third of what chance does to a week
    expected = np.full(52, 100.0)
    weights = [
        measured_shocks(rng.poisson(100.0, 52).astype(float), expected, 1 / expected).weight[0]
        for _ in range(40)
    ]
    assert np.mean(weights) > 0.6


def test_the_restricted_likelihood_integrates_the_level_out() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(1, 0.3, 6)
    root = rng.normal(size=(6, 6))
    covariance = root @ root.T + np.eye(6)
    grid = np.linspace(-60, 60, 24_001)
    density = multivariate_normal(np.zeros(6), covariance).pdf(values - grid[:, None])
    exact = np.log(trapezoid(density, grid))
    found, of_level = _restricted(values, covariance)
    constant = -(6 - 1) / 2 * np.log(2 * np.pi)
    assert found + constant == pytest.approx(exact, abs=1e-8)
    inverse = np.linalg.inv(covariance)
    assert of_level == pytest.approx(1 / inverse.sum())


def test_factors_have_mean_one_and_the_correlation_measured() -> None:
    rng = np.random.default_rng(3)
    found = measured_shocks(weeks(rng, 0.3, 0.8, 900), np.full(52, 900.0), np.full(52, 1 / 900))
    factors = found.factors(rng, 40_000, 8)
    assert factors.mean(axis=0) == pytest.approx(np.ones(8), abs=0.02)
    assert np.corrcoef(factors[:, 0], factors[:, 1])[0, 1] > np.corrcoef(factors[:, [0, 7]].T)[0, 1]
    assert np.corrcoef(factors[:, 0], factors[:, 7])[0, 1] > 0.02  # the level of all weeks


def test_a_short_or_empty_past_says_nothing() -> None:
    expected = np.full(9, 50.0)
    assert measured_shocks(expected[:5], expected[:5], 1 / expected[:5]) is NONE
    assert measured_shocks(np.zeros(52), np.full(52, 9.0), np.full(52, 1 / 9)) is NONE
    assert measured_shocks(np.ones(52), np.ones(52), np.ones(52)) is NONE  # too few purchases
    assert (NONE.factors(np.random.default_rng(0), 3, 4) == 1).all()
