"""Rows per customer and day are the same on every engine, and what is left out is counted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.customer_days import UNDATED, counted_days
from cemkit.errors import DataError, MissingColumnsError

END = pd.Timestamp("2024-03-15")
RNG = np.random.default_rng(0)
WHEN = pd.Timestamp("2024-03-01") + pd.to_timedelta(RNG.integers(0, 480, 200), unit="h")
ROWS = pd.DataFrame(
    {
        "customer_id": RNG.choice(["王", "ann", "bob"], 200),
        "opened_at": WHEN.astype("datetime64[us]"),
        "answered_at": (WHEN + pd.Timedelta(days=1)).astype("datetime64[us]"),
        "channel": RNG.choice(["web", "shop"], 200),
    }
)
ROWS.loc[5, "customer_id"] = None
ROWS.loc[[7, 9], "opened_at"] = pd.NaT
ROWS.loc[11, "answered_at"] = pd.NaT
OPTIONS: dict[str, Any] = {"keep": ("channel",), "dates": {"answered": "answered_at"}}


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values([*table]).reset_index(drop=True)


@pytest.mark.parametrize("engine", ["pandas", "pandas-arrow", "polars-lazy", "duckdb", "dask-1"])
def test_every_engine_counts_the_same(engine: str, given_on: Any) -> None:
    found = counted_days(given_on(engine)(ROWS), "complaints", "opened_at", END, **OPTIONS)
    past = ROWS.dropna(subset=["customer_id", "opened_at"])
    past = past[past["opened_at"].dt.normalize() <= END]
    epoch = pd.Timestamp("1970-01-01")
    counted = past.assign(
        day=(past["opened_at"].dt.normalize() - epoch).dt.days,
        answered=(past["answered_at"].dt.normalize() - epoch).dt.days.fillna(UNDATED),
    )
    keys = ["customer_id", "day", "answered", "channel"]
    expected = counted.groupby(keys).size().reset_index(name="rows")
    pd.testing.assert_frame_equal(
        sorted_rows(found.table[[*keys, "rows"]]), sorted_rows(expected), check_dtype=False
    )
    assert found.unknown == 3
    assert found.after == len(ROWS) - 3 - len(past) > 0


def test_text_dates_are_read_in_pandas_and_refused_elsewhere(given_on: Any) -> None:
    text = ROWS.assign(opened_at=ROWS["opened_at"].dt.strftime("%Y-%m-%d"))
    found = counted_days(text, "complaints", "opened_at", END)
    assert found.table["rows"].sum() == 200 - 3 - found.after
    with pytest.raises(DataError, match="opened_at of complaints must hold local dates"):
        counted_days(given_on("duckdb")(text), "complaints", "opened_at", END)


def test_what_is_wrong_is_named(given_on: Any) -> None:
    with pytest.raises(MissingColumnsError, match="opened_on"):
        counted_days(ROWS, "complaints", "opened_on", END)
    zoned = ROWS.assign(opened_at=ROWS["opened_at"].dt.tz_localize("UTC"))
    for given in (zoned, given_on("polars")(zoned)):
        with pytest.raises(DataError, match="opened_at of complaints must hold local dates"):
            counted_days(given, "complaints", "opened_at", END)


@pytest.mark.parametrize("dtype", ["float64", "Int64", "Float64", object])
def test_whole_numbers_stay_one_type_whatever_is_missing(dtype: object) -> None:
    ids = pd.Series([1, 2, None], dtype=dtype)
    rows = pd.DataFrame({"customer_id": ids, "opened_at": pd.to_datetime(["2024-03-01"] * 3)})
    found = counted_days(rows, "complaints", "opened_at", END)
    assert found.table["customer_id"].dtype == np.int64
    assert found.unknown == 1
