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


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("%Y%m%d", "20240705"),
        ("%Y%m%d%H%M%S", "20240705083000"),
        ("%d de %m del %Y", "05 de 07 del 2024"),
        ("%d'%m'%Y", "05'07'2024"),
        ("%d %b %Y %I:%M%p", "05 Jul 2024 08:30AM"),
        ("%Y-%m-%dT%H:%M:%S.%f", "2024-07-05T08:30:00.250000"),
    ],
)
def test_formats_are_those_of_strptime(engine: Any, date_format: str, text: str) -> None:
    table = engine(pd.DataFrame({"day": [text]}))
    expected = dt.datetime.strptime(text, date_format)
    assert read(table, date_format=date_format) == [pd.Timestamp(expected)]


def test_years_of_two_digits_are_those_of_strptime(quick_engine: Any) -> None:
    table = quick_engine(pd.DataFrame({"day": ["05.01.97", "05.01.24"]}))
    years = [1997, 2024]
    assert [date.year for date in read(table, date_format="%d.%m.%y")] == years


def test_spark_would_take_a_year_of_two_digits_for_another(spark: Any) -> None:
    table = spark.createDataFrame(pd.DataFrame({"day": ["05.01.97"]}))
    with pytest.raises(
        ValueError, match="date_format='%d.%m.%y' has '%y', which Spark cannot read"
    ):
        read(table, date_format="%d.%m.%y")


def test_offsets_are_read_where_the_format_has_them(quick_engine: Any) -> None:
    table = quick_engine(pd.DataFrame({"day": ["2024-07-05T23:30:00+0000"] * 2}))
    found = read(table, date_format="%Y-%m-%dT%H:%M:%S%z", time_zone="Europe/London")
    assert found == [pd.Timestamp("2024-07-06 00:30")] * 2


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars", "pyarrow"])
def test_iso_text_is_read_in_memory(given_on: Any, name: str) -> None:
    table = pd.DataFrame({"day": ["2024-02-29", "2024-02-29T10:00:00", "soon"]})
    moments = [pd.Timestamp("2024-02-29"), pd.Timestamp("2024-02-29 10:00"), None]
    assert read(given_on(name)(table)) == moments


@pytest.mark.parametrize("name", ["polars-lazy", "duckdb", "dask-1"])
def test_lazy_engines_ask_for_the_format(given_on: Any, name: str) -> None:
    with pytest.raises(
        DataError, match="day holds text, which each engine reads differently; name"
    ):
        read(given_on(name)(TEXT))


def zoned() -> pd.DataFrame:
    moments = pd.to_datetime(["2024-03-30 23:30", "2024-03-31 22:30"]).tz_localize("UTC")
    return pd.DataFrame({"day": moments.astype("datetime64[us, UTC]")})


def test_days_are_local_across_a_change_of_the_clock(engine: Any) -> None:
    found = read(engine(zoned()), time_zone="Europe/Paris")
    assert found == [pd.Timestamp("2024-03-31 00:30"), pd.Timestamp("2024-04-01 00:30")]


def test_a_time_zone_has_to_be_named(quick_engine: Any) -> None:
    with pytest.raises(DataError, match=r"day carries the time zone .*UTC; name the time zone of"):
        read(quick_engine(zoned()))


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars", "pyarrow"])
def test_mixed_offsets_are_read_where_a_time_zone_is_named(given_on: Any, name: str) -> None:
    text = pd.DataFrame({"day": ["2024-01-01T00:00+08:00", "2024-01-01T00:00Z", "soon"]})
    found = read(given_on(name)(text), time_zone="Asia/Shanghai")
    assert found == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-01 08:00"), None]
    with pytest.raises(DataError, match=r"UTC offsets \(\+0000, \+0800\); name the time zone of"):
        read(given_on(name)(text))


def test_mixed_time_zones_in_objects_are_read_alike() -> None:
    zones = [dt.UTC, dt.timezone(dt.timedelta(hours=8))]
    days = pd.Series([dt.datetime(2024, 1, 1, tzinfo=zone) for zone in zones], dtype=object)
    found = read(pd.DataFrame({"day": days}), time_zone="Asia/Shanghai")
    assert found == [pd.Timestamp("2024-01-01 08:00"), pd.Timestamp("2024-01-01")]


@pytest.mark.parametrize("first", [0, 1])
def test_dates_with_and_without_an_offset_are_refused(first: int) -> None:
    days = ["2024-01-01T00:00+08:00", "2024-01-01T00:00"]
    objects = [dt.datetime.fromisoformat(day) for day in days]
    for given in (days, pd.Series(objects, dtype=object)):
        table = pd.DataFrame({"day": given}).iloc[[first, 1 - first]]
        with pytest.raises(
            DataError, match="day has UTC offsets in 1 of 2 dates; give them to all"
        ):
            read(table, time_zone="Asia/Shanghai")


def test_a_year_behind_a_hyphen_is_no_offset() -> None:
    table = pd.DataFrame({"day": ["8:30 01-12-2010", "soon"]})
    assert read(table, date_format="%H:%M %d-%m-%Y")[0] == pd.Timestamp("2010-12-01 08:30")


def test_a_format_that_spark_does_not_know_is_named(spark: Any) -> None:
    table = spark.createDataFrame(pd.DataFrame({"day": ["2024 week 1"]}))
    with pytest.raises(ValueError, match="date_format='%Y week %W' has '%W', which Spark cannot"):
        read(table, date_format="%Y week %W")


WITHOUT_A_ZONE = {
    "datetimes": pd.Series(pd.to_datetime(["2024-07-05 23:30"])).astype("datetime64[us]"),
    "text": pd.Series(["2024-07-05 23:30:00"]),
}


@pytest.mark.parametrize("kind", WITHOUT_A_ZONE)
def test_a_time_zone_for_dates_without_one_is_refused(quick_engine: Any, kind: str) -> None:
    table = quick_engine(pd.DataFrame({"day": WITHOUT_A_ZONE[kind]}))
    options = {"date_format": "%Y-%m-%d %H:%M:%S"} if kind == "text" else {}
    with pytest.raises(DataError, match="day carries no time zone, so time_zone='Europe/Paris' h"):
        read(table, time_zone="Europe/Paris", **options)


@pytest.mark.parametrize("name", ["pandas-arrow", "polars", "pyarrow", "duckdb", "pandas"])
def test_days_without_a_time_have_no_zone_either(given_on: Any, name: str) -> None:
    table = given_on(name)(pd.DataFrame({"day": [dt.date(2024, 7, 5)]}))
    with pytest.raises(DataError, match="day carries no time zone"):
        read(table, time_zone="Europe/Paris")


def test_a_time_zone_is_a_name() -> None:
    for zone in (3, ["UTC"], dt.UTC):
        with pytest.raises(TypeError, match="time_zone must be a name such as 'Europe/London'"):
            read(zoned(), time_zone=zone)


@pytest.mark.parametrize("name", ["pandas", "polars", "dask-1"])
def test_dates_that_are_all_missing_have_no_zone_to_miss(given_on: Any, name: str) -> None:
    table = given_on(name)(pd.DataFrame({"day": pd.Series(["soon", None], dtype="str")}))
    assert read(table, date_format="%Y", time_zone="Europe/Paris") == [None, None]


@pytest.mark.parametrize("name", ["pandas", "pandas-arrow", "polars", "pyarrow", "dask-1"])
@pytest.mark.parametrize("date_format", [None, "%Y-%m-%d"])
def test_words_of_the_clock_are_no_dates(given_on: Any, name: str, date_format: str | None) -> None:
    table = pd.DataFrame({"day": ["2024-03-31", "today", "now", None]})
    if name == "dask-1" and date_format is None:
        date_format = "%Y-%m-%d"  # lazy engines ask for one
    found = read(given_on(name)(table), date_format=date_format)
    assert found == [pd.Timestamp("2024-03-31"), None, None, None]


@pytest.mark.parametrize("text", ["2024", "2024-03", "2024 03", " 2024 ", "-2024", "today"])
@pytest.mark.parametrize("dtype", [object, "category", "str"])
def test_a_year_or_a_month_is_no_day(text: str, dtype: Any) -> None:
    days = ["20240331", "2024-3-1", "2024-03-31T08"]
    table = pd.DataFrame({"day": pd.Series([*days, text], dtype=dtype)})
    assert [day is None for day in read(table)] == [False, False, False, True]


def test_a_format_of_years_reads_years() -> None:
    assert read(pd.DataFrame({"day": ["2024"]}), date_format="%Y") == [pd.Timestamp("2024-01-01")]
