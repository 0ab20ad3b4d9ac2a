"""Columns as a condition reads them, in the rows of another table."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.data.column_values import ColumnValues
from cemkit.errors import DataError, MissingColumnsError

TABLE = pd.DataFrame(
    {
        "n": [1.5, np.nan],
        "flag": pd.array([True, None], dtype="boolean"),
        "day": [dt.date(2024, 1, 31), None],
        "word": ["a", None],
        "money": [Decimal("2.5"), None],
    }
)


def values(rows: list[int] | None = None, others: tuple = ()) -> ColumnValues:
    ids = pd.RangeIndex(2 if rows is None else len(rows))
    places = None if rows is None else np.array(rows)
    return ColumnValues(TABLE, "customers", ids, places, others=others)


def test_what_a_column_holds() -> None:
    kinds = {column: values().kind(column) for column in TABLE}
    expected = {"n": "numbers", "flag": "flags", "day": "days", "word": "words"}
    assert kinds == expected | {"money": "numbers"}


def test_columns_stand_in_the_rows_asked_for_and_are_missing_elsewhere() -> None:
    read = values([1, 0, -1])
    np.testing.assert_array_equal(read.numbers("n"), [np.nan, 1.5, np.nan])
    np.testing.assert_array_equal(read.numbers("flag"), [np.nan, 1, np.nan])
    assert np.isnat(read.days("day")).tolist() == [True, False, True]
    assert read.words("word").tolist() == [-1, 0, -1]
    assert len(read) == 3


def test_texts_are_empty_where_a_value_is_missing() -> None:
    rows = np.array([0, 1])
    said = {column: values().texts(column, rows) for column in TABLE}
    assert said == {
        "n": ["1.5", ""],
        "flag": ["True", ""],
        "day": ["2024-01-31", ""],
        "word": ["a", ""],
        "money": ["2.5", ""],
    }


def test_the_words_of_other_tables_count_as_known() -> None:
    read = values(others=(pd.DataFrame({"word": ["b", "a"]}),))
    assert read.labels("word") == ["a", "b"]
    assert read.place("word", "b") == 1


def test_without_a_table_everything_is_missing() -> None:
    read = ColumnValues(None, "before", pd.RangeIndex(2), others=(TABLE,))
    assert np.isnan(read.numbers("n")).all()
    assert np.isnat(read.days("day")).all()
    assert read.words("word").tolist() == [-1, -1]


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(MissingColumnsError, match="'wrd' .did you mean 'word'.*in customers"):
        values().numbers("wrd")
    with pytest.raises(DataError, match="word must hold numbers"):
        values().numbers("word")
    with pytest.raises(ValueError, match="needs the order table; give it as orders="):
        values().purchases("category", "a", 9)
