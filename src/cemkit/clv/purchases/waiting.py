"""How long customers who are alive will wait until they buy next."""

from collections.abc import Sequence

import numpy as np

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import distinct_rows
from cemkit.clv.purchases.integration import legendre
from cemkit.clv.purchases.odds_curves import OddsCurves

STEP = 0.2  # in log-time
NODES = 6  # of each step
SOONEST = 18.0  # e^-18 of the mean time between purchases: before, the chance is straight in time
PARTS_AT_ONCE = 2_000_000


def beta_geo_wait(age: Floats, shape: Floats, chance: Floats) -> Floats:
    """The times within which a customer who cannot leave before buys with some chances.

    Purchases come at a rate that is Gamma(shape, age). The chances have the shape (customers,
    chances), and so have the times; these are infinite where the chance is 1 or more.
    """
    with np.errstate(divide="ignore", over="ignore"):
        waits = np.expm1(-np.log1p(-np.minimum(chance, 1.0)) / shape[:, None])
        wait: Floats = age[:, None] * waits
    return wait


def pareto_nbd_wait(theta: Sequence[Floats], x: Floats, T: Floats, chance: Floats) -> Floats:
    """The same of a customer who may leave before; infinite where the chance is never reached."""
    r, alpha, s, beta = (np.broadcast_to(value, x.shape) for value in theta)
    first, _, kind = distinct_rows([r + x, alpha + T, s, beta + T])
    shape, age, s, start = (r + x)[first], (alpha + T)[first], s[first], (beta + T)[first]
    wait = np.empty(chance.shape)
    size = max(1, PARTS_AT_ONCE // (NODES * 500))
    for at in range(0, len(first), size):
        some = slice(at, at + size)
        curves = _first_purchase(shape[some], age[some], s[some], start[some])
        here = np.flatnonzero((kind >= at) & (kind < at + size))
        row, wanted = kind[here] - at, chance[here]
        left = curves.some[row][:, None] - wanted
        rows = np.repeat(row, chance.shape[1])
        found = curves.quantile(rows, np.maximum(left, 1e-300).ravel()).reshape(left.shape)
        wait[here] = np.where(left > 0, found, np.inf)
    return wait


def pareto_nbd_ever(theta: Sequence[Floats], x: Floats, T: Floats) -> Floats:
    """P(another purchase, ever) of customers who are alive."""
    r, alpha, s, beta = (np.broadcast_to(value, x.shape) for value in theta)
    first, _, kind = distinct_rows([r + x, alpha + T, s, beta + T])
    size = max(1, PARTS_AT_ONCE // (NODES * 500))
    ever = [
        _first_purchase(
            *(part[first][at : at + size] for part in (r + x, alpha + T, s, beta + T))
        ).some
        for at in range(0, len(first), size)
    ]
    return np.concatenate(ever)[kind]


def _first_purchase(shape: Floats, age: Floats, s: Floats, start: Floats) -> OddsCurves:
    """The distribution of the time of the next purchase of customers who are alive.

    Its density is shape / age (age / (age + t))^(shape + 1) (start / (start + t))^s, and some never
    buy again. In log-time it is smooth everywhere, and a power at both ends.
    """
    low = float(np.log(age / shape).min()) - SOONEST
    high = float(np.log(np.maximum(age, start)).max()) + SOONEST
    steps = np.arange(int((high - low) / STEP) + 2, dtype=np.float64)

    def density(log_time: Floats) -> Floats:
        time = np.exp(log_time)
        fall = (shape + 1)[:, None] * np.log1p(np.outer(1 / age, time))
        fall += s[:, None] * np.log1p(np.outer(1 / start, time))
        found: Floats = np.exp(log_time + np.log(shape / age)[:, None] - fall)
        return found

    mass = np.zeros((len(shape), len(steps) - 1))
    for node, weight in zip(*legendre(NODES), strict=True):
        mass += STEP * weight * density(low + STEP * (steps[:-1] + node))
    at_ends = density(low + STEP * steps[[0, -1]])
    before, after = at_ends[:, :1], at_ends[:, 1:] / (shape + s)[:, None]
    below = np.cumsum(np.hstack([before, mass]), axis=1)
    above = np.cumsum(np.hstack([after, mass[:, ::-1]]), axis=1)[:, ::-1]
    return OddsCurves.of(low, STEP, below, above, density(low + STEP * steps))
