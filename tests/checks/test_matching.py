"""Columns of the same customers: matched by id in every order and type of ids, or refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.checks.matching import as_series, matched, side_by_side
from cemkit.errors import DataError

IDS = pd.Index([3, 1, 2])
WORTH = pd.Series([30.0, 10.0, 20.0], index=IDS)


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(6)), st.sampled_from(["int64", "float64", "object", "Int64"]))
def test_any_order_and_type_of_the_ids_gives_the_same(order: list[int], dtype: str) -> None:
    first = pd.Series(range(6), index=range(6))
    other = first.iloc[order]
    found = side_by_side({"a": first, "b": other.set_axis(other.index.astype(dtype))})
    assert found["b"].tolist() == list(range(6))
    assert found["b"].index.equals(first.index)


def test_arrays_are_taken_in_the_order_of_the_one_series() -> None:
    found = side_by_side({"a": [1, 2, 3], "b": WORTH, "c": iter([7, 8, 9])})
    assert found["a"].to_dict() == {3: 1, 1: 2, 2: 3}
    assert found["c"].to_dict() == {3: 7, 1: 8, 2: 9}


def test_an_array_beside_two_orders_of_ids_is_refused() -> None:
    with pytest.raises(DataError, match="give b as a Series by customer_id"):
        side_by_side({"a": WORTH, "b": [1, 2, 3], "c": WORTH.iloc[::-1]})


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([1, 2, 4], "must hold the same ids, each once: 1 only in a, 1 only in b"),
        ([1, 1, 2], "b repeats 1"),
        (["1", "2", "3"], "holds numbers in a and text in b"),
        ([1.0, 2.0, np.nan], "the index of b has 1 missing id"),
        (pd.MultiIndex.from_product([[1, 2, 3], ["x"]]), "must hold the same ids"),
    ],
)
def test_ids_that_differ_are_refused(index: pd.Index, message: str) -> None:
    with pytest.raises(DataError, match=message):
        matched(pd.Series([1, 2, 3], index=index), IDS, "b", "a")


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(DataError, match="a has 3 values but b has 2"):
        side_by_side({"a": WORTH, "b": [1, 2]})


@pytest.mark.parametrize(
    "values", ["text", 5, None, {"a": 1}, np.array(3), pd.DataFrame({"a": [1]})]
)
def test_what_is_no_column_is_refused(values: object) -> None:
    with pytest.raises(TypeError, match="a must hold one value per customer, not"):
        as_series(values, "a")


def test_a_matrix_is_no_column() -> None:
    with pytest.raises(DataError, match=r"a has the shape \(2, 1\)"):
        as_series(np.ones((2, 1)), "a")
