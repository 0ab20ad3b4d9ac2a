"""Log-likelihoods of each row, with gradient and Hessian in the logarithms of the parameters.

Every model here is a mixture: a customer is alive, or left at one of the moments since the last
purchase. So its gradient and Hessian are weighted moments of those of the parts, and the parts
are products of two kinds of ratio: of gamma functions and of beta functions.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.special import expit, gammaln, psi, zeta

from cemkit.arrays import Floats
from cemkit.clv.purchases.integration import dropout_times

Theta = Sequence[Floats]
LONGEST_TABLE = 100_000


@dataclasses.dataclass(frozen=True, slots=True)
class RowDerivatives:
    """Log-likelihood of n rows, with derivatives in k log-parameters."""

    value: Floats
    gradient: Floats
    hessian: Floats


def pareto_nbd_rows(theta: Theta, x: Floats, t_x: Floats, T: Floats) -> RowDerivatives:
    """Pareto/NBD: Fader, Hardie (2005), A note on deriving the Pareto/NBD model, equation 18."""
    r, alpha, s, beta = theta
    times, weights = dropout_times(theta, x, t_x, T)
    log_alpha, log_beta = np.log(alpha + times), np.log(beta + times)
    near_alpha, near_beta = alpha / (alpha + times), beta / (beta + times)
    # The last part is being alive: no density of the moment of leaving, and s where it has s + 1.
    left = np.ones(len(times))[:, None]
    left[-1] = 0
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    parts = log_weights + left * np.log(s) - (r + x) * log_alpha - (s + left) * log_beta
    first = [-r * log_alpha, -(r + x) * near_alpha, left - s * log_beta, -(s + left) * near_beta]
    rows = mixture(parts, first, {})
    alive, of_T = np.exp(parts[-1] - rows.value), first[3][-1]
    _add_mean_curves(rows, (r, r + x, s), alive, of_T)
    _add_gamma_prior(rows, (0, 1), r, alpha, x)
    _add_gamma_prior(rows, (2, 3), s, beta, np.zeros_like(x))
    return rows


def beta_geo_rows(
    theta: Theta, x: Floats, t_x: Floats, T: Floats, *, can_leave_at_once: bool
) -> RowDerivatives:
    """BG/NBD: Fader, Hardie, Lee (2005), equation 6; MBG/NBD: Batislam et al. (2007)."""
    r, alpha, a, b = theta
    occasions = x + can_leave_at_once
    shape, log_age = r + x, np.log(alpha + T)
    far, near = alpha / (alpha + T), alpha / (alpha + t_x)
    alive = log_beta_ratio(a, b, np.zeros_like(x), occasions)
    hessian = np.zeros((4, 4, len(x)))
    hessian[0, 0] = -r * log_age
    hessian[0, 1] = hessian[1, 0] = -r * far
    hessian[1, 1] = -shape * far * (1 - far)
    hessian[2:, 2:] = alive.hessian
    gradient = np.stack([-r * log_age, -shape * far, *alive.gradient])
    rows = RowDerivatives(alive.value - shape * log_age, gradient, hessian)
    _add_gamma_prior(rows, (0, 1), r, alpha, x)

    silence = np.log1p((T - t_x) / (alpha + t_x))
    stayed = b + np.maximum(occasions - 1, 0)
    odds = np.where(occasions > 0, np.log(a) - np.log(stayed) + shape * silence, -np.inf)
    slope = [r * silence, shape * (far - near), np.ones_like(x), -b / stayed]
    curve = {
        (0, 0): slope[0],
        (0, 1): r * (far - near),
        (1, 1): shape * (far * (1 - far) - near * (1 - near)),
        (3, 3): slope[3] * (1 - b / stayed),
    }
    _add_odds(rows, odds, slope, curve)
    return rows


def gamma_gamma_rows(theta: Theta, x: Floats, z: Floats) -> RowDerivatives:
    """Gamma-Gamma: Fader, Hardie (2013), The gamma-gamma model of monetary value, equation 1a."""
    p, q, gamma = theta
    shape, total = p * x + q, x * z
    log_total, near_gamma = np.log(gamma + total), gamma / (gamma + total)
    value = (
        (gammaln(shape) - gammaln(p * x) - gammaln(q))
        + (q * np.log(gamma) + p * x * np.log(total) - np.log(z))
        - shape * log_total
    )
    slope = psi(shape) - log_total
    of_p = p * x * (slope - psi(p * x) + np.log(total))
    of_q = q * (slope - psi(q) + np.log(gamma))
    of_gamma = q - shape * near_gamma
    curve = zeta(2, shape)
    pp = of_p + (p * x) ** 2 * (curve - zeta(2, p * x))
    pq = p * x * q * curve
    pg = -p * x * near_gamma
    qq = of_q + q**2 * (curve - zeta(2, q))
    qg = q * (1 - near_gamma)
    gg = -shape * near_gamma * (1 - near_gamma)
    hessian = np.array([[pp, pq, pg], [pq, qq, qg], [pg, qg, gg]])
    return RowDerivatives(value, np.stack([of_p, of_q, of_gamma]), hessian)


def mixture(
    parts: Floats, first: Sequence[Floats], second: Mapping[tuple[int, int], Floats]
) -> RowDerivatives:
    """The logarithm of a sum of parts, with its derivatives."""
    largest = parts.max(axis=0)
    share = np.exp(parts - largest)
    total = share.sum(axis=0)
    share /= total
    weighted = [share * slope for slope in first]
    gradient = np.stack([slope.sum(axis=0) for slope in weighted])
    k = len(first)
    hessian = np.empty((k, k, parts.shape[1]))
    for i in range(k):
        for j in range(i, k):
            moment = np.einsum("mn,mn->n", weighted[i], first[j]) - gradient[i] * gradient[j]
            if (i, j) in second:
                moment += np.einsum("mn,mn->n", share, second[i, j])
            hessian[i, j] = hessian[j, i] = moment
    return RowDerivatives(largest + np.log(total), gradient, hessian)


def log_beta_ratio(a: Floats, b: Floats, i: Floats, j: Floats) -> RowDerivatives:
    """`log B(a + i, b + j) - log B(a, b)`, with derivatives in log a and log b."""
    of_a, of_b, of_sum = (
        [_rise(function, base, steps) for function in (gammaln, psi, _trigamma)]
        for base, steps in ((a, i), (b, j), (a + b, i + j))
    )
    value = of_a[0] + of_b[0] - of_sum[0]
    slope_a, slope_b = a * (of_a[1] - of_sum[1]), b * (of_b[1] - of_sum[1])
    aa = slope_a + a**2 * (of_a[2] - of_sum[2])
    bb = slope_b + b**2 * (of_b[2] - of_sum[2])
    ab = -a * b * of_sum[2]
    hessian = np.array([[aa, ab], [ab, bb]])
    return RowDerivatives(value, np.stack([slope_a, slope_b]), hessian)


def _add_mean_curves(
    rows: RowDerivatives, shapes: tuple[Floats, Floats, Floats], alive: Floats, of_T: Floats
) -> None:
    """The means of the parts' second derivatives, from those of their slopes and squares."""
    (r, r_x, s), gradient, hessian = shapes, rows.gradient, rows.hessian
    squares = [hessian[i, i] + gradient[i] ** 2 for i in (1, 3)]
    near_beta = (alive * of_T - gradient[3]) / (s + 1) - alive * of_T / s
    square_alive = alive * of_T**2
    hessian[0, 0] += gradient[0]
    hessian[0, 1] += gradient[1] * (r / r_x)
    hessian[1, 1] += gradient[1] + squares[0] / r_x
    hessian[2, 2] += gradient[2] - (1 - alive)
    hessian[2, 3] -= s * near_beta
    hessian[3, 3] += gradient[3] + (squares[1] - square_alive) / (s + 1) + square_alive / s
    hessian[1, 0], hessian[3, 2] = hessian[0, 1], hessian[2, 3]


def _add_gamma_prior(
    rows: RowDerivatives, at: tuple[int, int], shape: Floats, rate: Floats, x: Floats
) -> None:
    # log Gamma(shape + x) - log Gamma(shape) + shape log(rate), added in place.
    i, j = at
    slope = shape * (_rise(psi, shape, x) + np.log(rate))
    rows.value[:] += _rise(gammaln, shape, x) + shape * np.log(rate)
    rows.gradient[i] += slope
    rows.gradient[j] += shape
    rows.hessian[i, i] += slope + shape**2 * _rise(_trigamma, shape, x)
    rows.hessian[i, j] += shape
    rows.hessian[j, i] += shape


def _add_odds(
    rows: RowDerivatives,
    odds: Floats,
    slope: Sequence[Floats],
    curve: Mapping[tuple[int, int], Floats],
) -> None:
    # log(1 + e^odds), added in place, from the derivatives of the logarithm of the odds.
    share = expit(odds)
    spread = share * expit(-odds)
    rows.value[:] += np.logaddexp(0, odds)
    for i, slope_i in enumerate(slope):
        rows.gradient[i] += share * slope_i
        weighted = spread * slope_i
        for j in range(i, len(slope)):
            moment = weighted * slope[j]
            if (i, j) in curve:
                moment += share * curve[i, j]
            rows.hessian[i, j] += moment
            if j > i:
                rows.hessian[j, i] += moment


def _rise(function: Callable[[Floats], Floats], base: Floats, steps: Floats) -> Floats:
    """`function(base + steps) - function(base)`, once per whole step where the base is one."""
    if np.ndim(base) == 0 and steps.max() < min(LONGEST_TABLE, 4 * len(steps)):
        table = function(base + np.arange(steps.max() + 1))
        rise: Floats = (table - table[0])[steps.astype(np.intp)]
        return rise
    return function(base + steps) - function(base)


def _trigamma(value: Floats) -> Floats:
    curve: Floats = zeta(2, value)
    return curve
