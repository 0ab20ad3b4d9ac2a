"""promotion_profit: what a promotion earned, line by line."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_number,
    finite_values,
    normal_ids,
)
from cemkit.errors import DataError
from cemkit.impact.effects import PromotionEffect
from cemkit.proportions.resampling import percentile_interval
from cemkit.proportions.shares import draws_above_zero
from cemkit.results import Result

NO_COST = (
    "the cost of the promotion is unknown; give discount= (its mean), costs= (of each "
    "offer, as in coupon_ledger(...).table) or fixed_cost="
)
SAME = 1e-9  # of the largest cost: what lies within is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionProfit(Result):
    """Profit of a promotion beyond the baseline, from `promotion_profit`.

    `table` has a row per line and the total, `net_profit`, with `amount, amount_lower,
    amount_upper`, and `displayed_amount`, rounded to the cent so that the lines still add up.
    `offers_cost` is what the discount, or the offers of `costs`, cost; `discount_cost` is the part
    of it that was taken off the price. `roi` is the net profit over offers and fixed cost.
    `break_even_lift` is the relative lift in full-price sales at which the net profit would be 0,
    everything else, such as realised costs of offers, as it was; infinite where the discount eats
    the whole margin. It and `achieved_lift` are missing where the baseline is not clearly above 0,
    as every share of money is.

    Examples:
        >>> PromotionProfit.__dataclass_fields__.keys() >= {"roi", "break_even_lift", "table"}
        True
    """

    _pictures = ("impact.profit_waterfall",)

    baseline_amount: float
    incremental_amount: float
    discount_cost: float
    offers_cost: float
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
    costs: pd.DataFrame | None = None,
    fixed_cost: float = 0.0,
    cannibalised_amount: float = 0.0,
    halo_amount: float = 0.0,
    confidence_level: float = 0.95,
) -> PromotionProfit:
    """Return the profit of promotions, from their effect on sales.

    With margin m and discount d, actual amount A as it was paid, baseline B at full price and dip
    D: full-price sales are L = A / (1 - d), and the lines are m (L - B), -d B, -d (L - B), m D,
    -m times what other products lost, m times what they gained, and the fixed cost.

    With the realised costs of offers, L is A plus what they took off the price, and each offer has
    a line of its own instead of the two of the discount. An effect on the experiment of
    `audience_experiment` brings them: then the lines are the discounts, and what gifts and contacts
    cost.

    Args:
        effect: From `promotion_effect` on a series, or from `holdout_effect` on an experiment.
        margin: Profit per unit of full-price sales, in (0, 1).
        discount: The mean discount given during the promotion, above 0 and below 1. None where
            nothing was taken off the price, or where `costs` or the effect says what was.
        costs: Costs of the offers of the treated customers: `offer`, as the index or a column,
            `cost`, and `discount_cost`, the part of it that was taken off the price, as
            `coupon_ledger(...).table` has them. None where `discount` says it.
        fixed_cost: Fixed cost, such as advertising. A promotion without an offer has only this
            cost.
        cannibalised_amount: Full-price sales that other products lost to the promotion, 0 or more.
        halo_amount: Full-price sales that other products gained by it, 0 or more.
        confidence_level: Confidence level of the intervals, which hold the uncertainty of the
            effect.

    Raises:
        MissingColumnsError: `costs` lacks a column.
        DataError: The effect after the promotions is not identified; a cost is missing, negative,
            or less than what was taken off the price; or an offer of `costs` occurs twice.
        ValueError: A number lies outside its range, or the cost of the offers is given twice, by
            `discount`, `costs` or the effect, or not at all.

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
    given = _realised(effect, discount, costs)
    terms = Terms(
        check_fraction(margin, "margin"),
        given,
        check_number(fixed_cost, "fixed_cost", minimum=0),
        check_number(cannibalised_amount, "cannibalised_amount", minimum=0),
        check_number(halo_amount, "halo_amount", minimum=0),
    )
    base, full_price, dip, lines, net = accounts(effect, terms)
    lower, upper = percentile_interval(net[1:], level)
    discount_cost = full_price - effect.actual_amount
    offers_cost = given.discount * full_price + sum(given.costs.values())
    spent = offers_cost + fixed_cost
    if spent == 0 and not given.costs:
        raise ValueError(NO_COST)
    roi, roi_lower, roi_upper = (
        float(earned) / spent if spent > 0 else math.nan for earned in (net[0], lower, upper)
    )
    has_share = draws_above_zero(base, level)
    lift = terms.break_even(float(base[0]), float(dip[0])) if has_share else math.nan
    return PromotionProfit(
        baseline_amount=float(base[0]),
        incremental_amount=float(full_price - base[0]),
        discount_cost=float(discount_cost),
        offers_cost=float(offers_cost),
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


class Account(NamedTuple):
    """A promotion's profit, line by line; the estimate first, then the draws."""

    base: Floats
    full_price: float
    dip: Floats
    lines: dict[str, Floats]
    net: Floats


def accounts(effect: PromotionEffect, terms: "Terms") -> Account:
    """Estimate and draws of what a promotion earned."""
    base = np.append(effect.baseline_amount, effect.draws["baseline"])
    # What customers bought less of before the promotion is pulled forward in the other direction.
    dip = np.append(effect.dip_amount, effect.draws["dip"])
    if effect.before_amount is not None:
        dip += np.append(effect.before_amount, effect.draws["before"])
    full_price = terms.given.full_price(effect.actual_amount)
    lines = terms.lines(base, full_price, dip)
    return Account(base, full_price, dip, lines, np.sum(list(lines.values()), axis=0))


def planned_terms(margin: float, discount: float, fixed_cost: float) -> "Terms":
    """What a promotion at a mean discount, which may be 0, costs beside a fixed cost."""
    return Terms(margin, _Given(discount, {}, 0.0), fixed_cost, 0.0, 0.0)


class _Given(NamedTuple):
    """What the offers took: a share of the price, or what each cost and took off it in all."""

    discount: float
    costs: dict[str, float]
    off: float

    def full_price(self, actual: float) -> float:
        """What was bought, at full price."""
        return actual / (1 - self.discount) + self.off


class Terms(NamedTuple):
    """What a sale earns, and what the promotion costs."""

    margin: float
    given: _Given
    fixed_cost: float
    cannibalised_amount: float
    halo_amount: float

    def lines(self, base: Floats, full_price: float, dip: Floats) -> dict[str, Floats]:
        """The lines of the profit, from sales at full price."""
        follows = {"incremental_profit": self.margin * (full_price - base)}
        if not self.given.costs:
            follows |= {
                "discount_on_baseline": -self.given.discount * base,
                "discount_on_incremental": -self.given.discount * (full_price - base),
            }
        follows["pulled_forward"] = self.margin * dip
        return follows | {name: np.full_like(base, value) for name, value in self._other().items()}

    def break_even(self, base: float, dip: float) -> float:
        """The lift l with (m - d) l B = d B - other, where other is profit that stays as it is."""
        discount = self.given.discount
        if self.margin <= discount:
            return math.inf
        other = self.margin * dip + sum(self._other().values())
        spread = (self.margin - discount) * base
        return (discount * base - other) / spread if base else math.nan

    def _other(self) -> dict[str, float]:
        costs = {line: 0.0 - cost for line, cost in self.given.costs.items()}
        return costs | {
            "cannibalised": 0.0 - self.margin * self.cannibalised_amount,
            "halo": self.margin * self.halo_amount,
            "fixed_cost": 0.0 - self.fixed_cost,
        }


def _realised(
    effect: PromotionEffect, discount: float | None, costs: pd.DataFrame | None
) -> _Given:
    """What the offers took, as the effect says it or else the arguments."""
    if effect.discount_cost is None:
        return _given(discount, costs)
    if discount is not None or costs is not None:
        name = "costs" if discount is None else f"discount={discount!r}"
        raise ValueError(
            f"{name} is given, but the experiment already contains a discount cost of "
            f"{effect.discount_cost:,.2f}; leave it out, so that discounts are counted "
            "once"
        )
    lines = {"discounts": effect.discount_cost, "gifts_and_contacts": effect.offer_cost or 0.0}
    return _Given(0.0, lines, effect.discount_cost)


def _given(discount: float | None, costs: pd.DataFrame | None) -> _Given:
    if costs is None:
        return _Given(0.0 if discount is None else _checked_discount(discount), {}, 0.0)
    if discount is not None:
        raise ValueError("discount and costs both give the cost of the offers; give one of the two")
    check_frame(costs, "costs")
    check_columns(costs.columns, ["cost", "discount_cost"], "coupon_ledger(...).table has them")
    offers = costs["offer"] if "offer" in costs.columns else costs.index.to_series()
    names = normal_ids(offers, "offer")
    if names.hasnans or names.has_duplicates:
        raise DataError("costs has a missing or repeated offer; give one row per offer")
    cost, off = (finite_values(costs[column], column) for column in ("cost", "discount_cost"))
    if (off < 0).any() or (cost < off - SAME * cost.max()).any():
        first = int(np.argmax((off < 0) | (cost < off)))
        raise DataError(
            f"offer {names.tolist()[first]!r} has cost {cost[first]:g} and discount_cost "
            f"{off[first]:g}; discount_cost must be at least 0 and at most the cost"
        )
    lines = [f"offer {name}" for name in names]
    return _Given(0.0, dict(zip(lines, cost.tolist(), strict=True)), float(off.sum()))


def _checked_discount(discount: float) -> float:
    if not 0 < check_number(discount, "discount") < 1:
        raise ValueError(
            f"discount must lie above 0 and below 1, not {discount!r}; write 0.2 for 20 "
            "%, and None without a discount"
        )
    return discount


def _check_identified(effect: PromotionEffect) -> None:
    if not isinstance(effect, PromotionEffect):
        raise TypeError(
            f"effect must come from promotion_effect or holdout_effect, not {type(effect).__name__}"
        )
    if not math.isfinite(effect.net_amount):
        raise DataError(
            "the effect after the promotions is not identified, so there is no profit; "
            "use promotion_effect(..., after=0) for the profit of the promotions alone"
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
