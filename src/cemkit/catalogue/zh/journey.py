"""Chinese: journey."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, group_text, money_text, share_text

JOURNEY_STAGES = {
    "awareness": "认知",
    "consideration": "考虑",
    "purchase": "购买",
    "after_sales": "售后",
    "other": "其他",
}
JOURNEY_MEASURES = {"nps": "净推荐值", "csat": "满意度", "ces": "费力度得分"}


def _funnel(found: Any) -> str:
    loss = found.largest_loss()
    still = f"；另有 {found.open:,} 位开始过晚，未计入" if found.open else ""
    if loss["customers"] == loss["previous"]:
        return f"{found.customers:,} 位客户开始，全部到达每一步{still}。"
    rate, *ends = apart(
        *(100 * loss[name] for name in ("rate", "rate_lower", "rate_upper")),
        spec=".1f",
        unlike=(0.0, 100.0),
    )
    level = interval_text(found.confidence_level, *(f"{end}%" for end in ends))
    return (
        f"{found.customers:,} 位客户开始，在“{loss['step']}”之前流失最多："
        f"{loss['previous']:,} 位中有 {loss['customers']:,} 位到达（{rate}%，{level}）{still}。"
    )


def _funnel_comparison(found: Any) -> str:
    if not found.detected:
        return f"{found.compared} 项比较中未检测到组间差异。"
    table = found.table[found.table["detected"]]
    row = table.loc[table["difference"].abs().idxmax()]
    points, *ends = apart(
        *(100 * row[name] for name in ("difference", "lower", "upper")), spec="+.1f"
    )
    return (
        f"{found.compared} 项比较中有 {found.detected} 项存在差异；最大的是“{row['step']}”一步的 "
        f"{group_text(row['group'])} 与 {group_text(row['control'])}：相差 {points} 个百分点"
        f"（{ends[0]} 至 {ends[1]}，{found.correction} 校正）。"
    )


def _step_times(found: Any) -> str:
    row = found.table.astype({"step": object}).iloc[0]
    of = f"{group_text(tuple(row[[*found.by]]))}：" if found.by else ""
    pair = f"从“{row['step']}”到“{row['next_step']}”"
    waiting = f"{row['customers']:,} 位中有 {row['censored']:,} 位仍在等待"
    share = share_text(row["quantile"])
    if math.isnan(row["days"]):
        return f"{of}{pair}，尚未有 {share} 的客户完成；{waiting}。"
    seen = (math.inf if math.isnan(row[name]) else row[name] for name in ("days", "lower", "upper"))
    days, *ends = apart(*seen, spec=".3g")
    bounds = interval_text(found.confidence_level, *ends).replace("inf", "超出观察期")
    return f"{of}{pair}，{share} 的客户在 {days} 天内完成（{bounds}）；{waiting}。"


def _transitions(found: Any) -> str:
    drops = found.drop_off()
    row = drops.astype({"event": object}).loc[drops["rate"].idxmax()]
    rate, *ends = apart(
        *(100 * row[name] for name in ("rate", "lower", "upper")),
        spec=".1f",
        unlike=(0.0, 100.0),
    )
    level = interval_text(found.confidence_level, *(f"{end}%" for end in ends))
    where = f"{group_text(tuple(row[[*found.by]]))} 中，" if found.by else ""
    return (
        f"{found.customers:,} 位客户在 {found.events} 种事件之间转移 {found.transitions:,} 次；"
        f"{where}路径最常在“{row['event']}”之后结束（{rate}%，{level}）。"
    )


def _journey_map(found: Any) -> str:
    touchpoints = found.table["touchpoint"].nunique()
    first = f"{found.customers:,} 位客户，{touchpoints} 个触点；触点之后发生的事并不等于触点的效果"
    if found.measure is None:
        return f"{first}。"
    measure = JOURNEY_MEASURES[found.measure]
    if found.worst is None:
        return f"{first}；未检测到哪个触点的{measure}低于其余所有触点。"
    row = found.table[found.table["worst"]].sort_values("score", kind="stable").iloc[0]
    where = f"{group_text(tuple(row[[*found.by]]))} 中，" if found.by else ""
    unit = 1.0 if found.measure == "ces" else 100.0
    gap, *ends = apart(
        *(unit * row[name] for name in ("gap", "gap_lower", "gap_upper")), spec="+.1f"
    )
    return (
        f"{first}；{where}“{found.worst}”的{measure}低于其余触点的总体"
        f"（{gap}，{ends[0]} 至 {ends[1]}）。"
    )


def _fix_list(found: Any) -> str:
    disagree = f"；有 {found.disagreeing} 个触点各来源意见不一" if found.disagreeing else ""
    if not found.to_fix:
        return f"依据 {found.sources} 个来源，没有需要改进的触点{disagree}。"
    row = found.table.iloc[0]
    worth = ""
    if not math.isnan(row["amount"]):
        worth = (
            f"，涉及 {row['customers']:,} 位客户，价值 {money_text(row['amount'])}"
            f"（{money_text(row['amount_lower'])} 至 {money_text(row['amount_upper'])}）"
        )
    return (
        f"{len(found.table)} 个触点中有 {found.to_fix} 个需要改进，首先是“{row['touchpoint']}”"
        f"{worth}{disagree}。改进能带来什么，要由实验来证明。"
    )


def _conversion_paths(found: Any) -> str:
    return (
        f"共 {found.conversions:,} 次转化，其中 {found.untouched:,} 次之前没有任何接触；"
        f"{found.null_paths:,} 条路径未转化，{found.open_paths:,} 条尚未结束。"
    )


def _attribution(found: Any) -> str:
    channel, shares = found.leading()
    least, most = share_text(shares.min()), share_text(shares.max())
    between = f"因方法而异，{least} 至 {most}" if least != most else least
    return (
        f"在 {found.conversions:,} 次转化中，“{channel}”分得的功劳最多（{between}）。"
        f"功劳并不等于效果：停用“{channel}”的实验才能测出效果。"
    )


def _credit_stability(found: Any) -> str:
    moved = (found.ranges["largest"] - found.ranges["least"]).drop(index="(none)", errors="ignore")
    channel = moved.idxmax()
    least, most = (share_text(found.ranges.loc[channel, name]) for name in ("least", "largest"))
    return (
        f"在 {found.settings} 种设定、{found.methods} 种方法下，“{channel}”的份额变动最大，"
        f"从 {least} 到 {most}。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Attribution": _attribution,
    "ConversionPaths": _conversion_paths,
    "CreditStability": _credit_stability,
    "FixList": _fix_list,
    "Funnel": _funnel,
    "FunnelComparison": _funnel_comparison,
    "JourneyMap": _journey_map,
    "StepTimes": _step_times,
    "Transitions": _transitions,
}
