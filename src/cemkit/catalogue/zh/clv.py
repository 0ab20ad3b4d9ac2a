"""Chinese: clv."""

from collections.abc import Callable, Sequence
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, figures, level_text, p_text, share_text


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
    ) + not_identified(value._not_identified())


def _alive_history(found: Any) -> str:
    told = (
        f"客户 {found.customer} 自 {found.first_purchase_date} 至 {found.last_purchase_date} 有 "
        f"{found.purchase_days:,} 天购买，在 {found.as_of} 仍是客户的概率为 "
        f"{found.alive_probability:.0%}；最低时为 {found.lowest_date} 的 "
        f"{found.lowest_probability:.0%}。"
    )
    return told + not_identified(found.not_identified)


def _repeat_frequency(found: Any) -> str:
    once = found.table["observed"].iloc[0]
    share = share_text(once / found.customers)
    told = f"{found.customers:,} 位客户中有 {once:,} 位（{share}）没有再次购买"
    if found.model is None:
        return f"{told}。"
    return f"{told}；{found.model} 的期望值为 {found.table['expected'].iloc[0]:,.0f} 位。"


def not_identified(names: Sequence[str]) -> str:
    """What to know of predictions where parameters are not identified."""
    if not names:
        return ""
    return f"数据无法识别参数 {'、'.join(names)}：预测取其估计值，参数没有置信区间。"


def _seasonal_clock(clock: Any) -> str:
    peaks, years = clock.peaks_seen_, clock.years_seen_
    parts = [f"时钟不含年度季节（订单历史 {years:.1f} 年）"]
    if peaks is not None:
        high, most, low, least = clock.yearly_peak()
        seen = "一次年度高峰" if peaks == 1 else f" {peaks} 次年度高峰"
        parts = [
            f"人均购买在 {high:%m-%d} 前后最高（为全年均值的 {most:.2f} 倍），在 {low:%m-%d} "
            f"前后最低（{least:.2f} 倍）；{years:.1f} 年的订单中见到{seen}"
        ]
    parts += [f"“{name}”使购买变为 {ratio:.2f} 倍" for name, ratio in clock.largest_events()]
    return "；".join(parts) + "。"


def _clock_choice(choice: Any) -> str:
    if not choice.n_holdouts and choice.history_days < choice.needed_days:
        return (
            f"使用日历天数，不用季节时钟：订单历史只有 {choice.history_days:,} 天，"
            f"不足以用留出期检验季节时钟（需要 {choice.needed_days:,} 天）。"
        )
    if not choice.n_holdouts:
        return "使用日历天数，不用季节时钟：留出期内没有可供预测的购买。"
    errors = (
        f"在历史内预测的 {choice.n_holdouts} 个总量中，季节时钟的误差中位数为 "
        f"{choice.clock_median_error:.1%}、最差 {choice.clock_worst_error:.1%}，日历天数为 "
        f"{choice.plain_median_error:.1%}、最差 {choice.plain_worst_error:.1%}"
    )
    if choice.clock is None:
        return f"使用日历天数，不用季节时钟：它的预测没有足够的改进；{errors}。"
    return f"使用季节时钟：{errors}。"


def _with_bounds(found: Any, name: str) -> list[str]:
    return figures(*(getattr(found, f"{name}{end}") for end in ("", "_lower", "_upper")))


def _base_forecast(found: Any) -> str:
    purchases = _with_bounds(found, "purchases")
    revenue = _with_bounds(found, "revenue")
    new = _with_bounds(found, "new_customers")
    season = "考虑年度季节" if found.seasonal_acquisition else "不考虑季节"
    source = "按计划" if found.planned else f"按最近 26 周预测，{season}"
    told = (
        f"{found.as_of} 之后的 {found.horizon_days:,} 天内，{found.known_customers:,} 位现有客户与 "
        f"{new[0]} 位新客户（{new[1]} 至 {new[2]}，{source}）预计购买 {purchases[0]} 次"
        f"（{level_text(found.confidence_level)} 预测区间 {purchases[1]} 至 {purchases[2]}），"
        f"消费 {revenue[0]}（{revenue[1]} 至 {revenue[2]}）。"
    )
    return told + _shocks(found) + _kept_in_draws(found.not_identified)


def _shocks(found: Any) -> str:
    weeks = found.measured_weeks
    time = "季节时钟" if found.seasonal else "日历天数，不用季节时钟"
    if not weeks:
        season = "" if found.seasonal else "和季节波动"
        return f"过去各周的购买太少，无法判断偶然之外的波动，因此区间不含整周的冲击{season}。"
    season = "，因此季节波动包含在区间内"
    if weeks < found.weeks_of_a_year:
        season = "，因此季节波动仅就这些周所见包含在区间内"
    return (
        f"过去 {weeks} 周的购买次数在偶然波动之外围绕模型波动 "
        f"{share_text(found.weekly_deviation)}；模型使用{time}{'' if found.seasonal else season}。"
    )


def _kept_in_draws(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"数据无法识别参数 {'、'.join(names)}：预测取其估计值，区间未包含这些参数的不确定性。"


def _value_comparison(found: Any) -> str:
    error = found.table["mae"]
    best, other = figures(error[found.best], error[found.runner_up])
    bounds = _with_bounds(found, "mae_difference")
    names = {found.baseline: "“与以前相同”"}
    first, second, *tied = (
        names.get(name, name) for name in (found.best, found.runner_up, *found.rivals)
    )
    use = f"本店宜用 {first}：" if found.decided else ""
    doubt = "" if found.decided else f"，但{'、'.join(tied)}也可能同样好"
    total = apart(found.table["total_error"][found.best], spec="+.1%")[0]
    why = {
        "": "",
        "short past": "未比较回归模型，因为在一个预测期之前购买过的客户太少。",
        "equal spend": "未比较回归模型，因为此前一个预测期内所有客户的消费相同。",
    }[found.without_regression]
    return (
        f"{use}在此后 {found.horizon_days:,} 天对 {found.n_customers:,} 位客户的预测中，"
        f"{first} 的平均绝对误差最小，平均每位客户 {best}{doubt}。其次是 {second}，为 {other}"
        f"（每位客户多 {bounds[0]}，{interval_text(found.confidence_level, *bounds[1:])}）。"
        f"{first} 预测的总额偏差为 {total}。{why}"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AliveHistory": _alive_history,
    "ClockChoice": _clock_choice,
    "CustomerBaseForecast": _base_forecast,
    "CustomerLifetimeValue": _lifetime_value,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "PurchaseModelComparison": _model_comparison,
    "RepeatFrequency": _repeat_frequency,
    "SeasonalClock": _seasonal_clock,
    "ValueModelComparison": _value_comparison,
}
