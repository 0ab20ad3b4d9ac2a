"""Rolling origins by hand, and conformal intervals that cover."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.backtesting import backtest
from cemkit.forecasting.forecaster import ARIMAForecaster

INDEX = pd.period_range("2012-01", periods=120, freq="M")
SALES = pd.Series(
    20 + 5 * np.sin(np.arange(120) * np.pi / 6) + np.random.default_rng(0).normal(size=120),
    index=INDEX,
)


def test_forecasts_are_those_made_from_the_past_alone() -> None:
    result = backtest(SALES, steps=6, origins=2)
    ours = result.forecasts.query("model == 'arima'")
    for origin, cut in (("2021-06", 114), ("2020-12", 108)):
        alone = ARIMAForecaster().fit(SALES.iloc[:cut]).forecast(6)
        there = ours[ours["origin"] == pd.Period(origin, "M")]
        assert there["forecast"].to_numpy() == pytest.approx(alone["forecast"].to_numpy())
        assert there["actual"].to_numpy() == pytest.approx(SALES.iloc[cut : cut + 6].to_numpy())


def test_the_naive_forecast_is_the_last_season() -> None:
    result = backtest(SALES, steps=3, origins=1, models={})
    assert result.forecasts["forecast"].tolist() == pytest.approx(SALES.iloc[105:108].tolist())
    assert result.table.index.tolist() == ["seasonal_naive"]
    assert result.sentence().startswith("No model beats the seasonal naive forecast")


def test_a_good_model_beats_the_naive_one_and_is_named() -> None:
    result = backtest(SALES, steps=6, origins=4)
    assert result.table.index[0] == "arima"
    assert result.table["mase"].is_monotonic_increasing
    assert result.sentence().startswith("arima has the lowest MASE")
    assert "arima" in result.sentence("zh")
    assert "forecasts" not in str(result)


def test_conformal_intervals_mend_those_of_a_model_that_is_too_sure() -> None:
    rng = np.random.default_rng(1)
    noise = pd.Series(
        50 + rng.standard_t(2.5, 160) * 3, pd.period_range("1995-01", periods=160, freq="M")
    )
    models = {"mean": ARIMAForecaster(1, order=(0, 0, 0))}
    result = backtest(
        noise, steps=1, origins=100, models=models, intervals="conformal", confidence_level=0.8
    )
    assert result.table.loc["mean", "coverage"] == pytest.approx(0.8, abs=0.08)
    narrow = result.forecasts.query("model == 'mean'")
    plain = backtest(noise, steps=1, origins=100, models=models, confidence_level=0.8)
    wide = plain.forecasts.query("model == 'mean'")
    assert plain.table.loc["mean", "coverage"] > result.table.loc["mean", "coverage"]
    assert (narrow["forecast"].to_numpy() == wide["forecast"].to_numpy()).all()


def test_what_cannot_be_tested_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="use fewer origins or steps"):
        backtest(SALES, steps=12, origins=10)
    with pytest.raises(NotEnoughDataError, match="at least 19 forecasts before .*, got 12"):
        backtest(SALES, steps=3, origins=5, intervals="conformal")
    with pytest.raises(DataError, match="all sales after the first origin"):
        backtest(SALES.where(np.arange(len(SALES)) < len(SALES) - 3), steps=3, origins=1)
    with pytest.raises(ValueError, match="'seasonal_naive' is the name of the benchmark"):
        backtest(SALES, steps=1, models={"seasonal_naive": ARIMAForecaster()})


def test_an_origin_of_which_nothing_is_known_does_not_count() -> None:
    gap = SALES.copy()
    gap.iloc[-2] = np.nan
    models = {"mean": ARIMAForecaster(1, order=(0, 0, 0))}
    result = backtest(gap, steps=1, origins=3, models=models)
    known = result.forecasts.query("model == 'mean'").dropna()
    errors = [
        abs(row.actual - row.forecast)
        / gap.loc[: row.origin].diff(result.seasonal_period).abs().mean()
        for row in known.itertuples()
    ]
    assert len(errors) == 2
    assert result.table.loc["mean", "mase"] == pytest.approx(np.mean(errors))
