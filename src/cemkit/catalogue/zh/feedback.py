"""Chinese: feedback, its scores, drivers and answers to complaints."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text
from cemkit.formats import apart, bounded, level_text, p_text, score_texts

SCORES = {"nps": "净推荐值", "csat": "满意率", "ces": "平均费力度得分"}
SCORE_PERIODS = {"week": "周", "month": "月", "quarter": "季度", "year": "年"}
QUADRANTS = {
    "concentrate here": "重点改进",
    "keep up": "继续保持",
    "low priority": "次要",
    "possible overkill": "可能过度投入",
    "undecided": "未定",
}


def _unit(measure: str, *, change: bool) -> str:
    if measure == "ces":
        return ""
    return " 分" if measure == "nps" else " 个百分点" if change else ""


def _score_text(found: Any, row: Any) -> str:
    value, *ends = score_texts(found.measure, *(row[name] for name in ("value", "lower", "upper")))
    unit = _unit(found.measure, change=False)
    return f"{value}{unit}（{interval_text(found.confidence_level, *ends)}）"


def _score_table(found: Any) -> str:
    name = SCORES[found.measure]
    weighted = "，已按总体构成加权" if found.weighted else ""
    source = (
        f"来自 {found.customers:,} 位客户的 {found.answers:,} 份回答，量表为 {found.scale[0]} 至 "
        f"{found.scale[1]}{weighted}{_left_out(found.missing + found.ungrouped + found.undated)}。"
    )
    if len(found.table) == 1:
        return f"{name}为 {_score_text(found, found.table.iloc[0])}，{source}"
    (best, high), (worst, low) = found.extremes()
    return (
        f"{len(found.table):,} 组的{name}：最高为 {best}，{_score_text(found, high)}；"
        f"最低为 {worst}，{_score_text(found, low)}；{source}"
    )


def _left_out(count: int) -> str:
    return f"；未计入 {count:,} 份回答" if count else ""


def _comparison(found: Any) -> str:
    row = found.largest()
    name = SCORES[found.measure]
    weighted = "（已按总体构成加权）" if found.weighted else ""
    difference, *ends = score_texts(
        found.measure, *(row[end] for end in ("difference", "lower", "upper")), change=True
    )
    unit = _unit(found.measure, change=True)
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    values = score_texts(found.measure, row["value"], row["control_value"])
    who = f"前后都作答的 {row['n']:,} 位客户" if found.paired else "各组"
    detected = f"{len(found.table)} 次比较中检测到 {found.detected} 次差异"
    largest = (
        f"{row['group']} {values[0]}，{row['control']} {values[1]}，相差 {difference}{unit}"
        f"（{level}% 置信区间 {ends[0]} 至 {ends[1]}，{p_text(row['p_value_adjusted'])}）"
    )
    return (
        f"比较{who}的{name}{weighted}：{detected}（{found.correction} 校正）；"
        f"差异最大的是 {largest}。"
    )


def _trend(found: Any) -> str:
    row, counts = found.steepest(), found.table["direction"].value_counts()
    slope, *ends = score_texts(
        found.measure, *(row[f"slope{end}"] for end in ("", "_lower", "_upper")), change=True
    )
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    steepest = (
        f"{row['periods']} 期内每{SCORE_PERIODS[found.period]} {slope}"
        f"{_unit(found.measure, change=True)}（{level}% 置信区间 {ends[0]} 至 {ends[1]}，"
        f"{p_text(row['p_value_adjusted'])}）"
    )
    name = SCORES[found.measure]
    if len(found.table) == 1:
        verdict = {"rising": "上升", "falling": "下降"}.get(row["direction"], "")
        verdict = f"{name}{verdict}" if verdict else f"未检测到{name}的趋势"
        return f"{verdict}：{steepest}。"
    rising, falling = (int(counts.get(side, 0)) for side in ("rising", "falling"))
    return (
        f"{len(found.table):,} 组的{name}中 {rising} 组上升，{falling} 组下降"
        f"（{found.correction} 校正）；变化最快的是 {found.group_of(row)}，{steepest}。"
    )


def _sample_size(plan: Any) -> str:
    p, d = (f"{100 * share:g}%" for share in (plan.promoters, plan.detractors))
    shares = f"（假定推荐者占 {p}，贬损者占 {d}）"
    level = level_text(plan.confidence_level)
    if plan.margin is not None:
        return (
            f"要使净推荐值的误差不超过上下 {100 * plan.margin:g} 分（置信水平 {level}），需要 "
            f"{plan.answers:,} 份回答{shares}。"
        )
    who = f"{plan.groups} 组各需 {plan.answers:,} 份回答"
    if plan.paired_correlation is not None:
        who = (
            f"需要 {plan.answers:,} 位前后都作答的客户，两次回答的相关系数为 "
            f"{plan.paired_correlation:g}"
        )
    return (
        f"要以 {level_text(plan.power)} 的把握检测到净推荐值相差 {100 * plan.difference:g} 分"
        f"（置信水平 {level}），{who}{shares}。"
    )


def _drivers(found: Any) -> str:
    first = found.table.iloc[0]
    ends = (first[f"importance{end}"] for end in ("", "_lower", "_upper"))
    share, *share_ends = (f"{text}%" for text in apart(*(100 * x for x in ends), spec=".1f"))
    explained, *explained_ends = bounded(found, "r_squared", ".1%")
    rival = found.rival
    lead = f"，该区间与 {rival} 的区间重叠" if rival else ""
    alone = found.without_own_effect
    own = f"；未检测到以下触点自身的作用：{'、'.join(alone)}" if alone else ""
    return (
        f"在 {len(found.table)} 个触点对 {found.target} 的解释中，{first['touchpoint']} 占比最大："
        f"{share}（{interval_text(found.confidence_level, *share_ends)}）{lead}；这些触点在 "
        f"{found.customers:,} 位客户中共解释 {explained}"
        f"（{interval_text(found.confidence_level, *explained_ends)}）{own}。这是相关，不是因果："
        f"请随机抽取部分客户改进 {first['touchpoint']}，再与其他客户比较得分。"
    )


def _rescue(found: Any) -> str:
    row = found.largest()
    unit = _unit(found.measure, change=True)
    rates = apart(100 * row["answer_rate"], 100 * row["control_answer_rate"], spec=".1f")
    answering = "作答比例有差异" if row["answering_differs"] else "未检测到差异"
    difference, *ends = score_texts(
        found.measure, *(row[end] for end in ("difference", "lower", "upper")), change=True
    )
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    least, most = score_texts(found.measure, row["least"], row["most"], change=True)
    verdict = f"{row['winner']} 得分更高" if row["winner"] else "未检测到效应"
    if row["answering_differs"]:
        verdict = "这些得分不能说明效应"
    return (
        f"{row['variant']} 的 {row['assigned']:,} 位客户中 {rates[0]}% 作答，{row['control']} 的 "
        f"{row['control_assigned']:,} 位中 {rates[1]}% 作答：{answering}"
        f"（{p_text(row['answer_p_value'])}）。在作答者中，{SCORES[found.measure]}相差 "
        f"{difference}{unit}（{level}% 置信区间 {ends[0]} 至 {ends[1]}，"
        f"{p_text(row['p_value_adjusted'])}）：{verdict}。无论其他客户会如何回答，"
        f"对全部客户的效应在 {least} 与 {most}{unit}之间。"
    )


def _answer_times(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".1%")
    return (
        f"已到时限的 {found.due:,} 件投诉中，{rate}"
        f"（{interval_text(found.confidence_level, *ends)}）在 {found.within_hours:g} 小时内"
        f"得到答复；{found.complaints:,} 件投诉中 {found.open:,} 件尚未答复，"
        f"{found.not_due:,} 件未到时限。"
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AnswerTimes": _answer_times,
    "DriverAnalysis": _drivers,
    "RescueEffect": _rescue,
    "ScoreComparison": _comparison,
    "ScoreSampleSize": _sample_size,
    "ScoreTable": _score_table,
    "ScoreTrend": _trend,
}
