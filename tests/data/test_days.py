"""Days by number: of the calendar, and alike in pandas and on every engine."""

import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.days import (
    MISSING_DAY,
    after_day,
    date_of,
    dates_of,
    day_number,
    day_numbers,
    day_of,
)
from cemkit.data.engines import collect, scan

PLAIN = nw.Implementation.PANDAS


@given(st.lists(st.dates(dt.date(1800, 1, 1), dt.date(2200, 12, 31)), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_day_numbers_are_those_of_the_calendar(days: list[dt.date]) -> None:
    table = pd.DataFrame({"day": pd.Series(days).astype("datetime64[us]")})
    numbers = collect(scan(table, "dates").select(n=day_number(nw.col("day"), PLAIN)))["n"]
    assert numbers.tolist() == [(day - dt.date(1970, 1, 1)).days for day in days]


def test_day_numbers_and_days_agree_on_every_engine(engine: Any) -> None:
    moments = pd.to_datetime(["1969-12-31 23:59:59", "2000-02-29 00:00:00", "2100-03-01 12:00:00"])
    frame = scan(engine(pd.DataFrame({"at": moments.astype("datetime64[us]")})), "dates")
    numbers = collect(frame.select(n=day_number(nw.col("at"), frame.implementation)))["n"]
    assert sorted(numbers.tolist()) == [-1, 11016, 47541]
    past = frame.filter(nw.col("at") < after_day(pd.Timestamp("2000-02-29")))
    assert len(collect(past)) == 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_day_numbers_are_whole_days_in_every_unit_and_before_1970(unit: str) -> None:
    dates = pd.Series(pd.to_datetime(["1969-12-31 23:59", "1970-01-01 00:00", None]))
    missing = day_numbers(pd.Series([MISSING_DAY]))[0]
    assert day_numbers(dates.astype(f"datetime64[{unit}]")).tolist() == [-1, 0, missing]


@given(st.dates(dt.date(1700, 1, 2), dt.date(9999, 12, 31)))
def test_a_date_comes_back_from_its_number(date: dt.date) -> None:
    day = day_of(date)
    assert day == (date - dt.date(1970, 1, 1)).days == day_of(pd.Timestamp(date))
    assert date_of(day) == pd.Timestamp(date)
    assert dates_of(np.array([day]))[0] == np.datetime64(date)


@given(st.lists(st.one_of(st.none(), st.integers(-98_000, 2_900_000)), max_size=20))
def test_dates_of_floats_are_those_of_whole_numbers_and_missing_for_nan(
    numbers: list[int | None],
) -> None:
    dates = dates_of(np.array(numbers, dtype=float))
    assert dates.dtype == "datetime64[us]"
    for number, date in zip(numbers, dates, strict=True):
        assert np.isnat(date) if number is None else date == date_of(number).to_datetime64()


def test_the_day_ends_at_midnight_in_any_zone_of_the_spark_session(
    request: pytest.FixtureRequest,
) -> None:
    pytest.importorskip("pyspark")
    spark = request.getfixturevalue("spark")
    setting, kind = "spark.sql.session.timeZone", "spark.sql.timestampType"
    before = spark.conf.get(setting), spark.conf.get(kind)
    try:
        spark.conf.set(kind, "TIMESTAMP_LTZ")  # Spark's default
        for zone in ("Asia/Shanghai", "America/New_York"):
            spark.conf.set(setting, zone)
            days = spark.sql(
                "SELECT timestamp_ntz'2023-12-01 23:59:59' AS order_date UNION ALL "
                "SELECT timestamp_ntz'2023-12-02 00:00:00' AS order_date"
            )
            past = scan(days, "orders").filter(
                nw.col("order_date") < after_day(pd.Timestamp("2023-12-01"))
            )
            assert len(collect(past)) == 1
    finally:
        spark.conf.set(setting, before[0])
        spark.conf.set(kind, before[1])
