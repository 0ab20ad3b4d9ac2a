"""Chinese: forecasting."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import figures, p_text, share_text


def _backtest(found: Any) -> str:
    best, naive = found.table.index[0], found.table["mase"][found.naive]
    if best == found.naive:
        return f"没有模型优于季节性朴素预测（MASE {naive:.3f}）。"
    error = found.table["mase"].iloc[0]
    return f"{best} 的 MASE 最低（{error:.3f}）；季节性朴素预测为 {naive:.3f}。"


def _forecast_summary(summary: Any) -> str:
    return f"{summary.model}，基于 {summary.n} 个观测值，AICc {summary.aicc:,.2f}。"


def _forecast_diagnosis(found: Any) -> str:
    p = p_text(found.ljung_box_p_value)
    if found.ljung_box_p_value >= 0.05:
        return f"误差像白噪声（Ljung-Box {p}）。"
    return f"误差仍有自相关（Ljung-Box {p}）；区间可能过窄。"


def _components(found: Any) -> str:
    start, end = figures(found.trend_start, found.trend_end)
    periods = int((~found.table["is_forecast"]).sum())
    share = share_text(found.seasonal_strength)
    return (
        f"在 {periods:,} 个时期内，趋势从 {start} 变为 {end}；除去趋势后，"
        f"以 {found.seasonal_period} 个时期为周期的季节成分占 {share}。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Backtest": _backtest,
    "Diagnosis": _forecast_diagnosis,
    "ForecastComponents": _components,
    "ForecastSummary": _forecast_summary,
}
