"""PromotionEffect: lift, dip and net effect of promotions, with what is known of each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.results import Language, Result

FloatArray = npt.NDArray[np.float64]
Draws = dict[str, FloatArray]

QUANTITIES = ("lift", "dip", "net")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect(Result):
    """What promotions did to sales, during them and after.

    `lift` is relative to the baseline; `dip` is the effect after a promotion, in periods of
    baseline sales, negative for a decline. `pull_forward_share` is the part of the lift that came
    back as a dip. A share of what is not clearly above zero, baseline or lift, is NaN with its
    bounds. `decline_probability` is the probability that sales fell after the promotions, NaN
    where nothing was measured after them; the dip is 0 there. `table` has a row per promotion.
    `draws` holds the uncertainty: totals of lift, dip and baseline.

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
    table: pd.DataFrame
    draws: pd.DataFrame

    def sentence(self, language: Language = "en") -> str:
        """Lift, dip and net effect in one sentence."""
        lower, upper = f"{self.net_amount_lower:,.0f}", f"{self.net_amount_upper:,.0f}"
        net, level = f"{self.net_amount:+,.0f}", f"{self.confidence_level:.0%}"
        lift = f"{self.lift:+.1%}" if math.isfinite(self.lift) else f"{self.lift_amount:+,.0f}"
        dip, decline = f"{self.dip_amount:+,.0f}", f"{self.decline_probability:.1%}"
        is_measured = math.isfinite(self.decline_probability)
        if language == "zh":
            dip = f"促销后变化 {dip}，" if is_measured else ""
            end = f"促销后下滑的概率为 {decline}" if is_measured else "促销后的变化未测量"
            return (
                f"促销期间销售额变化 {lift}，{dip}净效应 {net}（{level} 区间 {lower} 至 {upper}）；"
                f"{end}。"
            )
        dip = f" and by {dip} after them" if is_measured else ""
        end = "nothing was measured after them"
        if is_measured:
            end = f"the probability of a decline afterwards is {decline}"
        return (
            f"Sales changed by {lift} during promotions{dip}, {net} in all ({level} interval "
            f"{lower} to {upper}); {end}."
        )


def effect_from_draws(
    parts: Mapping[object, Draws],
    relative: Draws | None = None,
    *,
    method: str,
    scale: str,
    confidence_level: float,
    placebo: tuple[int, float] = (0, math.nan),
) -> PromotionEffect:
    """Estimates and intervals, by promotion and in all, from joint draws.

    Args:
        parts: By promotion, `actual, baseline, lift, dip` in money: arrays whose first element is
            the estimate and whose others are draws; `periods`, how many it ran, where known.
        relative: `dip` over all promotions in periods of baseline sales, and `decline_p_value`,
            where there is better than sums and draws to make them from.
        method: Its name.
        scale: Whether effects multiply or add.
        confidence_level: Of the intervals.
        placebo: How many placebos there were, and the share that found an effect.

    Examples:
        >>> draws = {"actual": 12.0, "baseline": 10.0, "lift": 2.0, "dip": -1.0}
        >>> part = {name: np.full(3, value) for name, value in draws.items()}
        >>> effect = effect_from_draws(
        ...     {"P1": part}, method="given", scale="additive", confidence_level=0.95
        ... )
        >>> effect.net_amount, effect.lift, effect.decline_probability
        (1.0, 0.2, 1.0)
    """
    level = confidence_level
    total = {name: _total(parts, name) for name in ("actual", "baseline", "lift", "dip")}
    rows = [_amounts(part, level) for part in parts.values()]
    table = pd.DataFrame(rows, index=pd.Index(list(parts), name="promotion"))
    fields = _amounts(total, level)
    p_value = 1 - fields["decline_probability"]
    if relative is None:
        periods = np.mean([part.get("periods", np.ones(1))[0] for part in parts.values()])
        fields |= _share("dip", total["dip"] * periods, total["baseline"], level)
    else:
        fields |= _bounded("dip", relative["dip"], level)
        p_value = float(relative["decline_p_value"][0])
    draws = pd.DataFrame({name: values[1:] for name, values in total.items()})
    return PromotionEffect(
        method=method,
        scale=scale,
        confidence_level=level,
        n_promotions=len(parts),
        decline_p_value=p_value,
        placebos=placebo[0],
        placebo_rate=placebo[1],
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
    row |= _share("lift", part["lift"], part["baseline"], level)
    is_measured = bool(part["dip"].any())
    row |= _share("pull_forward_share", -part["dip"], part["lift"] * is_measured, level)
    row["decline_probability"] = float(np.mean(part["dip"][1:] < 0)) if is_measured else math.nan
    return row


def _share(name: str, values: FloatArray, whole: FloatArray, level: float) -> dict[str, float]:
    # A share of what may be nothing, or a loss, has no meaning.
    if np.quantile(whole[1:], (1 - level) / 2) <= 0 or whole[0] <= 0:
        return dict.fromkeys((name, f"{name}_lower", f"{name}_upper"), math.nan)
    return _bounded(name, values / whole, level)


def _bounded(name: str, values: FloatArray, level: float) -> dict[str, float]:
    lower, upper = np.quantile(values[1:], [(1 - level) / 2, (1 + level) / 2])
    return {name: float(values[0]), f"{name}_lower": float(lower), f"{name}_upper": float(upper)}
