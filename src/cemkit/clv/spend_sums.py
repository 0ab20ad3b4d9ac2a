"""SpendSums: the distribution of what customers will spend in all, from how often they may buy.

Given n purchases the sum is Gamma(p n, nu), and nu is Gamma(q + p x, scale) for a customer with x
repeat purchases. So the sum in units of the customer's scale is a mixture of beta-prime
distributions over n, which depends on the purchase history alone: customers who differ only in how
much they spent share it. Its log-odds are nearly straight in the logarithm of the sum at both ends,
and are kept on a grid there, with their slopes.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, expit, polygamma, psi

from cemkit.arrays import Floats
from cemkit.clv.histories import Rows
from cemkit.clv.predictive import PurchaseChances

OUTSIDE = 1e-7  # of the distribution of a sum, at each end of the grid
CERTAIN = 40.0  # beyond a probability of e^-40 a sum is below, or above, for certain
STEP = 0.3  # of the narrowest spread in log-money
MOST_STEPS = 20_000
NUMBERS_AT_ONCE = 1_000_000
NEWTON_STEPS = 16
LEAST_LOG = -60.0


@dataclasses.dataclass(frozen=True, slots=True)
class SpendSums:
    """What alive customers with one repeat count will spend, in units of their scale.

    Row by row for each kind: `odds` is log(P(0 < S <= w) / P(S > w)) at log w = low, low + step,
    ..., `slope` its slope, and `any` the chance of a purchase.
    """

    low: float
    step: float
    odds: Floats
    slope: Floats
    any: Floats

    def quantile(self, kind: Rows, beyond: Floats) -> Floats:
        """The smallest w with P(S > w) of at most `beyond`."""
        some = self.any[kind]
        positive = beyond < some
        kind, beyond, some = kind[positive], beyond[positive], some[positive]
        wanted = np.log(some - beyond) - np.log(beyond)
        w = np.zeros(len(positive))
        w[positive] = np.exp(self._log_sum(kind, wanted))
        return w

    def beyond(self, kind: Rows, log_w: Floats) -> Floats:
        """P(S > w)."""
        place = (log_w - self.low) / self.step
        cell = np.clip(np.floor(place), 0, self.odds.shape[1] - 2).astype(np.intp)
        odds = _polynomial(self._cubic(kind, cell), np.clip(place - cell, 0.0, 1.0))
        odds += self.step * self.slope[kind, 0] * np.minimum(place, 0.0)
        odds += self.step * self.slope[kind, -1] * np.maximum(place - self.odds.shape[1] + 1, 0.0)
        chance: Floats = self.any[kind] * expit(-odds)
        return chance

    def _log_sum(self, kind: Rows, wanted: Floats) -> Floats:
        """Where the log-odds are those wanted."""
        n_steps = self.odds.shape[1]
        apart = 4 * np.abs(self.odds).max() + 4
        keys = (apart * np.arange(len(self.odds))[:, None] + self.odds).ravel()
        bound = np.clip(wanted, self.odds[kind, 0], self.odds[kind, -1])
        cell = np.searchsorted(keys, apart * kind + bound, side="right") - 1 - n_steps * kind
        cell = np.clip(cell, 0, n_steps - 2)
        share = _root(self._cubic(kind, cell), bound)
        end = np.where(wanted < bound, self.slope[kind, 0], self.slope[kind, -1])
        straight = np.divide(wanted - bound, end, out=np.zeros(len(kind)), where=wanted != bound)
        log_sum: Floats = self.low + self.step * (cell + share) + straight
        return log_sum

    def _cubic(self, kind: Rows, cell: Rows) -> Floats:
        """Coefficients of the cubic Hermite interpolation within a cell, the constant first."""
        left, right = self.odds[kind, cell], self.odds[kind, cell + 1]
        start, end = (self.step * self.slope[kind, cell + at] for at in (0, 1))
        rise = right - left
        return np.stack([left, start, 3 * rise - 2 * start - end, start + end - 2 * rise])


def sums_by_count(
    chances: PurchaseChances, x: Floats, p: float, q: float
) -> Iterator[tuple[npt.NDArray[np.bool_], Rows, SpendSums]]:
    """For each repeat count: which histories have it, the kind of each, and their sums."""
    n_kinds = len(chances.start) - 1
    x_of_kind = np.empty(n_kinds)
    x_of_kind[chances.kind] = x
    for count in np.unique(x_of_kind):
        kinds = np.flatnonzero(x_of_kind == count)
        here = x == count
        place = np.searchsorted(kinds, chances.kind[here])
        yield here, place, _sums(_matrix(chances, kinds), p, q + p * count)


def _matrix(chances: PurchaseChances, kinds: Rows) -> Floats:
    """P(N = n | alive) of some kinds for n = 1, 2, ...: shape (kinds, n)."""
    length = chances.start[kinds + 1] - chances.start[kinds]
    matrix = np.zeros((len(kinds), length.max()))
    for row, (kind, n) in enumerate(zip(kinds, length, strict=True)):
        matrix[row, :n] = chances.chance[chances.start[kind] : chances.start[kind] + n]
    return matrix[:, 1:]


def _sums(chance: Floats, p: float, shape: float) -> SpendSums:
    """The distribution of the sum, of kinds with these chances of 1, 2, ... purchases."""
    some = chance.sum(axis=1)
    most = int(np.flatnonzero(chance.max(axis=0) > 0).max(initial=0)) + 1
    chance = chance[:, :most]
    low, high, step = _grid(chance, some, p, shape)
    log_w = low + step * np.arange(int((high - low) / step) + 2)
    below, above, density = np.zeros((3, len(chance), len(log_w)))
    size = max(1, NUMBERS_AT_ONCE // len(log_w))
    for at in range(0, most, size):
        of_n = chance[:, at : at + size]
        parts = _beta_primes(p * np.arange(at + 1, at + 1 + of_n.shape[1]), shape, log_w)
        for total, part in zip((below, above, density), parts, strict=True):
            total += of_n @ part
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        odds = np.clip(np.log(below) - np.log(above), LEAST_LOG, -LEAST_LOG)
        slope = density * (1 / below + 1 / above)
    slope = np.where(np.abs(odds) < -LEAST_LOG, slope, 0.0)
    return SpendSums(low, step, np.maximum.accumulate(odds, axis=1), slope, some)


def _grid(chance: Floats, some: Floats, p: float, shape: float) -> tuple[float, float, float]:
    """From where to where in log-money, and in which steps, the sums are computed."""
    bought = np.cumsum(chance, axis=1) > OUTSIDE * some[:, None]
    first = p * (1 + int(np.argmax(bought.any(axis=0))))
    last = p * chance.shape[1]
    low = (np.log(OUTSIDE) + np.log(first) + betaln(first, shape)) / first
    high = -(np.log(OUTSIDE) + np.log(shape) + betaln(last, shape)) / shape
    narrowest = np.sqrt(polygamma(1, last) + polygamma(1, shape))
    step = max(STEP * float(narrowest), (high - low) / MOST_STEPS)
    return float(low), float(high), step


def _beta_primes(a: Floats, b: float, log_w: Floats) -> tuple[Floats, Floats, Floats]:
    """P(below), P(above) and the density in log w of BetaPrime(a, b): shape (a, w)."""
    middle = psi(a) - psi(b)
    spread = 9 * np.sqrt(polygamma(1, a) + polygamma(1, b))
    start, end = middle - spread - CERTAIN / a, middle + spread + CERTAIN / b
    below = (log_w >= end[:, None]).astype(np.float64)
    above = (log_w <= start[:, None]).astype(np.float64)
    density = np.zeros_like(below)
    row, column = np.nonzero((log_w > start[:, None]) & (log_w < end[:, None]))
    at, of = log_w[column], a[row]
    lower = at < middle[row]
    tail = betainc(
        np.where(lower, of, b), np.where(lower, b, of), expit(np.where(lower, at, -at))
    )
    below[row, column] = np.where(lower, tail, 1 - tail)
    above[row, column] = np.where(lower, 1 - tail, tail)
    density[row, column] = np.exp(of * at - (of + b) * np.logaddexp(0, at) - betaln(of, b))
    return below, above, density


def _polynomial(cubic: Floats, share: Floats) -> Floats:
    value: Floats = cubic[0] + share * (cubic[1] + share * (cubic[2] + share * cubic[3]))
    return value


def _root(cubic: Floats, wanted: Floats) -> Floats:
    """Where in [0, 1] each rising cubic has the value wanted: Newton's method within brackets."""
    low, high = np.zeros(len(wanted)), np.ones(len(wanted))
    slope = [cubic[1], 2 * cubic[2], 3 * cubic[3]]
    share = np.full(len(wanted), 0.5)
    for _ in range(NEWTON_STEPS):
        error = _polynomial(cubic, share) - wanted
        low, high = np.where(error < 0, share, low), np.where(error < 0, high, share)
        fall = slope[0] + share * (slope[1] + share * slope[2])
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = share - error / fall
        inside = (newton >= low) & (newton <= high)
        share = np.where(inside, newton, (low + high) / 2)
    return share
