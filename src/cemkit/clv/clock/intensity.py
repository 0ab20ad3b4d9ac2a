"""Purchase intensity over the calendar: a Poisson regression of repeat purchases.

A customer's pace depends on the calendar, and on how long ago the first purchase was: those who
leave go early. Customers who joined at another time differ besides, which a linear trend takes up.
Without age and trend their effects would pass for a season.
"""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError

AGES = np.unique(np.geomspace(1, 2000, 22).round().astype(np.int64))  # days; where cells begin
KNOTS = np.log([30.0, 120.0, 365.0])  # of the pace over the logarithm of the age
AGE_RIDGE = 1e-6
TREND_SPREAD = 1.0  # per year, expected before the orders are seen
BLOCK = 28  # days over which a shop's luck is alike
# Spread of the logarithm of a block's luck that is taken for granted: one year does not show it.
LEAST_LUCK = 0.1
LUCK_AFTER_YEARS = 0.05
MOST_PASSES = 60


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Customers who could buy again and those who did, by day and by age; day-major arrays."""

    day: npt.NDArray[np.int64]
    age: Floats
    customers: Floats
    repeats: Floats


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Intensity:
    """Effects on the logarithm of the intensity, with their covariance; the trend is per year."""

    effects: Floats
    covariance: Floats
    trend: float
    luck: float


def cells_of(pairs: pd.DataFrame, n_days: int) -> Cells:
    """The cells of `purchases_by_first_day`, over so many days from the first one on."""
    start = int(pairs["first_day"].min())
    first, day = (pairs[name].to_numpy(dtype=np.int64) - start for name in ("first_day", "day"))
    count = pairs["purchases"].to_numpy(dtype=np.float64)
    again = day > first
    joined = np.cumsum(_totals(first[~again], count[~again], n_days))
    begin = AGES[n_days > AGES]
    end = np.append(begin[1:], n_days)
    at = np.arange(n_days, dtype=np.int64)[:, None]
    customers = _joined_by(joined, at - begin) - _joined_by(joined, at - end)
    cell = day[again] * len(begin) + np.searchsorted(begin, (day - first)[again], "right") - 1
    repeats = _totals(cell, count[again], customers.size)
    there = customers.ravel() > 0
    return Cells(
        day=np.repeat(np.arange(n_days), len(begin))[there],
        age=np.tile(np.sqrt(begin * (end - 1.0)), n_days)[there],
        customers=customers.ravel()[there],
        repeats=repeats[there],
    )


def _totals(places: npt.NDArray[np.int64], values: Floats, size: int) -> Floats:
    """The sum of the values at each place."""
    return np.bincount(places, values, size).astype(np.float64)


def _joined_by(joined: Floats, day: npt.NDArray[np.int64]) -> Floats:
    return np.where(day >= 0, joined[np.maximum(day, 0)], 0.0)


def estimated_intensity(cells: Cells, design: Floats, precision: Floats, years: float) -> Intensity:
    """Fit the effects of the columns of `design` (one row per day) under a normal prior.

    The luck of a month weighs as much in a large shop as in a small one. So a purchase counts for
    less where a month has many of them, and effects seen once in a large shop stay uncertain.
    """
    if not cells.repeats.any():
        raise NotEnoughDataError(
            "customers with a repeat purchase", have=0, need=1, hint="take a longer history"
        )
    log_age = np.log(cells.age)
    ageing = np.column_stack([log_age, *(np.maximum(log_age - knot, 0) for knot in KNOTS)])
    ageing -= ageing.mean(axis=0)
    trend = (cells.day - cells.day.mean()) / 365.25
    nuisance = np.column_stack([np.ones(len(log_age)), trend, ageing])
    n = design.shape[1]
    rest = [0.0, TREND_SPREAD**-2, *np.full(ageing.shape[1], AGE_RIDGE)]
    full = np.concatenate([precision, rest])
    columns = _Columns(design, nuisance, cells)
    weights = np.ones(len(design))
    point = np.zeros(len(full))
    point[n] = np.log(cells.repeats.sum() / cells.customers.sum())
    least = LUCK_AFTER_YEARS if years >= 2 else LEAST_LUCK
    for _ in range(2):
        point, covariance = _fitted(columns, weights, full, point)
        by_day = _totals(cells.day, columns.means(point), len(design))
        seen = _totals(cells.day, cells.repeats, len(design))
        luck, weights = _luck(seen, by_day, least)
    point, covariance = _fitted(columns, weights, full, point)
    return Intensity(
        effects=point[:n],
        covariance=covariance[:n, :n],
        trend=float(point[n + 1]),
        luck=luck,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of the regression: of each day, and of each cell."""

    design: Floats
    nuisance: Floats
    cells: Cells

    def means(self, point: Floats) -> Floats:
        """Expected repeat purchases of each cell."""
        n = self.design.shape[1]
        log_pace = (self.design @ point[:n])[self.cells.day] + self.nuisance @ point[n:]
        return self.cells.customers * np.exp(np.minimum(log_pace, 50.0))

    def sums(self, values: Floats) -> Floats:
        """The columns' sums over all cells, weighted by these values."""
        by_day = _totals(self.cells.day, values, len(self.design))
        return np.append(by_day @ self.design, values @ self.nuisance)

    def products(self, values: Floats) -> Floats:
        """The columns' products, weighted by these values."""
        day, n_days = self.cells.day, len(self.design)
        by_day = _totals(day, values, n_days)
        weighted = values[:, None] * self.nuisance
        across = np.column_stack([_totals(day, column, n_days) for column in weighted.T])
        corner = self.design.T @ across
        return np.block(
            [
                [self.design.T @ (by_day[:, None] * self.design), corner],
                [corner.T, self.nuisance.T @ weighted],
            ]
        )


def _fitted(
    columns: _Columns, weights: Floats, precision: Floats, point: Floats
) -> tuple[Floats, Floats]:
    """The maximum under the prior, and its covariance."""
    weight = weights[columns.cells.day]
    for _ in range(MOST_PASSES):
        mean = columns.means(point)
        slope = columns.sums(weight * (columns.cells.repeats - mean)) - precision * point
        curve = columns.products(weight * mean) + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        largest = np.abs(step).max()
        point = point + step / max(1.0, largest / 2)
        if largest < 1e-8:
            break
    return point, np.asarray(np.linalg.inv(curve), dtype=np.float64)


def _luck(seen: Floats, expected: Floats, least: float) -> tuple[float, Floats]:
    """The spread of the luck of a block of days beyond chance, and what a purchase then weighs."""
    block = np.arange(len(seen))[::-1] // BLOCK
    n_blocks = int(block[0]) + 1
    seen, mean = _totals(block, seen, n_blocks), _totals(block, expected, n_blocks)
    spread = ((seen - mean) ** 2 - mean).sum() / (mean**2).sum()
    luck = max(float(spread), least**2)
    return float(np.sqrt(luck)), (1 / (1 + luck * mean))[block]
