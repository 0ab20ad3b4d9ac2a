"""Sets of offers: the best choice of a few customers, found by trying every one."""

import itertools

import numpy as np
import pytest

from cemkit.targeting.bundles import Bundles
from cemkit.targeting.solver import Problem, solve


def pairs(seed: int, customers: int = 5, offers: int = 3, limits: int = 2) -> Problem:
    """A small problem of single offers."""
    rng = np.random.default_rng(seed)
    return Problem(
        profit=rng.normal(1, 1, (customers, offers)),
        cost=rng.uniform(0.5, 1.5, (customers, offers)),
        limits=np.array([4.0, *[float(limits)] * offers]),
        max_per_customer=2,
    )


def best_of_all(of: Problem, stackable: np.ndarray, shares: np.ndarray, max_share: float) -> float:
    """The highest profit within the limits, by trying every choice of every customer."""
    customers, offers = of.profit.shape
    choices = []
    for who in range(customers):
        own = [()]
        own += [(offer,) for offer in range(offers)]
        for two in itertools.combinations(range(offers), 2):
            if all(stackable[who, list(two)]) and sum(shares[who, list(two)]) <= max_share:
                own.append(two)
        choices.append(own)
    best = 0.0
    for plan in itertools.product(*choices):
        got = [(who, offer) for who, own in enumerate(plan) for offer in own]
        cost = sum(of.cost[pair] for pair in got)
        counts = np.bincount([offer for _, offer in got], minlength=offers)
        if cost <= of.limits[0] and (counts <= of.limits[1:]).all():
            best = max(best, sum(of.profit[pair] for pair in got))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_the_bound_holds_and_the_best_choice_is_near_it(seed: int) -> None:
    of = pairs(seed)
    rng = np.random.default_rng(100 + seed)
    stackable, shares = rng.random(of.profit.shape) < 0.7, rng.uniform(0, 0.3, of.profit.shape)
    bundles = Bundles.of(of, stackable, shares, max_share=0.4, at_most=2)
    solution = solve(bundles.problem)
    taken = bundles.pairs(solution.taken)
    exact = best_of_all(of, stackable, shares, 0.4)
    found = of.profit[taken].sum()
    assert found <= exact + 1e-9
    assert exact <= solution.bound + 1e-9
    binding = (solution.prices > 0).sum()
    assert found >= solution.bound - binding * bundles.problem.profit.max() - 1e-9
    assert of.cost[taken].sum() <= of.limits[0] * (1 + 1e-9)
    assert (taken.sum(axis=0) <= of.limits[1:]).all()


def test_without_limits_each_customer_gets_the_best_set() -> None:
    of = pairs(3)
    free = Problem(profit=of.profit, cost=of.cost, limits=np.full(4, np.inf), max_per_customer=2)
    everything = np.ones(of.profit.shape, dtype=bool)
    bundles = Bundles.of(free, everything, np.zeros(of.profit.shape), np.inf, 2)
    taken = bundles.pairs(solve(bundles.problem).taken)
    assert free.profit[taken].sum() == pytest.approx(solve(free).bound)


def test_too_many_sets_are_refused_with_what_to_do() -> None:
    of = pairs(0, customers=2, offers=20, limits=5)
    everything = np.ones(of.profit.shape, dtype=bool)
    with pytest.raises(ValueError, match=r"max_per_customer=3 of 20 stackable offers makes 1,350"):
        Bundles.of(of, everything, np.zeros(of.profit.shape), 0.3, 3)


def test_customers_too_many_for_one_program_are_near_the_bound_too() -> None:
    rng = np.random.default_rng(5)
    of = Problem(
        profit=rng.normal(1, 2, (6000, 4)),
        cost=rng.uniform(0.1, 2, (6000, 4)),
        limits=np.array([2400.0, 600, np.inf, np.inf, 300]),
        max_per_customer=2,
    )
    stackable = np.broadcast_to([True, True, True, False], of.profit.shape)
    shares = np.broadcast_to([0.1, 0.2, 0.15, 0.3], of.profit.shape)
    bundles = Bundles.of(of, stackable, shares, max_share=0.3, at_most=2)
    solution = solve(bundles.problem)
    taken = bundles.pairs(solution.taken)
    binding = (solution.prices > 0).sum()
    gap = solution.bound - of.profit[taken].sum()
    assert gap >= -1e-6
    assert gap <= binding * bundles.problem.profit.max()
    assert of.cost[taken].sum() <= 2400 * (1 + 1e-9)
    assert (taken.sum(axis=0) <= of.limits[1:]).all()
    assert not (taken[:, 3] & (taken.sum(axis=1) > 1)).any()
