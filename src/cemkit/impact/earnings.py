"""promotion_profit: what a promotion earned, line by line."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_number
from cemkit.errors import DataError
from cemkit.impact.effects import PromotionEffect
from cemkit.proportions.resampling import percentile_interval
from cemkit.proportions.shares import draws_above_zero
from cemkit.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionProfit(Result):
    """What a promotion earned beyond the baseline.

    `table` has a row per line and the total, `net_profit`, with `amount, amount_lower,
    amount_upper`, and `displayed_amount`, rounded to the cent so that the lines still add up.
    `roi` is the net profit over discounts and fixed cost. `break_even_lift` is the relative lift
    in full-price sales at which the net profit would be 0, everything else as it was; infinite
    where the discount eats the whole margin. It and `achieved_lift` are missing where the baseline
    is not clearly above 0, as every share of money is.

    Examples:
        >>> PromotionProfit.__dataclass_fields__.keys() >= {"roi", "break_even_lift", "table"}
        True
    """

    baseline_amount: float
    incremental_amount: float
    discount_cost: float
    net_profit: float
    net_profit_lower: float
    net_profit_upper: float
    roi: float
    roi_lower: float
    roi_upper: float
    break_even_lift: float
    achieved_lift: float
    profit_probability: float
    confidence_level: float
    table: pd.DataFrame


def promotion_profit(
    effect: PromotionEffect,
    *,
    margin: float,
    discount: float | None = None,
    fixed_cost: float = 0.0,
    cannibalised_amount: float = 0.0,
    halo_amount: float = 0.0,
    confidence_level: float = 0.95,
) -> PromotionProfit:
    """The profit of promotions, from their effect on sales.

    With margin m and discount d, actual amount A as it was paid, baseline B at full price and dip
    D: full-price sales are L = A / (1 - d), and the lines are m (L - B), -d B, -d (L - B), m D,
    -m times what other products lost, m times what they gained, and the fixed cost.

    Args:
        effect: From `promotion_effect` on a series, or from `holdout_effect` on an experiment.
        margin: Profit per unit of full-price sales, in (0, 1).
        discount: The mean discount given during the promotion, in [0, 1). None: the discounts that
            the experiment says were given, and with them what contacts and gifts cost (see
            `audience_experiment`).
        fixed_cost: Advertising and the like, beside the costs that the experiment says.
        cannibalised_amount: Full-price sales that other products lost to the promotion, 0 or more.
        halo_amount: Full-price sales that other products gained by it, 0 or more.
        confidence_level: Confidence level of the intervals, which hold the uncertainty of the
            effect.

    Raises:
        DataError: The effect after the promotions is not identified.
        ValueError: A number lies outside its range.

    Examples:
        >>> from cemkit.impact.holdout import holdout_effect
        >>> experiment = pd.DataFrame(
        ...     {
        ...         "variant": ["control"] * 50 + ["offer"] * 50,
        ...         "amount": [4.0, 6.0] * 25 + [9.0, 9.0] * 25,
        ...     }
        ... )
        >>> profit = promotion_profit(holdout_effect(experiment), margin=0.5, discount=0.1)
        >>> profit.table["displayed_amount"].to_dict()["net_profit"]
        75.0
    """
    level = check_fraction(confidence_level, "confidence_level")
    _check_identified(effect)
    given, offer_cost = _given_discount(effect, discount), effect.offer_cost or 0.0
    terms = _Terms(
        check_fraction(margin, "margin"),
        given,
        check_number(fixed_cost, "fixed_cost", minimum=0) + offer_cost,
        check_number(cannibalised_amount, "cannibalised_amount", minimum=0),
        check_number(halo_amount, "halo_amount", minimum=0),
    )
    # The estimate first, then the draws.
    base = np.append(effect.baseline_amount, effect.draws["baseline"])
    dip = np.append(effect.dip_amount, effect.draws["dip"])
    full_price = effect.actual_amount / (1 - given)
    lines = terms.lines(base, full_price, dip)
    net = np.sum(list(lines.values()), axis=0)
    lower, upper = percentile_interval(net[1:], level)
    discount_cost = full_price - effect.actual_amount
    spent = discount_cost + terms.fixed_cost
    roi, roi_lower, roi_upper = (
        float(earned) / spent if spent > 0 else math.nan for earned in (net[0], lower, upper)
    )
    has_share = draws_above_zero(base, level)
    lift = terms.break_even(float(base[0]), float(dip[0])) if has_share else math.nan
    return PromotionProfit(
        baseline_amount=float(base[0]),
        incremental_amount=float(full_price - base[0]),
        discount_cost=float(discount_cost),
        net_profit=float(net[0]),
        net_profit_lower=float(lower),
        net_profit_upper=float(upper),
        roi=roi,
        roi_lower=roi_lower,
        roi_upper=roi_upper,
        break_even_lift=lift,
        achieved_lift=float(full_price / base[0] - 1) if has_share else math.nan,
        profit_probability=float(np.mean(net[1:] > 0)),
        confidence_level=level,
        table=_table(lines, net, level),
    )


class _Terms(NamedTuple):
    """What a sale earns, and what the promotion costs beside its discount."""

    margin: float
    discount: float
    fixed_cost: float
    cannibalised_amount: float
    halo_amount: float

    def lines(self, base: Floats, full_price: float, dip: Floats) -> dict[str, Floats]:
        """The lines of the profit, from sales at full price."""
        follows = {
            "incremental_profit": self.margin * (full_price - base),
            "discount_on_baseline": -self.discount * base,
            "discount_on_incremental": -self.discount * (full_price - base),
            "pulled_forward": self.margin * dip,
        }
        return follows | {name: np.full_like(base, value) for name, value in self._other().items()}

    def break_even(self, base: float, dip: float) -> float:
        """The lift l with (m - d) l B = d B - other, where other is profit that stays as it is."""
        if self.margin <= self.discount:
            return math.inf
        other = self.margin * dip + sum(self._other().values())
        spread = (self.margin - self.discount) * base
        return (self.discount * base - other) / spread if base else math.nan

    def _other(self) -> dict[str, float]:
        return {
            "cannibalised": 0.0 - self.margin * self.cannibalised_amount,
            "halo": self.margin * self.halo_amount,
            "fixed_cost": 0.0 - self.fixed_cost,
        }


def _given_discount(effect: PromotionEffect, discount: float | None) -> float:
    """The share of full-price sales that discounts took off."""
    if effect.discount_cost is None:
        if discount is None:
            raise ValueError(
                "discount must be given, such as 0.1: the effect does not say what discounts took "
                "off, as that of an audience_experiment with offers does"
            )
        return _checked_discount(discount)
    if discount is not None:
        raise ValueError(
            f"discount={discount!r} is given, but the experiment says what discounts took off, "
            f"{effect.discount_cost:,.2f}; leave discount out, so that it is counted once"
        )
    full_price = effect.actual_amount + effect.discount_cost
    return effect.discount_cost / full_price if full_price > 0 else 0.0


def _checked_discount(discount: float) -> float:
    if not 0 <= check_number(discount, "discount") < 1:
        raise ValueError(f"discount must lie in [0, 1), not {discount!r}")
    return discount


def _check_identified(effect: PromotionEffect) -> None:
    if not isinstance(effect, PromotionEffect):
        raise TypeError(
            f"effect must come from promotion_effect or holdout_effect, not {type(effect).__name__}"
        )
    if not math.isfinite(effect.net_amount):
        raise DataError(
            "the effect after the promotions is not identified, so it has no profit; take "
            "promotion_effect(..., after=0) for the profit of the promotions alone"
        )


def _table(lines: dict[str, Floats], net: Floats, level: float) -> pd.DataFrame:
    rows = {**lines, "net_profit": net}
    table = pd.DataFrame(
        {
            name: [values[0], *percentile_interval(values[1:], level)]
            for name, values in rows.items()
        },
        index=["amount", "amount_lower", "amount_upper"],
    ).T.rename_axis("line")
    shown = _rounded([float(values[0]) for values in lines.values()], float(net[0]))
    return table.assign(displayed_amount=[*shown, round(float(net[0]) * 100) / 100])


def _rounded(amounts: list[float], total: float) -> list[float]:
    """Amounts to the cent that add up to the rounded total: largest remainders are rounded up."""
    cents = np.array(amounts) * 100
    down = np.floor(cents)
    missing = round(total * 100) - int(down.sum())
    order = np.argsort(down - cents, kind="stable")
    down[order[: max(missing, 0)]] += 1
    return [float(value) / 100 for value in down]
