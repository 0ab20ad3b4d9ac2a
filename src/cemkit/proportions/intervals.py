"""Intervals of one rate, of a difference and of a ratio, on arrays of counts, by their names.

References:
    Katz, Baptista, Azen, Pike (1978), Obtaining confidence intervals for the risk ratio in
        cohort studies, Biometrics 34.
    Newcombe (1998), Interval estimation for the difference between independent proportions,
        Statistics in Medicine 17, method 10. Agresti, Caffo (2000), Simple and effective
        confidence intervals for proportions, The American Statistician 54.
    Brown, Cai, DasGupta (2001), Interval estimation for a binomial proportion, Statistical
        Science 16.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from cemkit.arrays import Floats
from cemkit.checks import check_choice
from cemkit.proportions.score import koopman, miettinen_nurminen

Bounds = tuple[Floats, Floats]
RateMethod = Literal["wilson", "agresti-coull", "jeffreys", "clopper-pearson", "wald"]
DifferenceMethod = Literal["miettinen-nurminen", "newcombe", "agresti-caffo", "wald"]
LiftMethod = Literal["koopman", "katz"]

RATE_METHODS = ("wilson", "agresti-coull", "jeffreys", "clopper-pearson", "wald")
DIFFERENCE_METHODS = ("miettinen-nurminen", "newcombe", "agresti-caffo", "wald")
LIFT_METHODS = ("koopman", "katz")
SMALLEST_REACH = 1e-8  # of score intervals: at a reach of 0 their equation has no root


def critical_value(confidence_level: npt.ArrayLike, *, two_sided: bool = True) -> Floats:
    """The normal quantile that an interval of this level reaches to."""
    tail = (1 - np.asarray(confidence_level, dtype=np.float64)) / (2 if two_sided else 1)
    quantile: Floats = -ndtri(tail)
    return quantile


def rate_bounds(x: Floats, n: Floats, critical: Floats, *, method: RateMethod = "wilson") -> Bounds:
    """Bounds of `x / n`, inside [0, 1]."""
    check_choice(method, "method", RATE_METHODS)
    lower, upper = _rate_bounds(x, n, np.abs(critical), method)
    return _by_sign(lower, upper, critical)


def _rate_bounds(x: Floats, n: Floats, critical: Floats, method: RateMethod) -> Bounds:
    if method in {"jeffreys", "clopper-pearson"}:
        return _beta_bounds(x, n, ndtr(-critical), 0.5 if method == "jeffreys" else 0.0)
    square = critical**2 * (0 if method == "wald" else 1)
    total = n + square
    centre = (x + square / 2) / total
    if method == "wilson":
        half = critical * np.sqrt(x * (n - x) / n + square / 4) / total
    else:
        half = critical * np.sqrt(centre * (1 - centre) / total)
    if method == "wilson":  # 0 and 1 exactly, where rounding would miss them
        return np.where(x == 0, 0.0, centre - half), np.where(x == n, 1.0, centre + half)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def difference_bounds(
    x1: Floats,
    n1: Floats,
    x2: Floats,
    n2: Floats,
    critical: Floats,
    *,
    method: DifferenceMethod = "miettinen-nurminen",
) -> Bounds:
    """Bounds of `x2 / n2 - x1 / n1`, inside [-1, 1]."""
    check_choice(method, "method", DIFFERENCE_METHODS)
    reach = np.maximum(np.abs(critical), SMALLEST_REACH)
    if method == "miettinen-nurminen":
        lower, upper = miettinen_nurminen(x1, n1, x2, n2, reach)
    elif method == "newcombe":
        lower, upper = _newcombe(x1, n1, x2, n2, reach)
    else:
        more = 1 if method == "agresti-caffo" else 0
        lower, upper = _wald(x1 + more, n1 + 2 * more, x2 + more, n2 + 2 * more, reach)
    return _by_sign(lower, upper, critical)


def lift_bounds(
    x1: Floats,
    n1: Floats,
    x2: Floats,
    n2: Floats,
    critical: Floats,
    *,
    method: LiftMethod = "koopman",
) -> Bounds:
    """Bounds of the lift `(x2 / n2) / (x1 / n1) - 1`, inside [-1, inf]."""
    check_choice(method, "lift_method", LIFT_METHODS)
    bounds = koopman if method == "koopman" else _katz
    lower, upper = bounds(x1, n1, x2, n2, np.maximum(np.abs(critical), SMALLEST_REACH))
    return _by_sign(lower - 1, upper - 1, critical)


def _by_sign(lower: Floats, upper: Floats, critical: Floats) -> Bounds:
    """A lower bound of a level below one half is the upper bound of the rest, and the reverse."""
    turned = critical < 0
    return np.where(turned, upper, lower), np.where(turned, lower, upper)


def _wald(x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats) -> Bounds:
    p1, p2 = x1 / n1, x2 / n2
    half = critical * np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return np.maximum(p2 - p1 - half, -1.0), np.minimum(p2 - p1 + half, 1.0)


def _beta_bounds(x: Floats, n: Floats, tail: Floats, prior: float) -> Bounds:
    lacking = 1.0 - 2 * prior  # Clopper-Pearson: Beta(x, n - x + 1) below, Beta(x + 1, n - x) above
    some, rest = np.maximum(x, 0.5), np.maximum(n - x, 0.5)  # any value: 0 and n are set below
    lower = betaincinv(np.where(prior, x + prior, some), n - x + prior + lacking, tail)
    upper = betaincinv(x + prior + lacking, np.where(prior, n - x + prior, rest), 1 - tail)
    return np.where(x == 0, 0.0, lower), np.where(x == n, 1.0, upper)


def _newcombe(x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats) -> Bounds:
    p1, p2 = x1 / n1, x2 / n2
    lower1, upper1 = rate_bounds(x1, n1, critical)
    lower2, upper2 = rate_bounds(x2, n2, critical)
    difference = p2 - p1
    return (
        difference - np.hypot(p2 - lower2, upper1 - p1),
        difference + np.hypot(upper2 - p2, p1 - lower1),
    )


def _katz(x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats) -> Bounds:
    known = (x1 > 0) & (x2 > 0)
    s1, s2 = np.where(known, x1, 1.0), np.where(known, x2, 1.0)
    ratio = (s2 / n2) / (s1 / n1)
    factor = np.exp(critical * np.sqrt((1 - s1 / n1) / s1 + (1 - s2 / n2) / s2))
    return np.where(known, ratio / factor, 0.0), np.where(known, ratio * factor, np.inf)
