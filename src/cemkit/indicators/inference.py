"""Intervals of indicators and of their changes, from sums over customers.

The customer is the unit: orders of one customer are not independent. Both intervals say which
customers happened to buy, and nothing about what moves all of them together.

References:
    Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28.
    Cochran (1977), Sampling techniques, 3rd edition, chapter 6, for the variance of a ratio.
    Zou (2007), Toward using confidence intervals to compare correlations, Psychological Methods 12,
        for differences from intervals of correlated estimates. Newcombe (1998), Improved confidence
        intervals for the difference between binomial proportions based on paired data, Statistics
        in Medicine 17.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaincinv, stdtrit

from cemkit.arrays import Floats
from cemkit.indicators.definitions import COUNT, INDICATORS, MEAN, RATE, SCORE, SHARE, SPEND
from cemkit.indicators.moments import Moments
from cemkit.proportions.intervals import critical_value, difference_bounds, rate_bounds

ROUNDING = 1e-9  # below this part of a value, customers do not differ but for rounding


class Levels(NamedTuple):
    """Values with their bounds, shape (periods, groups)."""

    value: Floats
    lower: Floats
    upper: Floats


Found = tuple[Levels, tuple[Floats, Floats, Floats]]


def levelled(name: str, m: Moments, own: Levels | None, *, lag: int, level: float) -> Found:
    """The values of an indicator, its own where another room made them, and their changes."""
    kind = INDICATORS[name].kind
    levels = levels_of(kind, m, level) if own is None else own
    return levels, changes_of(kind, m, levels, lag, level)


def levels_of(kind: str, m: Moments, confidence_level: float) -> Levels:
    """The values of an indicator with their intervals."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = m.numerator / m.denominator
        if kind != SPEND:  # money spent without a new customer has no end; all else has no value
            value = np.where(m.denominator == 0, np.nan, value)
        if kind == COUNT:
            return Levels(value, np.full_like(value, np.nan), np.full_like(value, np.nan))
        if kind == SPEND:
            return Levels(value, *_garwood(m, confidence_level))
        half = _quantile(m.customers, confidence_level) * np.sqrt(_unbiased(m.squares, m.customers))
        if kind in {RATE, SHARE}:
            lower, upper = _wilson(kind, m, value, confidence_level)
            beyond = value > 1  # as where more is returned than was bought
            return Levels(
                value, np.where(beyond, value - half, lower), np.where(beyond, value + half, upper)
            )
        half = np.where(half > ROUNDING * np.abs(value), half, np.nan)
        if kind != MEAN:
            return Levels(value, value - half, value + half)
        factor = np.exp(half / value)
        positive = value > 0
        lower = np.where(positive, value / factor, value - half)
        return Levels(value, lower, np.where(positive, value * factor, value + half))


def _garwood(m: Moments, level: float) -> tuple[Floats, Floats]:
    """Bounds of spend per customer, from the exact Poisson bounds of the customers."""
    count, tail = m.denominator, (1 - level) / 2
    fewest = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0)
    most = gammaincinv(count + 1, 1 - tail)
    known = (count > 0) | (m.numerator > 0)  # spent without a new customer, the cost has no end
    upper = np.where(m.numerator > 0, m.numerator / fewest, 0.0)
    return np.where(known, m.numerator / most, np.nan), np.where(known, upper, np.nan)


def _wilson(kind: str, m: Moments, value: Floats, level: float) -> tuple[Floats, Floats]:
    """Wilson's bounds; of shares with the number of customers that has the same variance."""
    if kind == RATE:
        return _rate_bounds(value, m.denominator, critical_value(level))
    variance, n = _unbiased(m.squares, m.customers), m.customers
    spread = value * (1 - value)
    effective = np.where((variance > 0) & (spread > 0), spread / variance, n)
    return _rate_bounds(np.minimum(value, 1.0), effective, _quantile(n, level))


def _rate_bounds(value: Floats, n: Floats, critical: Floats) -> tuple[Floats, Floats]:
    lower, upper = rate_bounds(value * n, n, critical)
    known = n > 0
    return np.where(known, lower, np.nan), np.where(known, upper, np.nan)


def changes_of(
    kind: str, m: Moments, levels: Levels, lag: int, confidence_level: float
) -> tuple[Floats, Floats, Floats]:
    """The changes from `lag` periods before with their intervals, missing where there is none."""
    change, lower, upper = (np.full_like(levels.value, np.nan) for _ in range(3))
    if not 0 < lag < len(change):
        return change, lower, upper
    now, then = slice(lag, None), slice(None, -lag)
    finite = np.where(np.isfinite(levels.value), levels.value, np.nan)
    change[now] = finite[now] - finite[then]
    if kind == COUNT:
        return change, lower, upper
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind in {RATE, SHARE, SCORE, SPEND}:
            bounds = _of_rates(kind, m, levels, lag, confidence_level)
        else:
            n = m.customers[now] + m.customers[then] - m.common[now]
            squares = m.squares[now] + m.squares[then] - 2 * m.products[now]
            error = np.sqrt(_unbiased(np.maximum(squares, 0.0), n))
            half = _quantile(n, confidence_level) * error
            size = np.abs(levels.value[now]) + np.abs(levels.value[then])
            half = np.where(half > ROUNDING * size, half, np.nan)
            bounds = change[now] - half, change[now] + half
    known = np.isfinite(change[now])
    lower[now], upper[now] = (np.where(known, bound, np.nan) for bound in bounds)
    return change, lower, upper


def _of_rates(
    kind: str, m: Moments, levels: Levels, lag: int, confidence_level: float
) -> tuple[Floats, Floats]:
    """Bounds of a difference from the bounds of both rates and their correlation."""
    now, then = slice(lag, None), slice(None, -lag)
    value, lower, upper = (each[now] for each in levels)
    value_then, lower_then, upper_then = (each[then] for each in levels)
    spread = np.sqrt(m.squares[now] * m.squares[then])
    correlation = np.where(spread > 0, np.clip(m.products[now] / spread, -1, 1), 0.0)
    change = value - value_then
    bounds = (
        change - _joint(value - lower, upper_then - value_then, correlation),
        change + _joint(upper - value, value_then - lower_then, correlation),
    )
    if kind != RATE:
        return bounds
    x, n, x_then, n_then = (
        *(m.numerator[now], m.denominator[now]),
        *(m.numerator[then], m.denominator[then]),
    )
    apart = (m.common[now] == 0) & (n > 0) & (n_then > 0)
    if apart.any():
        pairs = (x_then[apart], n_then[apart], x[apart], n[apart])
        own = difference_bounds(*pairs, np.asarray(critical_value(confidence_level)))
        for bound, independent in zip(bounds, own, strict=True):
            bound[apart] = independent
    return bounds


def _joint(this: Floats, that: Floats, correlation: Floats) -> Floats:
    shared = np.where(correlation == 0, 0.0, 2 * correlation * this * that)
    return np.sqrt(np.maximum(this**2 + that**2 - shared, 0.0))


def _unbiased(squares: Floats, n: Floats) -> Floats:
    return np.where(n > 1, squares * n / np.maximum(n - 1, 1), np.nan)


def _quantile(n: Floats, confidence_level: float) -> Floats:
    quantile: Floats = stdtrit(np.maximum(n - 1, 1), (1 + confidence_level) / 2)
    return quantile
