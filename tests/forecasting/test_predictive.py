"""Joint predictions: totals, draws and mixtures."""

import numpy as np
import pytest
from scipy.stats import t as student

from cemkit.errors import DataError
from cemkit.forecasting.predictive import Predictive, mixture

COVARIANCE = np.array([[4.0, 3.0], [3.0, 9.0]])


def test_a_total_has_the_variance_of_the_sum() -> None:
    middle, lower, upper = Predictive(np.array([10.0, 20.0]), COVARIANCE, 50, 1.0).total(0.9)
    half = student.ppf(0.95, 50) * np.sqrt(4 + 9 + 2 * 3)
    assert (middle, lower, upper) == pytest.approx((30.0, 30 - half, 30 + half))


def test_draws_have_the_covariance_of_the_t() -> None:
    draws = Predictive(np.array([10.0, 20.0]), COVARIANCE, 30, 1.0).draws(200_000)
    assert draws.mean(axis=0) == pytest.approx([10, 20], abs=0.03)
    assert np.cov(draws.T) == pytest.approx(COVARIANCE * 30 / 28, rel=0.02)


def test_the_total_on_a_logarithmic_scale_is_that_of_lognormals() -> None:
    ahead = Predictive(np.array([1.0]), np.array([[0.04]]), 1e6, 0.0)
    middle, lower, upper = ahead.total(0.95)
    assert middle == pytest.approx(np.exp(1.02))
    assert (lower, upper) == pytest.approx(np.exp([1 - 0.392, 1 + 0.392]), rel=0.03)
    assert ahead.interval(0.95)[1] == pytest.approx([np.exp(1 + 1.959964 * 0.2)], rel=1e-4)


def test_draws_repeat_with_their_seed() -> None:
    ahead = Predictive(np.zeros(2), COVARIANCE, 10, 1.0)
    assert (ahead.draws(5, 1) == ahead.draws(5, 1)).all()
    assert (ahead.draws(5, 1) != ahead.draws(5, 2)).all()


def test_a_mixture_has_the_moments_of_its_parts() -> None:
    parts = [
        Predictive(np.array([m]), np.array([[v]]), 20, 1.0) for m, v in ((0.0, 1.0), (4.0, 3.0))
    ]
    both = mixture([0.25, 0.75], parts)
    assert both.mean == pytest.approx([3.0])
    assert both.covariance == pytest.approx(0.25 * 1 + 0.75 * 3 + 0.25 * 9 + 0.75 * 1)


def test_what_is_too_uncertain_for_a_number_is_refused_by_its_period() -> None:
    ahead = Predictive(np.array([1.0, 2.0]), np.diag([1.0, 1e6]), 50, 0.0)
    for answer in (lambda: ahead.forecast, lambda: ahead.interval(0.95), lambda: ahead.total(0.95)):
        with pytest.raises(DataError, match="forecast of period 2 is too uncertain .* power 0"):
            answer()


def test_some_periods_and_some_of_them_twice() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(3, 3))
    ahead = Predictive(np.arange(3.0), root @ root.T, 50, 1.0).at(np.array([2, 2, 0]))
    assert ahead.mean.tolist() == [2.0, 2.0, 0.0]
    covariance = (root @ root.T)[[2, 2, 0]][:, [2, 2, 0]]
    assert ahead.covariance == pytest.approx(covariance)
