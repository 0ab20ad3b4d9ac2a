"""The distribution of what customers will spend in all, from how often they may buy.

Given n purchases the sum is Gamma(p n, nu), and nu is Gamma(q + p x, scale) for a customer with x
repeat purchases. So the sum in units of the customer's scale is a mixture of beta-prime
distributions over n, which depends on the purchase history alone: customers who differ only in how
much they spent share it. Its log-odds are nearly straight in the logarithm of the sum at both ends,
and are kept on a grid there, with their slopes.
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import betainc, betaln, expit, polygamma, psi

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Rows
from cemkit.clv.purchases.odds_curves import OddsCurves
from cemkit.clv.purchases.predictive import PurchaseChances

OUTSIDE = 1e-7  # of the distribution of a sum, at each end of the grid
CERTAIN = 40.0  # beyond a probability of e^-40 a sum is below, or above, for certain
STEP = 0.3  # of the narrowest spread in log-money
MOST_STEPS = 20_000
NUMBERS_AT_ONCE = 1_000_000


def standard_quantiles(
    chances: PurchaseChances, x: Floats, levels: Floats, *, p: float, q: float
) -> Floats:
    """Quantiles of the sum of each history in units of its scale: shape (histories, levels)."""
    quantiles = np.zeros((len(x), len(levels)))
    for here, kind, sums in _sums_by_count(chances, x, p, q):
        with np.errstate(divide="ignore"):  # customers who left spend nothing
            beyond = (1 - levels[:, None]) / chances.alive[here]
        quantiles[here] = np.stack([sums.quantile(kind, level) for level in beyond], axis=1)
    return quantiles


def chance_beyond(
    chances: PurchaseChances, x: Floats, row: Rows, amounts: Floats, *, p: float, q: float
) -> Floats:
    """P(sum > amount) of each customer, whose history is `row`; amounts in units of the scale."""
    chance = np.zeros(len(row))
    kinds = np.empty(len(x), dtype=np.intp)
    customers = _rows_of_each(np.unique(x), x[row])
    for mine, (here, kind, sums) in zip(customers, _sums_by_count(chances, x, p, q), strict=True):
        kinds[here] = kind
        beyond = sums.beyond(kinds[row[mine]], np.log(amounts[mine]))
        chance[mine] = chances.alive[row[mine]] * beyond
    return chance


def _sums_by_count(
    chances: PurchaseChances, x: Floats, p: float, q: float
) -> Iterator[tuple[Rows, Rows, OddsCurves]]:
    """For each repeat count: which histories have it, the kind of each, and their sums."""
    counts = np.unique(x)
    n_kinds = len(chances.start) - 1
    x_of_kind = np.empty(n_kinds)
    x_of_kind[chances.kind] = x
    rows = (_rows_of_each(counts, each) for each in (x_of_kind, x))
    for count, kinds, here in zip(counts, *rows, strict=True):
        place = np.searchsorted(kinds, chances.kind[here])
        yield here, place, _sums(_matrix(chances, kinds), p, q + p * count)


def _rows_of_each(values: Floats, column: Floats) -> list[Rows]:
    """The rows of a column that hold each of these sorted values; it holds no others."""
    place = np.searchsorted(values, column)
    order = np.argsort(place, kind="stable")
    return np.split(order, np.searchsorted(place[order], np.arange(1, len(values))))


def _matrix(chances: PurchaseChances, kinds: Rows) -> Floats:
    """P(N = n | alive) of some kinds for n = 1, 2, ...: shape (kinds, n)."""
    length = chances.start[kinds + 1] - chances.start[kinds]
    matrix = np.zeros((len(kinds), length.max()))
    for row, (kind, n) in enumerate(zip(kinds, length, strict=True)):
        matrix[row, :n] = chances.chance[chances.start[kind] : chances.start[kind] + n]
    return matrix[:, 1:]


def _sums(chance: Floats, p: float, shape: float) -> OddsCurves:
    """The distribution of the sum, of kinds with these chances of 1, 2, ... purchases."""
    some = chance.sum(axis=1)
    most = int(np.flatnonzero(chance.max(axis=0) > 0).max(initial=0)) + 1
    chance = chance[:, :most]
    low, high, step = _grid(chance, some, p, shape)
    log_w = low + step * np.arange(int((high - low) / step) + 2, dtype=np.float64)
    totals = np.zeros((3, len(chance), len(log_w)))
    size = max(1, NUMBERS_AT_ONCE // len(log_w))
    for at in range(0, most, size):
        of_n = chance[:, at : at + size]
        parts = _beta_primes(p * np.arange(at + 1, at + 1 + of_n.shape[1]), shape, log_w)
        totals += [of_n @ part for part in parts]
    return OddsCurves.of(low, step, *totals)


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
    share, rest = expit(log_w)[column], expit(-log_w)[column]
    tail = betainc(np.where(lower, of, b), np.where(lower, b, of), np.where(lower, share, rest))
    below[row, column] = np.where(lower, tail, 1 - tail)
    above[row, column] = np.where(lower, 1 - tail, tail)
    fall = np.logaddexp(0, log_w)[column]
    density[row, column] = np.exp(of * at - (of + b) * fall - betaln(a, b)[row])
    return below, above, density
