"""Estimates and forecasts of one model against Stata, R and statsmodels."""

from pathlib import Path

import numpy as np
import pytest
from statsmodels.tsa.statespace.tests.results import results_sarimax

from cemkit.forecasting.likelihood import ArmaOrder
from cemkit.forecasting.model import ArimaModel, ArimaOrder, Observations, corrected_aic
from cemkit.forecasting.search import OrderSearch, Wanted


def fitted(
    series: np.ndarray,
    order: tuple[int, int, int],
    seasonal: tuple[int, int, int] = (0, 0, 0),
    period: int = 1,
    regressors: np.ndarray | None = None,
) -> ArimaModel:
    """With a constant, at the maximum of the likelihood."""
    columns = np.empty((len(series), 0)) if regressors is None else regressors[:, None]
    seen = Observations.of(np.asarray(series, dtype=float), columns)
    search = OrderSearch(seen, order[1], seasonal[1], period, Wanted())
    arma = ArmaOrder(order[0], order[2], seasonal[0], seasonal[2], period)
    best = search.polished(search.fitted(ArimaOrder(arma, order[1], seasonal[1], constant=True)))
    return ArimaModel(best.order, best.free, seen)


def standard_error_as_r(model: ArimaModel) -> float:
    """Of the last regressor; R divides by n where ours divides by what is left of it."""
    n, fit = model.likelihood.n_observed, model.regression
    variance = fit.variance * (n - model.n_parameters + 1) / n
    return float(np.sqrt(variance * fit.precision[-1, -1]))


def test_wpi1_in_stata() -> None:
    model = fitted(np.array(results_sarimax.wpi1_data), (1, 1, 1))
    assert model.log_likelihood == pytest.approx(-135.35131, abs=1e-5)
    assert model.arma_values(model.free) == pytest.approx([0.8742288, -0.4120458], abs=5e-5)
    assert model.regression.effects == pytest.approx([0.7498197], abs=1e-5)


def test_friedman2_in_stata() -> None:
    data = results_sarimax.friedman2_data
    consump, m2 = (np.array(data[name]) for name in ("consump", "m2"))
    model = fitted(consump, (1, 0, 1), regressors=m2)
    assert model.log_likelihood == pytest.approx(-340.50774, abs=1e-5)
    assert model.arma_values(model.free) == pytest.approx([0.9348486, 0.3090592], abs=5e-5)
    assert model.regression.effects[0] == pytest.approx(-36.09872, rel=1e-3)  # a flat top
    assert model.regression.effects[1] == pytest.approx(1.122029, rel=2e-5)


def test_seatbelt_law_in_r(reference_data: Path) -> None:
    drivers = np.log10(np.loadtxt(reference_data / "series/UKDriverDeaths__12.csv"))
    law = (np.arange(192) >= 169).astype(float)
    model = fitted(drivers, (1, 0, 0), (1, 0, 0), 12, law)
    assert model.log_likelihood == pytest.approx(345.39, abs=5e-3)
    assert model.regression.effects[-1] == pytest.approx(-0.1047088, abs=5e-6)
    assert standard_error_as_r(model) == pytest.approx(0.0180188, rel=1e-3)


def test_step_of_the_nile_in_r(reference_data: Path) -> None:
    nile = np.loadtxt(reference_data / "series/Nile__1.csv")
    model = fitted(nile, (1, 0, 0), regressors=(np.arange(1871, 1971) >= 1899).astype(float))
    assert model.log_likelihood == pytest.approx(-624.54, abs=5e-3)
    assert model.regression.effects[-1] == pytest.approx(-249.0751, abs=2e-3)
    assert standard_error_as_r(model) == pytest.approx(32.80, rel=1e-3)


def test_trend_of_lake_huron_in_r(reference_data: Path) -> None:
    lake = np.loadtxt(reference_data / "series/LakeHuron__1.csv")
    model = fitted(lake, (2, 0, 0), regressors=np.arange(98) - 50.0)
    assert model.log_likelihood == pytest.approx(-101.20, abs=5e-3)
    assert model.arma_values(model.free) == pytest.approx([1.0048, -0.2913], abs=5e-5)
    assert model.regression.effects[-1] == pytest.approx(-0.0215688, abs=2e-6)
    # R's comes from a numerical Hessian of all coefficients together.
    assert standard_error_as_r(model) == pytest.approx(0.0080988, rel=1e-2)


def test_standard_errors_of_arma_coefficients_are_those_of_statas_hessian() -> None:
    data = results_sarimax.friedman2_data
    consump, m2 = (np.array(data[name]) for name in ("consump", "m2"))
    model = fitted(consump, (1, 0, 1), regressors=m2)
    errors = np.sqrt(np.diag(model.arma_covariance()))
    assert errors == pytest.approx([0.039903, 0.1125186], rel=0.02)


def dense_prediction(steps: int) -> tuple[np.ndarray, np.ndarray, ArimaModel]:
    """Forecasts of a gapped AR(1) by conditioning a dense Gaussian, variance 1."""
    rng = np.random.default_rng(0)
    series, ar = rng.normal(size=30), np.tanh(0.8)
    series[[4, 5, 29]] = np.nan
    order = ArimaOrder(ArmaOrder(1, 0, 0, 0, 1), 0, 0, constant=False)
    model = ArimaModel(order, np.array([0.8]), Observations.of(series, np.empty((30, 0))))
    places = np.arange(30 + steps)
    covariance = ar ** np.abs(np.subtract.outer(places, places)) / (1 - ar**2)
    seen, ahead = np.flatnonzero(np.isfinite(series)), places[30:]
    weights = covariance[np.ix_(ahead, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
    left = covariance[np.ix_(ahead, ahead)] - weights @ covariance[np.ix_(seen, ahead)]
    return weights @ series[seen], left, model


def test_prediction_with_gaps_is_that_of_a_dense_gaussian() -> None:
    mean, covariance, model = dense_prediction(4)
    ours, spread = model.predict(4, np.empty((4, 0)))
    assert ours == pytest.approx(mean, abs=1e-12)
    assert spread / model.regression.variance == pytest.approx(covariance, abs=1e-10)


def test_uncertainty_of_a_mean_is_in_the_forecast() -> None:
    """White noise around a mean: variance (1 + 1/n) and covariance 1/n."""
    series = np.random.default_rng(1).normal(size=25)
    order = ArimaOrder(ArmaOrder(0, 0, 0, 0, 1), 0, 0, constant=True)
    model = ArimaModel(order, np.zeros(0), Observations.of(series, np.empty((25, 0))))
    mean, covariance = model.predict(2, np.empty((2, 0)))
    assert mean == pytest.approx([series.mean()] * 2)
    variance = series.var(ddof=1)
    assert covariance == pytest.approx(variance * (np.eye(2) + 1 / 25))


def test_restricted_likelihood_of_a_mean_is_textbook() -> None:
    """REML of an AR(1) with a mean, by its dense form, at its own maximum."""
    series = np.random.default_rng(2).normal(size=40).cumsum() * 0.3
    order = ArimaOrder(ArmaOrder(1, 0, 0, 0, 1), 0, 0, constant=True)
    start = ArimaModel(order, np.array([0.5]), Observations.of(series, np.empty((40, 0))))
    ar = float(np.tanh(start.restricted().free[0]))

    def dense(ar: float) -> float:
        places = np.arange(40)
        inverse = np.linalg.inv(ar ** np.abs(np.subtract.outer(places, places)) / (1 - ar**2))
        ones = np.ones(40)
        weight = ones @ inverse @ ones
        left = series - ones @ inverse @ series / weight
        square = left @ inverse @ left
        return float(np.linalg.slogdet(inverse)[1] - np.log(weight) - 39 * np.log(square))

    assert dense(ar) > max(dense(ar - 1e-3), dense(ar + 1e-3))


def test_aicc_by_hand() -> None:
    assert corrected_aic(-10.0, 2, 8) == pytest.approx(20 + 4 + 2 * 2 * 3 / 5)
    assert corrected_aic(-10.0, 2, 3) == np.inf
