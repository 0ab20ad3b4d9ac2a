"""The calendar: festivals, promotions and other events by name, first and last day."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_flag, check_frame, finite_values, local_days, normal_ids
from cemkit.checks.options import shown
from cemkit.data.columns import check_table
from cemkit.errors import DataError
from cemkit.formats import count_text

REQUIRED = ["name", "start_date", "end_date"]
COLUMNS = [*REQUIRED, "recurring", "size"]
SHORTEST_YEAR = 365
HINT = "a calendar has name, start_date, end_date, and where wanted recurring and size"


def read_calendar(
    calendar: pd.DataFrame, title: str, first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Return the events by `name, start_date, end_date` and `size`, where there is one.

    An event that recurs comes once for each year from its own on in which it falls between the
    first and the last day, with the year in its name.
    """
    check_table(check_frame(calendar, title), title, REQUIRED, known=COLUMNS, hint=HINT)
    events = pd.DataFrame({"name": normal_ids(calendar["name"], f"name of {title}")})
    for column in REQUIRED[1:]:
        events[column] = local_days(calendar[column], f"{column} of {title}").astype("M8[us]")
    late = events["end_date"] < events["start_date"]
    _refuse(events["name"].isna(), "without a name", calendar.index, title)
    _refuse(events[REQUIRED[1:]].isna().any(axis=1), "without a date", calendar.index, title)
    _refuse(late, "whose end_date is before their start_date", calendar.index, title)
    if "size" in calendar.columns:
        events["size"] = finite_values(calendar["size"], f"size of {title}")
    return _with_recurrences(events, _recurring(calendar, events, title), first, last)


def _refuse(wrong: pd.Series, what: str, rows: pd.Index, title: str) -> None:
    if wrong.any():
        row = rows.tolist()[int(np.argmax(wrong))]
        raise DataError(
            f"{title} has {count_text(int(wrong.sum()), 'rows')} {what}, the first at row {row!r}; "
            "correct them"
        )


def _recurring(
    calendar: pd.DataFrame, events: pd.DataFrame, title: str
) -> npt.NDArray[np.bool_] | None:
    """Which events come round every year; a missing value is no, and None is none of them."""
    if "recurring" not in calendar.columns:
        return None
    values = calendar["recurring"].astype(object)
    flags = [not pd.isna(flag) and check_flag(flag, f"recurring of {title}") for flag in values]
    recurring = np.array(flags, dtype=bool)
    long = (events["end_date"] - events["start_date"]).dt.days >= SHORTEST_YEAR
    if (recurring & long).any():
        name = events["name"].tolist()[int(np.argmax(recurring & long))]
        raise DataError(
            f"{shown(name)} of {title} recurs every year but lasts a year or longer; "
            "correct its start_date or end_date, or set recurring to False"
        )
    return recurring


def _with_recurrences(
    events: pd.DataFrame,
    recurring: npt.NDArray[np.bool_] | None,
    first: pd.Timestamp,
    last: pd.Timestamp,
) -> pd.DataFrame:
    if recurring is None:
        return events
    years = [
        _years(start, end, first, last) if again else [0]
        for start, end, again in zip(
            events["start_date"], events["end_date"], recurring, strict=True
        )
    ]
    counts = [len(one) for one in years]
    later = [pd.DateOffset(years=year) for one in years for year in one]
    table = events.loc[events.index.repeat(counts)].reset_index(drop=True)
    for column in REQUIRED[1:]:
        days = [day + offset for day, offset in zip(table[column], later, strict=True)]
        table[column] = pd.Series(days, dtype="M8[us]")
    again = recurring.repeat(counts)
    dated = table["name"].astype(str) + " " + table["start_date"].dt.year.astype(str)
    return table.assign(name=table["name"].astype(object).where(~again, dated))


def _years(
    start: pd.Timestamp, end: pd.Timestamp, first: pd.Timestamp, last: pd.Timestamp
) -> list[int]:
    """After how many years an event falls between two days; 0 where it never does."""
    most = min(last.year - start.year, dt.MAXYEAR - end.year)
    years = range(max(first.year - end.year, 0), max(most, 0) + 1)
    inside = [
        year
        for year in years
        if start + pd.DateOffset(years=year) <= last and end + pd.DateOffset(years=year) >= first
    ]
    return inside or [0]
