"""Families of models: harmonics for long seasons, averages, refits."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.members import (
    Task,
    choose_power,
    fit_members,
    predict_members,
    refit_members,
)
from cemkit.forecasting.regressors import fourier_terms, seasonal_waves
from cemkit.forecasting.search import Wanted


def weekly(n: int = 160, harmonics: int = 2, seed: int = 0) -> np.ndarray:
    waves = seasonal_waves(0, n, 52, harmonics)
    return 10 + waves.sum(axis=1) + 0.3 * np.random.default_rng(seed).normal(size=n)


def task(values: np.ndarray, **wanted: Any) -> Task:
    none = np.empty((len(values), 0))
    return Task(values=values, regressors=none, period=52, wanted=Wanted(**wanted))


def test_a_long_season_has_harmonics_unless_an_order_is_named() -> None:
    [member] = fit_members(task(weekly()))
    assert member.season.n_harmonics >= 2
    assert member.model.order.arma.period == 1
    [member] = fit_members(task(weekly(), seasonal_order=(0, 1, 0), order=(0, 0, 0)))
    assert member.season.n_harmonics == 0
    assert str(member.model.order).startswith("ARIMA(0,0,0)(0,1,0)[52]")


def test_half_the_average_of_a_long_season_has_seasonal_terms() -> None:
    members = fit_members(task(weekly(120), search="average"))
    seasonal = [member.weight for member in members if member.model.order.arma.period == 52]
    assert sum(seasonal) == pytest.approx(0.5)
    assert sum(member.weight for member in members) == pytest.approx(1)


def test_harmonics_go_on_into_the_future() -> None:
    values = weekly(160)
    ahead = predict_members(fit_members(task(values[:140])), 20, np.empty((20, 0)), 1.0)
    truth = 10 + seasonal_waves(140, 160, 52, 2).sum(axis=1)
    assert ahead.mean == pytest.approx(truth, abs=0.5)


def test_a_single_model_with_regressors_has_the_spread_of_its_restricted_fit() -> None:
    [member] = fit_members(task(weekly(150), order=(1, 0, 0)))
    future = member.season.columns(150, 154)
    ahead = predict_members([member], 4, np.empty((4, 0)), 1.0)
    mean, covariance = member.model.predict(4, future)
    assert ahead.mean == pytest.approx(mean)
    assert ahead.covariance == pytest.approx(member.model.restricted().predict(4, future)[1])
    assert np.trace(ahead.covariance) != pytest.approx(np.trace(covariance), rel=1e-6)


def test_a_refit_on_the_same_values_changes_nothing() -> None:
    values = weekly()
    members = fit_members(task(values))
    again = refit_members(members, values, np.empty((len(values), 0)))
    assert again[0].model.log_likelihood == pytest.approx(members[0].model.log_likelihood, abs=1e-6)


def test_power_of_a_long_season() -> None:
    noise = np.random.default_rng(3).normal(size=160)
    growth = np.exp(3 + seasonal_waves(0, 160, 52, 1).sum(axis=1) + noise * 0.2)
    assert choose_power(growth, np.empty((160, 0)), 52) == 0.0


def closed_on_sundays(n: int = 140) -> pd.Series:
    days = np.arange(n)
    sales = 100 + 20 * np.sin(2 * np.pi * days / 7) + np.random.default_rng(0).normal(0, 5, n)
    return pd.Series(sales, pd.period_range("2024-01-01", periods=n)).where(days % 7 != 6)


def test_a_shop_that_is_always_closed_on_sundays_has_no_seasonal_difference() -> None:
    forecaster = ARIMAForecaster().fit(closed_on_sundays())
    ahead = forecaster.forecast(7)
    assert forecaster.seasonal_order_[1] == 0
    # No Sunday was seen; its interval is that of a mean, not of a billion.
    assert (ahead["upper"] - ahead["lower"]).max() < 200
    with pytest.raises(DataError, match="d=0 and D=1 leave a regressor"):
        ARIMAForecaster(order=(1, 0, 0), seasonal_order=(0, 1, 1)).fit(closed_on_sundays())


def test_no_difference_is_taken_that_leaves_nothing_of_a_regressor() -> None:
    months = pd.period_range("2015-01", periods=72, freq="M")
    future = pd.period_range("2021-01", periods=3, freq="M")
    rng = np.random.default_rng(0)
    sales = pd.Series(100 + 20 * np.sin(np.arange(72) * np.pi / 6) + rng.normal(0, 2, 72), months)
    christmas = pd.DataFrame({"christmas": (months.append(future).month == 12) * 1.0})
    christmas.index = months.append(future)
    assert ARIMAForecaster().fit(sales).seasonal_order_[1] == 1
    forecaster = ARIMAForecaster().fit(sales, X=christmas)
    assert forecaster.seasonal_order_[1] == 0
    assert np.isfinite(forecaster.forecast(3, X=christmas).to_numpy()).all()
    waves = fourier_terms(months, period=12, harmonics=3)
    with pytest.raises(DataError, match="D=1 leave a regressor in X"):
        ARIMAForecaster(seasonal_order=(0, 1, 1)).fit(sales, X=waves)
    trend = pd.DataFrame({"trend": np.arange(72.0)}, months)
    with pytest.raises(DataError, match="d=2 and D=0 leave a regressor"):
        ARIMAForecaster(1, order=(0, 2, 1)).fit(sales, X=trend)


def test_a_trend_takes_the_place_of_the_drift() -> None:
    rng = np.random.default_rng(1)
    months = pd.period_range("2015-01", periods=72, freq="M")
    walk = pd.Series(3.0 * np.arange(72) + rng.normal(size=72).cumsum(), months)
    trend = pd.DataFrame({"trend": np.arange(72.0)}, months)
    ours = ARIMAForecaster(1, order=(0, 1, 0), power=1.0).fit(walk, X=trend)
    assert ours.params_.index.tolist() == ["trend", "variance"]
    # A regression of the changes on 1 is their mean.
    assert ours.params_["trend"] == pytest.approx(walk.diff().mean(), rel=1e-9)
    positive = walk - walk.min() + 50
    powered = ARIMAForecaster(1, power="auto").fit(positive, X=trend)
    assert np.isfinite(powered.log_likelihood_)
