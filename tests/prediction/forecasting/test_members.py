"""Families of models: harmonics for long seasons, averages, refits."""

import numpy as np
import pytest

from cemkit.prediction.forecasting.members import (
    Task,
    choose_power,
    fit_members,
    predict_members,
    refit_members,
)
from cemkit.prediction.forecasting.regressors import seasonal_waves


def weekly(n: int = 160, harmonics: int = 2, seed: int = 0) -> np.ndarray:
    waves = seasonal_waves(0, n, 52, harmonics)
    return 10 + waves.sum(axis=1) + 0.3 * np.random.default_rng(seed).normal(size=n)


def task(values: np.ndarray, **settings: object) -> Task:
    return Task(values=values, regressors=np.empty((len(values), 0)), period=52, **settings)


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
