"""What is drawn is what was measured."""

import numpy as np
import pytest

from cemkit import ARIMAForecaster
from cemkit import backtest as run_backtest
from cemkit.errors import MissingColumnsError
from cemkit.forecasting import simulate_weekly_sales
from cemkit.plots import forecasting

WEEKLY = simulate_weekly_sales(n_weeks=80)


def test_the_fan_has_sales_forecast_and_band() -> None:
    ahead = ARIMAForecaster(1).fit(WEEKLY.sales).forecast(6)
    ax = forecasting.forecast_fan(WEEKLY.sales, ahead)
    seen, forecast = ax.lines
    assert seen.get_ydata() == pytest.approx(WEEKLY.sales.to_numpy())
    assert forecast.get_ydata() == pytest.approx(ahead["forecast"].to_numpy())
    [band] = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx(ahead["upper"].max())
    assert heights.min() == pytest.approx(ahead["lower"].min())
    assert [text.get_text() for text in ax.get_legend().texts] == ["sales", "interval", "forecast"]
    named = forecasting.forecast_fan(WEEKLY.sales, ahead, confidence_level=0.8).get_legend()
    assert named.texts[1].get_text() == "80% interval"
    with pytest.raises(MissingColumnsError, match="lower"):
        forecasting.forecast_fan(WEEKLY.sales, ahead.drop(columns="lower"))
    with pytest.raises(TypeError, match="the index of sales must be of type DatetimeIndex"):
        forecasting.forecast_fan(WEEKLY.sales.reset_index(drop=True), ahead)


def test_errors_are_drawn_by_step() -> None:
    result = run_backtest(WEEKLY.sales, steps=3, origins=3)
    ax = forecasting.backtest(result)
    assert [line.get_label() for line in ax.lines] == result.table.index.tolist()
    own = result.forecasts[result.forecasts["model"] == ax.lines[0].get_label()]
    by_step = np.abs(own["actual"] - own["forecast"]).groupby(own["step"]).mean()
    assert ax.lines[0].get_ydata() == pytest.approx(by_step.to_numpy())
