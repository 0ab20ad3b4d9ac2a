"""The test of trends before the treatment, and the slope that it would have found.

References:
    Roth (2022), Pretest with caution: event-study estimates after testing for parallel trends,
        American Economic Review: Insights 4.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import f as f_distribution
from scipy.stats import ncf

from cemkit.arrays import Floats

POWER = 0.8
DEGREES_PER_TERM = 2  # fewer, and the covariance of the terms says nothing


class Pretrend(NamedTuple):
    """The joint test that all effects before the treatment are 0."""

    statistic: float  # of Wald, chi-squared in large samples
    terms: int
    p_value: float
    detectable_slope: float  # per period, found with a power of 80 %


NO_PRETREND = Pretrend(math.nan, 0, math.nan, math.nan)


def pretrend_test(
    values: Floats, covariance: Floats, distance: Floats, degrees: float, level: float
) -> Pretrend:
    """Test effects before the treatment jointly.

    Args:
        values: The effects.
        covariance: Their covariance.
        distance: Periods from the base period to that of each effect, below 0.
        degrees: Degrees of freedom of the covariance.
        level: Confidence level; the test rejects below 1 - level.
    """
    roots, vectors = np.linalg.eigh(covariance) if len(values) else (np.empty(0), np.empty(0))
    kept = roots > 1e-10 * max(float(roots.max(initial=0.0)), 1e-300)
    terms = int(kept.sum())
    spare = degrees - terms + 1
    if terms == 0 or degrees <= DEGREES_PER_TERM * terms + 1:
        return NO_PRETREND
    scores, slopes = (
        (vectors[:, kept].T @ part) / np.sqrt(roots[kept]) for part in (values, distance)
    )
    statistic = float(scores @ scores)
    as_f = spare / (terms * degrees)  # Hotelling's statistic as one of F
    p_value = float(f_distribution.sf(statistic * as_f, terms, spare))
    critical = float(f_distribution.isf(1 - level, terms, spare))
    needed = _noncentrality(critical, terms, spare)
    # The inverse of an estimated covariance is too large by this on average (Wishart).
    per_slope = float(slopes @ slopes) * (spare - 2) / degrees
    return Pretrend(statistic, terms, p_value, math.sqrt(needed / per_slope))


def _noncentrality(critical: float, terms: int, spare: float) -> float:
    """The noncentrality with which F exceeds its critical value with the power."""
    upper = 1.0
    while ncf.sf(critical, terms, spare, upper) < POWER:
        upper *= 2
    root: float = brentq(lambda nc: ncf.sf(critical, terms, spare, nc) - POWER, 0.0, upper)
    return root
