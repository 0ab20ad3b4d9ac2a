"""Lag polynomials against numpy's arithmetic and the theory of stable filters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.forecasting import polynomials
from cemkit.forecasting.polynomials import (
    coefficients_from_partials,
    difference_polynomial,
    impulse_response,
    lag_polynomial,
    partials_from_coefficients,
    smallest_root,
)

free_numbers = st.lists(st.floats(-3, 3), max_size=5)


@settings(max_examples=60, deadline=None)
@given(free_numbers)
def test_any_numbers_make_a_stable_polynomial_and_come_back(free: list[float]) -> None:
    coefficients = coefficients_from_partials(free)
    assert smallest_root(coefficients) > 1
    assert partials_from_coefficients(coefficients) == pytest.approx(free, abs=1e-5)


def test_an_explosive_polynomial_is_brought_inside() -> None:
    free = partials_from_coefficients([1.7], largest=0.9)
    assert coefficients_from_partials(free) == pytest.approx([0.9])


def test_product_is_that_of_the_factors() -> None:
    seasonal = np.zeros(9)
    seasonal[[0, 4, 8]] = 1, -0.3, 0.2
    expected = np.convolve([1, -0.5, 0.1], seasonal)
    assert lag_polynomial([0.5, -0.1], [0.3, -0.2], 4) == pytest.approx(expected)


def test_differences_multiply() -> None:
    expected = np.polymul(np.polymul([1, -1], [1, -1]), [1, 0, 0, -1])
    assert difference_polynomial(2, 1, 3) == pytest.approx(expected)


@pytest.mark.parametrize("steps", [3, polynomials.SHORT, 30])
def test_impulse_response_is_the_quotient(steps: int) -> None:
    numerator, denominator = np.array([1.0, 0.4]), np.array([1.0, -0.6, 0.2])
    response = impulse_response(numerator, denominator, steps)
    product = np.convolve(response, denominator)[:steps]
    assert product == pytest.approx(np.pad(numerator, (0, steps))[:steps], abs=1e-14)


def test_smallest_root_is_that_of_numpy() -> None:
    roots = np.roots([0.3, -0.5, 1.0])
    assert smallest_root([0.5, -0.3]) == pytest.approx(np.abs(roots).min())
