"""Innovations of series with gaps, from statsmodels' Kalman filter."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.state_space import innovations


def monthly(values: np.ndarray) -> pd.Series:
    return pd.Series(values, pd.period_range("2000-01", periods=len(values), freq="M"))


@pytest.mark.parametrize("gaps", [[], [5, 6, 40], [0, 1, 13, 40, 95]])
def test_innovations_hold_all_that_the_likelihood_sums(gaps: list[int]) -> None:
    rng = np.random.default_rng(0)
    sales = monthly(50 + 8 * np.sin(np.arange(96) * np.pi / 6) + rng.normal(size=96).cumsum())
    sales.iloc[gaps] = np.nan
    fitted = ARIMAForecaster(order=(0, 1, 1), seasonal_order=(0, 1, 1)).fit(sales)
    model = fitted.members_[0].model
    errors = innovations(model)
    assert len(errors) == model.likelihood.n_observed
    total = model.regression.residuals @ model.regression.residuals
    assert errors @ errors * model.regression.variance == pytest.approx(total, rel=1e-6)


def test_the_right_model_of_a_series_with_gaps_passes_its_tests() -> None:
    p_values = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=200)
        walk = np.zeros(200)
        for i in range(1, 200):
            walk[i] = 0.7 * walk[i - 1] + noise[i]
        walk[rng.random(200) < 0.4] = np.nan
        diagnosis = ARIMAForecaster(1, order=(1, 0, 0)).fit(monthly(walk)).diagnose()
        p_values.append((diagnosis.ljung_box_p_value, diagnosis.normality_p_value))
    for column in np.array(p_values).T:
        assert kstest(column, "uniform").pvalue > 0.001


@pytest.mark.parametrize(
    ("order", "seasonal_order"),
    [
        ((1, 0, 0), (0, 0, 0)),
        ((0, 0, 1), (1, 0, 0)),
        ((1, 0, 1), (1, 0, 0)),
        ((1, 1, 0), (0, 0, 0)),
        ((0, 1, 1), (1, 0, 0)),
        ((1, 0, 0), (0, 1, 1)),
        ((2, 0, 0), (1, 1, 0)),
    ],
)
def test_a_mean_or_drift_is_statsmodels_own_trend(
    order: tuple[int, int, int], seasonal_order: tuple[int, int, int]
) -> None:
    rng = np.random.default_rng(3)
    sales = monthly(200 + 9.0 * np.arange(96) * bool(order[1] + seasonal_order[1]))
    sales += 8 * np.sin(np.arange(96) * np.pi / 6) + rng.normal(size=96)
    ours = ARIMAForecaster(12, order=order, seasonal_order=seasonal_order).fit(sales)
    assert ours.members_[0].model.order.constant
    theirs = ours.to_statsmodels()
    assert theirs.forecast(15).to_numpy() == pytest.approx(ours.predictive(15).mean, rel=1e-6)


def test_regressors_stay_those_of_the_caller() -> None:
    sales = monthly(50 + np.random.default_rng(0).normal(size=60))
    tv = pd.DataFrame({"tv": np.arange(64.0) % 5}, pd.period_range("2000-01", periods=64, freq="M"))
    ours = ARIMAForecaster(1, order=(1, 0, 0)).fit(sales + 3 * tv["tv"].iloc[:60], X=tv)
    theirs = ours.to_statsmodels().forecast(4, exog=tv.iloc[60:])
    assert theirs.to_numpy() == pytest.approx(ours.predictive(4, X=tv).mean, rel=1e-6)
