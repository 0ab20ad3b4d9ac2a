"""Chinese: impact."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.zh.parts import interval_text, no_share
from cemkit.formats import apart, bounded, chance_text, level_text, p_text

PROMOTION_WAY_OUT = "请在下次促销中保留对照客户、做实验，或与不参加促销的门店比较"
EFFECT = {  # the parts of the sentence about promotions
    "start": "促销期间销售额变化 {lift}，",
    "dip": "促销后变化 {dip}，",
    "before": "促销前变化 {before}，",
    "net": "净效应 {amount}（{interval}）",
    "lift": "即 {amount}（{interval}）",
    "decline": "；促销后下滑的概率为 {decline}",
    "not measured": "；促销后的变化未测量",
    "dip not identified": "；促销后的变化无法识别：每年同期都有促销，季节因素同样可以解释",
    "not identified": (
        "；没有一年在同期不做促销，仅限于这段时间的季节因素会被计入提升：" + PROMOTION_WAY_OUT
    ),
    "no other year": "；没有其他年份显示同期不做促销的情形，季节因素会被计入效应",
    "no share": "；" + no_share("提升百分比", "基线"),
    "nothing": (
        "效应无法识别：每年同期都有促销，季节因素同样可以解释；method='regression' 以全年其余时间为"
        "基准衡量提升，要与季节区分，" + PROMOTION_WAY_OUT
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


PROMOTION_EFFECTS = {"lift": "提升", "elasticity": "价格弹性"}


def _detectable_lift(found: Any) -> str:
    table = found.table
    known = table["detectable_lift"].dropna()
    start = f"检验功效为 {level_text(found.power)} 时，"
    if len(known):
        least, most = apart(float(known.min()), float(known.max()), spec=".1%", unlike=())
        start += f"一次促销在最佳时段提升 {least} 即可看出，在最差时段需 {most}"
    else:
        start += "任何时段都看不出一次促销"
    good = ""
    if table["break_even_lift"].notna().any():
        good = f"。{len(table):,} 个时段中有 {found.good:,} 个的保本提升高于可检出提升"
    none = ""
    if found.not_identified:
        none = f"。{found.not_identified:,} 个时段在其他年份同期都有促销，提升无法识别："
        none += PROMOTION_WAY_OUT
    rate = apart(found.placebo_rate, spec=".1%")[0]
    return f"{start}{good}{none}。{found.placebos:,} 次安慰剂检验中有 {rate} 误报效应。"


def _promotion_effects(found: Any) -> str:
    what = PROMOTION_EFFECTS[found.effect]
    own = found.table[found.table["effect"] == found.effect]
    if (own["calendar"] == "not identified").all():
        return (
            f"{found.n_series:,} 个序列的促销{what}均无法识别，因为每年同期都有促销："
            f"{PROMOTION_WAY_OUT}。"
        )
    if math.isnan(found.mean):
        return (
            f"{found.n_series:,} 个序列中有 {found.measured:,} 个测得促销{what}；"
            "少于 3 个时没有共同均值。"
        )
    mean, lower, upper = bounded(found, "mean", "+.1%" if found.effect == "lift" else "+.2f")
    interval = interval_text(
        found.confidence_level, *(end.removeprefix("+") for end in (lower, upper))
    )
    over = "" if found.measured == found.n_series else f"中 {found.measured:,} 个"
    return (
        f"{found.n_series:,} 个序列{over}的促销{what}均值为 {mean}（{interval}），"
        f"其中 {found.identified:,} 个可与季节区分。"
    )


def _promotion_elasticity(found: Any) -> str:
    value, *ends = bounded(found, "elasticity", ".2f")
    text = (
        f"{found.n_promotions:,} 次促销（{found.n_sizes:,} 种力度）的价格弹性为 {value}"
        f"（{interval_text(found.confidence_level, *ends)}）"
    )
    if not math.isnan(found.p_value):
        differs = found.p_value < 1 - found.confidence_level
        found_that = "不同力度的弹性存在差异" if differs else "未检测到不同力度的弹性差异"
        text += f"；{found_that}（{p_text(found.p_value)}）"
    if found.lift_calendar in {"not identified", "no other year"}:
        text += EFFECT[found.lift_calendar]
    return text + "。"


def _cross_effects(found: Any) -> str:
    net, *ends = bounded(found, "net_amount", "+,.0f")
    interval = interval_text(found.confidence_level, *(end.removeprefix("+") for end in ends))
    return (
        f"促销使其他商品的销售额变化 {net}（{interval}）；{found.pairs:,} 对商品中，"
        f"{found.cannibalised:,} 对明显受损，{found.halo:,} 对明显受益。"
    )


PROMOTION_VERDICTS = {
    "repeat": "值得再做",
    "stop": "不值得再做",
    "not clear": "是否值得再做尚不明确",
}


def _promotion_verdict(found: Any) -> str:
    if found.verdict == "not identified":
        return (
            f"{found.n_promotions:,} 次促销的利润无法识别，因为每年同期都有促销："
            f"{PROMOTION_WAY_OUT}。"
        )
    net, *ends = bounded(found, "net_profit", ",.0f")
    interval = interval_text(found.confidence_level, *ends)
    text = (
        f"{PROMOTION_VERDICTS[found.verdict]}：{found.n_promotions:,} 次促销净利润 {net}"
        f"（{interval}），盈利的概率为 {chance_text(found.profit_probability)}"
    )
    return text + EFFECT.get(found.lift_calendar, "") + "。"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "DifferenceInDifferences": _difference_in_differences,
    "ObservationalEffect": _observational_effect,
    "CrossEffects": _cross_effects,
    "DetectableLift": _detectable_lift,
    "PromotionEffects": _promotion_effects,
    "PromotionElasticity": _promotion_elasticity,
    "PromotionVerdict": _promotion_verdict,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
