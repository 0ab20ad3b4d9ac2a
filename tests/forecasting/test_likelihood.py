"""The exact likelihood against statsmodels' Kalman filter and against dense Gaussians."""

from itertools import pairwise

import numpy as np
import pytest
from statsmodels.tsa.arima_process import arma_acovf
from statsmodels.tsa.statespace.sarimax import SARIMAX

from cemkit.forecasting.differencing import difference
from cemkit.forecasting.likelihood import ArmaOrder, ExactLikelihood
from cemkit.forecasting.model import ArimaModel, ArimaOrder, Observations


def random_model(rng: np.random.Generator) -> tuple[ArimaModel, np.ndarray]:
    period = int(rng.choice([1, 4, 7, 12]))
    p, q = rng.integers(0, 4, 2)
    seasonal_p, seasonal_q = rng.integers(0, 2, 2) * (period > 1)
    arma = ArmaOrder(int(p), int(q), int(seasonal_p), int(seasonal_q), period)
    d, seasonal_d = int(rng.integers(0, 2)), int(rng.integers(0, 2) * (period > 1))
    order = ArimaOrder(arma, d, seasonal_d, constant=False)
    series = np.cumsum(rng.normal(size=int(rng.integers(45, 90)))) + 10
    seen = Observations.of(series, np.empty((len(series), 0)))
    return ArimaModel(order, rng.normal(0, 0.7, arma.size), seen), series


def statsmodels_log_likelihood(model: ArimaModel, series: np.ndarray) -> float:
    order, likelihood = model.order, model.likelihood
    residuals = likelihood.whiten(model.free).innovations[:, 0]
    variance = residuals @ residuals / likelihood.n_observed
    seasonal = (*order.seasonal_order, order.arma.period)
    theirs = SARIMAX(
        series,
        order=order.order,
        seasonal_order=seasonal if order.arma.period > 1 else (0, 0, 0, 0),
        simple_differencing=True,
    )
    return theirs.loglike([*model.arma_values(model.free), variance])


def check_against_statsmodels(seeds: range) -> None:
    for seed in seeds:
        model, series = random_model(np.random.default_rng(seed))
        theirs = statsmodels_log_likelihood(model, series)
        assert model.log_likelihood == pytest.approx(theirs, abs=1e-8 * max(1, abs(theirs))), (
            f"seed {seed}: {model.order}"
        )


def test_equals_statsmodels_on_complete_data() -> None:
    check_against_statsmodels(range(120))


@pytest.mark.exhaustive
def test_equals_statsmodels_on_a_thousand_models() -> None:
    check_against_statsmodels(range(1000))


def dense_log_likelihood(
    arma: ArmaOrder, free: np.ndarray, contrasts: np.ndarray, rows: np.ndarray
) -> float:
    """Of rows @ w, w the ARMA process, with the variance concentrated out."""
    ar, ma = arma.polynomials(free)
    n = rows.shape[1]
    own = arma_acovf(ar, ma, nobs=n)
    covariance = rows @ own[np.abs(np.subtract.outer(np.arange(n), np.arange(n)))] @ rows.T
    size = len(contrasts)
    square = contrasts @ np.linalg.solve(covariance, contrasts) / size
    log_determinant = np.linalg.slogdet(covariance)[1]
    return -0.5 * (size * (np.log(2 * np.pi * square) + 1) + log_determinant)


@pytest.mark.parametrize("gaps", [[3], [3, 4, 20], [0, 39]])
def test_gaps_in_a_stationary_series(gaps: list[int]) -> None:
    rng = np.random.default_rng(1)
    series = rng.normal(size=40)
    series[gaps] = np.nan
    arma = ArmaOrder(2, 1, 0, 0, 1)
    free = np.array([0.4, -0.3, 0.5])
    order = ArimaOrder(arma, 0, 0, constant=False)
    model = ArimaModel(order, free, Observations.of(series, np.empty((40, 0))))
    seen = np.isfinite(series)
    expected = dense_log_likelihood(arma, free, series[seen], np.eye(40)[seen])
    assert model.log_likelihood == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("gaps", [[5], [5, 6, 7, 30], [0, 12, 39]])
def test_gaps_in_a_differenced_series(gaps: list[int]) -> None:
    """Observed are the differences across the gaps: sums of the differences in them."""
    rng = np.random.default_rng(2)
    series = np.cumsum(rng.normal(size=40))
    series[gaps] = np.nan
    arma = ArmaOrder(1, 1, 0, 0, 1)
    free = np.array([0.6, 0.2])
    order = ArimaOrder(arma, 1, 0, constant=False)
    model = ArimaModel(order, free, Observations.of(series, np.empty((40, 0))))
    places = np.flatnonzero(np.isfinite(series))
    rows = np.array(
        [(np.arange(39) >= a) & (np.arange(39) < b) for a, b in pairwise(places)]
    ).astype(float)
    expected = dense_log_likelihood(arma, free, np.diff(series[places]), rows)
    assert model.log_likelihood == pytest.approx(expected, rel=1e-10)


def test_gaps_with_seasonal_differences_are_one_constant_from_statsmodels() -> None:
    """The diffuse likelihoods differ by what depends on the gaps alone."""
    rng = np.random.default_rng(3)
    series = np.cumsum(rng.normal(size=72)) + 10
    series[[20, 33, 34]] = np.nan
    arma = ArmaOrder(0, 1, 0, 1, 12)
    order = ArimaOrder(arma, 1, 1, constant=False)
    seen = Observations.of(series, np.empty((72, 0)))
    theirs = SARIMAX(series, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12), use_exact_diffuse=True)

    def gap(free: np.ndarray) -> float:
        model = ArimaModel(order, free, seen)
        white = model.likelihood.whiten(free)
        regressors = white.innovations[:, 1:]
        left = white.innovations[:, 0]
        left = left - regressors @ np.linalg.lstsq(regressors, left, rcond=None)[0]
        variance = left @ left / model.likelihood.n_observed
        return model.log_likelihood - theirs.loglike([*model.arma_values(free), variance])

    gaps = [gap(np.array(free)) for free in ([0.2, 0.4], [-0.5, 0.9], [1.0, 0.1])]
    assert gaps == pytest.approx([gaps[0]] * 3, abs=1e-6)


def test_regressors_are_profiled_out() -> None:
    rng = np.random.default_rng(4)
    regressors, noise = rng.normal(size=(60, 2)), rng.normal(size=60)
    arma, free = ArmaOrder(1, 1, 0, 0, 1), np.array([0.5, 0.3])
    bare = ExactLikelihood(np.column_stack([noise, regressors]), arma)
    shifted = ExactLikelihood(np.column_stack([noise + regressors @ [5, -3], regressors]), arma)
    assert bare.log_likelihood(free) == pytest.approx(shifted.log_likelihood(free), rel=1e-12)


def test_order_of_differences_does_not_matter() -> None:
    series = np.random.default_rng(5).normal(size=30)
    one = difference(difference(series, 1, 0, 4), 0, 1, 4)
    assert one == pytest.approx(difference(series, 1, 1, 4))


def test_a_singular_covariance_is_minus_infinity() -> None:
    same = np.ones((20, 1))
    likelihood = ExactLikelihood(
        np.column_stack([np.arange(20.0), same, same]), ArmaOrder(1, 0, 0, 0, 1)
    )
    assert likelihood.log_likelihood(np.zeros(1)) == -np.inf
