"""Lag polynomials: 1 - c1 B - c2 B^2 - ... as arrays that begin with 1.

References:
    Monahan (1984), A note on enforcing stationarity in autoregressive-moving average models,
        Biometrika 71.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.signal import lfilter

from cemkit.arrays import Floats

LARGEST_PARTIAL = 0.999999
SHORT = 8


def coefficients_from_partials(free: Sequence[float]) -> list[float]:
    """Coefficients of a polynomial whose roots lie outside the unit circle."""
    coefficients: list[float] = []
    for number in free:
        partial = math.tanh(number)
        reversed_ = coefficients[::-1]
        coefficients = [a - partial * b for a, b in zip(coefficients, reversed_, strict=True)] + [
            partial
        ]
    return coefficients


def partials_from_coefficients(
    coefficients: Sequence[float], largest: float = LARGEST_PARTIAL
) -> list[float]:
    """The numbers that `coefficients_from_partials` turns into these coefficients."""
    rest = [float(c) for c in coefficients]
    free: list[float] = []
    while rest:
        partial = min(max(rest.pop(), -largest), largest)
        free.append(math.atanh(partial))
        spread = 1.0 - partial * partial
        rest = [(a + partial * b) / spread for a, b in zip(rest, rest[::-1], strict=True)]
    return free[::-1]


def lag_polynomial(coefficients: Sequence[float], seasonal: Sequence[float], period: int) -> Floats:
    """(1 - c1 B - ...)(1 - s1 B^m - ...) multiplied out."""
    first = np.array([1.0, *(-c for c in coefficients)])
    if not seasonal:
        return first
    product = np.zeros(len(first) + period * len(seasonal))
    product[: len(first)] = first
    for j, coefficient in enumerate(seasonal, start=1):
        product[j * period : j * period + len(first)] -= coefficient * first
    return product


def difference_polynomial(d: int, seasonal_d: int, period: int) -> Floats:
    """(1 - B)^d (1 - B^m)^D multiplied out."""
    product = np.ones(1)
    for _ in range(d):
        product = np.convolve(product, [1.0, -1.0])
    for _ in range(seasonal_d):
        product = np.convolve(product, lag_polynomial([], [1.0], period))
    return product


def impulse_response(numerator: Floats, denominator: Floats, steps: int) -> Floats:
    """The first `steps` coefficients of numerator / denominator as a power series (psi weights)."""
    if steps <= SHORT:  # a loop is done before a filter is set up
        return np.array(_short_response(numerator.tolist(), denominator.tolist(), steps))
    impulse = np.zeros(steps)
    impulse[0] = 1.0
    response: Floats = lfilter(numerator, denominator, impulse)
    return response


def smallest_root(coefficients: Sequence[float]) -> float:
    """Distance from the origin of the nearest root of 1 - c1 B - ...; above 1 is stable."""
    terms = np.trim_zeros(np.array([1.0, *(-c for c in coefficients)]), "b")
    if len(terms) <= 2:
        return math.inf if len(terms) == 1 else abs(1 / float(terms[1]))
    # Roots of the reversed polynomial are the inverses, and it is monic.
    largest = float(np.abs(np.roots(terms)).max())
    return 1.0 / largest if largest > 0 else math.inf


def _short_response(numerator: list[float], denominator: list[float], steps: int) -> list[float]:
    response: list[float] = []
    for i in range(steps):
        value = numerator[i] if i < len(numerator) else 0.0
        for lag in range(1, min(i, len(denominator) - 1) + 1):
            value -= denominator[lag] * response[i - lag]
        response.append(value)
    return response
