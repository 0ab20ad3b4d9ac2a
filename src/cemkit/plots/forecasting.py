"""Pictures of forecasts and backtests."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from cemkit.checks import check_columns, check_fraction, check_frame, finite_values
from cemkit.checks.options import check_kind
from cemkit.forecasting.backtesting import Backtest
from cemkit.forecasting.components import ForecastComponents
from cemkit.forecasting.summary import Diagnosis
from cemkit.formats import count_text, p_text
from cemkit.plots.style import (
    BAND,
    axes_for,
    blue,
    draw_series,
    ink,
    interval_text,
    lettered,
    muted,
    series_height,
)
from cemkit.plots.ticks import date_ticks, number_ticks

PANEL_GAP = 0.45  # of the room of a panel, for its title and labels


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
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_sales
        >>> sales = simulate_sales(84).table["amount"]
        >>> model = ck.ARIMAForecaster(7, (1, 0, 0), (0, 1, 0)).fit(sales)
        >>> forecast_fan(sales, model.forecast(14)).get_ylabel()
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

    Of more than 12 models the best 12 are named, and the others are grey.

    Args:
        result: Result of `cemkit.backtest`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_sales
        >>> sales = simulate_sales(120).table["amount"]
        >>> models = {"arima": ck.ARIMAForecaster(7, (1, 0, 0), (0, 1, 1))}
        >>> backtest(ck.backtest(sales, steps=7, origins=12, models=models)).get_xlabel()
        'steps ahead'
    """
    check_kind(result, Backtest, "result")
    forecasts, models = result.forecasts, result.table.index
    errors = (forecasts["actual"] - forecasts["forecast"]).abs()
    table = errors.groupby([forecasts["model"], forecasts["step"]]).mean().unstack("model")
    ax = axes_for(ax, height=series_height(list(models)))
    draw_series(ax, table[models], "other models")
    ax.set_ylim(bottom=0)
    number_ticks(ax, "y", currency=currency)
    number_ticks(ax, "x", integer=True)
    return lettered(
        ax, title="Error by steps ahead", xlabel="steps ahead", ylabel="mean absolute error"
    )


def components(found: ForecastComponents, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw sales and forecast, and below them the parts they are the sum of.

    Args:
        found: Result of `ARIMAForecaster.components`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default. They are divided into panels.

    Returns:
        The Axes; its `child_axes` are the panels: sales, trend, season, the effect of regressors
        where there are any, and the remainder. Each panel has a scale of its own.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_sales
        >>> sales = simulate_sales(84).table["amount"]
        >>> model = ck.ARIMAForecaster(7, (1, 0, 0), (0, 1, 0)).fit(sales)
        >>> [panel.get_title() for panel in components(model.components(14)).child_axes]
        ['Sales and forecast', 'Trend', 'Season of 7 periods', 'Remainder']
    """
    check_kind(found, ForecastComponents, "found")
    check_kind(currency, str, "currency")
    table = found.table
    titles = {
        "value": "Sales and forecast",
        "trend": "Trend",
        "season": f"Season of {count_text(found.seasonal_period, 'periods')}",
        "regressors": "Effect of regressors",
        "remainder": "Remainder",
    }
    drawn = [name for name in titles if name in table.columns]
    ax = axes_for(ax, height=1.9 * len(drawn))
    dates = _dates(table.index, "the table")
    ahead = table["is_forecast"].to_numpy()
    for name, panel in zip(drawn, _panels(ax, len(drawn)), strict=True):
        _part(panel, dates, table[name], ahead, named=name == "value")
        number_ticks(panel, "y", currency=currency)
        date_ticks(panel)
        if name != drawn[-1]:  # the last panel has the dates of all
            panel.xaxis.set_major_formatter(NullFormatter())
        lettered(panel, title=titles[name])
    return ax


def residuals(diagnosis: Diagnosis, *, ax: Axes | None = None) -> Axes:
    """Draw the errors of a model over time, their autocorrelation and their distribution.

    Args:
        diagnosis: Result of `ARIMAForecaster.diagnose`.
        ax: Axes to draw on; new ones by default. They are divided into panels.

    Returns:
        The Axes; its `child_axes` are three panels. Where the errors are noise, 95 % of the
        autocorrelations lie in the band, and the histogram follows the normal curve.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_sales
        >>> sales = simulate_sales(84).table["amount"]
        >>> model = ck.ARIMAForecaster(7, (1, 0, 0), (0, 1, 0)).fit(sales)
        >>> residuals(model.diagnose()).child_axes[0].get_title()
        'Errors in standard deviations'
    """
    check_kind(diagnosis, Diagnosis, "diagnosis")
    ax = axes_for(ax, height=7.0)
    over_time, lags, distribution = _panels(ax, 3)
    errors = diagnosis.errors["error"]
    over_time.plot(_dates(errors.index, "the errors"), errors, ".-", color=blue(), linewidth=0.8)
    over_time.axhline(0, color=muted(), linewidth=0.8)
    number_ticks(over_time, "y")
    date_ticks(over_time)
    lettered(over_time, title="Errors in standard deviations")
    _draw_lags(lags, diagnosis.table)
    p_value = p_text(diagnosis.ljung_box_p_value)
    lettered(lags, title=f"Autocorrelation: Ljung-Box {p_value}", xlabel="lag in periods")
    _draw_distribution(distribution, errors)
    p_value = p_text(diagnosis.normality_p_value)
    lettered(
        distribution, title=f"Distribution and normal curve: Jarque-Bera {p_value}", ylabel="errors"
    )
    return ax


def _panels(ax: Axes, count: int) -> list[Axes]:
    """Divide Axes into panels, one below the other."""
    ax.set_axis_off()
    step = 1.0 / (count - PANEL_GAP)
    height = (1 - PANEL_GAP) * step
    places = [1.0 - height - number * step for number in range(count)]
    return [ax.inset_axes((0.0, max(place, 0.0), 1.0, height)) for place in places]


def _part(
    panel: Axes, dates: pd.DatetimeIndex, values: pd.Series, ahead: Any, *, named: bool
) -> None:
    """Draw one part; the forecast, joined to what was observed, in blue."""
    drawn = values.to_numpy(dtype=float)
    panel.plot(dates[~ahead], drawn[~ahead], color=ink(), label="sales" if named else None)
    label = "forecast" if named else None
    first = int(np.argmax(ahead)) if ahead.any() else len(ahead)
    panel.plot(dates[max(first - 1, 0) :], drawn[max(first - 1, 0) :], color=blue(), label=label)
    if (drawn[~np.isnan(drawn)] < 0).any():
        panel.axhline(0, color=muted(), linewidth=0.8)


def _draw_lags(panel: Axes, table: pd.DataFrame) -> None:
    panel.fill_between(
        [0.5, len(table) + 0.5], *table[["lower", "upper"]].iloc[0], color=blue(), alpha=BAND, lw=0
    )
    panel.vlines(table.index, 0, table["autocorrelation"], color=ink())
    panel.axhline(0, color=muted(), linewidth=0.8)
    panel.set_xlim(0.5, len(table) + 0.5)
    number_ticks(panel, "y")
    number_ticks(panel, "x", integer=True)


def _draw_distribution(panel: Axes, errors: pd.Series) -> None:
    counts, edges = np.histogram(errors, bins="auto")
    panel.stairs(counts, edges, fill=True, color=muted())
    grid = np.linspace(min(edges[0], -3), max(edges[-1], 3), 200)
    expected = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * counts.sum() * (edges[1] - edges[0])
    panel.plot(grid, expected, color=blue())
    number_ticks(panel, "y", integer=True)
    number_ticks(panel, "x")


def _dates(index: Any, name: str) -> pd.DatetimeIndex:
    """The beginnings of the periods."""
    if isinstance(index, pd.PeriodIndex):
        return index.to_timestamp()
    check_kind(index, pd.DatetimeIndex, f"the index of {name}")
    dates: pd.DatetimeIndex = index
    return dates
