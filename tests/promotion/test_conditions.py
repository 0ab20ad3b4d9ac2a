"""Conditions: what their words mean, and when they have just come true."""

import calendar
import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.promotion.conditions import Condition, evidence_of, newly_true, read_condition
from cemkit.promotion.snapshots import match_snapshots


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("churn_probability > 0.5", Condition("churn_probability", ">", 0.5)),
        ("churn_probability>0.5", Condition("churn_probability", ">", 0.5)),
        ("net amount >= -1e3", Condition("net amount", ">=", -1000.0)),
        ("recency_days < 30", Condition("recency_days", "<", 30.0)),
        ("recency_days <= 30", Condition("recency_days", "<=", 30.0)),
        ("due_date due", Condition("due_date", "due", 0.0)),
        ("contract_end due in 1 day", Condition("contract_end", "due", 1.0)),
        ("last_order_date due 60 days ago", Condition("last_order_date", "due", -60.0)),
        (" birthday yearly in 7 days ", Condition("birthday", "yearly", 7.0)),
    ],
)
def test_words(text: str, condition: Condition) -> None:
    assert read_condition(text) == condition


@pytest.mark.parametrize(
    "text",
    ["", "churn_probability", "clv == 3", "clv > ", "due", "overdue", "clv > __import__('os')"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no condition|is no finite number"):
        read_condition(text)


def fires(text: str, before: list | None, after: list, since=None, as_of="2024-03-10") -> list:
    ids = range(len(after))
    frames = [
        None if values is None else pd.DataFrame({"customer_id": ids[: len(values)], "x": values})
        for values in (before, after)
    ]
    snapshots = match_snapshots(*frames, as_of=as_of, since=since)
    return newly_true(read_condition(text), snapshots).tolist()


@pytest.mark.parametrize(
    ("sign", "fired"),
    [(">", [0, 0, 1]), (">=", [0, 1, 1]), ("<", [0, 0, 0]), ("<=", [0, 0, 0])],
)
def test_a_threshold_is_strict_where_it_says_so(sign: str, fired: list[int]) -> None:
    assert fires(f"x {sign} 0.5", [0.4, 0.4, 0.4], [0.4, 0.5, 0.6]) == [bool(f) for f in fired]


def test_a_crossing_fires_once_and_a_missing_value_never() -> None:
    nan = float("nan")
    assert fires("x > 1", [0, 2, nan, 0, 2], [2, 2, 2, nan, 0]) == [True, False, True, False, False]


def test_without_an_earlier_snapshot_all_who_meet_it_have_crossed() -> None:
    assert fires("x > 1", None, [2, 0]) == [True, False]


def days(*texts: str | None) -> list:
    return list(pd.to_datetime(list(texts)))


def test_a_date_is_due_once() -> None:
    dates = days("2024-03-08", "2024-03-09", "2024-03-10", "2024-03-11", None)
    due = [False, True, True, False, False]
    assert fires("x due", None, dates, since="2024-03-08") == due
    assert fires("x due", dates, dates, since="2024-03-08") == due
    assert fires("x due", dates, dates, since="2024-03-10") == [False] * 5


def test_a_date_that_was_moved_back_or_entered_late_is_not_missed() -> None:
    before, after = days("2024-03-20", None), days("2024-03-01", "2024-03-01")
    assert fires("x due", before, after, since="2024-03-08") == [True, True]


def test_a_new_customer_with_an_old_date_fires_nothing() -> None:
    before, after = days("2019-01-01"), days("2019-01-01", "2019-01-01")
    assert fires("x due", before, after, since="2024-03-08") == [False, False]


def test_days_ahead_and_ago() -> None:
    dates = days("2024-04-09", "2024-04-10", "2024-02-09")
    assert fires("x due in 30 days", None, dates, since="2024-03-09") == [True, False, False]
    assert fires("x due in 31 days", None, dates, since="2024-03-09") == [False, True, False]
    assert fires("x due 30 days ago", None, dates, since="2024-03-09") == [False, False, True]


def test_birthdays() -> None:
    born = days("1980-03-10", "2000-02-29", "2024-03-10", "1980-03-11")
    assert fires("x yearly", None, born, since="2024-03-09") == [True, False, False, False]
    assert fires("x yearly in 1 day", None, born, since="2024-03-09") == [False] * 3 + [True]
    leap = fires("x yearly", None, born, since="2023-02-27", as_of="2023-02-28")
    assert leap == [False, True, False, False]


@settings(max_examples=200, deadline=None)
@given(
    born=st.dates(dt.date(1900, 1, 1), dt.date(2023, 12, 31)),
    since=st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)),
    length=st.integers(0, 800),
)
def test_yearly_dates_against_the_calendar(born: dt.date, since: dt.date, length: int) -> None:
    as_of = since + dt.timedelta(days=length)
    expected = False
    for year in range(since.year, as_of.year + 1):
        leap = born.month == 2 and born.day == 29 and not calendar.isleap(year)
        day = dt.date(year, 2, 28) if leap else born.replace(year=year)
        expected |= since < day <= as_of
    got = fires("x yearly", None, days(born.isoformat()), since=str(since), as_of=str(as_of))
    assert got == [expected]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=8), st.integers(-5, 5))
def test_however_the_days_are_cut_each_date_is_due_once(cuts: list[int], lead: int) -> None:
    start = pd.Timestamp("2024-01-01")
    dates = [start + pd.Timedelta(days=d) for d in range(-10, 80)]
    moments = sorted({start + pd.Timedelta(days=c) for c in cuts})
    text = f"x due in {lead} days" if lead >= 0 else f"x due {-lead} days ago"
    total = np.zeros(len(dates), dtype=int)
    for since, as_of in itertools.pairwise(moments):
        total += fires(text, dates, dates, since=since, as_of=as_of)
    expected = [moments[0] < d - pd.Timedelta(days=lead) <= moments[-1] for d in dates]
    assert total.tolist() == [int(e) for e in expected]


def test_the_evidence_names_the_value_now_and_the_one_before() -> None:
    before = pd.DataFrame({"customer_id": [1, 2], "clv": [10.0, 20.0]})
    after = pd.DataFrame({"customer_id": [1, 2, 3], "clv": [12.0, 120.5, 130.0]})
    snapshots = match_snapshots(before, after, as_of="2024-01-31", since=None)
    said = evidence_of(read_condition("clv > 100"), snapshots, np.array([1, 2]))
    assert said == ["clv 120.5 > 100, was 20", "clv 130 > 100"]
