"""Log-likelihoods with gradient and Hessian, as sums over distinct rows with counts."""

import numpy as np
from scipy.special import gammaln, polygamma, psi

from cemkit.prediction.clv.fitting import Array, Derivatives


def beta_geo_log_likelihood(theta: Array, x: Array, t_x: Array, T: Array, n: Array) -> Derivatives:
    """BG/NBD: Fader, Hardie, Lee (2005), equation 6.

    A customer's likelihood is `A(x) [(alpha + T)^-(r + x) + odds of having left after t_x]`; the
    bracket is a mixture of being alive and having left, so its gradient and Hessian are weighted
    moments of those of the two parts.

    Args:
        theta: r, alpha, a, b; alpha in the unit of time.
        x: Repeat purchases.
        t_x: Age at the last purchase.
        T: Age at the end.
        n: How many customers share the row.

    Returns:
        The sum, its gradient (4,) and Hessian (4, 4).

    Examples:
        >>> one = np.array([1.0])
        >>> value, gradient, hessian = beta_geo_log_likelihood(
        ...     np.array([0.243, 4.414, 0.793, 2.426]), 2 * one, 30.43 * one, 38.86 * one, one
        ... )
        >>> round(value, 6)
        -9.458606
    """
    r, alpha, a, b = theta
    repeats = x > 0
    base = np.where(repeats, b + x - 1, 1.0)
    log_alive = -(r + x) * np.log(alpha + T)
    log_gone = np.where(repeats, np.log(a) - np.log(base) - (r + x) * np.log(alpha + t_x), -np.inf)
    log_either = np.logaddexp(log_alive, log_gone)
    gone = np.exp(log_gone - log_either)
    alive = 1 - gone
    count = n.sum()
    constants = (
        gammaln(r + x)
        - gammaln(r)
        + gammaln(b + x)
        - gammaln(b)
        + gammaln(a + b)
        - gammaln(a + b + x)
        + r * np.log(alpha)
    )
    value = float(n @ (constants + log_either))

    zero = np.zeros_like(x)
    score_alive = np.stack([-np.log(alpha + T), -(r + x) / (alpha + T), zero, zero])
    score_gone = np.stack([-np.log(alpha + t_x), -(r + x) / (alpha + t_x), zero + 1 / a, -1 / base])
    score = alive * score_alive + gone * score_gone
    of_sum = psi(a + b) - psi(a + b + x)
    gradient = score @ n + np.array(
        [
            n @ (psi(r + x) - psi(r)) + count * np.log(alpha),
            count * r / alpha,
            n @ of_sum,
            n @ (of_sum + psi(b + x) - psi(b)),
        ]
    )

    hessian = (
        (score_alive * (n * alive)) @ score_alive.T
        + (score_gone * (n * gone)) @ score_gone.T
        - (score * n) @ score.T
    )
    inverse = alive / (alpha + T) + gone / (alpha + t_x)
    inverse_square = alive / (alpha + T) ** 2 + gone / (alpha + t_x) ** 2
    of_sum2 = n @ (polygamma(1, a + b) - polygamma(1, a + b + x))
    hessian[0, 0] += n @ (polygamma(1, r + x) - polygamma(1, r))
    hessian[0, 1] += count / alpha - n @ inverse
    hessian[1, 0] = hessian[0, 1]
    hessian[1, 1] += n @ ((r + x) * inverse_square) - count * r / alpha**2
    hessian[2, 2] += of_sum2 - n @ gone / a**2
    hessian[2, 3] += of_sum2
    hessian[3, 2] = hessian[2, 3]
    hessian[3, 3] += of_sum2 + n @ (
        polygamma(1, b + x) - polygamma(1, b) + np.where(repeats, gone / base**2, 0)
    )
    return value, gradient, hessian


def gamma_gamma_log_likelihood(theta: Array, x: Array, z: Array, n: Array) -> Derivatives:
    """Gamma-Gamma: Fader, Hardie (2013), The gamma-gamma model of monetary value, equation 1a.

    Args:
        theta: p, q, gamma; gamma in the unit of money.
        x: Repeat purchases, 1 or more.
        z: Their mean amount, above 0.
        n: How many customers share the row.

    Returns:
        The sum, its gradient (3,) and Hessian (3, 3).

    Examples:
        >>> one = np.array([1.0])
        >>> value, *_ = gamma_gamma_log_likelihood(
        ...     np.array([6.25, 3.74, 15.44]), one, 35 * one, one
        ... )
        >>> round(value, 6)
        -4.182118
    """
    p, q, gamma = theta
    shape = p * x + q
    total = x * z
    log_total = np.log(gamma + total)
    count = n.sum()
    value = float(
        n
        @ (
            gammaln(shape)
            - gammaln(p * x)
            - gammaln(q)
            + q * np.log(gamma)
            + p * x * np.log(x)
            + (p * x - 1) * np.log(z)
            - shape * log_total
        )
    )
    per_total = n / (gamma + total)
    gradient = np.array(
        [
            n @ (x * (psi(shape) - psi(p * x) + np.log(total) - log_total)),
            n @ (psi(shape) - psi(q) + np.log(gamma) - log_total),
            count * q / gamma - per_total @ shape,
        ]
    )
    trigamma = polygamma(1, shape)
    pp = n @ (x**2 * (trigamma - polygamma(1, p * x)))
    pq = n @ (x * trigamma)
    pg = -per_total @ x
    qq = n @ trigamma - count * polygamma(1, q)
    qg = count / gamma - per_total.sum()
    gg = (per_total / (gamma + total)) @ shape - count * q / gamma**2
    return value, gradient, np.array([[pp, pq, pg], [pq, qq, qg], [pg, qg, gg]])
