"""What is drawn is what was measured."""

import importlib
import sys
from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cemkit import ARIMAForecaster
from cemkit import backtest as run_backtest
from cemkit import promotion_effect as measure
from cemkit.errors import MissingDependencyError
from cemkit.forecasting import simulate_weekly_sales
from cemkit.plots import forecasting

WEEKLY = simulate_weekly_sales(n_weeks=80)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


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


def test_the_bars_of_an_effect_are_its_amounts() -> None:
    effect = measure(WEEKLY.sales, WEEKLY.promotions)
    _, own = plt.subplots()
    ax = forecasting.promotion_effect(effect, ax=own)
    assert ax is own
    heights = [bar.get_height() for bar in ax.patches]
    assert heights == pytest.approx([effect.lift_amount, effect.dip_amount, effect.net_amount])
    assert ax.patches[1].get_y() == pytest.approx(effect.lift_amount)
    [bars] = ax.collections
    assert bars.get_segments()[2][:, 1] == pytest.approx(
        [effect.net_amount_lower, effect.net_amount_upper]
    )


def test_errors_are_drawn_by_step() -> None:
    result = run_backtest(WEEKLY.sales, steps=3, origins=3)
    ax = forecasting.backtest(result)
    assert [line.get_label() for line in ax.lines] == result.table.index.tolist()
    own = result.forecasts[result.forecasts["model"] == ax.lines[0].get_label()]
    by_step = np.abs(own["actual"] - own["forecast"]).groupby(own["step"]).mean()
    assert ax.lines[0].get_ydata() == pytest.approx(by_step.to_numpy())


def test_without_matplotlib_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    monkeypatch.delitem(sys.modules, "cemkit.plots.forecasting")
    with pytest.raises(MissingDependencyError, match="run: python -m pip install matplotlib"):
        importlib.import_module("cemkit.plots.forecasting")
