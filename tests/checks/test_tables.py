"""Tables and columns: what lets them through, and the words that refuse them."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import (
    check_columns,
    check_customers,
    check_frame,
    finite_values,
    warn_of_constants,
)
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError


def says(message: str) -> str:
    """A pattern that matches the message to the letter."""
    return f"^{re.escape(message)}$"


def test_a_frame_is_a_frame_with_rows() -> None:
    with pytest.raises(TypeError, match=says("orders must be a pandas DataFrame, not list")):
        check_frame([], "orders")
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in orders, got 0"):
        check_frame(pd.DataFrame({"amount": []}), "orders")


def test_columns_that_are_there_pass() -> None:
    check_columns(["a", "b"], ["b"])
    with pytest.raises(MissingColumnsError, match="missing column 'c'; the table has 'a'"):
        check_columns(["a"], ["c"])


def test_a_table_of_lifetimes_is_recognised() -> None:
    table = pd.DataFrame({"frequency": [1], "recency": [2], "T": [3]})
    with pytest.raises(MissingColumnsError, match="names of lifetimes; convert it with"):
        check_customers(table, ["repeat_count"])


def test_a_repeated_customer_is_refused_before_anything_is_computed() -> None:
    table = pd.DataFrame({"recency_days": [1, 2]}, index=pd.Index(["a", "a"], name="customer_id"))
    with pytest.raises(DataError, match="it takes one row per customer"):
        check_customers(table, ["recency_days"])


@pytest.mark.parametrize(
    "dtype", ["int64", "float32", "Int64", "Float64", "int64[pyarrow]", "bool"]
)
def test_numeric_columns_of_every_kind_become_floats(dtype: str) -> None:
    assert finite_values(pd.Series([1, 0], dtype=dtype), "amount").tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "2"], "amount must be numeric, not "),
        ([1.0, np.nan], "amount has 1 missing and 0 infinite values (the first at 1); "),
        ([-np.inf, 1.0], "amount has 0 missing and 1 infinite value (the first at 0); "),
        (pd.array([1, None], dtype="Int64"), "amount has 1 missing and 0 infinite values"),
    ],
)
def test_what_is_not_a_finite_number_is_refused(values: object, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        finite_values(pd.Series(values), "amount")


def test_constant_columns_are_told_but_not_those_of_one_customer() -> None:
    varied, constant = np.array([1.0, 2.0, 1.0]), np.full(3, 4.0)
    with pytest.warns(CemkitWarning, match="^b, c has the same value for every customer"):
        warn_of_constants({"a": varied, "b": constant, "c": constant})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_constants({"a": varied, "b": constant[:1]})


def test_two_columns_of_one_name_are_refused() -> None:
    table = pd.DataFrame([[1, 2]], columns=["amount", "amount"])
    with pytest.raises(
        DataError, match=says("orders has two columns 'amount'; rename or drop one")
    ):
        check_frame(table, "orders")


@pytest.mark.parametrize("name", [None, np.nan, pd.NA])
def test_a_column_without_a_name_is_refused(name: object) -> None:
    table = pd.DataFrame([[1, 2]], columns=pd.Index(["amount", name], dtype=object))
    message = "orders has a column without a name, number 2; name it or drop it"
    with pytest.raises(DataError, match=message):
        check_frame(table, "orders")


def test_a_complex_number_is_not_cut_to_its_real_part() -> None:
    with pytest.raises(DataError, match="amount must be numeric, not complex128"):
        finite_values(pd.Series([1 + 2j]), "amount")


@pytest.mark.parametrize("value", [1e101, -1e300])
def test_numbers_whose_squares_would_be_infinite_are_refused(value: float) -> None:
    message = f"amount has values up to {abs(value):g}, too large to compute with; correct them"
    with pytest.raises(DataError, match=re.escape(message)):
        finite_values(pd.Series([1.0, value]), "amount")
    assert finite_values(pd.Series([1e100, -1e100]), "amount").tolist() == [1e100, -1e100]


@pytest.mark.parametrize("value", [1e-101, -1e-300])
def test_numbers_whose_squares_would_vanish_are_refused(value: float) -> None:
    message = f"amount has values of at most {abs(value):g}, too small to compute with"
    with pytest.raises(DataError, match=re.escape(message)):
        finite_values(pd.Series([0.0, value]), "amount")
    for usable in ([0.0, 0.0], [1.0, value], [1e-100, 0.0]):
        assert finite_values(pd.Series(usable), "amount").tolist() == usable


@pytest.mark.parametrize("names", [None, ["sum", "of"]])
def test_column_names_of_several_levels_are_refused(names: list[str] | None) -> None:
    columns = pd.MultiIndex.from_tuples([("amount", "sum"), ("amount", "mean")], names=names)
    with pytest.raises(DataError, match="orders has column names of 2 levels, such as"):
        check_frame(pd.DataFrame([[1, 2]], columns=columns), "orders")


@pytest.mark.parametrize("name", [["event"], {}, pd.DataFrame({"a": [1]})])
def test_what_cannot_name_a_column_is_refused(name: object) -> None:
    with pytest.raises(TypeError, match="the name of a column must be text, not "):
        check_columns(["event"], ["event", name])
