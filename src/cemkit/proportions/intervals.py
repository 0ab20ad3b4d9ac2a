"""Intervals of one rate, of a difference and of a ratio, on arrays of counts, by their names."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from cemkit.checks import check_choice
from cemkit.proportions.score import koopman, miettinen_nurminen

Floats = npt.NDArray[np.float64]
RateMethod = Literal["wilson", "agresti-coull", "jeffreys", "clopper-pearson", "wald"]
DifferenceMethod = Literal["miettinen-nurminen", "newcombe", "agresti-caffo", "wald"]
LiftMethod = Literal["koopman", "katz"]

RATE_METHODS = ("wilson", "agresti-coull", "jeffreys", "clopper-pearson", "wald")
DIFFERENCE_METHODS = ("miettinen-nurminen", "newcombe", "agresti-caffo", "wald")
LIFT_METHODS = ("koopman", "katz")


def critical_value(confidence_level: npt.ArrayLike, *, two_sided: bool = True) -> Floats:
    """The normal quantile that an interval of this level reaches to.

    Args:
        confidence_level: Inside (0, 1).
        two_sided: Whether the interval has two ends.

    Examples:
        >>> float(critical_value(0.95).round(4)), float(critical_value(0.95, two_sided=False))
        (1.96, 1.6448...)
    """
    tail = (1 - np.asarray(confidence_level, dtype=np.float64)) / (2 if two_sided else 1)
    quantile: Floats = -ndtri(tail)
    return quantile


def rate_bounds(
    x: Floats, n: Floats, critical: Floats, *, method: RateMethod = "wilson"
) -> tuple[Floats, Floats]:
    """Bounds of `x / n`, inside [0, 1].

    Args:
        x: Successes.
        n: Trials, at least 1.
        critical: The normal quantile, such as 1.96.
        method: `"wilson"`, the score interval; `"agresti-coull"`, its Wald form; `"jeffreys"`, the
            quantiles of Beta(x + 1/2, n - x + 1/2); `"clopper-pearson"`, never below its level; or
            `"wald"`, for comparison with other tools only.

    References:
        Brown, Cai, DasGupta (2001), Interval estimation for a binomial proportion,
        Statistical Science 16.

    Examples:
        >>> lower, upper = rate_bounds(np.array([81.0]), np.array([263.0]), critical_value(0.95))
        >>> lower.round(4), upper.round(4)
        (array([0.2553]), array([0.3662]))
    """
    check_choice(method, "method", RATE_METHODS)
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
) -> tuple[Floats, Floats]:
    """Bounds of `x2 / n2 - x1 / n1`, inside [-1, 1].

    Args:
        x1: Successes of the control.
        n1: Its trials.
        x2: Successes of the treatment.
        n2: Its trials.
        critical: The normal quantile.
        method: `"miettinen-nurminen"`, the score interval; `"newcombe"`, the hybrid of two Wilson
            intervals; `"agresti-caffo"`, Wald after a success and a failure more in each arm; or
            `"wald"`, for comparison with other tools only.

    References:
        Newcombe (1998), Interval estimation for the difference between independent proportions,
        Statistics in Medicine 17, method 10. Agresti, Caffo (2000), Simple and effective
        confidence intervals for proportions, The American Statistician 54.

    Examples:
        >>> counts = [np.array([float(count)]) for count in (48, 80, 56, 70)]
        >>> lower, upper = difference_bounds(*counts, critical_value(0.95), method="newcombe")
        >>> lower.round(4), upper.round(4)
        (array([0.0524]), array([0.3339]))
    """
    check_choice(method, "method", DIFFERENCE_METHODS)
    if method == "miettinen-nurminen":
        return miettinen_nurminen(x1, n1, x2, n2, critical)
    if method == "newcombe":
        return _newcombe(x1, n1, x2, n2, critical)
    more = 1 if method == "agresti-caffo" else 0
    p1, p2 = (x1 + more) / (n1 + 2 * more), (x2 + more) / (n2 + 2 * more)
    half = critical * np.sqrt(p1 * (1 - p1) / (n1 + 2 * more) + p2 * (1 - p2) / (n2 + 2 * more))
    return np.maximum(p2 - p1 - half, -1.0), np.minimum(p2 - p1 + half, 1.0)


def lift_bounds(
    x1: Floats,
    n1: Floats,
    x2: Floats,
    n2: Floats,
    critical: Floats,
    *,
    method: LiftMethod = "koopman",
) -> tuple[Floats, Floats]:
    """Bounds of the lift `(x2 / n2) / (x1 / n1) - 1`, inside [-1, inf].

    Args:
        x1: Successes of the control.
        n1: Its trials.
        x2: Successes of the treatment.
        n2: Its trials.
        critical: The normal quantile.
        method: `"koopman"`, the score interval, or `"katz"`, normal on the scale of logarithms,
            which knows nothing, [-1, inf], where an arm has no success.

    References:
        Katz, Baptista, Azen, Pike (1978), Obtaining confidence intervals for the risk ratio in
        cohort studies, Biometrics 34.

    Examples:
        >>> counts = [np.array([float(count)]) for count in (1, 34, 7, 34)]
        >>> lower, upper = lift_bounds(*counts, critical_value(0.95), method="katz")
        >>> (1 + lower).round(4), (1 + upper).round(4)
        (array([0.9096]), array([53.8695]))
    """
    check_choice(method, "lift_method", LIFT_METHODS)
    bounds = koopman if method == "koopman" else _katz
    lower, upper = bounds(x1, n1, x2, n2, critical)
    return lower - 1, upper - 1


def _beta_bounds(x: Floats, n: Floats, tail: Floats, prior: float) -> tuple[Floats, Floats]:
    lacking = 1.0 - 2 * prior  # Clopper-Pearson: Beta(x, n - x + 1) below, Beta(x + 1, n - x) above
    some, rest = np.maximum(x, 0.5), np.maximum(n - x, 0.5)  # any value: 0 and n are set below
    lower = betaincinv(np.where(prior, x + prior, some), n - x + prior + lacking, tail)
    upper = betaincinv(x + prior + lacking, np.where(prior, n - x + prior, rest), 1 - tail)
    return np.where(x == 0, 0.0, lower), np.where(x == n, 1.0, upper)


def _newcombe(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats
) -> tuple[Floats, Floats]:
    p1, p2 = x1 / n1, x2 / n2
    lower1, upper1 = rate_bounds(x1, n1, critical)
    lower2, upper2 = rate_bounds(x2, n2, critical)
    difference = p2 - p1
    return (
        difference - np.hypot(p2 - lower2, upper1 - p1),
        difference + np.hypot(upper2 - p2, p1 - lower1),
    )


def _katz(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats
) -> tuple[Floats, Floats]:
    known = (x1 > 0) & (x2 > 0)
    s1, s2 = np.where(known, x1, 1.0), np.where(known, x2, 1.0)
    ratio = (s2 / n2) / (s1 / n1)
    factor = np.exp(critical * np.sqrt((1 - s1 / n1) / s1 + (1 - s2 / n2) / s2))
    return np.where(known, ratio / factor, 0.0), np.where(known, ratio * factor, np.inf)
