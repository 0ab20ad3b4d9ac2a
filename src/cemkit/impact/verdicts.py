"""worth_repeating: from the calendar of promotions to whether they pay."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_integer, check_number, check_random_state
from cemkit.checks.engine_tables import kind_of
from cemkit.errors import DataError
from cemkit.impact.earnings import Account, accounts, planned_terms
from cemkit.impact.effects import NOT_IDENTIFIED, Draws, effect_from_draws
from cemkit.impact.sales_panel import check_panel
from cemkit.impact.study import Study, study_of
from cemkit.proportions.resampling import percentile_interval
from cemkit.proportions.shares import draws_above_zero
from cemkit.results import Result

REPEAT, STOP, NOT_CLEAR = "repeat", "stop", "not clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionVerdict(Result):
    """Verdict on promotions by their net profit, from `worth_repeating`.

    Attributes:
        verdict: `"repeat"` where the interval of the net profit lies above 0, `"stop"` where it
            lies below 0, `"not clear"` between, and `"not identified"` where every year has the
            promotions, so that no profit can be told from the season.
        net_profit: Profit of all promotions beyond the baseline, with its interval.
        profit_probability: Probability that it is above 0.
        other_amount: Change of sales of other products; 0 without `others`.
        lift: Lift of sales at full price during the promotions, all together.
        break_even_lift: The lift at which they would have earned nothing; infinite where the
            discount eats the margin.
        lift_calendar: Whether other years tell the lift apart from the season.
        placebos, placebo_rate: Number of placebos, and share of them with a false effect.
        table: One row per promotion: `discount`, `lift`, `break_even_lift`, `other_amount`,
            `net_profit, net_profit_lower, net_profit_upper`, `profit_probability` and `verdict`.

    Examples:
        >>> PromotionVerdict.__dataclass_fields__.keys() >= {"verdict", "net_profit", "table"}
        True
    """

    _pictures = ("impact.promotion_verdict",)

    verdict: str
    n_promotions: int
    net_profit: float
    net_profit_lower: float
    net_profit_upper: float
    profit_probability: float
    other_amount: float
    lift: float
    break_even_lift: float
    lift_calendar: str
    placebos: int
    placebo_rate: float
    confidence_level: float
    table: pd.DataFrame


def worth_repeating(
    sales: pd.Series,
    promotions: pd.DataFrame,
    *,
    margin: float,
    discount: float | None = None,
    fixed_cost: float = 0.0,
    others: pd.DataFrame | pd.Series | None = None,
    other_margin: float | None = None,
    before: int = 0,
    after: int = 4,
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    placebos: int = 4,
    confidence_level: float = 0.95,
    random_state: int = 0,
) -> PromotionVerdict:
    """Decide from the calendar of promotions whether they are worth repeating.

    The effects during, before and after the promotions, and with `others` the effects on other
    products, are measured as in `promotion_effect` and converted into money as in
    `promotion_profit`. The interval includes all uncertainty of the effects.

    Args:
        sales: Amounts that were paid for what was promoted, on a regular index.
        promotions: The calendar of the promotions; `size`, where it is there, is the discount of
            each as a fraction.
        margin: Profit per unit of full-price sales, in (0, 1).
        discount: The discount of all promotions as a fraction, at least 0, in place of `size`.
        fixed_cost: Advertising and the like, of each promotion.
        others: Sales at full price of products that the promotions may have taken from, or brought
            more of: one series, or a column each, which are summed. Their errors are taken as
            independent of those of `sales`. Where the two move together, for example because both
            follow the number of visitors, the interval of the net profit is too narrow; where one
            replaces the other, it is too wide.
        other_margin: Profit per unit of their sales; `margin` where not given.
        before: Periods before a promotion in which customers may wait, or stock up.
        after: Periods after a promotion in which a dip is looked for.
        X: Other drivers of sales as regressors, as in `promotion_effect`. None for none.
        seasonal_period: Number of periods in a season; `"auto"` as in `ARIMAForecaster`.
        placebos: Windows without a promotion on which the method is tried.
        confidence_level: Confidence level of the intervals, as a fraction.
        random_state: Seed of the random draws.

    Raises:
        MissingColumnsError: The calendar lacks a column.
        DataError: The sales or the calendar are not sound, as in `promotion_effect`, or a discount
            is not from 0 to below 1 or given twice.
        ValueError: A number lies outside its range, or nothing says what the promotions cost.

    Examples:
        >>> from cemkit.forecasting import simulate_weekly_sales
        >>> weekly = simulate_weekly_sales(random_state=4)
        >>> found = worth_repeating(weekly.sales, weekly.promotions, margin=0.5, discount=0.1)
        >>> found.verdict, len(found.table) == found.n_promotions
        ('repeat', True)
    """
    level = check_fraction(confidence_level, "confidence_level")
    check_integer(placebos, "placebos", minimum=0)
    seed = check_random_state(random_state)
    earned = check_fraction(margin, "margin")
    cost = check_number(fixed_cost, "fixed_cost", minimum=0)
    other = earned if other_margin is None else check_fraction(other_margin, "other_margin")
    given: dict[str, Any] = {"before": before, "after": after, "seasonal_period": seasonal_period}
    study = study_of(sales, promotions, scale="auto", X=X, seed=random_state, **given)
    discounts = _discounts(study, discount, cost)
    plain = _without_size(promotions) if discount is None else promotions
    beside = None if others is None else _others(others, plain, sales, given, seed)
    found = study.by_regression()
    tried, rate = study.placebo_rate_between(placebos, level)
    money = _Money(earned, other, cost)
    rows, nets, bases = _accounted(
        found.parts, discounts, beside, money, scale=study.scale, level=level
    )
    is_known = found.calendar[0] != NOT_IDENTIFIED and all(np.isfinite(net).all() for net in nets)
    return PromotionVerdict(
        **_in_all(np.sum(nets, axis=0), np.array(bases), level, is_known=is_known),
        n_promotions=len(rows),
        other_amount=float(sum(row["other_amount"] for row in rows)),
        lift_calendar=found.calendar[0],
        placebos=tried,
        placebo_rate=rate,
        confidence_level=level,
        table=_table(rows, is_known=is_known),
    )


def _discounts(study: Study, discount: float | None, cost: float) -> dict[Any, float]:
    """The discount of each promotion, by name."""
    events = study.promotions
    names = events["name"].tolist()
    if discount is not None:
        if "size" in events:
            raise DataError(
                "discount is given, and promotions has a size for each; give one of the two"
            )
        return dict.fromkeys(names, _checked(discount, "discount"))
    if "size" in events:
        return {
            name: _checked(size, f"size of promotion {name!r}")
            for name, size in zip(names, events["size"].tolist(), strict=True)
        }
    if not cost:
        raise ValueError(
            "the cost of the promotions is unknown; give discount=, a column size in "
            "promotions with the discount of each, or fixed_cost="
        )
    return dict.fromkeys(names, 0.0)


def _checked(discount: float, name: str) -> float:
    if not 0 <= check_number(discount, name) < 1:
        raise DataError(
            f"{name} must be a discount from 0 to below 1, not {discount!r}; write 0.2 for 20 %"
        )
    return float(discount)


def _without_size(promotions: pd.DataFrame) -> pd.DataFrame:
    return promotions.drop(columns="size", errors="ignore")


def _others(
    others: pd.DataFrame | pd.Series,
    promotions: pd.DataFrame,
    sales: pd.Series,
    given: dict[str, Any],
    seed: int,
) -> dict[Any, Floats]:
    """What other products' sales changed by, around each promotion."""
    if not isinstance(others, pd.Series | pd.DataFrame):
        raise TypeError(f"others must be a Series or DataFrame, not {kind_of(others)}")
    if not others.index.equals(sales.index):
        raise DataError("others must have the same index as sales: the same periods in order")
    whole = others if isinstance(others, pd.Series) else check_panel(others).sum(axis=1)
    # Draws of their own: given the model, errors of these sales are taken as independent.
    study = study_of(whole, promotions, scale="auto", X=None, seed=seed + 1, **given)
    return {name: _net_of(part) for name, part in study.by_regression().parts.items()}


def _net_of(part: Draws) -> Floats:
    net: Floats = part["lift"] + part["dip"] + part.get("before", np.zeros(1))
    return net


class _Money(NamedTuple):
    """What a unit of sales earns, of the promoted and of the others, and the fixed cost."""

    margin: float
    other_margin: float
    fixed_cost: float


def _accounted(
    parts: Mapping[Any, Draws],
    discounts: Mapping[Any, float],
    beside: Mapping[Any, Floats] | None,
    money: _Money,
    *,
    scale: str,
    level: float,
) -> tuple[list[dict[str, Any]], list[Floats], list[tuple[Any, ...]]]:
    """The row of each promotion, the draws of its profit, and what it sold and needed."""
    drawn: dict[str, Any] = {"scale": scale, "confidence_level": level}
    rows: list[dict[str, Any]] = []
    nets, bases = [], []
    for name, part in parts.items():
        effect = effect_from_draws({name: part}, method="regression", **drawn)
        terms = planned_terms(money.margin, discounts[name], money.fixed_cost)
        account = accounts(effect, terms)
        changed = np.zeros(len(account.net)) if beside is None else beside[name]
        lost = float(account.dip[0]) + money.other_margin / money.margin * float(changed[0])
        need = terms.break_even(float(account.base[0]), lost)
        nets.append(account.net + money.other_margin * changed)
        bases.append((account.base[0], account.full_price, need))
        row = {"promotion": name, "discount": discounts[name], **_lifts(account, need, level)}
        rows.append(row | {"other_amount": float(changed[0]), **_interval(nets[-1], level)})
    return rows, nets, bases


def _lifts(account: Account, need: float, level: float) -> dict[str, float]:
    """The lift and what it takes to break even, where sales without the promotion are above 0."""
    if not draws_above_zero(account.base, level):
        return {"lift": math.nan, "break_even_lift": math.nan}
    return {"lift": account.full_price / account.base[0] - 1, "break_even_lift": need}


def _interval(net: Floats, level: float) -> dict[str, Any]:
    lower, upper = (float(end) for end in percentile_interval(net[1:], level))
    return {
        "net_profit": float(net[0]),
        "net_profit_lower": lower,
        "net_profit_upper": upper,
        "profit_probability": float(np.mean(net[1:] > 0)),
        "verdict": REPEAT if lower > 0 else STOP if upper < 0 else NOT_CLEAR,
    }


MONEY = ("net_profit", "net_profit_lower", "net_profit_upper", "profit_probability")
GONE = dict.fromkeys(MONEY, math.nan) | {"verdict": NOT_IDENTIFIED}


def _in_all(net: Floats, bases: Floats, level: float, *, is_known: bool) -> dict[str, Any]:
    """Profit and lifts of all promotions together."""
    base, full, need = bases.T
    if not is_known:
        return GONE | {"lift": math.nan, "break_even_lift": math.nan}
    return _interval(net, level) | {
        "lift": float(full.sum() / base.sum() - 1) if base.min() > 0 else math.nan,
        "break_even_lift": float((need * base).sum() / base.sum()) if base.min() > 0 else math.nan,
    }


def _table(rows: list[dict[str, Any]], *, is_known: bool) -> pd.DataFrame:
    table = pd.DataFrame(rows).set_index("promotion")
    return table if is_known else table.assign(**GONE, lift=math.nan, break_even_lift=math.nan)
