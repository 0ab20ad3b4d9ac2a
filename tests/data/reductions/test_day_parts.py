"""Sums by part of the day, on each engine, and times that have none."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit.data.engines import collect, scan
from cemkit.data.reductions.day_parts import in_part, part_sums
from cemkit.data.reductions.moments import ROWS
from cemkit.errors import DataError, MissingColumnsError

HOURS = [0, 5, 6, 22, 23, 23, 12]
VISITS = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 1, 2, 2, 3],
        "variant": ["A", "A", "A", "A", "B", "B", "A"],
        "amount": [1.0, 2, 4, 8, 16, 32, 64],
        "event_time": pd.Timestamp("2024-03-01 00:30") + pd.to_timedelta(HOURS, "h"),
    }
)
ENGINES = {
    "pandas": lambda d: d,
    "polars lazy": lambda d: pl.from_pandas(d).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}


def sums(table: object, starts: list[int]) -> pd.DataFrame:
    found = part_sums(table, "event_time", ["variant"], ["amount"], starts)
    return collect(scan(found, "sums")).sort_values("customer_id", ignore_index=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_last_part_ends_where_the_first_begins(engine) -> None:
    found = sums(ENGINES[engine](VISITS), [6, 22])
    assert found[in_part("amount", 0)].tolist() == [4, 0, 64]
    assert found[in_part("amount", 1)].tolist() == [11, 48, 0]
    assert found[in_part(ROWS, 1)].tolist() == [3, 2, 0]


def test_without_ids_a_row_is_a_customer() -> None:
    found = part_sums(
        VISITS.drop(columns="customer_id"), "event_time", ["variant"], ["amount"], [0, 12]
    )
    assert len(found) == 7
    assert found[in_part("amount", 0)].sum() == 7


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (pd.Timestamp("2024-03-01"), "dates without a time of day"),
        (pd.Timestamp("2024-03-01 09:00", tz="Asia/Shanghai"), "is in Asia/Shanghai; convert it"),
        ("2024-03-01 09:00", "must hold dates with a time of day, not String"),
        (VISITS["event_time"].where(np.arange(7) >= 2), "in 2 rows"),
    ],
)
def test_times_that_are_none(times, message) -> None:
    with pytest.raises(DataError, match=message):
        sums(VISITS.assign(event_time=times), [0, 12])


def test_a_missing_column() -> None:
    with pytest.raises(MissingColumnsError, match="missing column 'event_time'"):
        sums(VISITS.drop(columns="event_time"), [0, 12])
