"""What is drawn is what was measured."""

import numpy as np
import pandas as pd
import pytest

from cemkit import ARIMAForecaster
from cemkit import backtest as run_backtest
from cemkit.errors import DataError, MissingColumnsError
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


def test_components_draw_every_part_with_its_forecast() -> None:
    X = pd.DataFrame({"tv": np.arange(80) % 5 == 0}, WEEKLY.sales.index).astype(float)
    model = ARIMAForecaster(4, (1, 0, 0), (0, 0, 0)).fit(WEEKLY.sales, X=X)
    found = model.components(6, pd.DataFrame({"tv": 1.0}, model.future_index(6)))
    panels = found.plot().child_axes
    for panel, name in zip(
        panels, ["value", "trend", "season", "regressors", "remainder"], strict=True
    ):
        seen, ahead = panel.lines[:2]
        assert seen.get_ydata() == pytest.approx(found.table[name].to_numpy()[:80])
        assert ahead.get_ydata() == pytest.approx(found.table[name].to_numpy()[79:])


def test_residuals_draw_errors_lags_and_distribution() -> None:
    diagnosis = ARIMAForecaster(1, (1, 0, 0)).fit(WEEKLY.sales).diagnose()
    over_time, lags, distribution = diagnosis.plot().child_axes
    assert over_time.lines[0].get_ydata() == pytest.approx(diagnosis.errors["error"].to_numpy())
    heights = [line[1, 1] for line in lags.collections[1].get_segments()]
    assert heights == pytest.approx(diagnosis.table["autocorrelation"].to_numpy())
    assert distribution.patches[0].get_data()[0].sum() == len(diagnosis.errors)


def test_sales_of_text_are_refused() -> None:
    ahead = ARIMAForecaster(1, (1, 0, 0)).fit(WEEKLY.sales).forecast(2)
    with pytest.raises(DataError, match="sales must be numeric"):
        forecasting.forecast_fan(WEEKLY.sales.astype(str), ahead)
