"""Chinese: experiments."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import no_share
from cemkit.formats import apart, figures, level_text, money_text, p_text, share_text


def _readout(found: Any) -> str:
    if found.valid is False and found.sample_ratio is not None:
        return _sample_ratio(found.sample_ratio)
    where, best = found.best_comparison()
    lift = "；" + no_share("提升幅度", f"{found.control} 的 {best['metric']} ")
    rails = "".join(
        f"；护栏指标{_STATES[row['guardrail']]}：{_effect(found, row)}{_allowed(found, row)}"
        for _, row in found.guardrail_rows().iterrows()
    )
    return (
        f"{_verdict(found)}（{where}{best['variant']} - {best['control']}："
        f"{_effect(found, best)}，{p_text(best['p_value_adjusted'])}{_state(found, best)}"
        f"{lift if math.isnan(best['lift']) else ''}{rails}）{_interaction(found)}。"
    )


def _effect(found: Any, row: Any) -> str:
    ends = (row[f"difference{end}"] for end in ("", "_lower", "_upper"))
    difference, lower, upper, unit = _differences(found, row, *ends)
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    return f"{row['metric']} {difference}{unit}，{level}% 置信区间 {lower} 至 {upper}"


def _differences(found: Any, row: Any, *numbers: float) -> list[str]:
    """Differences of a metric, those of a rate in percentage points, and their unit."""
    if row["metric"] in found.rates:
        return [*apart(*(100 * number for number in numbers), spec="+.4g"), " 个百分点"]
    return [*apart(*numbers, spec="+.4g"), ""]


def _verdict(found: Any) -> str:
    kind, variant = found.verdict
    if kind == "adopt" and found.equals:
        return f"采用 {variant}，但它与 {'、'.join(found.equals)} 的差异未能分辨"
    return {
        "adopt": f"采用 {variant}",
        "keep": f"保留 {variant}",
        "none beats": f"没有方案胜过 {variant}",
        "nothing": "未检测到差异",
        "breaks": f"不采用 {variant}：它突破了护栏指标",
        "open": f"暂不采用 {variant}：有护栏指标尚无定论",
        "by": "各组分别比较，差异最大的一组如下",
    }[kind]


_STATES = {"held": "守住", "broken": "被突破", "undecided": "尚无定论"}


def _state(found: Any, row: Any) -> str:
    """Whether the metric that decides is a guardrail, and held."""
    state = row.get("guardrail")
    return "" if state is None else f"，护栏指标{_STATES[state]}{_allowed(found, row)}"


def _allowed(found: Any, row: Any) -> str:
    allowed = row.get("allowed_difference", math.nan)
    return "" if math.isnan(allowed) else f"，允许 {''.join(_differences(found, row, allowed))}"


def _interaction(found: Any) -> str:
    row = found.clearest_interaction()
    if row is None:
        return ""
    p = p_text(row["p_value_adjusted"])
    what = f"{row['variant']} - {row['control']} 对 {row['metric']} 的效果"
    if row["p_value_adjusted"] < 1 - found.confidence_level:
        return f"；{what}在各组之间存在差异（{p}）"
    return f"；未能证明 {what}在各组之间存在差异（{p}）"


def _sample_ratio(test: Any) -> str:
    p = p_text(test.p_value)
    if test.valid:
        return f"样本比例与设计相符（{p}）。"
    return f"样本比例与设计不符（{p}），结果无效：请先查明原因。"


def _campaign_audience(found: Any) -> str:
    over = f"，因预算放弃 {found.over_budget:,} 项" if found.over_budget else ""
    cost = ""
    if not math.isnan(found.expected_cost):
        limit = "" if found.budget is None else f"（预算 {money_text(found.budget)}）"
        cost = f"；预期成本 {money_text(found.expected_cost)}{limit}"
    return (
        f"{found.actions:,} 项行动中执行 {found.contacted:,} 项，留作对照 "
        f"{found.held_out_actions:,} 项（每种优惠各留 {share_text(found.holdout)} 的客户）"
        f"{over}{cost}。"
    )


def _audience_experiment(found: Any) -> str:
    text = (
        f"{found.start_date:%Y-%m-%d} 至 {found.end_date:%Y-%m-%d} 触达 {found.contacted:,} "
        f"位客户，留作对照 {found.held_out:,} 位"
    )
    if found.redeemed is None:
        return f"{text}；未计成本。"
    unused = f"（其中 {found.unused:,} 张当天没有购买）" if found.unused else ""
    others = ""
    if found.of_other_offers:
        others = f"；另核销 {found.of_other_offers:,} 张其他优惠的券，未计入"
    discounts, gifts, contacts = map(
        money_text, (found.discount_cost, found.gift_cost, found.contact_cost)
    )
    return (
        f"{text}；核销 {found.redeemed:,} 张券{unused}；折扣成本 {discounts}，"
        f"赠品、服务和积分成本 {gifts}，触达成本 {contacts}{others}。"
    )


def _campaign_plan(found: Any) -> str:
    unit = {"converted": "购买率", "amount": "人均金额"}[found.goal]
    start = (
        f"{found.offer}：预算 {money_text(found.budget)} 内，"
        f"{found.eligible_customers:,} 位符合条件的客户中可触达 {found.contacted:,} 位，"
        f"留作对照 {found.held_out:,} 位（{share_text(found.holdout)}）"
    )
    if found.provable is None:
        (smallest,) = _rises(found.goal, found.detectable_difference)
        detected = f"{unit}提升 {smallest}能以 {level_text(found.power)} 的概率检出"
        if math.isnan(found.detectable_difference):
            detected = "这样规模的两组检测不出任何提升"
        return f"{start}。{detected}。没有毛利率（margin），无法得知提升多少才能保本。"
    needed, smallest = _rises(found.goal, found.break_even_difference, found.detectable_difference)
    if math.isinf(found.break_even_difference):
        return f"{start}。{unit}无论怎样提升都无法保本。"
    pays = f"{unit}提升 {needed}即可保本" if needed != "0" else "该优惠没有成本"
    if math.isnan(found.detectable_difference):
        return f"{start}。{pays}；这样规模的两组检测不出任何提升。"
    detected = f"提升 {smallest}能以 {level_text(found.power)} 的概率检出"
    if found.provable:
        return f"{start}。{pays}；{detected}：活动效果可以证明。"
    too_small = f"提升要达到 {smallest}才能以 {level_text(found.power)} 的概率检出"
    ways = "，或".join(_WAYS[way].format(needed=_needed(way, size)) for way, size in found.ways)
    return f"{start}。{pays}，但{too_small}：这批客户无法证明效果。需要{ways}。"


_WAYS = {
    "rate": "以购买率为目标",
    "cuped": "一个活动前的协变量，相关系数达到 {needed}（CUPED）",
    "campaigns": "把 {needed} 次同样的活动合并分析",
    "customers": "把规模扩大到 {needed} 位客户",
}


def _needed(way: str, size: float) -> str:
    return f"{size:.2f}" if way == "cuped" else f"{size:,.0f}"


def _rises(goal: str, *rises: float) -> list[str]:
    """Rises in points of a rate or in money; 0 where there is none."""
    if goal == "amount":
        return ["0" if rise == 0 else f"{apart(rise, spec=',.2f')[0]} " for rise in rises]
    points = apart(*(100 * rise for rise in rises), spec=".2f")
    return [
        "0" if rise == 0 else f"{text} 个百分点" for rise, text in zip(rises, points, strict=True)
    ]


def _experiment_plan(found: Any) -> str:
    units = {"customer": "位客户", "cluster": "个群组"}[found.unit]
    if found.periods is not None:
        size = f"{found.n_total:,} 个群组在 {found.periods:,} 期内陆续启动"
    else:
        size = f"对照组 {found.n_per_arm:,} {units}，共 {found.n_total:,} {units}"
    days = "" if found.days is None else f"，需 {found.days:,} 天流量"
    smallest = figures(found.detectable_difference)[0]
    text = f"{size}{days}：能以 {level_text(found.planned_power)} 的功效检出 {smallest} 的差异"
    if found.treatment is None:
        return f"{text}。"
    error = "" if found.power_error is None else f"（模拟，标准误 {share_text(found.power_error)}）"
    ends = apart(found.control, found.treatment, spec=",.6g", unlike=())
    return f"{text}；从 {ends[0]} 变为 {ends[1]} 被检出的概率为 {share_text(found.power)}{error}。"


def _time_of_day(found: Any) -> str:
    test, (low, high) = found.clearest, found.ends
    least, most, unit = _differences(found, test, low["difference"], high["difference"])
    what = f"{test['variant']} - {test['control']} 对 {test['metric']} 的效果"
    p = p_text(test["p_value_adjusted"])
    ends = f"从 {_hours(low)}的 {least} 到 {_hours(high)}的 {most}{unit}；{p}"
    if found.differs:
        return f"{what}在一天各时段之间存在差异（{ends}）。"
    return f"未能证明 {what}在一天各时段之间存在差异（{ends}）。"


def _hours(row: Any) -> str:
    start, end = row["part"].split("-")
    return f"{start} 时至 {end} 时"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AudienceExperiment": _audience_experiment,
    "CampaignAudience": _campaign_audience,
    "CampaignPlan": _campaign_plan,
    "ExperimentPlan": _experiment_plan,
    "ExperimentReadout": _readout,
    "SampleRatioTest": _sample_ratio,
    "TimeOfDayEffects": _time_of_day,
}
