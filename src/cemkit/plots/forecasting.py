"""Pictures of forecasts, promotion effects and backtests."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks.options import check_kind
from cemkit.errors import MissingDependencyError
from cemkit.forecasting.backtesting import Backtest
from cemkit.impact.effects import PromotionEffect

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

INK, ACCENT, LOSS, SHADE = "#333333", "#1f77b4", "#d62728", 0.2


def forecast_fan(sales: pd.Series, forecast: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Sales so far, the forecast, and its interval as a band.

    Args:
        sales: What was seen.
        forecast: From `ARIMAForecaster.forecast`.
        ax: Where to draw; a new figure where not given.

    Examples:
        >>> months = pd.period_range("2024-01", periods=3, freq="M")
        >>> ahead = pd.DataFrame({"forecast": [3.0], "lower": [2.0], "upper": [4.0]}, months[2:])
        >>> forecast_fan(pd.Series([1.0, 2.0], months[:2]), ahead).get_ylabel()
        'sales'
    """
    check_kind(sales, pd.Series, "sales")
    check_kind(forecast, pd.DataFrame, "forecast")
    ax = plt.subplots()[1] if ax is None else ax
    ax.plot(_dates(sales.index), sales.to_numpy(), color=INK, label="sales")
    dates = _dates(forecast.index)
    ax.fill_between(
        dates, forecast["lower"], forecast["upper"], color=ACCENT, alpha=SHADE, label="interval"
    )
    ax.plot(dates, forecast["forecast"], color=ACCENT, label="forecast")
    ax.tick_params(axis="x", rotation=30)
    ax.set_ylabel("sales")
    ax.legend(frameon=False)
    return ax


def promotion_effect(effect: PromotionEffect, *, ax: Axes | None = None) -> Axes:
    """Lift, dip and net effect of all promotions, in money, with their intervals.

    Args:
        effect: From `cemkit.promotion_effect`.
        ax: Where to draw; a new figure where not given.

    Examples:
        >>> from cemkit import promotion_effect as measure
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> weekly = simulate_weekly_sales(n_weeks=60)
        >>> ax = promotion_effect(measure(weekly.sales, weekly.promotions))
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['lift', 'dip', 'net']
    """
    check_kind(effect, PromotionEffect, "effect")
    ax = plt.subplots()[1] if ax is None else ax
    names = ["lift", "dip", "net"]
    middle = np.array([getattr(effect, f"{name}_amount") for name in names])
    ends = np.array(
        [[getattr(effect, f"{n}_amount_{end}") for n in names] for end in ("lower", "upper")]
    )
    starts = [0.0, middle[0], 0.0]  # the dip hangs from the top of the lift
    colors = [ACCENT if value >= 0 else LOSS for value in middle]
    ax.bar(names, middle, bottom=starts, color=colors, width=0.6)
    tops = middle + starts
    ax.errorbar(names, tops, yerr=np.abs(ends - middle), fmt="none", color=INK, capsize=4)
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.set_ylabel("sales against the baseline")
    ax.set_title(f"{100 * effect.confidence_level:g}% intervals; {effect.method}")
    return ax


def backtest(result: Backtest, *, ax: Axes | None = None) -> Axes:
    """Mean absolute error of each model by steps ahead.

    Args:
        result: From `cemkit.backtest`.
        ax: Where to draw; a new figure where not given.

    Examples:
        >>> from cemkit import backtest as measure
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> sales = simulate_weekly_sales(n_weeks=60).sales
        >>> backtest(measure(sales, steps=2, origins=2)).get_xlabel()
        'steps ahead'
    """
    check_kind(result, Backtest, "result")
    ax = plt.subplots()[1] if ax is None else ax
    forecasts = result.forecasts
    errors = (forecasts["actual"] - forecasts["forecast"]).abs()
    table = errors.groupby([forecasts["model"], forecasts["step"]]).mean().unstack("model")
    for name in result.table.index:
        ax.plot(table.index, table[name], marker="o", label=name)
    ax.set_xlabel("steps ahead")
    ax.set_ylabel("mean absolute error")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def _dates(index: Any) -> pd.DatetimeIndex:
    return index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
