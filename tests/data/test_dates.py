"""Text and time zones become the same local days on every engine."""

import datetime as dt
from typing import Any

import narwhals as nw
import pandas as pd
import pytest

from cemkit.data.dates import read_dates
from cemkit.data.engines import collect
from cemkit.errors import DataError


def read(table: Any, **arguments: Any) -> list[Any]:
    options = {"date_format": None, "time_zone": None, **arguments}
    frame = read_dates(nw.from_native(table), "day", **options)
    dates = collect(frame.lazy())["day"].astype("datetime64[us]")
    return [None if pd.isna(date) else date for date in dates]


TEXT = pd.DataFrame({"day": ["31.12.2023 08:05", "29.02.2024 23:59", "30.02.2024 00:00", None]})
MOMENTS = [pd.Timestamp("2023-12-31 08:05"), pd.Timestamp("2024-02-29 23:59"), None, None]


def test_text_in_a_format_is_read_alike_and_what_is_no_date_is_missing(engine: Any) -> None:
    found = read(engine(TEXT), date_format="%d.%m.%Y %H:%M")
    assert sorted(found, key=str) == sorted(MOMENTS, key=str)


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars", "pyarrow"])
def test_iso_text_is_read_in_memory(given_on: Any, name: str) -> None:
    table = pd.DataFrame({"day": ["2024-02-29", "2024-02-29T10:00:00", "soon"]})
    moments = [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 10:00"), None]
    assert read(given_on(name)(table)) == moments


@pytest.mark.parametrize("name", ["polars-lazy", "duckdb", "dask-1"])
def test_lazy_engines_ask_for_the_format(given_on: Any, name: str) -> None:
    with pytest.raises(DataError, match="day holds text, which engines read differently; name"):
        read(given_on(name)(TEXT))


def zoned() -> pd.DataFrame:
    moments = pd.to_datetime(["2024-03-30 23:30", "2024-03-31 22:30"]).tz_localize("UTC")
    return pd.DataFrame({"day": moments.astype("datetime64[us, UTC]")})


def test_days_are_local_across_a_change_of_the_clock(engine: Any) -> None:
    found = read(engine(zoned()), time_zone="Europe/Paris")
    assert found == [pd.Timestamp("2024-03-31 00:30"), pd.Timestamp("2024-04-01 00:30")]


def test_a_time_zone_has_to_be_named(quick_engine: Any) -> None:
    with pytest.raises(DataError, match=r"day carries the time zone .*UTC; say where days are"):
        read(quick_engine(zoned()))


def test_mixed_time_zones_are_refused() -> None:
    zones = [dt.UTC, dt.timezone(dt.timedelta(hours=8))]
    days = pd.Series([dt.datetime(2024, 1, 1, tzinfo=zone) for zone in zones], dtype=object)
    with pytest.raises(DataError, match="day mixes time zones; convert the column to one"):
        read(pd.DataFrame({"day": days}))
    text = pd.DataFrame({"day": ["2024-01-01T00:00+01:00", "2024-01-01T00:00+08:00"]})
    with pytest.raises(DataError, match="day mixes time zones"):
        read(text)


def test_a_format_that_spark_does_not_know_is_named(spark: Any) -> None:
    table = spark.createDataFrame(pd.DataFrame({"day": ["2024 week 1"]}))
    with pytest.raises(ValueError, match="date_format='%Y week %W' has '%W', unknown to Spark"):
        read(table, date_format="%Y week %W")
