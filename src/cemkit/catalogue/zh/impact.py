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


SENTENCES: dict[str, Callable[[Any], str]] = {
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
