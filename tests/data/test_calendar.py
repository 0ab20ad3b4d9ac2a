"""The calendar: what is an event, and what is refused."""

import pandas as pd
import pytest

from cemkit.data.calendar import read_calendar
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

FIRST, LAST = pd.Timestamp("2023-03-01"), pd.Timestamp("2025-06-01")
EVENTS = pd.DataFrame(
    {
        "name": ["618", "春节"],
        "start_date": ["2021-06-01", "2024-02-10"],
        "end_date": ["2021-06-18", "2024-02-17"],
    }
)


def read(calendar: pd.DataFrame) -> pd.DataFrame:
    return read_calendar(calendar, "events", FIRST, LAST)


def test_events_are_read_as_they_are() -> None:
    table = read(EVENTS.assign(size=[0.3, 5]))
    assert table["name"].tolist() == ["618", "春节"]
    assert table["end_date"].tolist() == [pd.Timestamp("2021-06-18"), pd.Timestamp("2024-02-17")]
    assert table["size"].tolist() == [0.3, 5.0]


@pytest.mark.parametrize("kind", ["datetime64[s]", "date32[pyarrow]", "string", "object"])
def test_dates_are_read_in_every_type(kind: str) -> None:
    dates = {name: pd.to_datetime(EVENTS[name]) for name in ("start_date", "end_date")}
    typed = EVENTS.assign(**{name: dates[name].astype(kind) for name in dates})
    pd.testing.assert_frame_equal(read(typed), read(EVENTS))


def test_an_event_that_recurs_comes_in_each_year_from_its_own_on() -> None:
    table = read(EVENTS.assign(recurring=[True, None], size=[0.3, 0.5]))
    assert table["name"].tolist() == ["618 2023", "618 2024", "618 2025", "春节"]
    days = ["2023-06-01", "2024-06-01", "2025-06-01", "2024-02-10"]
    assert table["start_date"].tolist() == [pd.Timestamp(day) for day in days]
    assert table["size"].tolist() == [0.3, 0.3, 0.3, 0.5]
    late = EVENTS[:1].assign(start_date="2024-06-01", end_date="2024-06-18", recurring=True)
    assert read(late)["name"].tolist() == ["618 2024", "618 2025"]


def test_an_event_over_the_new_year_and_one_on_29_february() -> None:
    calendar = EVENTS.assign(
        start_date=["2021-12-30", "2020-02-29"],
        end_date=["2022-01-02", "2020-02-29"],
        recurring=True,
    )
    table = read_calendar(
        calendar, "events", pd.Timestamp("2023-01-02"), pd.Timestamp("2024-03-01")
    )
    days = ["2022-12-30", "2023-12-30", "2023-02-28", "2024-02-29"]
    assert table["start_date"].tolist() == [pd.Timestamp(day) for day in days]
    assert table["name"].tolist() == ["618 2022", "618 2023", "春节 2023", "春节 2024"]


def test_an_event_that_recurs_but_never_falls_into_the_period_is_kept_as_it_is() -> None:
    later = EVENTS[:1].assign(start_date="2030-06-01", end_date="2030-06-18", recurring=True)
    assert read(later)["start_date"].tolist() == [pd.Timestamp("2030-06-01")]


@pytest.mark.parametrize("wrong", [20240115, 1705276800, 3.5, "15/01/2024", "2024-01", "today"])
def test_a_date_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(DataError, match="start_date of events"):
        read(EVENTS.assign(start_date=wrong))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end_date": ["2021-05-31", "2024-02-17"]}, "1 row whose end_date is before .* at row 0"),
        ({"start_date": ["2021-06-01", None]}, "1 row without a date, the first at row 1"),
        ({"name": ["618", " "]}, "1 row without a name, the first at row 1"),
        (
            {"start": 1},
            r"an unknown column 'start' \(did you mean 'start_date'\?\); use columns among",
        ),
        ({"product_category": 1}, "an unknown column 'product_category'; use columns among"),
        ({"discount": 0.2}, "an unknown column 'discount'; use columns among"),
        ({"size": "30%"}, "size of events must be numeric"),
        ({"size": [0.1, None]}, "size of events has 1 missing"),
        ({"recurring": True, "end_date": "2025-02-09"}, "'618' of events recurs every year but"),
    ],
)
def test_what_is_no_calendar_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(EVENTS.assign(**changes))


def test_a_calendar_has_names_and_dates_and_rows() -> None:
    with pytest.raises(MissingColumnsError, match="'name'.*a calendar has name, start_date"):
        read(EVENTS.rename(columns={"name": "promotion"}))
    with pytest.raises(NotEnoughDataError, match="events"):
        read(EVENTS[:0])
    with pytest.raises(TypeError, match="recurring of events must be True or False, not 'yes'"):
        read(EVENTS.assign(recurring="yes"))
    with pytest.raises(DataError, match="start_date of events must hold local dates"):
        read(EVENTS.assign(start_date=pd.Timestamp("2024-01-01", tz="UTC")))
