"""Intervals of scores, on arrays of counts and moments: Tango, adjusted Wald, Wilson on a scale.

References:
    Tango (1998), Equivalence test and confidence interval for the difference in proportions for
        the paired-sample design, Statistics in Medicine 17.
    Zou, Donner (2008), Construction of confidence limits about effect measures: a general
        approach, Statistics in Medicine 27 (the squared distances of several intervals add).
    Fagerland, Lydersen, Laake (2014), Recommended tests and confidence intervals for paired
        binomial proportions, Statistics in Medicine 33.
    Rocks (2016), Interval estimation for the net promoter score, The American Statistician 70.
"""

import numpy as np
from scipy.special import ndtr, stdtrit

from cemkit.arrays import Floats
from cemkit.proportions.intervals import rate_bounds

Bounds = tuple[Floats, Floats]

HALVINGS = 60  # of an interval no longer than 2, to the last digit of a float
ADDED = 3.0  # answers that the adjusted Wald interval adds: 3/4 promoters, 3/4 detractors, the rest


def tango_bounds(promoters: Floats, detractors: Floats, n: Floats, critical: Floats) -> Bounds:
    """Bounds of `(promoters - detractors) / n` by Tango's score test, inside [-1, 1]."""
    upper = _tango_upper(promoters, detractors, n, critical)
    return -_tango_upper(detractors, promoters, n, critical), upper


def tango_statistic(
    promoters: Floats, detractors: Floats, n: Floats, difference: float = 0.0
) -> Floats:
    """Tango's z of the hypothesis that the score is `difference`; McNemar's at 0."""
    distance = promoters - detractors - n * difference
    variance = n * _null_variance(promoters, detractors, n, np.asarray(difference))
    return _divided(distance, np.sqrt(variance))


def _tango_upper(gains: Floats, losses: Floats, n: Floats, critical: Floats) -> Floats:
    """The difference that lies `critical` standard errors above the observed one."""
    low, high = np.broadcast_arrays((gains - losses) / n, np.asarray(1.0))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        far = (n * middle - gains + losses) ** 2
        within = far <= critical**2 * n * _null_variance(gains, losses, n, middle)
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    return np.asarray(high, dtype=np.float64)


def _null_variance(gains: Floats, losses: Floats, n: Floats, difference: Floats) -> Floats:
    """The variance of one answer under this difference, the share of losses at its best."""
    b = (2 * n - gains + losses) * difference - gains - losses
    c = -losses * difference * (1 - difference)
    share = (np.sqrt(np.maximum(b**2 - 8 * n * c, 0.0)) - b) / (4 * n)
    variance: Floats = np.maximum(2 * share + difference * (1 - difference), 0.0)
    return variance


def adjusted_wald_bounds(
    promoters: Floats, detractors: Floats, n: Floats, critical: Floats, *, added: float = ADDED
) -> Bounds:
    """Wald bounds after `added` answers, a quarter each promoters and detractors; cut at -1, 1."""
    total, quarter = n + added, added / 4
    p, d = (promoters + quarter) / total, (detractors + quarter) / total
    half = critical * np.sqrt(np.maximum(p + d - (p - d) ** 2, 0.0) / total)
    return np.maximum(p - d - half, -1.0), np.minimum(p - d + half, 1.0)


def scaled_wilson_bounds(
    mean: Floats,
    variance: Floats,
    n: Floats,
    critical: Floats,
    scale: tuple[float, float],
) -> Bounds:
    """Bounds of a mean on a scale: Wilson's, with the size that the observed variance implies.

    `variance` is that of one answer (divisor n - 1), and n the effective number of answers.
    """
    low, high = scale
    width = high - low
    share = np.clip((mean - low) / width, 0.0, 1.0)
    spread = variance / width**2
    size = np.where(spread > 0, _divided(n * share * (1 - share), spread), n)
    size = np.where(size > 0, size, n)
    lower, upper = rate_bounds(share * size, size, student_critical(critical, n))
    return low + width * lower, low + width * upper


def student_critical(critical: Floats, n: Floats) -> Floats:
    """The t quantile with n - 1 degrees of freedom (at least 1) of a normal critical value."""
    quantile: Floats = np.abs(stdtrit(np.maximum(n - 1, 1.0), ndtr(-np.abs(critical))))
    return quantile


def paired_bounds(total: Floats, squares: Floats, n: Floats, critical: Floats) -> Bounds:
    """Bounds of a mean change of classes, from the sum and the squares of each one's change.

    Two changes are added, half of one each up and down and one of 0, as in Bonett and Price.
    """
    size = n + 2
    mean = total / size
    half = critical * np.sqrt(np.maximum((squares + 1) / size - mean**2, 0.0) / size)
    return np.maximum(mean - half, -2.0), np.minimum(mean + half, 2.0)


def combined_bounds(
    values: Floats, lower: Floats, upper: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """A weighted sum over the last axis with its bounds: squared distances to the bounds add."""
    value = (weights * values).sum(axis=-1)
    below = np.where(weights > 0, values - lower, upper - values)
    above = np.where(weights > 0, upper - values, values - lower)
    reach_down = np.sqrt(((weights * below) ** 2).sum(axis=-1))
    reach_up = np.sqrt(((weights * above) ** 2).sum(axis=-1))
    return value, value - reach_down, value + reach_up


def _divided(over: Floats, under: Floats) -> Floats:
    """The quotient, 0 where both are 0 and infinite where only the divisor is."""
    over, under = np.broadcast_arrays(np.asarray(over, float), np.asarray(under, float))
    with np.errstate(divide="ignore"):
        quotient: Floats = np.divide(over, under, out=np.zeros(over.shape), where=over != 0)
    return quotient
