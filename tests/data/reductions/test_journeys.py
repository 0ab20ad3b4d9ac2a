"""Rows of events, on every engine that is at hand."""

import duckdb
import pandas as pd
import polars as pl
import pytest

from cemkit.data.reductions.journeys import event_rows, numbered
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
    rows = found.table.sort_values("customer_id")
    assert rows["time"].tolist() == [1_704_067_200_000_000, 1_706_745_599_000_000]
    assert len(event_rows(events, END, ["order"]).table) == 0


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
