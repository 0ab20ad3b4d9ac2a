"""Draws of a large customer base from moments: with many customers chance is normal.

What single customers add is drawn from the covariance of a sample of them: of each, half the
square of the difference of two futures, which takes no mean. What the parameters add comes from how
each of their moves changes the expectation of a sample.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from cemkit.arrays import Floats, symmetric_root
from cemkit.clv.base.draws import (
    Base,
    Cells,
    Future,
    Models,
    expected_amounts,
    expected_of_known,
    expected_of_newcomers,
    future_of,
    future_of_newcomers,
    new_amount,
    newcomer_curve,
)
from cemkit.clv.purchases.uncertainty import covariance_moves, moved

SAMPLE = 100_000  # customers whose futures are drawn
SLOPES = 10_000  # customers who say how the parameters move the expectation


def drawn_from_moments(
    models: Models,
    base: Base,
    cells: Cells,
    arrivals: Floats,
    random: np.random.Generator,
    *,
    times: Floats,
    expected: Floats,
) -> Floats:
    """The same as `drawn_futures`, around the expectation of the customers known."""
    n_draws = len(arrivals)
    pace = np.diff(times) / np.diff(cells.time)
    of_new = _of_newcomers(models, base, cells, arrivals, pace)
    drawn = np.empty((n_draws, base.n_cohorts + 1, len(cells), 2))
    drawn[:, :-1], drawn[:, -1] = expected * pace[:, None, :, None], of_new
    drawn *= _parameter_moves(models, base, cells, arrivals, random)
    known = _of_sample(base, random, SAMPLE)
    size = np.bincount(base.cohort, minlength=base.n_cohorts)
    sampled = np.bincount(known.cohort, minlength=base.n_cohorts)
    every = known.histories.take(known.histories.row)
    alive = models.purchases._alive(known.histories)[known.histories.row]
    start = np.zeros(len(alive))

    def future() -> Future:
        return future_of(
            random, models, every, alive, spent=(known.x, known.z), start=start, cells=cells
        )

    apart = _differences(future, len(alive), len(cells))
    for cohort in np.flatnonzero(sampled):
        covariance = _covariance(apart[known.cohort == cohort], size[cohort] / sampled[cohort])
        drawn[:, cohort] += _normal(covariance, n_draws, len(cells), random)
    drawn[:, -1] += _chance_of_newcomers(models, base, cells, arrivals, random)
    kept = 2 if models.spend._positive else 1  # a net amount may be negative, a count may not
    drawn[..., :kept] = np.maximum(drawn[..., :kept], 0.0)
    return drawn


def _of_newcomers(
    models: Models, base: Base, cells: Cells, arrivals: Floats, pace: Floats | float = 1.0
) -> Floats:
    """What is expected of the customers who come, in each draw."""
    curve = newcomer_curve(models.purchases, base.histories, float(cells.time[-1]))
    return expected_of_newcomers(base, curve, cells, arrivals, new_amount(models.spend), pace=pace)


def _chance_of_newcomers(
    models: Models, base: Base, cells: Cells, arrivals: Floats, random: np.random.Generator
) -> Floats:
    """What chance adds to the customers who come, as if each draw had the mean number of them."""
    daily = arrivals.mean(axis=0)
    share = min(1.0, SAMPLE / max(daily.sum(), 1.0))
    counts = random.poisson(daily * share)

    def future() -> Future:
        return future_of_newcomers(random, models, base, cells, counts)

    apart = _differences(future, int(counts.sum()), len(cells))
    return _normal(_covariance(apart, 1 / share), len(arrivals), len(cells), random)


def _differences(future: Callable[[], Future], n: int, n_cells: int) -> csr_array:
    """One future less another of each customer: purchases in each cell, then revenue."""
    tables = []
    for sign in (1.0, -1.0):
        drawn = future()
        row = np.tile(drawn.customer, 2)
        column = np.append(drawn.cell, drawn.cell + n_cells)
        values = sign * np.append(np.ones(len(drawn.cell)), drawn.amount)
        tables.append(csr_array((values, (row, column)), shape=(n, 2 * n_cells)))
    return csr_array(tables[0] + tables[1])


def _covariance(apart: csr_array, scale: float) -> Floats:
    """Covariance of the sum over `scale` times as many customers."""
    covariance: Floats = (apart.T @ apart).toarray() * (scale / 2)
    return covariance


def _normal(covariance: Floats, n_draws: int, n_cells: int, random: np.random.Generator) -> Floats:
    """Normal draws of mean 0: shape (draws, cells, 2)."""
    scale = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    root = symmetric_root(covariance / np.outer(scale, scale))
    drawn = random.standard_normal((n_draws, len(scale))) @ root * scale
    table: Floats = drawn.reshape(n_draws, 2, n_cells).swapaxes(1, 2)
    return table


def _parameter_moves(
    models: Models,
    base: Base,
    cells: Cells,
    arrivals: Floats,
    random: np.random.Generator,
) -> Floats:
    """Factors by which the errors of the parameters move what is expected, in each draw."""
    sample = _of_sample(base, random, SLOPES)
    n_draws, daily = len(arrivals), arrivals.mean(axis=0)
    logs = np.zeros((n_draws, base.n_cohorts + 1, len(cells), 2))
    for name in ("purchases", "spend"):
        model = getattr(models, name)
        if not hasattr(model, "covariance_"):
            continue
        for move in covariance_moves(model):
            ends = []
            for sign in (0.5, -0.5):
                there = dataclasses.replace(models, **{name: moved(model, sign * move)})
                ends.append(_expected_of_all(there, sample, cells, daily))
            with np.errstate(divide="ignore", invalid="ignore"):
                slope = np.log(ends[0] / ends[1])
            slope = np.where(np.isfinite(slope), slope, 0.0)
            step = random.standard_normal((n_draws, 1, 1, 1))
            logs += step * slope - slope**2 / 2
    factors: Floats = np.exp(logs)
    return factors


def _expected_of_all(models: Models, base: Base, cells: Cells, daily: Floats) -> Floats:
    amounts = expected_amounts(models.spend, base.x, base.z)
    known = expected_of_known(models, base, cells, amounts)
    new = _of_newcomers(models, base, cells, daily)
    return np.concatenate([known, new[None]])


def _of_sample(base: Base, random: np.random.Generator, size: int) -> Base:
    """Some of the customers, with only their histories."""
    n = len(base.cohort)
    if n <= size:
        return base
    chosen = np.sort(random.choice(n, size, replace=False))
    rows, row = np.unique(base.histories.row[chosen], return_inverse=True)
    histories = dataclasses.replace(
        base.histories.take(rows), row=row, counts=np.bincount(row).astype(np.float64)
    )
    return dataclasses.replace(
        base, histories=histories, cohort=base.cohort[chosen], x=base.x[chosen], z=base.z[chosen]
    )
