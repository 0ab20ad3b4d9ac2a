"""English: forecasting."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import count_text, figures, p_text, share_text


def _backtest(found: Any) -> str:
    best, naive = found.table.index[0], found.table["mase"][found.naive]
    if best == found.naive:
        return f"No model beats the seasonal naive forecast (MASE {naive:.3f})."
    error = found.table["mase"].iloc[0]
    return f"{best} has the lowest MASE ({error:.3f}); the seasonal naive forecast has {naive:.3f}."


def _forecast_summary(summary: Any) -> str:
    return f"{summary.model} on {count_text(summary.n, 'observations')}, AICc {summary.aicc:,.2f}."


def _forecast_diagnosis(found: Any) -> str:
    p = p_text(found.ljung_box_p_value)
    if found.ljung_box_p_value >= 0.05:
        return f"The errors look like noise (Ljung-Box {p})."
    return f"The errors are still correlated (Ljung-Box {p}); intervals may be too narrow."


def _components(found: Any) -> str:
    start, end = figures(found.trend_start, found.trend_end)
    periods = int((~found.table["is_forecast"]).sum())
    return (
        f"Over {count_text(periods, 'periods')} the trend went from {start} to {end}; the season "
        f"of {count_text(found.seasonal_period, 'periods')} makes up "
        f"{share_text(found.seasonal_strength)} of what the trend leaves."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Backtest": _backtest,
    "Diagnosis": _forecast_diagnosis,
    "ForecastComponents": _components,
    "ForecastSummary": _forecast_summary,
}
