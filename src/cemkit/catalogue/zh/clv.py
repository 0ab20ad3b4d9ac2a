"""Chinese: clv."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import p_text


def _model_comparison(found: Any) -> str:
    error, past = found.table["rmse"][found.best], found.table["rmse"][found.baseline]
    return (
        f"{found.best} 对 {found.n_customers:,} 位客户此后 {found.horizon_days} 天的预测最好："
        f"预计购买 {found.predicted_purchases:,.0f} 次，实际 {found.actual_purchases:,} 次"
        f"（每位客户的 RMSE 为 {error:.3f}；假定过去的行为不变则为 {past:.3f}）。"
    )


def _likelihood_ratio_test(test: Any) -> str:
    return (
        f"似然比检验：卡方({test.degrees_of_freedom}) = {test.statistic:.2f}，"
        f"{p_text(test.p_value)}。"
    )


def _lifetime_value(value: Any) -> str:
    once = int(value.left_out_["no repeat purchase"])
    free = int(value.left_out_["mean repeat amount of 0 or less"])
    return (
        f"客单价模型未使用 {once:,} 位没有复购的客户（按全体均值估值），以及 {free:,} 位"
        "复购平均金额不大于 0 的客户（按复购金额为零估值）；下过单的客户都有估值。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CustomerLifetimeValue": _lifetime_value,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "PurchaseModelComparison": _model_comparison,
}
