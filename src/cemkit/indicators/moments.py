"""Sums over customers of numerators, denominators and linearised scores, period by period.

The score of a customer in a period is z = (numerator - r denominator) / sum of denominators, where
r is the indicator. Its sum of squares gives the variance of r; the sum of products of the scores of
the same customers in two periods gives the covariance of the two values.
"""

import dataclasses
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True)
class Moments:
    """Sums of one indicator, shape (periods, groups) each.

    `squares` are those of the scores; `products` those with the scores of the period it is compared
    with, and `common` the customers in both. `known` says which periods are measured.
    """

    numerator: Floats
    denominator: Floats
    customers: Floats
    squares: Floats
    products: Floats
    common: Floats
    known: Flags

    @classmethod
    def empty(cls, periods: int, groups: int) -> Self:
        """Sums of nothing yet."""

        def zeros() -> Floats:
            return np.zeros((periods, groups))

        known = np.zeros(periods, dtype=np.bool_)
        return cls(zeros(), zeros(), zeros(), zeros(), zeros(), zeros(), known)


@dataclasses.dataclass(frozen=True, slots=True)
class Buyers:
    """The units with a cell in a period, and which of those of the period compared with they are.

    `here` and `there` are the places of the units in both.
    """

    unit: Ints
    group: Ints
    here: Ints
    there: Ints


class Ratios:
    """The sums of an indicator over the cells of each period."""

    def __init__(self, periods: int, groups: int, lag: int) -> None:
        self.moments = Moments.empty(periods, groups)
        self._past: dict[int, tuple[Floats, Flags]] = {}
        self._lag, self._groups = lag, groups

    def add(self, t: int, buyers: Buyers, numerator: Any, denominator: Any) -> None:
        """Add the cells of period `t`."""
        m, some = self.moments, (denominator != 0) | (numerator != 0)
        m.known[t] = True
        m.numerator[t] = self._total(numerator, buyers.group)
        m.denominator[t] = self._total(denominator, buyers.group)
        m.customers[t] = self._total(some, buyers.group)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (m.numerator[t] / m.denominator[t])[buyers.group]
            score = (numerator - ratio * denominator) / m.denominator[t][buyers.group]
        m.squares[t] = self._total(score * score, buyers.group)
        before = self._past.pop(t - self._lag, None)
        if before is not None:
            group = buyers.group[buyers.here]
            products = score[buyers.here] * before[0][buyers.there]
            m.products[t] = self._total(products, group)
            m.common[t] = self._total(some[buyers.here] & before[1][buyers.there], group)
        if self._lag:
            self._past[t] = score, some

    def _total(self, values: Any, group: Ints) -> Floats:
        return np.bincount(group, values, self._groups).astype(np.float64)


class Rates:
    """The sums of a rate: a base of units, and those of them who did what is counted."""

    def __init__(self, periods: int, slices: list[slice], lag: int) -> None:
        self.moments = Moments.empty(periods, len(slices))
        self._past: dict[int, tuple[Flags, Flags]] = {}
        self._lag, self._slices = lag, slices

    def add(self, t: int, base: Flags, did: Flags) -> None:
        """Add period `t`: who of all units is in the base, and who of these did it."""
        m = self.moments
        m.known[t] = True
        m.denominator[t] = m.customers[t] = self._count(base)
        m.numerator[t] = self._count(did)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = m.numerator[t] / m.denominator[t]
            m.squares[t] = rate * (1 - rate) / m.denominator[t]
        before = self._past.pop(t - self._lag, None)
        if before is not None:
            self._compare(t, (base, did), before)
        if self._lag:
            self._past[t] = base, did

    def _compare(self, t: int, now: tuple[Flags, Flags], before: tuple[Flags, Flags]) -> None:
        """Sum z z' = (did - r base)(did' - r' base') / (n n') by counting who is in both."""
        m, u = self.moments, t - self._lag
        (base, did), (base_before, did_before) = now, before
        m.common[t] = common = self._count(base & base_before)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate, rate_before = (m.numerator[k] / m.denominator[k] for k in (t, u))
            products = (
                self._count(did & did_before)
                - rate * self._count(base & did_before)
                - rate_before * self._count(did & base_before)
                + rate * rate_before * common
            )
            m.products[t] = products / (m.denominator[t] * m.denominator[u])

    def _count(self, flags: Flags) -> Floats:
        return np.array([np.count_nonzero(flags[part]) for part in self._slices], dtype=float)


def counts_of(values: Floats, customers: Floats, days: Floats | None = None) -> Moments:
    """The sums of a full count, shape (periods, groups), where asked per day of each period."""
    m = Moments.empty(*values.shape)
    m.numerator[:], m.customers[:], m.known[:] = values, customers, True
    m.denominator[:] = 1.0 if days is None else days[:, None]
    return m
