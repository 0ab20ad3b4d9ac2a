"""PromotionEffect: lift, dip and net effect of promotions, with what is known of each."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.formats import apart, bounded, chance_text
from cemkit.proportions.resampling import percentile_interval
from cemkit.proportions.shares import draws_above_zero
from cemkit.results import Result

Draws = dict[str, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionEffect(Result):
    """Effects of promotions on sales, during and after them, from `promotion_effect`.

    Attributes:
        lift: Effect during the promotions, relative to the baseline. Like every share of money it
            is missing where its whole, here the baseline, is not clearly above 0.
        dip: Effect after a promotion, in periods of baseline sales, negative for a decline. It is 0
            where nothing after the promotions was measured, and missing where it is not identified.
        before_amount: Change of sales before the promotions because of them, negative if customers
            waited. None with `before=0`, and missing if not identified.
        net_amount: Lift, dip and what came before together, missing where these are not identified.
        pull_forward_share: Share of the lift that came back as a dip.
        decline_probability: Probability that sales fell after the promotions, missing where nothing
            was measured or identified after them; `decline_p_value` is 1 minus it.
        lift_calendar: Whether other years identify the lift apart from the season: `"told apart"`,
            `"not identified"` (every year has a promotion at this time), `"no other year"`, or
            `"experiment"` (a hold-out needs no other year).
        dip_calendar: The same of the effect after the promotions, or `"not measured"`.
        discount_cost: Cost of discounts on the sales to treated customers, from an experiment with
            costs, such as that of `audience_experiment`; else None.
        offer_cost: Cost of contacts, gifts, services and points, from the same source.
        table: One row per promotion.
        draws: Joint draws of the totals of lift, dip and baseline.
        periods: One row per period of the sales: `actual_amount`, and `baseline_amount` with its
            bounds, which is what was sold less what the promotions explain; None where the method
            has no baseline for every period.

    Examples:
        >>> PromotionEffect.__dataclass_fields__.keys() >= {"lift", "dip", "decline_probability"}
        True
    """

    _pictures = ("impact.promotion_effect", "impact.promotion_baseline")

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
    discount_cost: float | None = None
    offer_cost: float | None = None
    before_amount: float | None = None
    before_amount_lower: float | None = None
    before_amount_upper: float | None = None
    periods: pd.DataFrame | None = None
    table: pd.DataFrame
    draws: pd.DataFrame

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers of the sentence, each in the words it has in every language."""
        share = math.isfinite(self.lift)
        amount = "lift" if self.dip_calendar == NOT_IDENTIFIED else "net"
        total, *ends = bounded(self, f"{amount}_amount", "+,.0f")
        value, spec = (self.lift, "+.1%") if share else (self.lift_amount, "+,.0f")
        return {
            "lift": apart(value, spec=spec)[0],
            "dip": apart(self.dip_amount, spec="+,.0f")[0],
            "amount": total,
            "ends": ends,
            "decline": chance_text(self.decline_probability),
            "before": apart(self.before_amount or 0.0, spec="+,.0f")[0],
        }

    @property
    def parts(self) -> list[str]:
        """The parts of the sentence, by their names in the catalogue."""
        if not math.isfinite(self.lift_amount):
            return ["nothing"]
        is_identified = self.dip_calendar != NOT_IDENTIFIED
        is_measured = math.isfinite(self.decline_probability)
        parts = ["start", *["dip"] * is_measured]
        parts += ["before"] * (is_identified and self.before_amount is not None)
        parts.append("net" if is_identified else "lift")
        if is_measured:
            parts.append("decline")
        else:
            parts.append("not measured" if is_identified else "dip not identified")
        if self.lift_calendar in (NOT_IDENTIFIED, "no other year"):
            parts.append(self.lift_calendar)
        return parts if math.isfinite(self.lift) else [*parts, "no share"]


NOT_IDENTIFIED = "not identified"


def effect_from_draws(
    parts: Mapping[object, Draws],
    relative: Draws | None = None,
    *,
    method: str,
    scale: str,
    confidence_level: float,
    placebo: tuple[int, float] = (0, math.nan),
    calendar: tuple[str, str] = ("experiment", "experiment"),
    periods: pd.DataFrame | None = None,
) -> PromotionEffect:
    """Estimates and intervals, by promotion and in all, from joint draws."""
    level = confidence_level
    parts = {name: {"whole": part["baseline"]} | dict(part) for name, part in parts.items()}
    early = ["before"] if all("before" in part for part in parts.values()) else []
    names = ("actual", "baseline", "lift", "dip", *early)
    total = {name: _total(parts, name) for name in (*names, "whole")}
    rows = [_amounts(part, level) for part in parts.values()]
    table = pd.DataFrame(rows, index=pd.Index(list(parts), name="promotion"))
    fields = _amounts(total, level)
    if relative is None:
        length = np.mean([part.get("periods", np.ones(1))[0] for part in parts.values()])
        fields |= _share("dip", total["dip"] * length, total["whole"], level)
    else:
        fields |= _bounded("dip", relative["dip"], level)
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
        periods=periods,
        **fields,
    )


def baseline_table(sales: pd.Series, baselines: Floats, level: float) -> pd.DataFrame:
    """What was sold and what would have been, in each period."""
    lower, upper = percentile_interval(baselines[:, 1:].T, level)
    return pd.DataFrame(
        {
            "actual_amount": sales,
            "baseline_amount": baselines[:, 0],
            "baseline_amount_lower": lower,
            "baseline_amount_upper": upper,
        },
        index=sales.index,
    )


def _total(parts: Mapping[object, Draws], name: str) -> Floats:
    total: Floats = np.sum([part[name] for part in parts.values()], axis=0)
    return total


def _amounts(part: Draws, level: float) -> dict[str, float]:
    """Estimates and bounds of one promotion, or of all."""
    amounts: Draws = {name: part[name] for name in ("lift", "dip", "before") if name in part}
    amounts["net"] = np.sum(list(amounts.values()), axis=0)
    row = {
        "actual_amount": float(part["actual"][0]),
        "baseline_amount": float(part["baseline"][0]),
    }
    for name, values in amounts.items():
        row |= _bounded(f"{name}_amount", values, level)
    row |= _share("lift", part["lift"], part["whole"], level)
    is_measured = bool(part["dip"].any() and np.isfinite(part["dip"]).all())
    whole = part["lift"] * (1.0 if is_measured else 0.0)
    row |= _share("pull_forward_share", -part["dip"], whole, level)
    row["decline_probability"] = float(np.mean(part["dip"][1:] < 0)) if is_measured else math.nan
    return row


def _share(name: str, values: Floats, whole: Floats, level: float) -> dict[str, float]:
    if not draws_above_zero(whole, level):
        return dict.fromkeys((name, f"{name}_lower", f"{name}_upper"), math.nan)
    return _bounded(name, values / whole, level)


def _bounded(name: str, values: Floats, level: float) -> dict[str, float]:
    lower, upper = percentile_interval(values[1:], level)
    return {name: float(values[0]), f"{name}_lower": float(lower), f"{name}_upper": float(upper)}
