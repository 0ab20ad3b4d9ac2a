"""Maxima of the likelihood against published fits and against a general optimiser."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from cemkit.forecasting.differencing import difference
from cemkit.forecasting.estimation import extended, maximize, start_values
from cemkit.forecasting.likelihood import ArmaOrder, ExactLikelihood


def test_airline_model_of_log_air_passengers(reference_data: Path) -> None:
    """Box and Jenkins' model; exact log-likelihood from statsmodels and Stata."""
    series = np.loadtxt(reference_data / "series/logAirPassengers__12.csv")
    likelihood = ExactLikelihood(difference(series, 1, 1, 12)[:, None], ArmaOrder(0, 1, 0, 1, 12))
    free, value = maximize(likelihood, [np.zeros(2)], tolerance=1e-10)
    _, ma, _, seasonal_ma = likelihood.order.coefficients(free)
    assert value == pytest.approx(244.69651, abs=5e-5)
    assert -ma[0] == pytest.approx(-0.4018, abs=1e-4)
    assert -seasonal_ma[0] == pytest.approx(-0.5569, abs=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_is_as_high_as_a_general_optimiser_gets(seed: int) -> None:
    series = np.random.default_rng(seed).normal(size=(80, 1)).cumsum(axis=0) * 0.2
    series += np.random.default_rng(seed + 50).normal(size=(80, 1))
    likelihood = ExactLikelihood(series, ArmaOrder(1, 1, 0, 0, 1))
    _, value = maximize(likelihood, [np.zeros(2), np.full(2, 0.3)], tolerance=1e-10)
    theirs = minimize(
        lambda free: -likelihood.log_likelihood(free), np.zeros(2), method="Nelder-Mead"
    )
    assert value >= -theirs.fun - 1e-5


def test_start_values_are_near_the_truth() -> None:
    rng = np.random.default_rng(3)
    series = np.zeros(2000)
    shocks = rng.normal(size=2000)
    for t in range(1, 2000):
        series[t] = 0.7 * series[t - 1] + shocks[t] + 0.4 * shocks[t - 1]
    likelihood = ExactLikelihood(series[:, None], ArmaOrder(1, 1, 0, 0, 1))
    start = start_values(likelihood)
    assert start is not None
    ar, ma, _, _ = likelihood.order.coefficients(start)
    assert ar[0] == pytest.approx(0.7, abs=0.06)
    assert -ma[0] == pytest.approx(0.4, abs=0.06)


def test_no_start_values_for_a_series_that_is_too_short() -> None:
    short = ExactLikelihood(np.arange(14.0)[:, None], ArmaOrder(1, 0, 1, 1, 12))
    assert start_values(short) is None


def test_numbers_of_a_larger_order_begin_at_those_of_the_smaller() -> None:
    small, large = ArmaOrder(1, 1, 0, 0, 4), ArmaOrder(1, 0, 1, 1, 4)
    assert extended(np.array([0.3, 0.2]), small, large).tolist() == [0.3, 0.0, 0.0]
