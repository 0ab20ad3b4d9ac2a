"""Draws of what a customer base will do: parameters, chance, new customers and shocks of weeks."""

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.clv.acquisition import Arrivals
from cemkit.clv.estimates import MaximumLikelihoodModel
from cemkit.clv.histories import Histories, Rows
from cemkit.clv.purchase_model import PurchaseModel
from cemkit.clv.shocks import Shocks
from cemkit.clv.spend import GammaGammaModel
from cemkit.clv.uncertainty import Model, moved, principal_axes

MOST_FUTURES = 12_000_000  # drawn one by one; larger bases take moments of a sample
SAMPLE = 200_000  # customers of that sample
SLOPES = 20_000  # distinct histories that say how the parameters move the mean
CURVE_POINTS = 400


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
    spend: GammaGammaModel


def drawn_parameters(model: Model, n_draws: int, random: np.random.Generator) -> list[Model]:
    """The model under parameters as likely as its errors say; without errors they are known."""
    if not hasattr(model, "covariance_"):
        return [model] * n_draws
    axes = principal_axes(model)
    return [moved(model, move) for move in random.standard_normal((n_draws, len(axes))) @ axes]


def newcomer_curve(model: PurchaseModel, histories: Histories, longest: float) -> Callable[[Floats], Floats]:
    """Expected repeat purchases of a new customer, by time since the first purchase."""
    kinds, counts = np.unique(histories.covariates, axis=0, return_inverse=True)
    share = np.bincount(counts.ravel(), histories.counts) / histories.counts.sum()
    times = np.concatenate([[0.0], np.geomspace(longest / 1e4, longest, CURVE_POINTS)])
    total = np.zeros(len(times))
    for kind, weight in zip(kinds, share, strict=True):
        total[1:] += weight * model._expected(_newcomers(kind, len(times) - 1), 0.0, times[1:])
    return lambda time: np.interp(time, times, total)


def _newcomers(covariates: Floats, n: int) -> Histories:
    """Histories of customers who have just made their first purchase."""
    zeros = np.zeros(n)
    each = np.broadcast_to(covariates, (n, covariates.shape[-1]))
    none = np.zeros(0, dtype=np.intp)
    return Histories(x=zeros, t_x=zeros, T=zeros, covariates=each, counts=np.ones(n), row=none)


def expected_purchases(model: PurchaseModel, histories: Histories, cells: Cells) -> Floats:
    """Expected purchases of each history in each cell."""
    n = len(histories.x)
    before, parts = np.zeros(n), []
    for end in cells.time[1:]:
        until = model._expected(histories, 0.0, float(end))
        parts.append(until - before)
        before = until
    return np.column_stack(parts)


def expected_of_cohorts(models: Models, base: Base, cells: Cells, amounts: Floats) -> Floats:
    """Expected purchases and revenue of each cohort in each cell: shape (cohorts, cells, 2)."""
    histories, n = base.histories, len(base.histories.x)
    each = expected_purchases(models.purchases, histories, cells)
    pair = base.cohort * n + histories.row
    found, at = np.unique(pair, return_inverse=True)
    cohort, row = np.divmod(found, n)
    total = np.zeros((base.n_cohorts, len(cells), 2))
    for k, weight in enumerate((None, amounts)):
        sums = np.bincount(at, weight, minlength=len(found))
        np.add.at(total[:, :, k], cohort, sums[:, None] * each[row])
    return total


def expected_of_newcomers(
    base: Base, curve: Callable[[Floats], Floats], cells: Cells, daily: Floats, amount: float
) -> Floats:
    """The same of customers to come, from their expected number on each day."""
    day = np.arange(len(daily))
    middle = np.interp(day + 0.5, cells.edges, cells.time)
    since = np.maximum(np.subtract.outer(cells.time, middle), 0.0)
    repeats = np.diff(curve(since) @ daily)
    first = np.bincount(cells.of_times(middle), daily, minlength=len(cells))
    revenue = first * float(base.first_amounts.mean()) + repeats * amount
    return np.stack([first + repeats, revenue], axis=-1)


def drawn_base(
    models: Models,
    base: Base,
    cells: Cells,
    arrivals: Floats,
    random: np.random.Generator,
) -> Floats:
    """Purchases and revenue of each draw, cohort (the last one new) and cell, without shocks.

    `arrivals` are the numbers of new customers of each draw and day.
    """
    n_draws = len(arrivals)
    purchases = drawn_parameters(models.purchases, n_draws, random)
    spends = drawn_parameters(models.spend, n_draws, random)
    out = np.empty((n_draws, base.n_cohorts + 1, len(cells), 2))
    each = base.histories.take(base.histories.row)
    for k in range(n_draws):
        model, spend = purchases[k], spends[k]
        alive = model._alive(base.histories)[base.histories.row]
        length = np.full(len(alive), cells.time[-1])
        made = model._draw_future(random, each, alive, length)
        amounts = _drawn_amounts(random, spend, base.x, base.z, made.customer)
        cell = cells.of_times(made.time)
        out[k, :-1] = _summed(base.cohort[made.customer], cell, amounts, base.n_cohorts, len(cells))
        out[k, -1] = _drawn_newcomers(random, model, spend, base, cells, arrivals[k])
    return out


def _drawn_newcomers(
    random: np.random.Generator,
    model: PurchaseModel,
    spend: GammaGammaModel,
    base: Base,
    cells: Cells,
    arrivals: Floats,
) -> Floats:
    """Purchases and revenue in each cell of the customers who come on each day."""
    day = np.repeat(np.arange(len(arrivals)), arrivals.astype(np.int64))
    n = len(day)
    if not n:
        return np.zeros((len(cells), 2))
    start = np.interp(day + random.random(n), cells.edges, cells.time)
    kinds = base.histories.covariates
    if kinds.shape[1]:
        kind = random.choice(len(kinds), n, p=base.histories.counts / base.histories.counts.sum())
        kinds = kinds[kind]
    else:
        kinds = np.empty((n, 0))
    histories = _newcomers(kinds, n)
    length = cells.time[-1] - start
    made = model._draw_future(random, histories, model._alive(histories), length)
    zeros = np.zeros(n)
    amounts = _drawn_amounts(random, spend, zeros, zeros, made.customer)
    firsts = random.choice(base.first_amounts, n)
    cell = cells.of_times(np.concatenate([start, start[made.customer] + made.time]))
    return _summed(np.zeros_like(cell), cell, np.concatenate([firsts, amounts]), 1, len(cells))[0]


def _drawn_amounts(
    random: np.random.Generator, spend: GammaGammaModel, x: Floats, z: Floats, customer: Rows
) -> Floats:
    """Amounts of purchases of these customers, who differ in how much they spend."""
    p, q, gamma = spend.params_
    who, at = np.unique(customer, return_inverse=True)
    rate = random.standard_gamma(p * x[who] + q) / (gamma + x[who] * z[who])
    amounts: Floats = random.standard_gamma(p, len(customer)) / rate[at]
    return amounts


def _summed(
    cohort: npt.NDArray[np.intp],
    cell: npt.NDArray[np.intp],
    amounts: Floats,
    n_cohorts: int,
    n_cells: int,
) -> Floats:
    at = cohort * n_cells + cell
    size = n_cohorts * n_cells
    sums = [np.bincount(at, minlength=size), np.bincount(at, amounts, minlength=size)]
    return np.stack(sums, axis=-1).reshape(n_cohorts, n_cells, 2)
