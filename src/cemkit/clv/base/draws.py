"""Draws of what a customer base will do: parameters, chance, new customers and shocks of weeks."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Histories, Rows
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.purchases.uncertainty import Model, all_moved, covariance_moves
from cemkit.clv.value import SpendModel

CURVE_POINTS = 400
MOST_KINDS = 200  # of new customers, whose covariates differ


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Stretches of days that lie in one period and in one week from `as_of` on.

    `edges` are the days after `as_of` between which they lie, from 0 to the horizon, and `time` the
    same on the model's time.
    """

    edges: Floats
    time: Floats
    week: Rows
    period: Rows

    def __len__(self) -> int:
        """How many there are."""
        return len(self.week)

    @property
    def weeks(self) -> Floats:
        """How much of each week lies within the horizon."""
        return np.bincount(self.week, np.diff(self.edges)) / 7

    def of_times(self, time: Floats) -> Rows:
        """The cell that each moment of the model's time lies in."""
        return np.clip(np.searchsorted(self.time, time, side="right") - 1, 0, len(self) - 1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The customers known: distinct histories, and of each customer its row, cohort and spend."""

    histories: Histories
    cohort: Rows
    n_cohorts: int
    x: Floats
    z: Floats
    first_amounts: Floats


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models, fitted."""

    purchases: PurchaseModel
    spend: SpendModel

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Parameters of both that their fits did not identify."""
        return (*self.purchases._not_identified(), *self.spend._not_identified())


def drawn_parameters(model: Model, n_draws: int, random: np.random.Generator) -> list[Model]:
    """The model under parameters as likely as its errors say; without errors they are known."""
    if not hasattr(model, "covariance_"):
        return [model] * n_draws
    moves = covariance_moves(model)
    return all_moved(model, random.standard_normal((n_draws, len(moves))) @ moves)


def newcomer_curve(
    model: PurchaseModel, histories: Histories, longest: float
) -> Callable[[Floats], Floats]:
    """Expected repeat purchases of a new customer, by the model's time since the first purchase.

    With covariates, of one with those of the customers known.
    """
    kinds, share = _kinds_of_covariates(histories)
    times = np.append(0.0, np.geomspace(longest / 1e4, longest, CURVE_POINTS))
    newcomers = new_histories(histories, np.repeat(kinds, CURVE_POINTS, axis=0))
    if_alive = model._purchases_if_alive(
        model._theta(newcomers), newcomers, 0.0, np.tile(times[1:], len(kinds))
    )
    each = (model._alive(newcomers) * if_alive).reshape(len(kinds), CURVE_POINTS)
    total = np.append(0.0, share @ each)
    return lambda time: np.interp(time, times, total)


def _kinds_of_covariates(histories: Histories) -> tuple[Floats, Floats]:
    """The different covariates with their shares; of very many, every so many customers' one."""
    kinds, kind = np.unique(histories.covariates, axis=0, return_inverse=True)
    share = np.bincount(kind.ravel(), histories.counts) / histories.counts.sum()
    if len(kinds) <= MOST_KINDS:
        return kinds, share
    middles = (np.arange(MOST_KINDS) + 0.5) / MOST_KINDS
    chosen = np.minimum(np.searchsorted(np.cumsum(share), middles), len(kinds) - 1)
    return kinds[chosen], np.full(MOST_KINDS, 1 / MOST_KINDS)


def new_histories(histories: Histories, covariates: Floats) -> Histories:
    """Histories of customers who have just made their first purchase."""
    zeros = np.zeros(len(covariates))
    return dataclasses.replace(
        histories,
        x=zeros,
        t_x=zeros,
        T=zeros,
        covariates=covariates,
        counts=zeros + 1,
        row=histories.row[:0],
    )


def expected_of_known(models: Models, base: Base, cells: Cells, amounts: Floats) -> Floats:
    """Expected purchases and revenue of each cohort in each cell: shape (cohorts, cells, 2).

    `amounts` is what a purchase of each customer is expected to be worth.
    """
    histories, n = base.histories, len(base.histories.x)
    pair = base.cohort * n + histories.row
    found, at = np.unique(pair, return_inverse=True)
    cohort, row = np.divmod(found, n)
    weights = np.stack([np.bincount(at), np.bincount(at, amounts)], axis=-1)
    total = np.zeros((base.n_cohorts, len(cells), 2))
    before = np.zeros(n)
    for cell, end in enumerate(cells.edges[1:]):
        until = models.purchases._expected(histories, 0.0, float(end))
        sums = weights * (until - before)[row, None]
        for k in range(2):
            total[:, cell, k] = np.bincount(cohort, sums[:, k], base.n_cohorts)
        before = until
    return total


def expected_of_newcomers(
    base: Base,
    curve: Callable[[Floats], Floats],
    cells: Cells,
    daily: Floats,
    amount: float,
    *,
    pace: Floats | float = 1.0,
) -> Floats:
    """The same of customers to come, from their numbers on each day: shape (..., cells, 2).

    Their repeat purchases come `pace` times as fast in each cell.
    """
    middle = np.interp(np.arange(daily.shape[-1]) + 0.5, cells.edges, cells.time)
    since = np.maximum(cells.time - middle[:, None], 0.0)
    repeats = np.diff(daily @ curve(since), axis=-1) * pace
    first = daily @ (cells.of_times(middle)[:, None] == np.arange(len(cells)))
    revenue = first * float(base.first_amounts.mean()) + repeats * amount
    return np.stack([first + repeats, revenue], axis=-1)


def expected_amounts(spend: SpendModel, x: Floats, z: Floats) -> Floats:
    """What a purchase of each customer is expected to be worth."""
    table = pd.DataFrame({"repeat_count": x, "repeat_mean_amount": z})
    return spend.expected_mean_amount(table).to_numpy(dtype=np.float64)


def new_amount(spend: SpendModel) -> float:
    """What a repeat purchase of a new customer is expected to be worth."""
    return float(expected_amounts(spend, np.zeros(1), np.zeros(1))[0])


def drawn_futures(
    models: Models,
    base: Base,
    cells: Cells,
    arrivals: Floats,
    random: np.random.Generator,
    *,
    times: Floats,
) -> Floats:
    """Purchases and revenue of each draw, cohort (the last one new) and cell, without shocks.

    `times` is the time of the cells' edges in each draw, and `arrivals` are the numbers of new
    customers of each draw and day.
    """
    n_draws = len(arrivals)
    purchases = drawn_parameters(models.purchases, n_draws, random)
    spends = drawn_parameters(models.spend, n_draws, random)
    every = base.histories.take(base.histories.row)
    start = np.zeros(len(base.cohort))
    spent = base.x, base.z
    drawn = np.empty((n_draws, base.n_cohorts + 1, len(cells), 2))
    for k, (model, spend) in enumerate(zip(purchases, spends, strict=True)):
        drawn_models = Models(purchases=model, spend=spend)
        there = dataclasses.replace(cells, time=times[k])
        alive = model._alive(base.histories)[base.histories.row]
        future = future_of(
            random, drawn_models, every, alive, spent=spent, start=start, cells=there
        )
        cohort = base.cohort[future.customer]
        drawn[k, :-1] = future.summed(cohort, base.n_cohorts, len(cells))
        future = future_of_newcomers(random, drawn_models, base, there, arrivals[k])
        drawn[k, -1] = future.summed(np.zeros_like(future.cell), 1, len(cells))[0]
    return drawn


@dataclasses.dataclass(frozen=True, slots=True)
class Future:
    """Purchases to come: whose each is, in which cell it falls, and its amount."""

    customer: Rows
    cell: Rows
    amount: Floats

    def summed(self, group: Rows, n_groups: int, n_cells: int) -> Floats:
        """Purchases and revenue of each group and cell."""
        at, size = group * n_cells + self.cell, n_groups * n_cells
        sums = [np.bincount(at, minlength=size), np.bincount(at, self.amount, minlength=size)]
        table: Floats = np.stack(sums, axis=-1).reshape(n_groups, n_cells, 2).astype(np.float64)
        return table


def future_of(
    random: np.random.Generator,
    models: Models,
    histories: Histories,
    alive: Floats,
    *,
    spent: tuple[Floats, Floats],
    start: Floats,
    cells: Cells,
) -> Future:
    """Repeat purchases of one customer per history, each from a start on to the horizon."""
    length = cells.time[-1] - start
    made = models.purchases._draw_future(random, histories, alive, length)
    amounts = _drawn_amounts(random, models.spend, *spent, made.customer)
    return Future(made.customer, cells.of_times(start[made.customer] + made.time), amounts)


def future_of_newcomers(
    random: np.random.Generator, models: Models, base: Base, cells: Cells, arrivals: Floats
) -> Future:
    """First and repeat purchases of the customers who come on each day."""
    day = np.repeat(np.arange(len(arrivals)), arrivals.astype(np.int64))
    n = len(day)
    if not n:
        return Future(day, day, np.zeros(0))
    start = np.interp(day + random.random(n), cells.edges, cells.time)
    share = base.histories.counts / base.histories.counts.sum()
    covariates = base.histories.covariates
    kind = random.choice(len(share), n, p=share) if covariates.shape[1] else np.zeros(n, dtype=int)
    histories = new_histories(base.histories, covariates[kind])
    alive, zeros = models.purchases._alive(histories), np.zeros(n)
    rest: dict[str, Any] = {"spent": (zeros, zeros), "start": start, "cells": cells}
    repeats = future_of(random, models, histories, alive, **rest)
    return Future(
        np.append(np.arange(n), repeats.customer),
        np.append(cells.of_times(start), repeats.cell),
        np.append(random.choice(base.first_amounts, n), repeats.amount),
    )


def _drawn_amounts(
    random: np.random.Generator, spend: SpendModel, x: Floats, z: Floats, customer: Rows
) -> Floats:
    """Amounts of purchases of these customers, who differ in how much they spend."""
    who, at = np.unique(customer, return_inverse=True)
    return spend._draw_amounts(random, x[who], z[who], at)
