"""Chinese: impact."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text, no_share
from cemkit.formats import apart, bounded

EFFECT = {  # the parts of the sentence about promotions
    "start": "促销期间销售额变化 {lift}，",
    "dip": "促销后变化 {dip}，",
    "net": "净效应 {amount}（{interval}）",
    "lift": "即 {amount}（{interval}）",
    "decline": "；促销后下滑的概率为 {decline}",
    "not measured": "；促销后的变化未测量",
    "dip not identified": "；促销后的变化无法识别：每年同期都有促销，季节因素同样可以解释",
    "not identified": "；没有一年在同期不做促销，仅限于这段时间的季节因素会被计入提升",
    "no other year": "；没有其他年份显示同期不做促销的情形，季节因素会被计入效应",
    "no share": "；" + no_share("提升百分比", "基线"),
    "nothing": (
        "效应无法识别：每年同期都有促销，季节因素同样可以解释；如需提升请用 method='regression'"
    ),
}

OBSERVATIONAL = {  # the parts of the sentence about an effect that nobody randomised
    "detected": (
        "若除这 {n} 个协变量外没有其他因素同时影响 {treatment} 与 {outcome}，则 {treatment} 使 "
        "{outcome} 变化 {effect}{unit}，"
    ),
    "not detected": (
        "在调整 {n} 个协变量后，未检测到 {treatment} 对 {outcome} 的效应：{effect}{unit}，"
    ),
    "att": "这是受处理者的平均效应（{interval}，{p}）",
    "ate": "这是全体的平均效应（{interval}，{p}）",
    "left out": (
        "；在另一组找不到相似者的行已剔除：受处理 {n_treated} 行中 {out_treated} 行，"
        "其余 {n_control} 行中 {out_control} 行"
    ),
    "incomplete": "；{incomplete} 行缺少某个协变量，这些行中该协变量未得到调整",
    "e-value": (
        "。要完全解释这一效应，未纳入的混杂因素与两者的关联风险比都须达到 {strength}"
        "（使区间触及 0 须达到 {strength_bound}）"
    ),
    "placebo holds": "。对安慰剂结果 {placebo} 未检测到效应：{placebo_effect}",
    "placebo fails": (
        "。对处理不可能改变的安慰剂结果 {placebo}，同一分析得出 {placebo_effect}，说明仍有混杂"
    ),
}
PARALLEL = {  # the parts of the sentence about differences in differences
    "detected": "{outcome} 每个单元每个处理期变化 {effect}（{interval}，{p}）",
    "not detected": "未检测到对 {outcome} 的效应：每个单元每个处理期 {effect}（{interval}，{p}）",
    "never_treated": (
        "，由 {groups} 组共 {treated} 个受处理单元与 {others} 个从未受处理的单元比较得出"
    ),
    "not_yet_treated": (
        "，由 {groups} 组共 {treated} 个受处理单元与尚未受处理的单元及 {others} 个从未受处理的单元"
        "比较得出"
    ),
    "already treated": "；{out} 个自首期起即受处理的单元已剔除",
    "not tested": "。处理之前的趋势无法检验",
    "fails": "。处理之前趋势已有差异（{pretrend_p}），该结果不可依赖",
    "not rejected": "。处理之前未检测到趋势差异（{pretrend_p}）",
    "power": "；该检验以 {power} 的功效可发现每期 {slope} 的差异，这样的差异会使效应偏移 {bias}",
    "assumptions": "。前提是：若无处理，趋势平行；且处理之前没有预期反应",
}


def _promotion_profit(found: Any) -> str:
    earned, *ends = bounded(found, "net_profit", ",.2f")
    needed, achieved = apart(found.break_even_lift, found.achieved_lift, spec=".1%")
    lifts = f"保本需提升 {needed}，实际提升 {achieved}"
    if math.isnan(found.break_even_lift):
        lifts = no_share("保本提升", "基线")
    if math.isinf(found.break_even_lift):
        lifts = "折扣不低于毛利，任何提升都无法保本"
    return f"促销净利润 {earned}（{interval_text(found.confidence_level, *ends)}）；{lifts}。"


def _promotion_effect(found: Any) -> str:
    lower, upper = (end.removeprefix("+") for end in found.figures["ends"])
    interval = interval_text(found.confidence_level, lower, upper)
    form = "".join(EFFECT[part] for part in found.parts)
    return form.format(**found.figures, interval=interval) + "。"


def _observational_effect(found: Any) -> str:
    interval = interval_text(found.confidence_level, *found.figures["ends"])
    said: dict[str, Any] = found.figures | {
        "n": f"{found.n_covariates:,}",
        "unit": " 个百分点" if found.binary_outcome else "",
        "treatment": found.treatment,
        "outcome": found.outcome,
        "interval": interval,
    }
    if found.placebo_outcome is not None:
        effect, ends = found.placebo_figures
        bounds = interval_text(found.confidence_level, *ends)
        said |= {"placebo": found.placebo_outcome, "placebo_effect": f"{effect}（{bounds}）"}
    return "".join(OBSERVATIONAL[part].format(**said) for part in found.parts) + "。"


def _difference_in_differences(found: Any) -> str:
    interval = interval_text(found.confidence_level, *found.figures["ends"])
    said = found.figures | {
        "outcome": found.outcome,
        "interval": interval,
    }
    return "".join(PARALLEL[part].format(**said) for part in found.parts) + "。"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "DifferenceInDifferences": _difference_in_differences,
    "ObservationalEffect": _observational_effect,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
