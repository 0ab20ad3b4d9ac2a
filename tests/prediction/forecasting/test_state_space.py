"""Innovations of series with gaps, from statsmodels' Kalman filter."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cemkit.prediction.forecasting.forecaster import ARIMAForecaster
from cemkit.prediction.forecasting.state_space import innovations


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
