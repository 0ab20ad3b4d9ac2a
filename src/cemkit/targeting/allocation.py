"""allocate_offers: which customer gets which offer, and whether that beats a simple rule."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_fraction,
    check_random_state,
)
from cemkit.formats import apart, level_text
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result
from cemkit.targeting.bundles import Bundles
from cemkit.targeting.exploration import drawn_offers, exploration_shares
from cemkit.targeting.offer_grid import Grid, Limits, read_grid
from cemkit.targeting.solver import Solution, solve

Mask = npt.NDArray[np.bool_]
SAME = 1e-9  # of what is compared: what lies within is rounding


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OfferAllocation(Result):
    """Offers allocated to customers and their expected profit, from `allocate_offers`.

    Attributes:
        customers: Number of customers who get an offer, of `eligible_customers`. It includes those
            who will be held out.
        customers_with_several: Number of customers who get more than one offer.
        holdout: Share of these customers who will be held out. All profits and costs are expected
            values of the others.
        explored: Number of customers whose offer was drawn at random.
        total_profit: Expected profit of the whole allocation; `total_cost` is its expected cost.
        bound_profit: Upper bound of the profit of any allocation; `gap_profit` is the difference.
        budget_price: Shadow price of the budget: the profit of one more unit.
        capacity_prices: Shadow price of each offer's capacity: the profit of one more place.
        best_rule: Best of the simple rules; `best_rule_profit` is its expected profit.
        advantage_profit: `total_profit` minus `best_rule_profit`, with `advantage_lower,
            advantage_upper`.
        recommended: Whether the interval of the advantage lies above 0.
        reason: Reason for the recommendation, in words.
        table: Chosen rows of the profit table, with the other columns of `eligible`. With
            exploration also `explored`, True where the offer was drawn at random.

    Examples:
        >>> profits = pd.DataFrame(
        ...     {"customer_id": [1, 2], "offer": "10%", "profit": [5.0, 3.0], "cost": [1.0, 1.0]}
        ... )
        >>> allocate_offers(profits, budget=1).budget_price
        5.0
    """

    customers: int
    customers_with_several: int
    eligible_customers: int
    holdout: float
    explored: int
    total_profit: float
    total_cost: float
    budget: float | None
    bound_profit: float
    gap_profit: float
    budget_price: float
    capacity_prices: dict[str, float]
    best_rule: str
    best_rule_profit: float
    advantage_profit: float
    advantage_lower: float
    advantage_upper: float
    confidence_level: float
    recommended: bool
    reason: str
    table: pd.DataFrame

    @property
    def is_certain(self) -> bool:
        """Whether the uplift was taken as certain, because its standard error was not given."""
        return "profit_standard_error" not in self.table.columns


def allocate_offers(
    profit_table: pd.DataFrame,
    *,
    budget: float | None = None,
    capacities: Mapping[Any, int] | None = None,
    max_per_customer: int = 1,
    max_share: float | None = None,
    eligible: pd.DataFrame | None = None,
    holdout: float = 0.0,
    explore: float | Mapping[Any, float] = 0.0,
    random_state: int = 0,
    confidence_level: float = 0.95,
) -> OfferAllocation:
    """Allocate offers to customers so that expected profit is highest within the limits.

    It finds a shadow price for the budget and for each offer's capacity. At these prices the best
    offer for each customer follows directly. The prices also give the bound, so the gap is proven,
    not estimated. Offers that lose money are never chosen, except to explore.

    The allocation is then compared with simple rules under the same limits:

    - no offer for anyone,
    - one offer for everyone,
    - one offer for as many customers as the limits allow, in arbitrary order (by a hash of their
      id),
    - one offer for the customers with the highest `churn_probability`, as many as the limits allow
      and at most as many as the allocation reaches.

    The allocation is recommended only if the interval of its advantage over the best rule lies
    above 0. The interval includes the sampling of customers and `profit_standard_error`. Errors of
    an offer are assumed to be shared by all its customers whom only one of the two policies
    reaches. The same uplift estimates choose the customers and forecast the profit, so the
    advantage is still too optimistic: check it with `policy_value` on a randomised hold-out.

    `holdout` makes room for the customers whom `hold_out` will draw afterwards. They cost nothing,
    so the limits are divided by 1 - `holdout`, and the contacted customers use them up. `explore`
    gives offers at random, so that a first uplift can be estimated when there is no experiment yet.

    Args:
        profit_table: Table with `customer_id, offer, profit, cost`, and optionally
            `profit_standard_error` and `churn_probability`, as from `offer_profit`. Pairs without a
            row are not eligible. For several offers per customer also `stackable`, and for
            `max_share` also `purchase_share`.
        budget: Largest sum of costs. None for no limit.
        capacities: Largest number of customers of each offer, by offer. Offers without an entry
            have no limit. None for no limits.
        max_per_customer: Largest number of offers per customer. A customer gets several offers only
            if all of them are `stackable`.
        max_share: Largest total cost of several offers of a customer, as a fraction of the
            purchase: 0.3 allows 20 % with 10 %, but not with 15 %. None for no limit.
        eligible: Allowed pairs with `customer_id, offer`, such as the table of `eligible_pairs`.
            Its other columns, such as `channel`, go into the result. None allows every row of the
            profit table.
        holdout: Share of the allocated customers who will be held out, from 0 to below 1.
        explore: Share of all customers who get an eligible offer at random, whatever its profit:
            one number for every offer, or one by offer. Exploration respects the limits; the rest
            of the limits is allocated by profit. With 1 divided by the number of offers everything
            is random (a cold start).
        random_state: Seed of the offers drawn at random.
        confidence_level: Confidence level of the interval of the advantage, as a fraction.

    Returns:
        An `OfferAllocation`, always within the limits. Its profit is at most one customer's profit
        per binding limit below the bound, except with many ties; `gap_profit` is the actual
        difference.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A pair occurs twice, a cost or standard error is negative, or a profit is missing
            or infinite.
        ValueError: The budget or a capacity is negative, a capacity is for an offer that nobody can
            have, stackable offers form more than 500 sets, or a share lies outside its range.

    References:
        Martello, Toth (1990), Knapsack problems, chapter 6 (multiple-choice knapsack).

    Examples:
        >>> profits = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 2],
        ...         "offer": ["10%", "20%", "10%", "20%"],
        ...         "profit": [5.0, 6.0, 3.0, 2.0],
        ...         "cost": [1.0, 4.0, 1.0, 2.0],
        ...     }
        ... )
        >>> allocation = allocate_offers(profits, budget=2)
        >>> allocation.table[["customer_id", "offer"]].values.tolist(), allocation.total_profit
        ([[1, '10%'], [2, '10%']], 8.0)
    """
    check_fraction(confidence_level, "confidence_level")
    limits = Limits.checked(budget, capacities, holdout, max_per_customer, max_share)
    grid = read_grid(profit_table, eligible, limits)
    contacted = limits.contacted
    shares = exploration_shares(explore, grid.offers)
    rng = np.random.default_rng(check_random_state(random_state))
    drawn = drawn_offers(grid.problem, grid.allowed(), shares, rng)
    open_ = grid.without(drawn)
    solution = _solution(open_, limits)
    rule, rule_taken = _best_rule(open_, int(solution.taken.any(axis=1).sum()))
    # Of a few customers a rule may fill the limits better than prices do.
    profitable = rule_taken & (open_.problem.profit > 0)
    taken = max((solution.taken, profitable), key=lambda taken: _profit(open_, taken))
    advantage = contacted * _advantage(open_, taken, rule_taken)
    half = float(critical_value(confidence_level)) * contacted * _error(open_, taken, rule_taken)
    bound = contacted * (max(solution.bound, _profit(open_, taken)) + _profit(grid, drawn))
    every = taken | drawn
    total = contacted * _profit(grid, every)
    certain = "profit_standard_error" not in profit_table
    table, cells = grid.chosen(every)
    if shares.any():
        table = table.assign(explored=drawn.ravel()[cells])
    return OfferAllocation(
        customers=int(every.any(axis=1).sum()),
        customers_with_several=int((every.sum(axis=1) > 1).sum()),
        eligible_customers=int(grid.allowed().any(axis=1).sum()),
        holdout=float(holdout),
        explored=int(drawn.sum()),
        total_profit=total,
        total_cost=contacted * float(grid.problem.cost[every].sum()),
        budget=None if budget is None else float(budget),
        bound_profit=max(bound, total),
        gap_profit=max(bound - total, 0.0),
        budget_price=float(solution.prices[0]),
        capacity_prices=dict(zip(map(str, grid.offers), solution.prices[1:].tolist(), strict=True)),
        best_rule=rule,
        best_rule_profit=total - advantage,
        advantage_profit=advantage,
        advantage_lower=advantage - half,
        advantage_upper=advantage + half,
        confidence_level=confidence_level,
        recommended=advantage - half > 0,
        reason=_reason(rule, advantage, half, confidence_level, certain),
        table=table,
    )


def _solution(grid: Grid, limits: Limits) -> Solution:
    """Who gets which offer, with the prices and the bound."""
    at_most, most = limits.max_per_customer, limits.max_share
    if at_most == 1 or (grid.stackable.all() and math.isinf(most)):
        return solve(grid.problem)
    bundles = Bundles.of(grid.problem, grid.stackable, grid.share, most, at_most)
    solution = solve(bundles.problem)
    return dataclasses.replace(solution, taken=bundles.pairs(solution.taken))


def _profit(grid: Grid, taken: Mask) -> float:
    return float(grid.problem.profit[taken].sum())


def _advantage(grid: Grid, taken: Mask, rule: Mask) -> float:
    """What the first earns more than the second; what is rounding in a tie is 0."""
    profit = grid.problem.profit
    gains, losses = profit[taken & ~rule].sum(), profit[rule & ~taken].sum()
    is_tie = abs(gains - losses) <= SAME * (abs(gains) + abs(losses))
    return 0.0 if is_tie else float(gains - losses)


def _best_rule(grid: Grid, reached: int) -> tuple[str, Mask]:
    """The simple rule that earns most within the limits; nobody is one of them."""
    best, best_taken = "nobody", np.zeros(grid.row.shape, dtype=np.bool_)
    for what, offer in enumerate(grid.offers):
        for rule, who in _rules(grid, what, reached).items():
            if grid.problem.profit[who, what].sum() > _profit(grid, best_taken):
                best = f"{rule} {offer}"
                best_taken = np.zeros(grid.row.shape, dtype=np.bool_)
                best_taken[who, what] = True
    return best, best_taken


def _rules(grid: Grid, what: int, reached: int) -> dict[str, npt.NDArray[np.intp]]:
    eligible = np.flatnonzero(grid.row[:, what] >= 0)
    budget, places = grid.problem.limits[0], grid.problem.limits[1 + what]
    rules = {}
    if grid.problem.cost[eligible, what].sum() <= budget and len(eligible) <= places:
        rules["everyone gets"] = eligible
    else:
        drawn = eligible[np.argsort(grid.lot[eligible], kind="stable")]
        within = np.cumsum(grid.problem.cost[drawn, what]) <= budget
        rules["as many as the limits allow get"] = drawn[within][: int(min(places, len(drawn)))]
    if grid.churn is not None:
        ranked = _riskiest(grid, eligible, what, int(min(places, reached)))
        within = np.cumsum(grid.problem.cost[ranked, what]) <= budget
        rules["top churn risk gets"] = ranked[within]
    return rules


def _riskiest(
    grid: Grid, eligible: npt.NDArray[np.intp], what: int, count: int
) -> npt.NDArray[np.intp]:
    """The customers of the highest risk; of equal ones the more profitable first."""
    if grid.churn is None or count == 0:
        return eligible[:0]
    safety = -grid.churn[eligible]
    if count < len(eligible):  # sorting those in question alone is far less than sorting all
        kept = safety <= np.partition(safety, count - 1)[count - 1]
        eligible, safety = eligible[kept], safety[kept]
    return eligible[np.lexsort((-grid.problem.profit[eligible, what], safety))][:count]


def _error(grid: Grid, taken: Mask, rule: Mask) -> float:
    """The standard error of the difference of two policies' profits."""
    worth = np.where(taken, grid.problem.profit, 0.0) - np.where(rule, grid.problem.profit, 0.0)
    each = worth.sum(axis=1)
    sampling = len(each) * float(np.var(each, ddof=1)) if len(each) > 1 else 0.0
    apart = [np.where(only, grid.error, 0.0).sum(axis=0) for only in (taken & ~rule, rule & ~taken)]
    return math.sqrt(sampling + float(np.square(apart).sum()))


def _reason(rule: str, advantage: float, half: float, level: float, certain: bool) -> str:
    more, lower, upper = apart(advantage, advantage - half, advantage + half, spec=",.2f")
    interval = f"{level_text(level)} CI {lower} to {upper}"
    verdict = "recommended" if advantage - half > 0 else "not recommended"
    which = "which lies above 0" if advantage - half > 0 else "which includes 0: prefer that rule"
    doubt = "; the uplift is taken as certain (no profit_standard_error)" if certain else ""
    earns = f"it earns {more} more than" if advantage else "it earns as much as"
    return f"{verdict}, {earns} the best simple rule, {rule} ({interval}, {which}){doubt}"
