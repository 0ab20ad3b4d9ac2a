"""What customers who are alive will buy: in number, discounted, and how likely each number is.

In every model here the purchases to come of a customer who is alive flow at the rate
`(r + x) / (alpha + T)`, times a survival that falls with time. What differs is that survival.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from numpy.polynomial.chebyshev import chebpts1, chebvander
from scipy.special import betainc, betaln, exprel

from cemkit.arrays import Floats
from cemkit.clv.clock.model_time import PLAIN_DAYS, ModelTime
from cemkit.clv.purchases.histories import Rows, distinct_rows
from cemkit.clv.purchases.integration import NEGLIGIBLE, beta_nodes, dropout_times, legendre

Theta = Sequence[Floats]
TIME_NODES = 64
COUNT_NODES = 24  # of an integral of counts, and more where they are steep: to rounding
SEASON_NODES = 384  # resolve the weeks of the first years of a horizon
LARGEST_EXPONENT = 600.0  # of a float, with room for a unit
CHUNK = 1_000_000  # numbers held at once in each intermediate array


def pareto_nbd_log_odds_gone(theta: Theta, x: Floats, t_x: Floats, T: Floats) -> Floats:
    """Logarithm of the odds that a customer has left: Fader, Hardie (2005), equation 20."""
    r, alpha, s, beta = theta
    times, weights = dropout_times(theta, x, t_x, T)
    times, weights = times[:-1], weights[:-1]
    with np.errstate(divide="ignore"):
        parts = (
            np.log(weights * s / (beta + times))
            + (r + x) * np.log((alpha + T) / (alpha + times))
            + s * np.log((beta + T) / (beta + times))
        )
        largest = np.maximum(parts.max(axis=0), -1e300)
        odds: Floats = largest + np.log(np.exp(parts - largest).sum(axis=0))
    return odds


def beta_geo_log_odds_gone(
    theta: Theta, x: Floats, t_x: Floats, T: Floats, occasions: Floats
) -> Floats:
    """Logarithm of the odds that a customer has left; minus infinity where none could."""
    r, alpha, a, b = theta
    left_last = np.log(a) - np.log(b + np.maximum(occasions, 1) - 1)
    odds = left_last + (r + x) * np.log1p((T - t_x) / (alpha + t_x))
    return np.where(occasions > 0, odds, -np.inf)


def pareto_nbd_purchases(theta: Theta, x: Floats, T: Floats, horizon: float | Floats) -> Floats:
    """Purchases in (T, T + horizon] of customers alive at T: Fader, Hardie (2005), equation 41."""
    r, alpha, s, beta = theta
    reach = np.log1p(horizon / (beta + T))
    purchases: Floats = (r + x) * (beta + T) / (alpha + T) * reach * exprel((1 - s) * reach)
    return purchases


def pareto_nbd_discounted(
    theta: Theta,
    x: Floats,
    T: Floats,
    rate: float | Floats,
    horizon: float | Floats | None,
    *,
    time: ModelTime = PLAIN_DAYS,
) -> Floats:
    """The same purchases, each discounted by e^(-rate u): Fader, Hardie, Lee (2005), equation 2.

    The rate is per day, whatever the time in which T and the horizon are.
    """
    r, alpha, s, beta = (np.broadcast_to(value, x.shape) for value in theta)
    first, _, row = distinct_rows([alpha, s, beta, T, *_per_row(rate, horizon)])
    alpha, s, start = alpha[first], s[first], (beta + T)[first]
    rate, horizon = _taken(rate, first), _taken(horizon, first)
    reach = _reach(start, rate, horizon, time)
    if time.plain:
        # The integrand is log-concave: once it has fallen away along its tangent at 0 it is
        # nothing.
        reach = np.minimum(reach, NEGLIGIBLE / np.maximum(s - 1 + rate * start, 1e-9))
    total = np.zeros_like(start)
    for node, weight in zip(*legendre(_node_count(time)), strict=True):
        ahead = node * reach
        total += weight * np.exp((1 - s) * ahead - _discount(rate, start, ahead, time))
    value: Floats = (total * reach * start / (alpha + T[first]))[row]
    return (r + x) * value


def beta_geo_purchases(
    theta: Theta,
    x: Floats,
    T: Floats,
    occasions: Floats,
    *,
    rate: float | Floats,
    horizon: float | Floats | None,
    time: ModelTime = PLAIN_DAYS,
) -> Floats:
    """Purchases in (T, T + horizon] of customers alive at T, discounted by e^(-rate u).

    The rate is per day, whatever the time in which T and the horizon are.
    """
    r, alpha, a, b = (np.broadcast_to(value, x.shape) for value in theta)
    of_kind, _, kind = distinct_rows([r + x, a, b + occasions])
    of_age, _, age = distinct_rows([alpha + T, *_per_row(rate, horizon)])
    start = (alpha + T)[of_age]
    rate, horizon = _taken(rate, of_age), _taken(horizon, of_age)
    reach = _reach(start, rate, horizon, time)
    longest = float(reach.max())
    degree = _chebyshev_degree(longest, r + x, a, b + occasions)
    points = chebpts1(degree)
    survival = _beta_geo_survival(
        (r + x)[of_kind], a[of_kind], (b + occasions)[of_kind], (points + 1) / 2 * longest
    )
    series = np.linalg.solve(chebvander(points, degree - 1), survival.T).T
    moments = _chebyshev_moments(start, reach, longest, rate=rate, degree=degree, time=time)
    size = CHUNK // degree
    flows = [
        np.einsum("nm,nm->n", series[kind[i : i + size]], moments[age[i : i + size]])
        for i in range(0, len(x), size)
    ]
    purchases: Floats = (r + x) * np.concatenate(flows)
    return purchases


def pareto_nbd_probabilities(
    theta: Theta, x: Floats, T: Floats, counts: npt.NDArray[np.int64], horizon: float | Floats
) -> Floats:
    """P(n purchases in (T, T + horizon]) of customers alive at T, for each n: shape (rows, n)."""
    r, alpha, s, beta = (np.broadcast_to(value, x.shape) for value in theta)
    age, start, shape = alpha + T, beta + T, r + x
    log_ways = _log_ways(counts, shape)
    stays = -s * np.log1p(horizon / start)
    chance = np.exp(log_ways + _log_share(counts, shape, age, horizon, stays))
    # Purchases and dropout each have a time scale; in log-time beyond the shorter both are smooth.
    scale = np.minimum(start / (s + 1), age / shape)
    nobody_left = start * np.expm1(np.minimum(NEGLIGIBLE / s, LARGEST_EXPONENT))
    reach = np.log1p(np.minimum(horizon, nobody_left) / scale)
    # In log-time the count is as steep as the lesser of it and of the shape.
    steepness = np.sqrt(min(float(counts.max()), float(shape.max())) + 1)
    n_nodes = COUNT_NODES + int(2 * reach.max() * steepness)
    for node, weight in zip(*legendre(n_nodes), strict=True):
        lived = scale * np.expm1(node * reach)
        leaves = np.log(weight * reach * (lived + scale) * s / start)
        leaves -= (s + 1) * np.log1p(lived / start)
        chance += np.exp(log_ways + _log_share(counts, shape, age, lived, leaves))
    return chance


def beta_geo_probabilities(
    theta: Theta, x: Floats, T: Floats, occasions: Floats, *, n: int, horizon: float | Floats
) -> Floats:
    """P(n purchases in (T, T + horizon]) of customers alive at T."""
    r, alpha, a, b = theta
    left_b = b + occasions
    log_stays = betaln(a, left_b + n) - betaln(a, left_b)
    total = np.exp(log_stays) * _negative_binomial(n, r + x, alpha + T, horizon)
    if n > 0:
        leaves_at_last = np.exp(log_stays) * a / (left_b + n - 1)
        total = total + leaves_at_last * betainc(n, r + x, horizon / (alpha + T + horizon))
    chance: Floats = total
    return chance


def _per_row(*terms: float | Floats | None) -> list[Floats]:
    """Those terms of a valuation that differ between the rows."""
    return [term for term in terms if isinstance(term, np.ndarray) and term.ndim > 0]


Term = TypeVar("Term", float | Floats, float | Floats | None)


def _taken(term: Term, rows: Rows) -> Term:
    """Some rows of a term that differs between them; one for all stays."""
    return term[rows] if isinstance(term, np.ndarray) and term.ndim > 0 else term


def _reach(
    start: Floats, rate: float | Floats, horizon: float | Floats | None, time: ModelTime
) -> Floats:
    """The end of the integral, in log(1 + u / start): the horizon, or where nothing is left."""
    with np.errstate(divide="ignore"):  # without discount the horizon alone ends it
        nothing_left = time.until(np.divide(2 * NEGLIGIBLE, rate))
    end = nothing_left if horizon is None else np.minimum(nothing_left, horizon)
    reach: Floats = np.log1p(end / start)
    return reach


def _discount(rate: float | Floats, start: Floats, ahead: Floats, time: ModelTime) -> Floats:
    """Rate times days at each log(1 + u / start)."""
    if time.plain:
        return rate * start * np.expm1(ahead)
    days: Floats = time.days_until(start * np.expm1(ahead))
    return rate * days


def _node_count(time: ModelTime, least: int = TIME_NODES) -> int:
    """Nodes of an integral over the discount, which a season makes uneven."""
    return least if time.plain else max(least, SEASON_NODES)


def _chebyshev_degree(longest: float, shape: Floats, a: Floats, b: Floats) -> int:
    # Survival is analytic within pi of the real line, where it falls at most as fast as this: a
    # mean of powers of at most shape + 1, however alike customers leave.
    share = np.minimum(1, (a + 3) / (a + b))
    steepest = np.maximum(np.minimum(a, shape + 1), (shape + 1) * share).max()
    wave = 36 / np.arcsinh(2 * np.pi / longest)
    return int(np.ceil(wave + np.sqrt(40 * steepest * longest))) + 4


def _beta_geo_survival(shape: Floats, a: Floats, b: Floats, points: Floats) -> Floats:
    """Mean of (1 + p (e^v - 1))^-(shape + 1) at each v, for each kind: shape (kinds, points)."""
    growth = np.expm1(points)
    p, weights = beta_nodes(a, b, finest=growth.max(), steepest=shape.max() + 1)
    log_base = np.log1p(p[:, None] * growth)
    survival = np.empty((len(shape), len(points)))
    for i, (power, weight) in enumerate(zip(shape + 1, weights, strict=True)):
        survival[i] = weight @ np.exp(-power * log_base)
    return survival


def _chebyshev_moments(
    start: Floats,
    reach: Floats,
    longest: float,
    *,
    rate: float | Floats,
    degree: int,
    time: ModelTime,
) -> Floats:
    """Integrals of e^(v - rate start (e^v - 1)) T_m(v) over (0, reach): shape (ages, degree)."""
    undiscounted = not np.any(rate)
    n_nodes = max(48, degree)
    nodes, weights = legendre(n_nodes if undiscounted else _node_count(time, n_nodes))
    moments = np.empty((len(start), degree))
    rates = np.broadcast_to(rate, start.shape)
    size = max(1, CHUNK // (len(nodes) * degree))
    for i in range(0, len(start), size):
        part = slice(i, i + size)
        ahead = reach[part, None] * nodes
        fall = _discount(rates[part, None], start[part, None], ahead, time)
        flow = weights * np.exp(ahead - fall)
        terms = chebvander(2 * ahead / longest - 1, degree - 1)
        moments[part] = reach[part, None] * np.einsum("nk,nkm->nm", flow, terms)
    return moments


def _negative_binomial(n: int, shape: Floats, age: Floats, time: Floats | float) -> Floats:
    """P(n purchases within the time) at a rate that is Gamma(shape, age)."""
    counts = np.array([n])
    log_chance = _log_ways(counts, shape) + _log_share(counts, shape, age, time, np.zeros(1))
    probability: Floats = np.exp(log_chance)[:, 0]
    return probability


def _log_ways(counts: npt.NDArray[np.int64], shape: Floats) -> Floats:
    """Logarithm of the binomial coefficient of n + shape - 1 over n, for each row and each n."""
    n, of_row = counts.astype(np.float64), shape[:, None]
    ways: Floats = -np.log(of_row + n) - betaln(of_row, n + 1.0)
    return ways


def _log_share(
    counts: npt.NDArray[np.int64],
    shape: Floats,
    age: Floats,
    time: Floats | float,
    more: Floats,
) -> Floats:
    """Logarithm of (age / (age + time))^shape (time / (age + time))^n, and `more` of each row."""
    with np.errstate(divide="ignore", over="ignore"):  # in no time there is no purchase
        log_share = np.maximum(-np.log1p(np.divide(age, time)), -LARGEST_EXPONENT)
    none = more - shape * np.log1p(time / age)
    share: Floats = none[:, None] + np.multiply.outer(log_share, counts)
    return share
