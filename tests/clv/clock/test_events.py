"""Events of a clock: calendars read, recurrences, plans."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv.clock.events import (
    NONE,
    check_seen,
    event_columns,
    event_names,
    next_held,
    planned_until,
    read_events,
    seen_by,
    with_days_to_come,
)
from cemkit.data.days import day_of
from cemkit.errors import DataError

AS_OF = pd.Timestamp("2024-06-30")


def calendar(*rows: tuple[str, str, str, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "start_date", "end_date", "recurring"])


CALENDAR = calendar(
    ("圣诞", "2022-12-24", "2022-12-26", True),
    ("sale", "2024-03-01", "2024-03-02", False),
    ("sale", "2023-03-05", "2023-03-05", False),
)


def test_days_of_events_recur_and_share_a_name() -> None:
    events = read_events(CALENDAR.sample(frac=1, random_state=1), "events")
    days = np.arange(day_of(pd.Timestamp("2021-01-01")), day_of(AS_OF) + 1)
    names = event_names(events)
    assert names == ["sale", "圣诞"]
    on = event_columns(days, events, names)
    dates = days.astype("datetime64[D]").astype(str)
    assert dates[on[:, 0] > 0].tolist() == ["2023-03-05", "2024-03-01", "2024-03-02"]
    assert dates[on[:, 1] > 0].tolist() == [
        f"{y}-12-{d}" for y in (2022, 2023) for d in range(24, 27)
    ]


def test_the_plan_ends_with_events_that_do_not_recur() -> None:
    assert planned_until(read_events(CALENDAR, "events")) == pd.Timestamp("2024-03-02")
    assert planned_until(read_events(CALENDAR.head(1), "events")) is None
    assert read_events(None, "events") is NONE


def test_an_event_that_was_never_held_has_no_effect_to_estimate() -> None:
    with pytest.raises(DataError, match="the event 'new' has no day among the orders up to 2024"):
        check_seen(np.array([[1.0, 0.0]]), ["old", "new"], AS_OF)


def test_events_seen_by_a_day_are_those_whose_name_was_held() -> None:
    events = read_events(CALENDAR, "events")
    early = seen_by(events, pd.Timestamp("2022-01-01"), pd.Timestamp("2023-01-01"))
    assert early["name"].tolist() == ["圣诞"]
    both = seen_by(events, pd.Timestamp("2022-01-01"), pd.Timestamp("2023-03-05"))
    assert sorted(both["name"]) == ["sale", "sale", "圣诞"]
    assert seen_by(NONE, pd.Timestamp("2022-01-01"), AS_OF).empty


def test_a_plan_takes_the_place_of_days_to_come() -> None:
    running = calendar(
        ("sale", "2024-06-29", "2024-07-02", False), ("sale", "2024-09-01", "2024-09-01", False)
    )
    events = read_events(pd.concat([CALENDAR, running]), "events")
    plan = read_events(calendar(("sale", "2024-06-20", "2024-07-20", False)), "plan")
    planned = with_days_to_come(events, plan, AS_OF)
    once = planned[~planned["recurring"]].astype(str)
    assert once["start_date"].tolist()[-2:] == ["2024-06-29", "2024-07-01"]
    assert once["end_date"].tolist()[-2:] == ["2024-06-30", "2024-07-20"]
    assert planned["recurring"].sum() == 1


def test_events_that_recur_are_held_again() -> None:
    feasts = calendar(
        ("feb", "2020-02-29", "2020-02-29", True),
        ("new year", "2021-12-30", "2022-01-02", True),
        ("summer", "2023-06-30", "2023-07-01", True),
        ("sale", "2024-03-01", "2024-03-02", False),
        ("later", "2025-03-01", "2025-03-02", True),
    )
    held = next_held(read_events(feasts, "events"), AS_OF).set_index("name").astype(str)
    assert held["start_date"].to_dict() == {
        "feb": "2025-02-28",
        "new year": "2024-12-30",
        "summer": "2024-06-30",
        "sale": "2024-03-01",
        "later": "2025-03-01",
    }
    assert next_held(NONE, AS_OF).empty


def test_plans_that_are_refused() -> None:
    events = read_events(CALENDAR, "events")
    unknown = read_events(calendar(("gala", "2024-08-01", "2024-08-01", False)), "plan")
    with pytest.raises(DataError, match="names 'gala', which is not an event of the clock"):
        with_days_to_come(events, unknown, AS_OF)
    early = read_events(calendar(("sale", "2024-06-01", "2024-06-30", False)), "plan")
    with pytest.raises(DataError, match="1 event that end by 2024-06-30"):
        with_days_to_come(events, early, AS_OF)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start_date": "2025-01-01"}, "end_date is before their start_date"),
        ({"start_date": None}, "without a date"),
        ({"name": None}, "without a name"),
        ({"recurring": "yes"}, "recurring of events"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_calendars_that_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises((DataError, TypeError), match=words):
        read_events(CALENDAR.assign(**change), "events")
