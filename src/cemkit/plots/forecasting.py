"""Pictures of forecasts and backtests."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks import check_columns, check_fraction, check_frame, finite_values
from cemkit.checks.options import check_kind
from cemkit.forecasting.backtesting import Backtest
from cemkit.plots.style import BAND, axes_for, blue, ink, interval_text, lettered, series_looks
from cemkit.plots.ticks import date_ticks, number_ticks, rows_height


def forecast_fan(
    sales: pd.Series,
    forecast: pd.DataFrame,
    *,
    confidence_level: float | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the sales so far, the forecast, and its interval as a band.

    Args:
        sales: Sales that were observed, on a regular index.
        forecast: Forecast from `ARIMAForecaster.forecast`.
        confidence_level: Confidence level that the forecast was made with, to name it in the
            legend.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Raises:
        MissingColumnsError: The forecast lacks `forecast`, `lower` or `upper`.

    Examples:
        >>> months = pd.period_range("2024-01", periods=3, freq="M")
        >>> ahead = pd.DataFrame({"forecast": [3.0], "lower": [2.0], "upper": [4.0]}, months[2:])
        >>> forecast_fan(pd.Series([1.0, 2.0], months[:2]), ahead).get_ylabel()
        'sales'
    """
    check_kind(sales, pd.Series, "sales")
    check_columns(check_frame(forecast, "forecast").columns, ["forecast", "lower", "upper"])
    finite_values(sales.dropna(), "sales")
    for name in ("forecast", "lower", "upper"):
        finite_values(forecast[name].dropna(), name)
    level = "interval"
    if confidence_level is not None:
        level = interval_text(check_fraction(confidence_level, "confidence_level"))
    seen, ahead = _dates(sales.index, "sales"), _dates(forecast.index, "forecast")
    ax = axes_for(ax)
    ax.plot(seen, sales.to_numpy(), color=ink(), label="sales")
    ax.fill_between(
        ahead,
        forecast["lower"],
        forecast["upper"],
        color=blue(),
        alpha=BAND,
        linewidth=0,
        label=level,
    )
    ax.plot(ahead, forecast["forecast"], color=blue(), label="forecast")
    number_ticks(ax, "y", currency=currency)
    date_ticks(ax)
    return lettered(ax, title="Sales and forecast", ylabel="sales")


def backtest(result: Backtest, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the mean absolute error of each model by steps ahead.

    Args:
        result: Result of `cemkit.backtest`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import backtest as measure
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> sales = simulate_weekly_sales(n_weeks=60).sales
        >>> backtest(measure(sales, steps=2, origins=2)).get_xlabel()
        'steps ahead'
    """
    check_kind(result, Backtest, "result")
    forecasts, models = result.forecasts, result.table.index
    errors = (forecasts["actual"] - forecasts["forecast"]).abs()
    table = errors.groupby([forecasts["model"], forecasts["step"]]).mean().unstack("model")
    ax = axes_for(ax, height=4.0 + rows_height(list(models), row=0.2))
    for name, look in zip(models, series_looks(len(models)), strict=True):
        ax.plot(table.index, table[name], **look, label=name)
    ax.set_ylim(bottom=0)
    number_ticks(ax, "y", currency=currency)
    number_ticks(ax, "x", integer=True)
    return lettered(
        ax, title="Error by steps ahead", xlabel="steps ahead", ylabel="mean absolute error"
    )


def _dates(index: Any, name: str) -> pd.DatetimeIndex:
    """The beginnings of the periods."""
    if isinstance(index, pd.PeriodIndex):
        return index.to_timestamp()
    check_kind(index, pd.DatetimeIndex, f"the index of {name}")
    dates: pd.DatetimeIndex = index
    return dates
