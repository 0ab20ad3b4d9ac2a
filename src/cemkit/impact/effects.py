"""PromotionEffect: lift, dip and net effect of promotions, with what is known of each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_choice
from cemkit.proportions.resampling import percentile_interval
from cemkit.proportions.shares import draws_above_zero, no_share
from cemkit.results import Language, Result, apart

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

QUANTITIES = ("lift", "dip", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect(Result):
    """What promotions did to sales, during them and after.

    Attributes:
        lift: Effect during the promotions, relative to the baseline. Like every share of money it
            is missing where its whole, here the baseline, is not clearly above 0.
        dip: Effect after a promotion, in periods of baseline sales, negative for a decline. It is 0
            where nothing after the promotions was measured, and missing where it is not identified.
        net_amount: Lift and dip together, missing where the dip is not identified.
        pull_forward_share: Share of the lift that came back as a dip.
        decline_probability: Probability that sales fell after the promotions, missing where nothing
            was measured or identified after them; `decline_p_value` is the rest to 1.
        lift_calendar: Whether other years tell the lift apart from the season: `"told apart"`,
            `"not identified"` (every year has a promotion at this time), `"no other year"`, or
            `"experiment"` (a hold-out needs no other year).
        dip_calendar: The same of the effect after the promotions, or `"not measured"`.
        table: One row per promotion.
        draws: Joint draws of the totals of lift, dip and baseline.

    Examples:
        >>> PromotionEffect.__dataclass_fields__.keys() >= {"lift", "dip", "decline_probability"}
        True
    """

    method: str
    scale: str
    confidence_level: float
    n_promotions: int
    actual_amount: float
    baseline_amount: float
    lift_amount: float
    lift_amount_lower: float
    lift_amount_upper: float
    dip_amount: float
    dip_amount_lower: float
    dip_amount_upper: float
    net_amount: float
    net_amount_lower: float
    net_amount_upper: float
    lift: float
    lift_lower: float
    lift_upper: float
    dip: float
    dip_lower: float
    dip_upper: float
    pull_forward_share: float
    pull_forward_share_lower: float
    pull_forward_share_upper: float
    decline_probability: float
    decline_p_value: float
    placebos: int
    placebo_rate: float
    lift_calendar: str
    dip_calendar: str
    table: pd.DataFrame
    draws: pd.DataFrame

    def sentence(self, language: Language = "en") -> str:
        """Lift, dip and net effect in one sentence, with what the calendar leaves open."""
        check_choice(language, "language", ["en", "zh"])
        words = _ZH if language == "zh" else _EN
        level = f"{100 * self.confidence_level:g}%"
        share = math.isfinite(self.lift)
        lift = apart(self.lift if share else self.lift_amount, spec="+.1%" if share else "+,.0f")[0]
        amount = "lift" if self.dip_calendar == NOT_IDENTIFIED else "net"
        ends = (getattr(self, f"{amount}_amount{end}") for end in ("", "_lower", "_upper"))
        total, lower, upper = apart(*ends, spec="+,.0f")
        values = {
            "lift": lift,
            "dip": apart(self.dip_amount, spec="+,.0f")[0],
            "amount": total,
            "lower": lower.removeprefix("+"),
            "upper": upper.removeprefix("+"),
            "level": level,
            "decline": apart(self.decline_probability, spec=".1%", unlike=(0.0, 1.0))[0],
        }
        if not math.isfinite(self.lift_amount):
            return words["nothing"]
        is_measured = math.isfinite(self.decline_probability)
        start = words["start"] + (words["dip"] if is_measured else "") + words[amount]
        return (start + "".join(self._caveats(words, language)) + words["stop"]).format(**values)

    def _caveats(self, words: Mapping[str, str], language: Language) -> list[str]:
        said = []
        if math.isfinite(self.decline_probability):
            said.append(words["decline"])
        elif self.dip_calendar == NOT_IDENTIFIED:
            said.append(words["dip not identified"])
        else:
            said.append(words["not measured"])
        if self.lift_calendar in words:
            said.append(words[self.lift_calendar])
        if not math.isfinite(self.lift):
            said.append(words["and"] + no_share(words["share"], words["whole"], language))
        return said


NOT_IDENTIFIED = "not identified"
_EN = {
    "start": "Sales changed by {lift} during promotions",
    "dip": " and by {dip} after them",
    "net": ", {amount} in all ({level} interval {lower} to {upper})",
    "lift": ", {amount} ({level} interval {lower} to {upper})",
    "decline": "; the probability of a decline afterwards is {decline}",
    "not measured": "; nothing was measured after them",
    "dip not identified": (
        "; what followed is not identified: every year has promotions at the same time, so the "
        "season explains it as well"
    ),
    NOT_IDENTIFIED: (
        "; no year shows this time of the year without a promotion, so a season of just this time "
        "would count as lift"
    ),
    "no other year": (
        "; no other year shows this time of the year without a promotion, so a season would count "
        "as effect"
    ),
    "and": "; ",
    "share": "lift in percent",
    "whole": "the baseline",
    "nothing": (
        "The effect is not identified: every year has promotions at the same time, so the season "
        "explains it as well; use method='regression' for the lift."
    ),
    "stop": ".",
}
_ZH = {
    "start": "促销期间销售额变化 {lift}，",
    "dip": "促销后变化 {dip}，",
    "net": "净效应 {amount}（{level} 区间 {lower} 至 {upper}）",
    "lift": "即 {amount}（{level} 区间 {lower} 至 {upper}）",
    "decline": "；促销后下滑的概率为 {decline}",
    "not measured": "；促销后的变化未测量",
    "dip not identified": "；促销后的变化无法识别：每年同期都有促销，季节因素同样可以解释",
    NOT_IDENTIFIED: "；没有一年在同期不做促销，仅限于这段时间的季节因素会被计入提升",
    "no other year": "；没有其他年份显示同期不做促销的情形，季节因素会被计入效应",
    "and": "；",
    "share": "提升百分比",
    "whole": "基线",
    "nothing": (
        "效应无法识别：每年同期都有促销，季节因素同样可以解释；如需提升请用 method='regression'。"
    ),
    "stop": "。",
}


def effect_from_draws(
    parts: Mapping[object, Draws],
    relative: Draws | None = None,
    *,
    method: str,
    scale: str,
    confidence_level: float,
    placebo: tuple[int, float] = (0, math.nan),
    calendar: tuple[str, str] = ("experiment", "experiment"),
) -> PromotionEffect:
    """Estimates and intervals, by promotion and in all, from joint draws."""
    level = confidence_level
    parts = {name: {"whole": part["baseline"]} | dict(part) for name, part in parts.items()}
    total = {name: _total(parts, name) for name in ("actual", "baseline", "lift", "dip", "whole")}
    rows = [_amounts(part, level) for part in parts.values()]
    table = pd.DataFrame(rows, index=pd.Index(list(parts), name="promotion"))
    fields = _amounts(total, level)
    if relative is None:
        periods = np.mean([part.get("periods", np.ones(1))[0] for part in parts.values()])
        fields |= _share("dip", total["dip"] * periods, total["whole"], level)
    else:
        fields |= _bounded("dip", relative["dip"], level)
    names = ("actual", "baseline", "lift", "dip")
    draws = pd.DataFrame({name: total[name][1:] for name in names})
    return PromotionEffect(
        method=method,
        scale=scale,
        confidence_level=level,
        n_promotions=len(parts),
        decline_p_value=1 - fields["decline_probability"],
        placebos=placebo[0],
        placebo_rate=placebo[1],
        lift_calendar=calendar[0],
        dip_calendar=calendar[1] if total["dip"].any() else "not measured",
        table=table,
        draws=draws,
        **fields,
    )


def _total(parts: Mapping[object, Draws], name: str) -> FloatArray:
    total: FloatArray = np.sum([part[name] for part in parts.values()], axis=0)
    return total


def _amounts(part: Draws, level: float) -> dict[str, float]:
    """Estimates and bounds of one promotion, or of all."""
    amounts = {"lift": part["lift"], "dip": part["dip"], "net": part["lift"] + part["dip"]}
    row = {
        "actual_amount": float(part["actual"][0]),
        "baseline_amount": float(part["baseline"][0]),
    }
    for name in QUANTITIES:
        row |= _bounded(f"{name}_amount", amounts[name], level)
    row |= _share("lift", part["lift"], part["whole"], level)
    is_measured = bool(part["dip"].any() and np.isfinite(part["dip"]).all())
    whole = part["lift"] * (1.0 if is_measured else 0.0)
    row |= _share("pull_forward_share", -part["dip"], whole, level)
    row["decline_probability"] = float(np.mean(part["dip"][1:] < 0)) if is_measured else math.nan
    return row


def _share(name: str, values: FloatArray, whole: FloatArray, level: float) -> dict[str, float]:
    if not draws_above_zero(whole, level):
        return dict.fromkeys((name, f"{name}_lower", f"{name}_upper"), math.nan)
    return _bounded(name, values / whole, level)


def _bounded(name: str, values: FloatArray, level: float) -> dict[str, float]:
    lower, upper = percentile_interval(values[1:], level)
    return {name: float(values[0]), f"{name}_lower": float(lower), f"{name}_upper": float(upper)}
