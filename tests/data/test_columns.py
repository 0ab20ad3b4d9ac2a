"""Columns that decide: names, words and numbers are read strictly, and ids match or are refused."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import check_same_ids, normal_ids
from cemkit.data.columns import (
    among,
    check_table,
    numbers,
    order_of,
    plain_words,
    whole_numbers,
    written_floats,
)
from cemkit.errors import DataError, MissingColumnsError


def test_a_table_has_the_columns_it_needs_and_no_others() -> None:
    table = pd.DataFrame({"a": [1], "b": [2]})
    assert check_table(table, "rules", ["a"], known=["a", "b"]) is table
    with pytest.raises(
        DataError, match=r"rules has an unknown column 'b'; use columns among \['a', 'c'\]"
    ):
        check_table(table, "rules", ["a"], known=["a", "c"])
    with pytest.raises(MissingColumnsError, match="'c'"):
        check_table(table, "rules", ["c"])
    with pytest.raises(DataError, match="rules has two columns 'a'; rename or drop one"):
        check_table(table.set_axis(["a", "a"], axis=1), "rules")
    with pytest.raises(TypeError, match="rules must be a pandas DataFrame, not dict"):
        check_table({}, "rules")


def test_words_are_stripped_and_missing_ones_are_none() -> None:
    for dtype in (object, "str", "category", "string[pyarrow]"):
        values = pd.Series([" a", None, "nan", "", "b"], dtype=dtype)
        assert plain_words(values, "word").tolist() == ["a", None, None, None, "b"]
    with pytest.raises(DataError, match="word must hold text, not 5; convert it first"):
        plain_words(pd.Series([5]), "word")
    with pytest.raises(DataError, match="word must hold text or numbers"):
        plain_words(pd.Series([["a"]]), "word")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([10, 9, None], dtype="Int64"),
        pd.Series([10, 9, None], dtype="Float32"),
        pd.Series([10, 9, None], dtype=object),
        pd.Series([Decimal(10), Decimal(9), None]),
        pd.Series(pd.Categorical([10, 9, None])),
        pd.Series(pd.arrays.SparseArray([10.0, 9.0, np.nan])),
        pd.Series([10, 9, None], dtype="double[pyarrow]"),
    ],
)
def test_numbers_of_any_type_are_the_same(values: pd.Series) -> None:
    read = numbers(values, "priority")
    assert read[:2].tolist() == [10.0, 9.0]
    assert np.isnan(read[2])


@pytest.mark.parametrize("wrong", ["10", True, 1j, pd.Timestamp(0), b"1", 10**400])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(DataError, match="priority"):
        numbers(pd.Series([wrong, 1], dtype=object), "priority")


def test_float32_is_written_as_it_was() -> None:
    assert written_floats(np.array([0.7, np.nan, np.inf], dtype=np.float32))[0] == 0.7
    assert written_floats(np.array([0.1, 0.1 + 0.2])).tolist() == [0.1, 0.1 + 0.2]


@pytest.mark.parametrize("wrong", [-1, 1.5, np.inf, 11])
def test_whole_numbers_of_a_range(wrong: float) -> None:
    values = pd.Series([0, 10, None])
    assert whole_numbers(values, "days", minimum=0, maximum=10)[:2].tolist() == [0, 10]
    with pytest.raises(DataError, match=f"days must be whole numbers from 0 to 10, not {wrong:g}"):
        whole_numbers(pd.Series([1, wrong]), "days", minimum=0, maximum=10)


KINDS = {
    "numbers": [1, 2],
    "text": ["1", "2"],
    "datetimes": pd.to_datetime(["2024-01-01"]),
    "dates": [dt.date(2024, 1, 1)],
    "dates and datetimes": [dt.date(2024, 1, 1), pd.Timestamp("2024-01-02")],
    "zones": pd.to_datetime(["2024-01-01"]).tz_localize("UTC"),
    "months": pd.period_range("2024-01", periods=1, freq="M"),
}


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_ids_of_different_kinds_never_meet_in_silence(one: str, other: str) -> None:
    ids, others = (normal_ids(KINDS[kind]) for kind in (one, other))
    if one == other:
        check_same_ids(ids, others, "actions", "people")
        assert among(ids, others).all()
    else:
        with pytest.raises(DataError, match="in actions and .* in people, so none would be found"):
            check_same_ids(ids, others, "actions", "people")


def test_no_ids_are_of_every_kind() -> None:
    check_same_ids(normal_ids([]), normal_ids(["a"]), "actions", "people")
    check_same_ids(normal_ids([None]), normal_ids([1]), "actions", "people")


def test_the_order_of_texts_does_not_depend_on_their_type() -> None:
    for dtype in (object, "str", pd.CategoricalDtype(["b", "a"])):
        assert order_of(pd.Series(["b", "a", None], dtype=dtype), "offer")[:2].tolist() == [1, 0]
    assert order_of(pd.Series([2, "a"], dtype=object), "offer").tolist() == [0, 1]
