"""Events of a clock: holidays, promotions and closures by name, with their days to come."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import normal_ids
from cemkit.data.calendar import read_calendar
from cemkit.data.days import date_of, day_of
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError
from cemkit.formats import count_text

COLUMNS = ["name", "start_date", "end_date", "recurring"]
NONE = pd.DataFrame(
    {
        "name": pd.Series(dtype=object),
        "start_date": pd.Series(dtype="datetime64[us]"),
        "end_date": pd.Series(dtype="datetime64[us]"),
        "recurring": pd.Series(dtype=bool),
    }
)


def read_events(calendar: pd.DataFrame | None, title: str) -> pd.DataFrame:
    """The events of a calendar, one row as given: `name, start_date, end_date, recurring`."""
    if calendar is None or (isinstance(calendar, pd.DataFrame) and not len(calendar)):
        return NONE
    once = calendar.drop(columns="recurring", errors="ignore") if _is_table(calendar) else calendar
    events = read_calendar(once, title, pd.Timestamp.min, pd.Timestamp.max)
    # Reading it as it is checks the column, too; which rows recur is all that is taken from it.
    read_calendar(calendar, title, pd.Timestamp("1970-01-01"), pd.Timestamp("1970-01-02"))
    again = calendar["recurring"] if "recurring" in calendar.columns else [False] * len(events)
    flags = [not pd.isna(flag) and bool(flag) for flag in again]
    names = [str(name) for name in normal_ids(events["name"], f"name of {title}")]
    table = events.assign(name=pd.Series(names, dtype=object), recurring=flags)[COLUMNS]
    return table.sort_values([*COLUMNS[1:3], "name"], ignore_index=True)


def _is_table(calendar: object) -> bool:
    return isinstance(calendar, pd.DataFrame)


def event_names(events: pd.DataFrame) -> list[str]:
    """The different names, sorted."""
    return sorted(set(events["name"]))


def event_columns(
    days: npt.NDArray[np.int64], events: pd.DataFrame, names: Sequence[str]
) -> Floats:
    """A column per name: 1 on the days of such an event."""
    on = np.zeros((len(days), len(names)))
    for row in events.itertuples(index=False):
        column = on[:, names.index(row.name)]
        for first, last in _occurrences(row, days[0], days[-1]):
            column[max(first - days[0], 0) : max(last - days[0] + 1, 0)] = 1.0
    return on


def _occurrences(event: Any, first: int, last: int) -> list[tuple[int, int]]:
    """First and last days of an event; every year from its own on where it recurs."""
    start, end = event.start_date, event.end_date
    if not event.recurring:
        return [(day_of(start), day_of(end))]
    years = range(
        max(date_of(first).year - end.year, 0), max(date_of(last).year - start.year, 0) + 1
    )
    moved = [pd.DateOffset(years=year) for year in years]
    return [(day_of(start + by), day_of(end + by)) for by in moved]


def planned_until(events: pd.DataFrame) -> pd.Timestamp | None:
    """The last day of the events that do not recur; None where all do: their plan never ends."""
    once = events.loc[~events["recurring"], "end_date"]
    return None if once.empty else pd.Timestamp(once.max())


def check_seen(on: Floats, names: Sequence[str], as_of: pd.Timestamp) -> None:
    """Raise where an event has no day in the past, so that its effect cannot be estimated."""
    unseen = [name for name, column in zip(names, on.T, strict=True) if not column.any()]
    if unseen:
        raise DataError(
            f"the event {unseen[0]!r} has no day among the orders up to {day_text(as_of)}, so its "
            "effect cannot be estimated; add the days on which it was held, or leave it out"
        )


def next_held(events: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """The events, of which those that recur begin with the first one that ends after a day."""
    moved = [
        _after(row, day) if row.recurring else (row.start_date, row.end_date)
        for row in events.itertuples(index=False)
    ]
    days = pd.DataFrame(moved, columns=COLUMNS[1:3], index=events.index, dtype="datetime64[us]")
    return events.assign(**{name: days[name] for name in COLUMNS[1:3]})


def _after(event: Any, day: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """The first days of an event that recurs, of those whose end lies after a day."""
    first = max(day.year - event.end_date.year, 0)
    by = [pd.DateOffset(years=year) for year in (first, first + 1)]
    held = [(event.start_date + years, event.end_date + years) for years in by]
    return held[0] if held[0][1] > day else held[1]


def seen_by(events: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """The events whose names have a day between two days."""
    days = np.arange(day_of(first), day_of(last) + 1)
    names = event_names(events)
    columns = event_columns(days, events, names).T
    seen = [name for name, column in zip(names, columns, strict=True) if column.any()]
    return events[events["name"].isin(seen)]


def with_days_to_come(
    events: pd.DataFrame, plan: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The events up to a day, those that recur, and a plan for the days after it."""
    known = event_names(events)
    unknown = [name for name in event_names(plan) if name not in known]
    if unknown:
        raise DataError(
            f"the plan names {unknown[0]!r}, which is not an event of the clock "
            f"({', '.join(map(repr, known)) or 'it has no events'}); fit the clock with "
            "the past days of the event"
        )
    early = plan[plan["end_date"] <= as_of]
    if len(early):
        raise DataError(
            f"the plan has {count_text(len(early), 'events')} that end by {day_text(as_of)}, the "
            f"last day the clock has seen; the first is {early['name'].iloc[0]!r}: a plan holds "
            "those to come"
        )
    next_day = as_of + pd.Timedelta(days=1)
    start = plan["start_date"]
    plan = plan.assign(start_date=start.where(start > as_of, next_day))
    past = events[events["recurring"] | (events["start_date"] <= as_of)]
    end = past["end_date"]
    past = past.assign(end_date=end.where(past["recurring"] | (end <= as_of), as_of))
    return pd.concat([past, plan], ignore_index=True)
