"""Summaries and diagnoses against statsmodels and scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import jarque_bera
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from cemkit.forecasting.forecaster import ARIMAForecaster
from cemkit.forecasting.summary import coefficient_table, diagnose_model

SALES = pd.Series(
    np.random.default_rng(0).normal(size=90).cumsum() + 50,
    index=pd.period_range("2015-01", periods=90, freq="M"),
)


def test_tests_of_the_errors_are_those_of_statsmodels_and_scipy() -> None:
    model = ARIMAForecaster(1, order=(1, 1, 1)).fit(SALES).members_[0].model
    diagnosis = diagnose_model(model, 1, SALES.index)
    residuals = model.regression.residuals
    theirs = acorr_ljungbox(residuals, lags=[diagnosis.lags], model_df=2)
    assert diagnosis.ljung_box == pytest.approx(theirs["lb_stat"].iloc[0])
    assert diagnosis.ljung_box_p_value == pytest.approx(theirs["lb_pvalue"].iloc[0])
    normality = jarque_bera(residuals)
    assert diagnosis.normality == pytest.approx(normality.statistic)
    assert diagnosis.normality_p_value == pytest.approx(normality.pvalue)


def test_correlated_errors_are_found_and_said() -> None:
    season = SALES + 10 * np.sin(np.arange(90) * np.pi / 6)
    diagnosis = ARIMAForecaster(1, order=(0, 0, 0)).fit(season).diagnose()
    assert diagnosis.ljung_box_p_value < 1e-6
    assert "still correlated" in diagnosis.sentence()
    assert "自相关" in diagnosis.sentence("zh")


def test_roots_are_those_of_the_polynomials() -> None:
    model = ARIMAForecaster(1, order=(2, 0, 0)).fit(SALES).members_[0].model
    ar1, ar2 = model.arma_values(model.free)
    assert diagnose_model(model, 1, SALES.index).smallest_ar_root == pytest.approx(
        np.abs(np.roots([-ar2, -ar1, 1])).min()
    )


def test_a_mean_has_the_standard_error_of_a_mean() -> None:
    forecaster = ARIMAForecaster(1, order=(0, 0, 0)).fit(SALES)
    table = coefficient_table(forecaster.members_[0].model, [], 0.95)
    assert table.loc["mean", "estimate"] == pytest.approx(SALES.mean())
    assert table.loc["mean", "standard_error"] == pytest.approx(SALES.std() / np.sqrt(90))
    assert forecaster.params_["variance"] == pytest.approx(SALES.var())
    assert forecaster.standard_errors_["mean"] == table.loc["mean", "standard_error"]


def test_a_summary_prints_and_says_what_it_is() -> None:
    summary = ARIMAForecaster(1, order=(1, 1, 0)).fit(SALES).summary()
    assert "ARIMA(1,1,0)" in summary.sentence()
    assert "AICc" in summary.sentence("zh")
    assert "standard_error" in summary.to_markdown()


def test_errors_and_their_autocorrelations_are_kept() -> None:
    gaps = SALES.copy()
    gaps.iloc[40] = np.nan
    for sales, missing in ((SALES, 0), (gaps, 1)):
        diagnosis = ARIMAForecaster(1, order=(1, 1, 0)).fit(sales).diagnose()
        errors = diagnosis.errors["error"]
        assert len(errors) == 89 - missing
        assert errors.index.isin(SALES.index).all()
        assert SALES.index[40] in errors.index or missing
        theirs = acf(errors, nlags=diagnosis.lags)[1:]
        assert diagnosis.table["autocorrelation"].to_numpy() == pytest.approx(theirs)
        assert diagnosis.table["upper"].iloc[0] == pytest.approx(1.959964 / np.sqrt(len(errors)))
