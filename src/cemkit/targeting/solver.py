"""The linear program of an allocation, solved exactly by zooming in on the undecided customers.

Choose `x[i, o]` in {0, 1} to maximise `sum(profit * x)`, where each customer gets at most
`max_per_customer` offers, the costs stay within the budget and each offer within its capacity. With
a price on the budget and on each capacity the customers part: each takes the offers of the highest
positive `profit - price_of_budget * cost - price_of_offer`. Right prices decide nearly everyone, so
they are found on a sample, those far from a change of mind are settled, and the rest is sampled
again, until what is left is small enough to be solved whole.

Of few customers whole choices matter more than prices. So a gap that is left is tried by the
highest profit first, and where there are few pairs by branch and bound.
"""

import dataclasses
import math

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from cemkit.arrays import Floats

Mask = npt.NDArray[np.bool_]

WHOLE = 4_000  # customers whose program is solved at once
UNSURE_SHARES = (0.1, 0.4)  # of the customers kept per zoom; the second where the first was small
FILL_BLOCK = 20_000
BY_PROFIT = 1_000_000  # pairs up to which the highest profit first is tried
BRANCHED = 2_000  # pairs up to which branch and bound is tried
NODES = 500  # of its tree; no limit of time, so that every machine gives the same answer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Who could get what: an option per column, which uses up places of one offer or of several.

    `limits` are the budget and then the places of each offer; `uses` says which places an option
    takes, and without it each option is an offer of its own.
    """

    profit: Floats
    cost: Floats
    limits: Floats
    max_per_customer: int
    uses: Floats | None = None

    @property
    def places(self) -> Floats:
        """How many places of each offer an option takes."""
        return np.eye(len(self.limits) - 1) if self.uses is None else self.uses

    def used(self, taken: Mask, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
        """What the taken offers of these rows use up of each limit."""
        spent = float((self.cost[rows] * taken).sum())
        return np.append(spent, taken.sum(axis=0) @ self.places).astype(np.float64)

    def reduced(self, prices: Floats, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Floats:
        """Profits less what the offers use up, at these prices."""
        of_places = self.places @ prices[1:]
        values: Floats = self.profit[rows] - prices[0] * self.cost[rows] - of_places
        return values


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """An allocation and the proof of how good it is."""

    taken: Mask
    prices: Floats
    bound: float


def solve(problem: Problem) -> Solution:
    """The best allocation found, feasible always, with the bound of the linear program."""
    free = Solution(
        taken=_choice(problem.profit, problem.max_per_customer),
        prices=np.zeros(len(problem.limits)),
        bound=0.0,
    )
    if _fits(problem, free.taken):
        return dataclasses.replace(free, bound=_earned(problem, free.taken))
    nothing = np.zeros(problem.profit.shape, dtype=np.bool_)
    best = Solution(taken=nothing, prices=free.prices, bound=_earned(problem, free.taken))
    for share in UNSURE_SHARES:
        best = _better(problem, best, _zoomed(problem, share))
        if _is_close(problem, best):
            break
    return _tried_whole(problem, best)


def _tried_whole(problem: Problem, best: Solution) -> Solution:
    """The better of the solution, the highest profit first, and branch and bound."""
    if best.bound <= _earned(problem, best.taken) * (1 + 1e-12) or problem.profit.size > BY_PROFIT:
        return best
    nothing = np.zeros(problem.profit.shape, dtype=np.bool_)
    greedy = _filled(problem, nothing, np.zeros_like(best.prices))
    best = _better(problem, best, dataclasses.replace(best, taken=greedy))
    if np.count_nonzero(problem.profit > 0) > BRANCHED:
        return best
    return _better(problem, best, _branched(problem, best))


def _branched(problem: Problem, best: Solution) -> Solution:
    """The whole choices of branch and bound, and its bound, with the prices as they are."""
    who, what = np.nonzero(problem.profit > 0)
    profit, unit = problem.profit[who, what], problem.profit[who, what].max()
    above, ends = _constraints(problem, who, what, problem.limits)
    found = milp(
        -profit / unit,
        constraints=LinearConstraint(above, ub=ends),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(who)),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return best
    taken = np.zeros(problem.profit.shape, dtype=np.bool_)
    taken[who, what] = found.x > 0.5
    if not _fits(problem, taken):
        return best
    bound = best.bound
    if found.mip_dual_bound is not None:
        bound = min(bound, max(-float(found.mip_dual_bound) * unit, _earned(problem, taken)))
    return dataclasses.replace(best, taken=taken, bound=bound)


def _constraints(
    problem: Problem, who: npt.NDArray[np.intp], what: npt.NDArray[np.intp], limits: Floats
) -> tuple[sparse.csr_array, Floats]:
    """The finite limits and each customer's, as rows over the pairs; the budget in mean costs."""
    cost, pairs = problem.cost[who, what], np.arange(len(who))
    unit = float(cost.mean()) or 1.0
    places = sparse.csr_array(problem.places.T)[:, what]
    budget = sparse.csr_array((cost / unit, (np.zeros_like(who), pairs)), (1, len(who)))
    _, customers = np.unique(who, return_inverse=True)
    each = sparse.csr_array((np.ones(len(who)), (customers, pairs)))
    finite = np.flatnonzero(np.isfinite(limits))
    resources = sparse.vstack([budget, places], format="csr")[finite]
    ends = np.append(limits[:1] / unit, limits[1:])[finite]
    at_most = np.full(each.shape[0], float(problem.max_per_customer))
    return sparse.vstack([resources, each], format="csr"), np.concatenate([ends, at_most])


def dual_bound(problem: Problem, prices: Floats) -> float:
    """What no allocation can exceed, from any prices of at least 0 (weak duality)."""
    values = problem.reduced(prices)
    binding = prices > 0
    resources = float(prices[binding] @ problem.limits[binding])
    return resources + float(values[_choice(values, problem.max_per_customer)].sum())


def _earned(problem: Problem, taken: Mask) -> float:
    return float(problem.profit[taken].sum())


def _fits(problem: Problem, taken: Mask) -> bool:
    return bool((problem.used(taken) <= problem.limits * (1 + 1e-12)).all())


def _is_close(problem: Problem, solution: Solution) -> bool:
    allowance = (solution.prices > 0).sum() * problem.profit.max()
    return bool(solution.bound - _earned(problem, solution.taken) <= allowance)


def _better(problem: Problem, one: Solution, other: Solution) -> Solution:
    taken = max((one.taken, other.taken), key=lambda taken: _earned(problem, taken))
    tight = min((one, other), key=lambda solution: solution.bound)
    return Solution(taken=taken, prices=tight.prices, bound=tight.bound)


def _choice(values: Floats, at_most: int) -> Mask:
    if at_most >= values.shape[1]:
        return values > 0
    if at_most == 1:
        best = values.argmax(axis=1)
        rows = np.flatnonzero(values[np.arange(len(values)), best] > 0)
        taken = np.zeros(values.shape, dtype=np.bool_)
        taken[rows, best[rows]] = True
        return taken
    best = np.argsort(-values, axis=1, kind="stable")[:, :at_most]
    taken = np.zeros(values.shape, dtype=np.bool_)
    np.put_along_axis(taken, best, True, axis=1)
    return taken & (values > 0)


def _zoomed(problem: Problem, share: float) -> Solution:
    taken = np.zeros(problem.profit.shape, dtype=np.bool_)
    best = problem.profit.max(axis=1)
    rows = np.argsort(best, kind="stable")  # a systematic sample of it is one of every value
    rows = rows[best[rows] > 0]
    left = problem.limits.copy()
    tried: list[Floats] = []
    while (keep := max(WHOLE, int(share * len(rows)))) < len(rows):
        sample = rows[np.linspace(0, len(rows) - 1, WHOLE).astype(np.intp)]
        prices, _ = _program(problem, sample, left * (WHOLE / len(rows)))
        tried.append(prices)
        values = problem.reduced(prices, rows)
        chosen = _choice(values, problem.max_per_customer)
        nearest = np.argpartition(_slack(problem, prices, rows, values, chosen), keep)
        settled = np.sort(nearest[keep:])
        taken[rows[settled]] = chosen[settled]
        left = np.maximum(left - problem.used(chosen[settled], rows[settled]), 0)
        rows = rows[np.sort(nearest[:keep])]
    prices, taken[rows] = _program(problem, rows, left)
    if not _fits(problem, taken):  # the sample misled; a larger share follows
        taken[:] = False
    return _finished(problem, taken, [prices, *tried])


def _finished(problem: Problem, taken: Mask, tried: list[Floats]) -> Solution:
    """The allocation with its free room used; where many tie, earlier prices know better how."""
    best = Solution(taken=taken, prices=tried[0], bound=math.inf)
    for prices in tried:
        filled = _filled(problem, taken.copy(), prices)
        found = Solution(taken=filled, prices=prices, bound=dual_bound(problem, prices))
        best = _better(problem, best, found)
        if _is_close(problem, best):
            break
    return best


def _slack(
    problem: Problem, prices: Floats, rows: npt.NDArray[np.intp], values: Floats, chosen: Mask
) -> Floats:
    """How far the prices must move, relative to their size, before each customer changes."""
    scale = 0.0
    if np.isfinite(problem.limits[1:]).any():
        scale = float(np.mean(problem.profit[rows].max(axis=1)))
    places = scale * problem.places.sum(axis=1)
    moves = prices[0] * problem.cost[rows] + (places + np.finfo(np.float64).tiny)
    threshold = np.zeros(len(rows))
    full = chosen.sum(axis=1) == problem.max_per_customer
    worst = np.where(chosen, values, np.inf).min(axis=1)
    threshold[full] = worst[full]
    to_lose = np.where(chosen, values / moves, np.inf).min(axis=1)
    both = moves + np.where(full, moves.max(axis=1), 0.0)[:, None]
    to_gain = np.where(chosen, np.inf, (threshold[:, None] - values) / both).min(axis=1)
    slack: Floats = np.minimum(to_lose, to_gain)
    return slack


def _program(problem: Problem, rows: npt.NDArray[np.intp], limits: Floats) -> tuple[Floats, Mask]:
    """Prices and whole choices of the linear program on some customers; fractions are let go."""
    taken = np.zeros((len(rows), problem.profit.shape[1]), dtype=np.bool_)
    prices = np.zeros(len(limits))
    part = dataclasses.replace(problem, profit=problem.profit[rows], cost=problem.cost[rows])
    who, what = np.nonzero(part.profit > 0)
    if len(who) == 0:
        return prices, taken
    profit, cost = part.profit[who, what], part.cost[who, what]
    units = np.array([cost.mean() or 1.0, *np.ones(len(limits) - 1)])  # keeps the solver's scale
    unit = profit.mean()
    finite = np.flatnonzero(np.isfinite(limits))
    above, ends = _constraints(part, who, what, limits)
    found = linprog(
        -profit / unit,
        A_ub=above,
        b_ub=ends,
        bounds=(0, 1),
        method="highs-ds",  # a vertex: at most one customer per binding limit is in fractions
    )
    marginals = found.ineqlin.marginals[: len(finite)]
    prices[finite] = np.maximum(-marginals, 0) * unit / units[finite]
    taken[who, what] = found.x > 1 - 1e-6
    return prices, taken


def _filled(problem: Problem, taken: Mask, prices: Floats) -> Mask:
    """Further offers, of the highest reduced profit first, while the limits have room."""
    left = problem.limits - problem.used(taken)
    places = problem.max_per_customer - taken.sum(axis=1)
    values = problem.reduced(prices)
    while True:
        fit = (problem.profit > 0) & ~taken & (places > 0)[:, None]
        fit &= (problem.cost <= left[0]) & ((problem.places @ (left[1:] < 1)) == 0)
        pairs = np.flatnonzero(fit)
        if len(pairs) > FILL_BLOCK:
            pairs = pairs[np.argpartition(-values.ravel()[pairs], FILL_BLOCK)[:FILL_BLOCK]]
        pairs = pairs[np.argsort(-values.ravel()[pairs], kind="stable")]
        added = _add_in_order(problem, pairs, taken, places, left)
        if added == 0:
            return taken


def _add_in_order(
    problem: Problem,
    pairs: npt.NDArray[np.intp],
    taken: Mask,
    places: npt.NDArray[np.int64],
    left: Floats,
) -> int:
    options = problem.profit.shape[1]
    used = [np.flatnonzero(row) + 1 for row in problem.places]
    added = 0
    for pair in pairs.tolist():
        who, what = divmod(pair, options)
        cost = problem.cost[who, what]
        if places[who] > 0 and cost <= left[0] and (left[used[what]] >= 1).all():
            taken[who, what] = True
            places[who] -= 1
            left[0] -= cost
            left[used[what]] -= 1
            added += 1
    return added
