"""Sums are settled on a decimal grid, so that neither row order nor engine decides a tie."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.rounding import grid_step, is_nothing, settled, settled_each, widened

cents = st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20)


@settings(deadline=None)
@given(bags=st.lists(cents, min_size=1, max_size=8), seed=st.integers(0, 2**32 - 1))
def test_sums_of_cents_do_not_depend_on_their_order(bags: list[list[int]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sums, again = (
        [float(np.sum(rng.permutation(np.array(bag) / 100))) for bag in bags] for _ in range(2)
    )
    assert settled(sums).tolist() == settled(again).tolist()
    exact = [sum(bag) / 100 for bag in bags]
    assert settled(sums) == pytest.approx(exact, abs=1e-9 * max(map(abs, exact)))


@pytest.mark.parametrize("largest", [10.24, 81.92, 1000.0, 9_999_999.5, 1e8, 1e12])
def test_no_amount_of_money_lies_on_the_edge_of_two_points(largest: float) -> None:
    """Halfway between two points of the grid, the last bit of a sum would decide."""
    rng = np.random.default_rng(0)
    amounts = np.append(rng.integers(1, 10**6, 2_000) / 100, largest)
    near = [np.nextafter(amounts, sign * np.inf) for sign in (-1, 1)]
    assert settled(near[0]).tolist() == settled(near[1]).tolist() == settled(amounts).tolist()
    assert settled_each(near[0]).tolist() == settled_each(near[1]).tolist()
    assert 1e-10 < grid_step(amounts) / max(amounts) < 1.3e-9


def test_extremes_stay_as_they_are() -> None:
    for extreme in ([0.0, 0.0], [5e-324], [1e300, -1e300], []):
        assert settled(extreme).tolist() == extreme
        assert settled_each(extreme).tolist() == extreme
    assert grid_step([0.0]) == 0.0
    assert np.isnan(settled([np.nan, 1.0])[0])


def test_a_total_is_nothing_beside_its_parts_alone() -> None:
    assert is_nothing(0.1 + 0.2 - 0.3, [0.1, 0.2, -0.3])
    assert not is_nothing(1e-17, [1e-17])
    assert is_nothing(0.0, [])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float[pyarrow]", "Float32"])
def test_short_floats_are_what_they_were_written_as(dtype: str) -> None:
    values = pd.Series([12.34, np.nan, 0.1]).astype(dtype)
    expected = [12.34, 0.1]
    assert widened(values).dropna().tolist() == expected
    long = pd.Series([12.34])
    assert widened(long) is long
