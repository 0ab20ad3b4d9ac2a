"""NetSums: the distribution of what customers will spend in all, where amounts may be negative.

Given n purchases the sum is Normal(n m, n^2 v + n w): m and v are mean and variance of what is
known of the customer's own mean, and w is the variance of one purchase. Nobody spends 0 but those
who buy nothing.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Rows
from cemkit.clv.purchases.predictive import PurchaseChances

NUMBERS_AT_ONCE = 500_000
NEGLIGIBLE = 1e-9  # chance of a number of purchases that is left out
FARTHEST = 8.0  # standard deviations: a normal amount lies within
STEPS = 60
CLOSE = 1e-10  # of the range of sums


@dataclasses.dataclass(frozen=True, slots=True)
class NetSums:
    """The sums of customers: their histories, what is known of their means, and the variance."""

    chances: PurchaseChances
    row: Rows
    mean: Floats
    variance: Floats
    within: float

    def quantile(self, level: float) -> Floats:
        """The smallest sum that each customer does not exceed with this probability."""
        found = np.zeros(len(self.row))
        for some in self._parts():
            found[some] = self._quantile(some, level)
        return found

    def at_least(self, amounts: Floats) -> Floats:
        """The probability of each customer to spend at least an amount."""
        found = np.empty(len(self.row))
        for some in self._parts():
            chance, center, spread = self._normals(some)
            below, _ = _mixture(chance, center, spread, amounts[some])
            none = 1 - chance.sum(axis=1)
            found[some] = 1 - below - np.where(amounts[some] > 0, none, 0.0)
        return np.clip(found, 0.0, 1.0)

    def _quantile(self, some: Rows, level: float) -> Floats:
        chance, center, spread = self._normals(some)
        below_zero, _ = _mixture(chance, center, spread, np.zeros(len(some)))
        none = 1 - chance.sum(axis=1)
        jump = (level > below_zero) & (level <= below_zero + none)
        # Beyond the jump at 0 the buyers are left.
        wanted = np.where(level > below_zero, level - none, level)
        low = np.minimum((center - FARTHEST * spread).min(axis=1), 0.0)
        high = np.maximum((center + FARTHEST * spread).max(axis=1), 0.0)
        low, high = np.where(level > below_zero, 0.0, low), np.where(level > below_zero, high, 0.0)
        return np.where(jump, 0.0, _root((chance, center, spread), wanted, low, high))

    def _normals(self, some: Rows) -> tuple[Floats, Floats, Floats]:
        """Chance, mean and standard deviation of the sum of 1, 2, ... purchases."""
        kind, alive = self.chances.kind[self.row[some]], self.chances.alive[self.row[some]]
        start, end = self.chances.start[kind], self.chances.start[kind + 1]
        n = np.arange(1, int((end - start).max()))
        place = start[:, None] + n
        inside = place < end[:, None]
        chance = alive[:, None] * np.where(
            inside, self.chances.chance[np.where(inside, place, 0)], 0.0
        )
        n = n[: 1 + int(np.flatnonzero(chance.max(axis=0) > NEGLIGIBLE).max(initial=0))]
        mean, variance = self.mean[some, None], self.variance[some, None]
        spread = np.sqrt(n**2 * variance + n * self.within)
        return chance[:, : len(n)], n * mean, spread

    def _parts(self) -> Iterator[Rows]:
        """Customers, those with about as many possible purchases together."""
        length = np.diff(self.chances.start)[self.chances.kind[self.row]]
        order, at = np.argsort(length, kind="stable"), 0
        while at < len(order):
            size = max(1, NUMBERS_AT_ONCE // int(length[order[min(at + 1000, len(order) - 1)]]))
            yield order[at : at + size]
            at += size


def _mixture(
    chance: Floats, center: Floats, spread: Floats, amount: Floats
) -> tuple[Floats, Floats]:
    """P(sum <= amount, some purchase) and its density."""
    z = (amount[:, None] - center) / spread
    below = np.einsum("cn,cn->c", chance, ndtr(z))
    density = np.einsum("cn,cn->c", chance, np.exp(-(z**2) / 2) / spread) / np.sqrt(2 * np.pi)
    return below, density


def _root(
    normals: tuple[Floats, Floats, Floats], wanted: Floats, low: Floats, high: Floats
) -> Floats:
    """Where the mixture reaches the probability wanted: Newton's method within brackets."""
    amount, span = (low + high) / 2, np.maximum(high - low, 1e-300)
    for _ in range(STEPS):
        below, density = _mixture(*normals, amount)
        low = np.where(below < wanted, amount, low)
        high = np.where(below < wanted, high, amount)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = amount - (below - wanted) / density
        inside = (newton > low) & (newton < high)
        moved = np.where(inside, newton, (low + high) / 2)
        close = bool((np.abs(moved - amount) <= CLOSE * span).all())
        amount = moved
        if close:
            break
    return amount
