"""Every check: what it lets through, and the words with which it refuses."""

import datetime as dt
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import (
    align_outcome,
    by_customer,
    check_as_of,
    check_choice,
    check_columns,
    check_customers,
    check_fraction,
    check_frame,
    check_integer,
    check_number,
    check_positive,
    check_window_end,
    finite_values,
    warn_of_constants,
)
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError


def says(message: str) -> str:
    """A pattern that matches the message to the letter."""
    return f"^{re.escape(message)}$"


@pytest.mark.parametrize(
    "as_of",
    [
        "1997-09-30",
        "1997-09-30 23:59",
        dt.date(1997, 9, 30),
        dt.datetime(1997, 9, 30, 12),
        pd.Timestamp("1997-09-30 08:00"),
        np.datetime64("1997-09-30"),
    ],
)
def test_as_of_is_the_day_in_every_form(as_of: object) -> None:
    assert check_as_of(as_of) == pd.Timestamp("1997-09-30")


@pytest.mark.parametrize(
    ("as_of", "error", "message"),
    [
        (
            19970930,
            TypeError,
            "as_of must be a date or ISO text such as '1997-09-30', not 19970930",
        ),
        (None, TypeError, "as_of must be a date or ISO text such as '1997-09-30', not None"),
        ("soon", ValueError, "as_of='soon' is not a date; write it as in '1997-09-30'"),
        (pd.NaT, ValueError, "as_of=NaT is a missing date; name the last day seen"),
        (
            "1997-09-30T00:00+02:00",
            ValueError,
            "as_of='1997-09-30T00:00+02:00' has a time zone; name the local day instead",
        ),
    ],
)
def test_as_of_refuses(as_of: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=says(message)):
        check_as_of(as_of)


@pytest.mark.parametrize("value", [0, 1, 1.2, -0.1, float("nan"), float("inf")])
def test_a_fraction_lies_strictly_inside(value: float) -> None:
    with pytest.raises(ValueError, match=r"^confidence_level must .*, not "):
        check_fraction(value, "confidence_level")


@pytest.mark.parametrize("value", ["0.9", None, True, np.bool_(True)])
def test_a_number_is_a_number(value: object) -> None:
    with pytest.raises(TypeError, match=says(f"margin must be a number, not {value!r}")):
        check_number(value, "margin")


def test_numbers_of_numpy_are_numbers() -> None:
    assert check_number(np.float64(0.5), "margin") == 0.5
    assert check_integer(np.int64(5), "n_bins", minimum=2) == 5


def test_a_number_below_its_minimum() -> None:
    with pytest.raises(
        ValueError, match=says("rate must be a finite number of at least 0, not -1")
    ):
        check_number(-1, "rate", minimum=0)


def test_a_positive_number_is_above_zero() -> None:
    with pytest.raises(ValueError, match=says("horizon_days must be above 0, not 0")):
        check_positive(0, "horizon_days")


def test_an_integer_is_whole_and_large_enough() -> None:
    with pytest.raises(TypeError, match=says("n_bins must be a whole number, not 5.0")):
        check_integer(5.0, "n_bins", minimum=2)
    with pytest.raises(ValueError, match=says("n_bins must be at least 2, not 1")):
        check_integer(1, "n_bins", minimum=2)


def test_a_choice_is_one_of_the_words() -> None:
    with pytest.raises(ValueError, match=says("test must be one of 'z', 'fisher', not 't'")):
        check_choice("t", "test", ["z", "fisher"])


def test_a_frame_is_a_frame_with_rows() -> None:
    with pytest.raises(TypeError, match=says("orders must be a pandas DataFrame, not list")):
        check_frame([], "orders")
    with pytest.raises(NotEnoughDataError, match="0 rows in orders, but it takes at least 1"):
        check_frame(pd.DataFrame({"amount": []}), "orders")


def test_columns_that_are_there_pass() -> None:
    check_columns(["a", "b"], ["b"])
    with pytest.raises(MissingColumnsError, match="missing column 'c'; the table has 'a'"):
        check_columns(["a"], ["c"])


def test_customers_are_found_in_index_or_column() -> None:
    column = pd.DataFrame({"customer_id": ["b", "a"], "clv": [1.0, 2.0]})
    index = column.set_index("customer_id")
    pd.testing.assert_frame_equal(by_customer(column, "values"), index)
    pd.testing.assert_frame_equal(by_customer(index, "values"), index)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "a", "b"], "values has 1 repeated customer_id, such as 'a'; "),
        (["a", None, "b"], "values has 1 rows without a customer_id"),
    ],
)
def test_customers_are_unique_and_known(ids: list[object], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        by_customer(pd.DataFrame({"customer_id": ids, "clv": 1.0}), "values")


def test_customers_without_a_name() -> None:
    with pytest.raises(MissingColumnsError, match="name the customers of values in a column or"):
        by_customer(pd.DataFrame({"clv": [1.0]}), "values")


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
        ([-np.inf, 1.0], "amount has 0 missing and 1 infinite values (the first at 0); "),
        (pd.array([1, None], dtype="Int64"), "amount has 1 missing and 0 infinite values"),
    ],
)
def test_what_is_not_a_finite_number_is_refused(values: object, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        finite_values(pd.Series(values), "amount")


def test_an_outcome_is_matched_by_id() -> None:
    features = pd.DataFrame({"recency_days": [1, 2, 3]}, index=["a", "b", "c"])
    outcome = pd.Series([30, 10, 20], index=["c", "a", "b"])
    assert align_outcome(features, outcome).tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "z"], "X and y must hold the same ids: 1 only in X, 1 only in y; the first is 'b'"),
        (["a", "a"], "y has repeated ids, so X and y cannot be matched"),
    ],
)
def test_an_outcome_of_other_customers_is_refused(ids: list[str], message: str) -> None:
    features = pd.DataFrame({"recency_days": [1, 2]}, index=["a", "b"])
    with pytest.raises(DataError, match=says(message)):
        align_outcome(features, pd.Series([0, 1], index=ids))


def test_constant_columns_are_told_but_not_those_of_one_customer() -> None:
    varied, constant = np.array([1.0, 2.0, 1.0]), np.full(3, 4.0)
    with pytest.warns(CemkitWarning, match="^b, c is the same for every customer and sets nobody"):
        warn_of_constants({"a": varied, "b": constant, "c": constant})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_constants({"a": varied, "b": constant[:1]})


def test_a_window_that_is_not_over_is_refused() -> None:
    end = pd.Timestamp("2024-03-31")
    check_window_end(end, last=end)
    with pytest.raises(
        DataError, match="^the window ends on 2024-03-31, after the last order on 20"
    ):
        check_window_end(end, last=pd.Timestamp("2024-03-30"))
