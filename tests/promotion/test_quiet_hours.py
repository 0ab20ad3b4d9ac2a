"""Quiet hours: times of day are read strictly, and no time is a quiet one."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.promotion.quiet_hours import in_quiet_hours

times = st.times().map(lambda time: time.replace(microsecond=0))


@given(st.lists(times, min_size=2, max_size=2, unique=True), st.times())
def test_against_the_clock(hours: list[dt.time], sent: dt.time) -> None:
    start, end = hours
    actions = pd.DataFrame({"send_at": [dt.datetime.combine(dt.date(2024, 1, 31), sent)]})
    expected = start <= sent < end if start < end else sent >= start or sent < end
    got = in_quiet_hours(actions, (start.isoformat(), end.isoformat())).item()
    assert got is expected


def test_an_action_without_a_time_is_left_out() -> None:
    assert in_quiet_hours(pd.DataFrame({"send_at": [pd.NaT]}), ("21:00", "08:00")).all()


@pytest.mark.parametrize(
    "hours",
    [
        ("21:00",),
        ("21:00", "21:00"),
        ("21:00+01:00", "08:00"),
        ("9 pm", "8 am"),
        ("21:00", None),
        (21, 8),
        "21",
        5,
        iter(["21:00", "08:00"]),
    ],
)
def test_what_is_not_two_times_is_refused(hours: object) -> None:
    actions = pd.DataFrame({"send_at": [pd.Timestamp("2024-01-31 22:00")]})
    with pytest.raises(ValueError, match="quiet_hours must be two times such as"):
        in_quiet_hours(actions, hours)
