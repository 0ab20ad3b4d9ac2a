"""The allocation's program against scipy's exact mixed-integer solver, and its bound at scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from cemkit.targeting.solver import Problem, dual_bound, solve


def problem(seed: int, customers: int, offers: int, *, limited: float = 0.5) -> Problem:
    """A random problem in which some pairs lose money, some are barred and some limits bind."""
    rng = np.random.default_rng(seed)
    profit = rng.normal(1, 2, (customers, offers)).round(2)
    cost = rng.uniform(0, 2, profit.shape).round(2)
    barred = rng.random(profit.shape) < 0.1
    places = np.where(rng.random(offers) < limited, rng.integers(0, customers + 1, offers), np.inf)
    return Problem(
        profit=np.where(barred, -np.inf, profit),
        cost=np.where(barred, 0.0, cost),
        limits=np.append(cost.sum() * rng.uniform(0, 0.6), places),
        max_per_customer=int(rng.integers(1, offers + 1)),
    )


def exact(of: Problem) -> float:
    """The best profit by branch and bound."""
    customers, offers = of.profit.shape
    rows, ends = [of.cost.ravel()], [of.limits[0]]
    for offer in range(offers):
        column = np.zeros(of.profit.shape)
        column[:, offer] = 1
        rows.append(column.ravel())
        ends.append(min(of.limits[1 + offer], customers))
    for customer in range(customers):
        row = np.zeros(of.profit.shape)
        row[customer] = 1
        rows.append(row.ravel())
        ends.append(of.max_per_customer)
    barred = np.isinf(of.profit).ravel()
    found = milp(
        -np.where(barred, 0, of.profit.ravel()),
        integrality=np.ones(of.profit.size),
        bounds=Bounds(0, np.where(barred, 0, 1)),
        constraints=LinearConstraint(np.array(rows), -np.inf, ends),
    )
    return -found.fun


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 14), st.integers(1, 4))
def test_allocation_is_feasible_and_within_one_customer_per_binding_limit_of_milp(
    seed: int, customers: int, offers: int
) -> None:
    of = problem(seed, customers, offers)
    solution = solve(of)
    earned = of.profit[solution.taken].sum()
    best = exact(of)
    assert (of.used(solution.taken) <= of.limits + 1e-9).all()
    assert (solution.taken.sum(axis=1) <= of.max_per_customer).all()
    assert earned <= best + 1e-6
    assert solution.bound >= best - 1e-6
    value = np.sort(np.maximum(of.profit, 0), axis=1)[:, -of.max_per_customer :].sum(axis=1).max()
    assert solution.bound - earned <= (solution.prices > 0).sum() * value + 1e-6


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10), st.integers(1, 3))
def test_no_prices_give_a_bound_below_the_best_allocation(
    seed: int, customers: int, offers: int
) -> None:
    of = problem(seed, customers, offers, limited=1)
    prices = np.random.default_rng(seed).exponential(1, offers + 1)
    assert dual_bound(of, prices) >= exact(of) - 1e-6


@pytest.mark.parametrize("max_per_customer", [1, 2])
def test_zooming_stays_within_one_customer_per_binding_limit_of_the_bound(
    max_per_customer: int,
) -> None:
    rng = np.random.default_rng(3)
    customers, offers = 60_000, 4
    profit = rng.lognormal(0, 1, (customers, offers)) - 0.5
    of = Problem(
        profit=profit,
        cost=rng.uniform(0.1, 2, profit.shape),
        limits=np.array([9000.0, 4000, np.inf, 2500, 1000]),
        max_per_customer=max_per_customer,
    )
    solution = solve(of)
    assert (of.used(solution.taken) <= of.limits * (1 + 1e-12)).all()
    binding = int((solution.prices > 0).sum())
    gap = solution.bound - profit[solution.taken].sum()
    assert binding >= 3
    assert 0 <= gap <= binding * profit.max()
    assert gap / solution.bound < 1e-4


def test_customers_who_all_tie_do_not_open_the_gap() -> None:
    amount = np.random.default_rng(4).lognormal(3, 1, (30_000, 1))
    profit = 0.04 * amount * np.array([1.0, 1.5, 2.0])
    of = Problem(
        profit=profit,
        cost=0.1 * amount * np.ones((1, 3)),
        limits=np.array([3000.0, np.inf, np.inf, 300]),
        max_per_customer=1,
    )
    solution = solve(of)
    gap = solution.bound - profit[solution.taken].sum()
    assert gap <= (solution.prices > 0).sum() * profit.max()


def test_without_limits_everyone_gets_their_best_offers_and_there_is_no_gap() -> None:
    of = problem(5, 200, 3)
    free = Problem(profit=of.profit, cost=of.cost, limits=np.full(4, np.inf), max_per_customer=1)
    solution = solve(free)
    best = np.maximum(of.profit.max(axis=1), 0).sum()
    assert solution.bound == pytest.approx(best)
    assert of.profit[solution.taken].sum() == pytest.approx(best)
    assert not solution.prices.any()
