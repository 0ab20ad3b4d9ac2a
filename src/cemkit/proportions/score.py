"""Score intervals for two proportions, for any number of pairs at once and at every cell.

Both intervals ask the same question: how far can the two rates be pulled apart before the data
object? Pulling by a Lagrange multiplier m moves each rate on its own, in closed form, so a bound
is the root of one convex function of m. Newton's method from its right side cannot miss it: there
is no cubic to solve, no bracket, and no cell where an arc cosine leaves its domain.
"""

from collections.abc import Callable

import numpy as np

from cemkit.arrays import Floats

CONVERGED = 1e-8  # the error after a Newton step is of the order of its square


def miettinen_nurminen(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats
) -> tuple[Floats, Floats]:
    """Bounds of `x2 / n2 - x1 / n1` by the score test of Miettinen and Nurminen."""
    level = critical**2 * (n1 + n2) / (n1 + n2 - 1)
    upper = _difference_upper(x1, n1, x2, n2, level)
    return -_difference_upper(x2, n2, x1, n1, level), upper


def koopman(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, critical: Floats
) -> tuple[Floats, Floats]:
    """Bounds of the ratio `(x2 / n2) / (x1 / n1)` by Koopman's score test."""
    upper = _ratio_upper(x1, n1, x2, n2, critical**2)
    with np.errstate(divide="ignore"):
        return 1 / _ratio_upper(x2, n2, x1, n1, critical**2), upper


def score_statistic(
    x1: Floats, n1: Floats, x2: Floats, n2: Floats, difference: float | Floats
) -> Floats:
    """The score z of the hypothesis that the second rate exceeds the first by `difference`."""
    shift = difference - (x2 / n2 - x1 / n1)
    widened = _widening(x1, n1, x2, n2, shift)
    narrowed = _widening(x2, n2, x1, n1, -shift)
    factor = (n1 + n2 - 1) / (n1 + n2)
    score: Floats = np.sqrt(factor * narrowed) - np.sqrt(factor * widened)
    return score


def _difference_upper(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: Floats) -> Floats:
    """The difference at which the squared score reaches `level`."""
    fall, rise = (n1 - x1) / n1, x2 / n2
    start = np.minimum(_reaches(fall, n1, level), _reaches(rise, n2, level))
    fixed = np.isinf(start)  # 0 of n1 and n2 of n2: the difference is 1 already

    def excess(m: Floats) -> tuple[Floats, Floats]:
        gain1, slope1 = _gain(m, fall, n1)
        gain2, slope2 = _gain(m, rise, n2)
        return gain1 + gain2 - level, slope1 + slope2

    m = _newton(excess, np.where(fixed, 1.0, start))
    observed = rise - x1 / n1
    return np.where(fixed, 1.0, np.minimum(observed + level / m, 1.0))


def _widening(x1: Floats, n1: Floats, x2: Floats, n2: Floats, shift: Floats) -> Floats:
    """The squared score (without its factor) where the difference is widened by `shift`, else 0."""
    fall, rise = (n1 - x1) / n1, x2 / n2
    wider = shift > 0
    shift = np.where(wider, shift, 0.25)
    room = np.where(wider, 2 - fall - rise - shift, 1.0)  # 1 - the supposed difference

    def excess(m: Floats) -> tuple[Floats, Floats]:
        gain1, slope1 = _gain(m, fall, n1)
        gain2, slope2 = _gain(m, rise, n2)
        return gain1 + gain2 - shift * m, slope1 + slope2 - shift

    # f(m) exceeds m (room + shift) - n1 - n2, so the root is not to the right of this.
    m = _newton(excess, np.where(wider, (n1 + n2) / room, 1.0))
    return np.where(wider, shift * m, 0.0)


def _gain(m: Floats, rate: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """`m (pulled - rate)` and its derivative by `m`."""
    variance = rate * (1 - rate)
    b = trials - m * (1 - 2 * rate)
    product = m * m * variance
    root = np.sqrt(b * b + 4 * product)
    half = (np.abs(b) + root) / 2
    gain = np.divide(product, half, out=half.copy(), where=b > 0)
    return gain, (2 * m * variance + (1 - 2 * rate) * gain) / np.maximum(root, 1e-300)


def _reaches(rate: Floats, trials: Floats, level: Floats) -> Floats:
    """The multiplier at which the gain of this arm alone is `level`; infinite for a rate of 1."""
    variance = rate * (1 - rate)
    b = level * (1 - 2 * rate)
    total = level * (level + trials)
    root = np.sqrt(b * b + 4 * variance * total)
    # The two forms of the root of a quadratic: each is exact on its side.
    above, below = np.where(b > 0, 2 * total, root - b), np.where(b > 0, root + b, 2 * variance)
    return np.divide(above, below, out=np.full_like(b, np.inf), where=below > 0)


def _ratio_upper(x1: Floats, n1: Floats, x2: Floats, n2: Floats, level: Floats) -> Floats:
    """The ratio at which Koopman's chi-square reaches `level`."""
    none = x1 == 0
    x1 = np.where(none, 1.0, x1)  # any value: the bound is infinite there
    f1, f2 = (n1 - x1) / n1, (n2 - x2) / n2
    all_of_first = f1 == 0

    def excess(m: Floats) -> tuple[Floats, Floats]:
        below, above = np.where(all_of_first, 1.0, x1 - m), x2 + m
        first, second = f1 * m / below, f2 * m / above
        return m * (first + second) - level, first * (2 + m / below) + second * (2 - m / above)

    own = 2 * level * x1 / (level + np.sqrt(level**2 + 4 * f1 * level * x1))
    with np.errstate(divide="ignore"):
        other = (level + np.sqrt(level**2 + 4 * f2 * level * x2)) / (2 * f2)
    start = np.minimum(own, other)
    m = np.where(all_of_first, start, _newton(excess, start))
    # Where all of the first arm succeeded, its rate falls only once the second gives no more.
    rest = np.maximum(level / m**2 - f2 / (x2 + m), 0.0)
    odds = np.divide(f1, x1 - m, out=rest, where=~all_of_first)
    return np.where(none, np.inf, (x2 + m) / (n2 + m) * (1 + n1 * odds))


def _newton(
    excess: Callable[[Floats], tuple[Floats, Floats]], start: Floats, max_steps: int = 200
) -> Floats:
    """The root of a convex function from a start on its right, where every step stays right."""
    m = start
    for _ in range(max_steps):
        value, slope = excess(m)
        step = np.divide(value, slope, out=np.zeros_like(m), where=slope > 0)
        m = m - step
        if np.all(np.abs(step) <= CONVERGED * m):
            break
    return m
