"""Chinese: proportions."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, bounded, level_text, p_text, points_bounded


def _proportion_test(test: Any) -> str:
    control, treatment = test.labels
    new, old = apart(test.rates[1], test.rates[0], spec=".2%")
    points, *ends = points_bounded(test, "difference", "+.2f")
    verdict = f"{test.winner} 胜出" if test.winner else "未检测到差异"
    return (
        f"{treatment} 的转化率为 {new}，{control} 为 {old}：相差 {points} 个百分点"
        f"（{interval_text(test.confidence_level, *ends)}，{p_text(test.p_value)}）；{verdict}。"
    )


def _margin_test(test: Any) -> str:
    control, treatment = test.labels
    points, *ends = points_bounded(test, "difference", "+.2f")
    allowed = apart(100 * test.allowed_difference, spec=".2f")[0]
    claim = "不劣于" if test.question == "non-inferior" else "等效于"
    verdict = "已证实" if test.shown else "未能证实"
    interval = interval_text(2 * test.confidence_level - 1, *ends)
    return (
        f"{verdict} {treatment} {claim} {control}（允许相差 {allowed} 个百分点，"
        f"{p_text(test.p_value)}；实际相差 {points}，{interval}）。"
    )


def _proportion_interval(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".2%")
    interval = interval_text(found.confidence_level, *ends)
    return f"{found.trials:,} 中有 {found.successes:,}，比率 {rate}（{interval}）。"


def _one_proportion_test(test: Any) -> str:
    rate, expected = apart(test.rate, test.expected_rate, spec=".2%")
    verdict = "检测到差异" if test.detected else "未检测到差异"
    return (
        f"{test.trials:,} 中有 {test.successes:,}，比率 {rate}，预期为 {expected}"
        f"（{p_text(test.p_value)}）：{verdict}。"
    )


def _sample_size(plan: Any) -> str:
    control, treatment = apart(plan.control, plan.treatment, spec=".6g")
    goal = f"检测到从 {control} 到 {treatment} 的变化"
    if plan.allowed_difference:
        goal = f"证实 {treatment} 不劣于 {control}（允许相差 {plan.allowed_difference:g}）"
    days = f"，约需 {plan.days:,} 天的流量" if plan.days is not None else ""
    return (
        f"要以 {level_text(plan.power)} 的把握{goal}，对照组需要 {plan.n_per_arm:,} 位客户，"
        f"共 {plan.n_total:,} 位{days}。"
    )


def _proportion_comparison(found: Any) -> str:
    return (
        f"各组比率相等的检验 {p_text(found.p_value)}；{len(found.table)} 对中检测到 "
        f"{found.detected} 对差异（{found.correction} 校正）。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "MarginTest": _margin_test,
    "OneProportionTest": _one_proportion_test,
    "ProportionComparison": _proportion_comparison,
    "ProportionInterval": _proportion_interval,
    "ProportionTest": _proportion_test,
    "SampleSize": _sample_size,
}
