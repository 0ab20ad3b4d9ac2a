"""allocate_offers: which customer gets which offer, and whether that beats a simple rule."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_fraction,
    check_frame,
    check_integer,
    check_number,
    check_spellings,
    customer_ids,
    finite_values,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.columns import numbers, written_floats
from cemkit.data.cost_of_offers import check_max_share
from cemkit.errors import DataError
from cemkit.formats import apart, level_text
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result
from cemkit.targeting.bundles import Bundles
from cemkit.targeting.solver import Problem, Solution, solve

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OfferAllocation(Result):
    """Who gets which offer, what it earns, and whether it is worth doing.

    Attributes:
        customers: Customers who get an offer, of `eligible_customers`.
        customers_with_several: Customers who get more than one offer.
        total_profit: Expected, of the whole allocation, and `total_cost`.
        bound_profit: No allocation can earn more; `gap_profit` is what is missing to it.
        budget_price: Profit that one further unit of budget would earn (its shadow price).
        capacity_prices: Profit that one further place of each offer would earn.
        best_rule: The best of the simple rules, and `best_rule_profit`.
        advantage_profit: `total_profit` less that, with `advantage_lower, advantage_upper`.
        recommended: Whether that interval lies above 0.
        reason: Why, in words.
        table: The chosen rows of the profit table.

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
        """Whether the uplift was taken as certain, as its error was not given."""
        return "profit_standard_error" not in self.table.columns


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """The profit table as matrices of customers by offers; absent pairs have row -1."""

    offers: list[Any]
    row: npt.NDArray[np.intp]
    problem: Problem
    stackable: Mask
    share: Floats  # what an offer costs of a purchase
    error: Floats
    churn: Floats | None
    lot: npt.NDArray[np.uint64]  # of each customer, by the hash of the id


def allocate_offers(
    profit_table: pd.DataFrame,
    *,
    budget: float | None = None,
    capacities: Mapping[Any, int] | None = None,
    max_per_customer: int = 1,
    max_share: float | None = None,
    confidence_level: float = 0.95,
) -> OfferAllocation:
    """Choose who gets which offer so that expected profit is highest within the limits.

    The linear program is solved through prices on the budget and on the places of each offer (see
    `solver`); the bound comes from those prices, so the gap is proven, not estimated. Offers that
    lose money are never chosen.

    The allocation is then compared with simple rules under the same limits: nobody; everyone, with
    one offer; that offer to as many customers as the limits allow, whoever they are (by a hash of
    their id); those of the highest `churn_probability`, with one offer, as many as the limits allow
    and at most as many as the allocation reaches. It is recommended only where the interval of its
    advantage over the best of them lies above 0. That interval counts two uncertainties: which
    customers happen to be in the table, and `profit_standard_error`, whose errors are taken as
    shared by all customers of an offer whom only one of the two policies reaches. The uplift that
    chose is also the one that values, so the advantage is optimistic still: settle it with
    `policy_value` on a randomised hold-out.

    Args:
        profit_table: `customer_id, offer, profit, cost`, and where present `profit_standard_error`
            and `churn_probability`, as from `offer_profit`. A pair without a row is not eligible.
            Where a customer may get several offers also `stackable`, and `purchase_share` with
            `max_share`.
        budget: The most the costs may sum to; None for no limit.
        capacities: The most customers an offer may go to, by offer; offers not named have no limit.
        max_per_customer: The most offers one customer may get. Several go to a customer only
            where each of them is `stackable`; any other offer goes alone.
        max_share: The most that several offers of a customer may cost together, as a share of the
            purchase: 0.3 lets 20 % and 10 % go together, and not 20 % and 15 %. None for no limit.
        confidence_level: Confidence level of the interval of the advantage.

    Returns:
        The allocation: always within the limits, and at most one customer's profit below the
        bound per limit that binds, save where many customers tie (`gap_profit` says what is so).

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A pair occurs twice, a cost or standard error is negative, or a profit is missing
            or infinite.
        ValueError: The budget or a capacity is negative, a capacity is of an offer that nobody
            can have, or stackable offers make more than 500 sets.

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
    if budget is not None:
        check_number(budget, "budget", minimum=0)
    at_most = check_integer(max_per_customer, "max_per_customer", minimum=1)
    if max_share is not None:
        check_max_share(max_share)
    grid = _grid(profit_table, budget, {} if capacities is None else capacities, at_most, max_share)
    solution = _solution(grid, at_most, math.inf if max_share is None else max_share)
    rule, rule_taken = _best_rule(grid, int(solution.taken.any(axis=1).sum()))
    # Of a few customers a rule may fill the limits better than prices do.
    profitable = rule_taken & (grid.problem.profit > 0)
    taken = max((solution.taken, profitable), key=lambda taken: _profit(grid, taken))
    total = _profit(grid, taken)
    advantage = total - _profit(grid, rule_taken)
    half = float(critical_value(confidence_level)) * _error(grid, taken, rule_taken)
    certain = "profit_standard_error" not in profit_table
    chosen = profit_table.iloc[np.sort(grid.row[taken])]
    return OfferAllocation(
        customers=int(taken.any(axis=1).sum()),
        customers_with_several=int((taken.sum(axis=1) > 1).sum()),
        eligible_customers=len(grid.row),
        total_profit=total,
        total_cost=float(grid.problem.cost[taken].sum()),
        budget=None if budget is None else float(budget),
        bound_profit=max(solution.bound, total),
        gap_profit=max(solution.bound - total, 0.0),
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
        table=chosen.reset_index(drop=True),
    )


def _solution(grid: _Grid, at_most: int, max_share: float) -> Solution:
    """Who gets which offer, with the prices and the bound."""
    if at_most == 1 or (grid.stackable.all() and math.isinf(max_share)):
        return solve(grid.problem)
    bundles = Bundles.of(grid.problem, grid.stackable, grid.share, max_share, at_most)
    solution = solve(bundles.problem)
    return dataclasses.replace(solution, taken=bundles.pairs(solution.taken))


def _grid(
    table: pd.DataFrame,
    budget: float | None,
    capacities: Mapping[Any, int],
    at_most: int,
    max_share: float | None,
) -> _Grid:
    check_frame(table, "profit_table")
    check_columns(
        table.columns, ["customer_id", "offer", "profit", "cost"], "make it with offer_profit"
    )
    who, ids = pd.factorize(customer_ids(table, "profit_table"))
    what, offers = _offers(table["offer"])
    if not ids.is_monotonic_increasing:
        # Of customers who tie the same are chosen in any order of the rows.
        rank, ids = pd.factorize(ids, sort=True)
        who = rank[who]
    row = np.full((len(ids), len(offers)), -1, dtype=np.intp)
    row[who, what] = np.arange(len(table))
    if np.count_nonzero(row >= 0) < len(table):
        raise DataError("profit_table has a pair of customer and offer twice; keep one row of each")
    stackable, share = _together(table, at_most, max_share)
    cost, error = _at_least_0(table, "cost"), np.zeros(len(table))
    if "profit_standard_error" in table:
        error = _at_least_0(table, "profit_standard_error")
    problem = Problem(
        profit=_matrix(row, finite_values(table["profit"], "profit"), -math.inf),
        cost=_matrix(row, cost, 0.0),
        limits=_limits(budget, capacities, offers.tolist()),
        max_per_customer=at_most,
    )
    churn = None
    if "churn_probability" in table:
        values = finite_values(table["churn_probability"], "churn_probability")
        churn = _matrix(row, values, -math.inf).max(axis=1)
    return _Grid(
        offers=offers.tolist(),
        row=row,
        problem=problem,
        stackable=stackable[row] & (row >= 0),
        share=_matrix(row, share, 0.0),
        error=_matrix(row, error, 0.0),
        churn=churn,
        lot=pd.util.hash_pandas_object(ids).to_numpy().astype(np.uint64),
    )


def _together(table: pd.DataFrame, at_most: int, max_share: float | None) -> tuple[Mask, Floats]:
    """Which rows go with others, and what each costs of a purchase; nothing where one is enough."""
    stackable, share = np.ones(len(table), dtype=np.bool_), np.zeros(len(table))
    if at_most > 1:
        check_columns(
            table.columns, ["stackable"], "say which offers go together; offer_profit adds it"
        )
        if not pd.api.types.is_bool_dtype(table["stackable"]) or table["stackable"].hasnans:
            raise DataError("stackable must hold True or False in every row")
        stackable = table["stackable"].to_numpy(dtype=np.bool_)
    if max_share is not None:
        check_columns(table.columns, ["purchase_share"], "max_share limits its sum")
        share = written_floats(numbers(table["purchase_share"], "purchase_share"))
        if not (share >= 0).all():  # infinite where the purchase is of nothing
            raise DataError(
                f"purchase_share is missing or negative in {int((~(share >= 0)).sum()):,} rows; it "
                "is what the offer costs per unit of amount, as offer_profit gives it"
            )
    return stackable, share


def _offers(column: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """The number of each row's offer, and the offers in order."""
    if column.isna().any():
        raise DataError("profit_table has rows without an offer; name them first")
    try:
        codes, offers = pd.factorize(column, sort=True)
    except TypeError as error:
        raise DataError(f"offer must hold text or numbers, not both: {error}") from error
    check_spellings(offers, "offer")
    return codes, pd.Index(offers)


def _at_least_0(table: pd.DataFrame, name: str) -> Floats:
    values = finite_values(table[name], name)
    if (values < 0).any():
        count = int((values < 0).sum())
        raise DataError(f"{name} has {count} negative values; correct them first")
    return values


def _matrix(row: npt.NDArray[np.intp], values: Floats, absent: float) -> Floats:
    matrix = values[row]
    matrix[row < 0] = absent
    return matrix


def _limits(budget: float | None, capacities: Mapping[Any, int], offers: list[Any]) -> Floats:
    if not isinstance(capacities, Mapping):
        raise TypeError(
            f"capacities must name its offers, as in {{'mail': 100}}, not {shown(capacities)}"
        )
    unknown = [offer for offer in capacities if offer not in offers]
    if unknown:
        hint = meant(unknown[0], offers)
        raise ValueError(
            f"capacities names {unknown[0]!r}, an offer nobody can have{hint}; has {offers}"
        )
    for offer, capacity in capacities.items():
        check_integer(capacity, f"capacity of offer {offer!r}", minimum=0)
    places = [float(capacities.get(offer, math.inf)) for offer in offers]
    return np.array([math.inf if budget is None else float(budget), *places])


def _profit(grid: _Grid, taken: Mask) -> float:
    return float(grid.problem.profit[taken].sum())


def _best_rule(grid: _Grid, reached: int) -> tuple[str, Mask]:
    """The simple rule that earns most within the limits; nobody is one of them."""
    best, best_taken = "nobody", np.zeros(grid.row.shape, dtype=np.bool_)
    for what, offer in enumerate(grid.offers):
        for rule, who in _rules(grid, what, reached).items():
            if grid.problem.profit[who, what].sum() > _profit(grid, best_taken):
                best = f"{rule} {offer}"
                best_taken = np.zeros(grid.row.shape, dtype=np.bool_)
                best_taken[who, what] = True
    return best, best_taken


def _rules(grid: _Grid, what: int, reached: int) -> dict[str, npt.NDArray[np.intp]]:
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
    grid: _Grid, eligible: npt.NDArray[np.intp], what: int, count: int
) -> npt.NDArray[np.intp]:
    """The customers of the highest risk; of equal ones the more profitable first."""
    if grid.churn is None or count == 0:
        return eligible[:0]
    safety = -grid.churn[eligible]
    if count < len(eligible):  # sorting those in question alone is far less than sorting all
        kept = safety <= np.partition(safety, count - 1)[count - 1]
        eligible, safety = eligible[kept], safety[kept]
    return eligible[np.lexsort((-grid.problem.profit[eligible, what], safety))][:count]


def _error(grid: _Grid, taken: Mask, rule: Mask) -> float:
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
    return (
        f"{verdict}, it earns {more} more than the best simple rule, {rule} "
        f"({interval}, {which}){doubt}"
    )
