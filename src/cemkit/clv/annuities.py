"""Sums over periods to come of customers who leave with a probability that differs among them."""

import numpy as np

from cemkit.arrays import Floats
from cemkit.clv.purchases.integration import beta_nodes

CHUNK = 1_000_000  # numbers held at once in each intermediate array


def beta_annuity(a: Floats, b: Floats, rate: float, n_periods: int | None) -> Floats:
    """Expected sum of `(1 - p)^(k - 1) / (1 + rate)^k` over `n_periods`, for p ~ Beta(a, b)."""
    finest = min(1 / rate if rate > 0 else np.inf, np.inf if n_periods is None else n_periods)
    total = np.empty(len(a))
    size = 1
    start = 0
    while start < len(a):
        part = slice(start, start + size)
        p, weights = beta_nodes(a[part], b[part], finest=finest, steepest=1.0)
        total[part] = weights @ _annuity(p, rate, n_periods)
        start, size = start + size, max(1, CHUNK // len(p))
    return total


def _annuity(p: Floats, rate: float, n_periods: int | None) -> Floats:
    """The sum for customers who leave with probability p."""
    if n_periods is None:
        return 1 / (rate + p)
    with np.errstate(divide="ignore"):  # who leaves for certain is there once
        log_q = np.log1p(-p) - np.log1p(rate)
    annuity: Floats = -np.expm1(n_periods * log_q) / (rate + p)
    return annuity
