"""Rows of events, on every engine that is at hand."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.data.reductions.journeys import (
    DAY,
    changed,
    event_rows,
    in_order,
    numbered,
    only_present,
    sorted_rows,
)
from cemkit.errors import DataError

END = pd.Timestamp("2024-01-31")
TIMES = ["2024-01-31 23:59:59", "2024-02-01", None, "2024-01-01"]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["b", "a", "a", "a"],
            "event": ["visit", "order", "visit", "visit"],
            "event_time": pd.to_datetime(TIMES, format="ISO8601"),
            "channel": ["x", "y", "z", None],
        }
    )


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow", "duckdb"])
def test_rows_up_to_the_end_of_the_day(engine: str) -> None:
    connection = duckdb.connect()
    events = {
        "pandas": table,
        "polars": lambda: pl.from_pandas(table()).lazy(),
        "pyarrow": lambda: pl.from_pandas(table()).to_arrow(),
        "duckdb": lambda: connection.from_df(table()),
    }[engine]()
    found = event_rows(events, END, None, ["channel"])
    assert (found.undated, found.later) == (1, 1)
    assert found.ids.tolist() == ["a", "b"]
    rows = sorted(zip(found.customer, found.time, found.columns["channel"], strict=True))
    assert rows[0][:2] == (0, 1_704_067_200_000_000)
    assert rows[1] == (1, 1_706_745_599_000_000, "x")
    # The order was later than the day, so that it is no event of these rows.
    assert found.names.tolist() == ["visit"]
    assert len(event_rows(events, END, ["order"]).time) == 0


def test_an_event_that_never_occurs_is_named() -> None:
    with pytest.raises(DataError, match=r"event never is 'vist' \(did you mean 'visit'\?\)"):
        event_rows(table(), END, ["vist"])


def test_numbers_are_in_the_order_of_the_values() -> None:
    codes, values = numbered(pd.Series([2.0, 1.0, 2.0]), "customer_id")
    assert (codes.tolist(), values.tolist()) == ([1, 0, 1], [1, 2])
    kinds = pd.Series(["b", "a"], dtype="category")
    assert numbered(kinds, "event")[0].tolist() == [1, 0]
    with pytest.raises(DataError, match="event must hold text or numbers, and not both"):
        numbered(pd.Series(["a", 1], dtype=object), "event")


def test_ids_of_one_meaning_are_one_customer() -> None:
    codes, ids = numbered(pd.Series([3.0, 1, 3], dtype=object), "customer_id")
    assert (codes.tolist(), ids.tolist()) == ([1, 0, 1], [1, 3])
    codes, names = numbered(pd.Series(["b", None, "a"]), "channel")
    assert (codes.tolist(), names.tolist()) == ([1, -1, 0], ["a", "b"])


@given(
    rows=st.lists(st.tuples(st.integers(0, 5), st.integers(-9, 9), st.integers(0, 3)), max_size=20),
    unit=st.sampled_from([1, 1000, 1_000_000, DAY, 2**56]),
)
def test_rows_stand_by_customer_time_and_kind(rows: list[tuple[int, int, int]], unit: int) -> None:
    # With the longest unit, customer, time and kind do not fit into one number.
    customer, time, kind = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    time = time * unit + 7
    found = in_order(customer, time, kind, 4)
    expected = sorted(zip(customer.tolist(), time.tolist(), kind.tolist(), strict=True))
    made = list(zip(found.who.tolist(), found.when.tolist(), found.what.tolist(), strict=True))
    assert made == expected
    last = np.arange(len(rows))[::-1].copy()
    order = sorted_rows(customer, time, kind, 4, last)
    keys = list(zip(customer, time, kind, last, strict=True))
    assert [keys[k] for k in order] == sorted(keys)
    moments = {row[:2] for row in expected}
    assert found.ties == len(expected) - len(moments)


def test_what_changes_and_what_occurs() -> None:
    one, other = np.array([1, 1, 1, 2]), np.array([1, 1, 2, 2])
    assert changed(one, other).tolist() == [True, False, True, True]
    assert changed(one[:0]).tolist() == []
    codes, names = only_present(np.array([2, 0, 2]), pd.Index(["a", "b", "c"]))
    assert (codes.tolist(), names.tolist()) == ([1, 0, 1], ["a", "c"])


def test_lists_among_events_and_tables_without_rows_are_refused() -> None:
    lists = table().assign(event=["visit", ["visit"], "order", "visit"])
    with pytest.raises(DataError, match="event must hold one plain label a row"):
        event_rows(lists, END, None)
    with pytest.raises(DataError, match="events has no rows; check the filter"):
        event_rows(table().head(0), END, None)
