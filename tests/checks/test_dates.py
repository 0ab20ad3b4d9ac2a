"""Dates as arguments and columns: ISO alone is read, and days are compared with days."""

import contextlib
import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.checks import check_as_of, local_dates, local_days
from cemkit.errors import DataError


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


@pytest.mark.parametrize(
    "text",
    ["03/04/1997", "1997", "2024-06", "today", "now", "12:30", "20240630", "2024-6-3", "", " "],
)
def test_text_that_is_not_an_iso_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(
        ValueError, match=says(f"end={text!r} is not a date; write it as in '1997-09-30'")
    ):
        check_as_of(text, "end")


@pytest.mark.parametrize("day", [dt.date(1, 1, 1), "1699-12-31", np.datetime64("20000-01-01")])
def test_days_of_no_calendar_of_orders_are_refused(day: object) -> None:
    with pytest.raises(ValueError, match="as_of=.* lies outside the years 1700 to 9999"):
        check_as_of(day)


@pytest.mark.parametrize(
    "day", [np.datetime64("2024-06"), np.datetime64("2024"), np.datetime64("NaT", "D")]
)
def test_a_month_is_no_day(day: np.datetime64) -> None:
    with pytest.raises(ValueError, match="is (not a|a missing) date"):
        check_as_of(day)


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert text.startswith(f"{check_as_of(text):%Y-%m-%d}")


@given(st.datetimes(min_value=dt.datetime(1700, 1, 1)))
def test_every_form_of_a_moment_names_its_day(moment: dt.datetime) -> None:
    forms = [moment, moment.date(), moment.isoformat(), pd.Timestamp(moment), np.datetime64(moment)]
    assert {check_as_of(form) for form in forms} == {pd.Timestamp(moment.date())}


DAY = np.datetime64("2024-03-01T05:00", "us")


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([dt.datetime(2024, 3, 1, 5)]),
        pd.Series([dt.datetime(2024, 3, 1, 5)], dtype=object),
        pd.Series(["2024-03-01T05:00"]),
        pd.Series(["2024-03-01 05:00"], dtype="string[pyarrow]"),
        pd.Series([dt.datetime(2024, 3, 1, 5)], dtype="timestamp[ns][pyarrow]"),
        pd.Series(["2024-03-01T05:00"], dtype="datetime64[s]"),
    ],
)
def test_a_column_of_dates_is_read_in_every_form(values: pd.Series) -> None:
    assert local_dates(values, "since").tolist() == [DAY.item()]
    assert local_days(values, "since").tolist() == [dt.date(2024, 3, 1)]


def test_dates_of_python_and_arrow_are_days() -> None:
    for dtype in (object, "date32[pyarrow]"):
        days = local_days(pd.Series([dt.date(2024, 3, 1), None], dtype=dtype), "since")
        assert days.tolist() == [dt.date(2024, 3, 1), None]


def test_a_column_without_dates_is_all_missing() -> None:
    assert np.isnat(local_dates(pd.Series([None, np.nan]), "since")).all()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["03/04/2024"], "since holds '03/04/2024', which is not an ISO date such as"),
        (["2024-03"], "since holds '2024-03', which is not an ISO date such as"),
        (["2024-13-01"], "since has a value that is not a date ("),
        ([20240331], "since must hold local dates, not int64"),
        ([1.5], "since must hold local dates, not float64"),
        ([True], "since must hold local dates, not bool"),
        (["2024-03-01T10:00Z"], "since must hold local dates, not datetime64"),
        (pd.to_datetime(["2024-03-01"], utc=True), "since must hold local dates, not datetime"),
        (np.array(["0001-01-01"], "M8[s]"), "since has 1 date outside the years 1700 to 9999"),
        (
            pd.period_range("2024-01", periods=1, freq="M"),
            "since must hold local dates, not period",
        ),
    ],
)
def test_a_column_that_holds_something_else_is_refused(values: object, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        local_dates(pd.Series(values), "since")
