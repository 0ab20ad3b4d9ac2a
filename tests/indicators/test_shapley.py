"""Shapley's rule against its definition by permutations, and slopes against differences."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.indicators.shapley import shapley_parts, shapley_slopes

numbers = st.floats(-1e3, 1e3, allow_nan=False)


def by_permutations(before: list[float], after: list[float]) -> list[float]:
    """The mean over all orders in which the factors change, one after the other."""
    parts = [0.0] * len(before)
    orders = list(itertools.permutations(range(len(before))))
    for order in orders:
        now = list(before)
        for place in order:
            then = math.prod(now)
            now[place] = after[place]
            parts[place] += (math.prod(now) - then) / len(orders)
    return parts


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 5).flatmap(lambda n: st.tuples(*[st.lists(numbers, min_size=n, max_size=n)] * 2))
)
def test_parts_are_the_mean_over_all_orders(sides: tuple[list[float], list[float]]) -> None:
    before, after = (np.array(side)[:, None] for side in sides)
    parts = shapley_parts(before, after)[:, 0]
    size = np.prod(np.maximum(np.abs(before), np.abs(after))) + 1
    assert parts == pytest.approx(by_permutations(*sides), abs=1e-12 * size)
    assert parts.sum() == pytest.approx(np.prod(after) - np.prod(before), abs=1e-12 * size)


def test_a_product_of_two_by_hand() -> None:
    """3 x 10 to 5 x 12: (5 - 3) at a mean price of 11, and (12 - 10) at a mean count of 4."""
    parts = shapley_parts(np.array([[3.0], [10.0]]), np.array([[5.0], [12.0]]))
    assert parts[:, 0].tolist() == [22.0, 8.0]


def test_slopes_are_derivatives() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 4, 3))
    step = 1e-6
    for side, slopes in enumerate(shapley_slopes(before, after)):
        for place in range(4):
            ends = []
            for sign in (1, -1):
                sides = [before.copy(), after.copy()]
                sides[side][place] += sign * step
                ends.append(shapley_parts(*sides))
            assert slopes[:, place] == pytest.approx((ends[0] - ends[1]) / (2 * step), abs=1e-7)
