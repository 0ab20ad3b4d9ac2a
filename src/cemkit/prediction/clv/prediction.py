"""BG/NBD predictions: P(alive), and purchases to come, discounted or not."""

import numpy as np
from scipy.special import expit, roots_jacobi, roots_legendre

from cemkit.prediction.clv.fitting import Array

NODES_DROPOUT = 128
NODES_TIME = 48
NEGLIGIBLE_EXPONENT = 50.0  # what is discounted by more than e^-50 is left out


def beta_geo_alive(theta: Array, x: Array, t_x: Array, T: Array) -> Array:
    """P(alive) under BG/NBD; 1 for customers without a repeat purchase.

    Args:
        theta: r, alpha, a, b.
        x: Repeat purchases.
        t_x: Age at the last purchase.
        T: Age now.

    Examples:
        >>> theta = np.array([0.2426, 4.4136, 0.7929, 2.4259])
        >>> beta_geo_alive(theta, np.array([26.0]), np.array([30.857]), np.array([31.0])).round(4)
        array([0.9689])
    """
    r, alpha, a, b = theta
    log_odds_gone = (
        np.log(a) - np.log(b + np.maximum(x, 1) - 1) + (r + x) * np.log((alpha + T) / (alpha + t_x))
    )
    return np.where(x > 0, expit(-log_odds_gone), 1.0)


def beta_geo_purchases(theta: Array, x: Array, T: Array, horizon: float) -> Array:
    """Expected purchases in (T, T + horizon] of customers who are alive at T.

    Given the dropout probability p, which then is Beta(a, b + x), it is
    `(1 - (1 + p horizon / (alpha + T))^-(r + x)) / p`; Gauss-Jacobi nodes average over p, so that
    no hypergeometric function is needed and a = 1 or a + b < 1 are no exception.

    Args:
        theta: r, alpha, a, b.
        x: Repeat purchases.
        T: Age now.
        horizon: How far ahead, in the unit of alpha.

    Examples:
        >>> theta, x, T = np.array([0.243, 4.414, 0.793, 2.426]), np.array([2.0]), np.array([38.86])
        >>> alive = beta_geo_alive(theta, x, np.array([30.43]), T)
        >>> (alive * beta_geo_purchases(theta, x, T, 39.0)).round(3)  # Hardie's spreadsheet
        array([1.226])
    """
    r, alpha, *_ = theta
    age = (alpha + T)[:, None]
    p, weight = _dropout_nodes(theta, x)
    given_p = -np.expm1(-(r + x)[:, None] * np.log1p(p * horizon / age)) / p
    purchases: Array = (weight * given_p).sum(axis=1)
    return purchases


def beta_geo_discounted_purchases(
    theta: Array, x: Array, T: Array, rate: float, horizon: float | None
) -> Array:
    """Purchases in (T, T + horizon] of customers alive at T, each discounted by e^(-rate u).

    The flow of purchases u ahead is `(r + x) / (alpha + T) (1 + p u / (alpha + T))^-(r + x + 1)`;
    Gauss-Legendre nodes on a logarithmic scale of u integrate it.

    Args:
        theta: r, alpha, a, b.
        x: Repeat purchases.
        T: Age now.
        rate: Continuous rate of discount per unit of time, above 0.
        horizon: How far ahead; None is for ever.

    Examples:
        >>> theta = np.array([0.243, 4.414, 0.793, 2.426])
        >>> beta_geo_discounted_purchases(theta, np.zeros(1), np.array([38.86]), 0.0027, None)
        array([1.01570193])
    """
    r, alpha, *_ = theta
    age, shape = alpha + T, r + x
    p, weight = _dropout_nodes(theta, x)
    end = NEGLIGIBLE_EXPONENT / rate if horizon is None else horizon
    unit = age / shape
    length = np.log1p(end / unit)
    total = np.zeros_like(age)
    for node, node_weight in zip(*roots_legendre(NODES_TIME), strict=True):
        ahead = unit * np.expm1(length * (node + 1) / 2)
        flow = (weight * (1 + p * (ahead / age)[:, None]) ** -(shape + 1)[:, None]).sum(axis=1)
        total += node_weight / 2 * length * (ahead + unit) * np.exp(-rate * ahead) * flow
    discounted: Array = total / unit
    return discounted


def _dropout_nodes(theta: Array, x: Array) -> tuple[Array, Array]:
    *_, a, b = theta
    counts, row = np.unique(x, return_inverse=True)
    nodes = np.empty((len(counts), NODES_DROPOUT))
    weights = np.empty_like(nodes)
    for i, count in enumerate(counts):
        z, w = roots_jacobi(NODES_DROPOUT, b + count - 1, a - 1)
        nodes[i], weights[i] = (1 + z) / 2, w / w.sum()
    return nodes[row], weights[row]
