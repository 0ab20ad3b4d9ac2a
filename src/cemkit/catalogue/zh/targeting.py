"""Chinese: targeting."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, bounded, figures, money_text, p_text, share_text

RULES = {  # the simple rules that an allocation is compared with, by how their names begin
    "nobody": "不给任何人",
    "everyone gets ": "所有人都给 ",
    "as many as the limits allow get ": "在限制内给尽可能多的人 ",
    "top churn risk gets ": "流失风险最高者给 ",
}


def _offer_allocation(found: Any) -> str:
    rule = found.best_rule
    for english, chinese in RULES.items():
        if found.best_rule.startswith(english):
            rule = found.best_rule.replace(english, chinese, 1)
    more, *ends = apart(
        found.advantage_profit, found.advantage_lower, found.advantage_upper, spec=",.2f"
    )
    interval = interval_text(found.confidence_level, *ends)
    best = f"最佳简单规则“{rule}”"
    earns = f"比{best}多 {more}" if found.advantage_profit else f"与{best}收益相同"
    advice = "建议采用" if found.recommended else "不建议采用"
    which = "大于 0" if found.recommended else "包含 0：请用该规则"
    doubt = "；增益视为确定值（没有 profit_standard_error）" if found.is_certain else ""
    drawn = f"（其中随机抽取 {found.explored:,} 位）" if found.explored else ""
    held = f"，其中 {share_text(found.holdout)} 留作对照不触达" if found.holdout else ""
    return (
        f"{found.customers:,} 位客户获得优惠{drawn}{held}，预期利润 "
        f"{money_text(found.total_profit)}，成本 {money_text(found.total_cost)}："
        f"{advice}，{earns}（{interval}，{which}）{doubt}。"
    )


def _qini_score(score: Any) -> str:
    qini, *ends = bounded(score, "qini", ".3f")
    verdict = {1: "优于随机排序", 0: "与随机排序无可测差异", -1: "劣于随机排序"}[score.place]
    interval = interval_text(score.confidence_level, *ends)
    return f"Qini 为 {qini}（{interval}，{p_text(score.p_value)}）：{verdict}。"


def _policy_value(found: Any) -> str:
    value, *ends = figures(found.value, found.value_lower, found.value_upper)
    best, *best_ends = figures(*found.best_value)
    start = f"该策略每位客户价值 {value}（{interval_text(found.confidence_level, *ends)}）"
    rival = f"所有人都给 {found.best_constant} 时为 {best}（{best_ends[0]} 至 {best_ends[1]}）"
    if found.is_constant:
        return f"{start}。该策略给所有人同一方案；最佳单一方案：{rival}。"
    more, least, most = figures(
        found.advantage, found.advantage_lower, found.advantage_upper, sign="+"
    )
    verdict = {
        1: "优于任何单一方案",
        0: "是否优于最佳单一方案尚无定论",
        -1: "劣于该单一方案",
    }[found.verdict]
    return f"{start}，{rival}；相差 {more}（{least} 至 {most}），{verdict}。"


def _uplift_curve(curve: Any) -> str:
    half = curve.table.iloc[50]
    gained, lower, upper = (half[f"incremental{end}"] for end in ("", "_lower", "_upper"))
    whole, part, at_random, *ends = figures(
        curve.average_uplift, gained, half["random"], lower, upper
    )
    return (
        f"触达所有人，每位客户平均增加 {whole}；只触达增益评分最高的一半，增加 {part}"
        f"（{interval_text(curve.confidence_level, *ends)}），随机触达一半则增加 {at_random}。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "OfferAllocation": _offer_allocation,
    "PolicyValue": _policy_value,
    "QiniScore": _qini_score,
    "UpliftCurve": _uplift_curve,
}
