"""When conditions have just come true, and the evidence."""

import calendar
import datetime as dt
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.conditions import read_condition
from cemkit.errors import DataError
from cemkit.promotion.conditions import evidence_of, newly_true
from cemkit.promotion.snapshots import match_snapshots


def fires(
    text: str, before: Any, after: Any, since=None, as_of="2024-03-10", orders=None
) -> list[bool]:
    """For which customers it has come true: lists are a column `x`, others several columns."""
    frames = [
        None
        if values is None
        else pd.DataFrame(values if isinstance(values, dict) else {"x": values}).rename_axis(
            "customer_id"
        )
        for values in (before, after)
    ]
    snapshots = match_snapshots(*frames, as_of=as_of, since=since, orders=orders)
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


@settings(max_examples=40, deadline=None)
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


def test_text_comes_true_once_and_what_is_unknown_never_fires() -> None:
    before = ["New", "At risk", None, "At risk", "New"]
    after = ["At risk", "At risk", "At risk", None, "New"]
    fired = [True, False, True, False, False]
    assert fires("x = At risk", before, after) == fired
    assert fires("x becomes At risk", before, after) == fired
    assert fires("x = At risk", after, after) == [False] * 5
    assert fires("x != New", before, after) == [True, False, True, False, False]


def test_a_value_that_only_the_earlier_snapshot_had_is_known() -> None:
    assert fires("x becomes gone", ["gone", "here"], ["here", "here"]) == [False, False]
    with pytest.raises(DataError, match="'gone' differs only"):
        fires("x becomes Gone", ["gone", "here"], ["here", "here"])


def test_becomes_asks_for_a_change_where_equals_asks_for_all_together() -> None:
    before = {"stage": ["churned", "growth", "growth"], "clv": [50, 200, 200]}
    after = {"stage": ["churned", "churned", "growth"], "clv": [200, 200, 50]}
    assert fires("stage = churned and clv >= 100", before, after) == [True, True, False]
    assert fires("stage becomes churned and clv >= 100", before, after) == [False, True, False]


@pytest.mark.parametrize(
    ("text", "fired"),
    [
        ("x rose by 20%", [True, False, False, False, True, False, False]),
        ("x rose by 19", [True, True, False, False, True, True, False]),
        ("x fell by 20%", [False, False, True, False, False, False, False]),
    ],
)
def test_changes_are_measured_from_what_was(text: str, fired: list[bool]) -> None:
    nan = float("nan")
    before = [100, 100, 100, nan, -50, 0, 100]
    after = [120, 119, 80, 500, -30, 99, nan]
    assert fires(text, before, after) == fired


def test_a_change_of_exactly_its_size_is_not_lost_in_rounding() -> None:
    before = np.array([0.1, 0.7, 1.1, 3.3])
    assert fires("x rose by 20%", before, before * 1.2) == [True] * 4
    assert fires("x fell by 10%", before, before * 0.9) == [True] * 4


def test_a_new_customer_has_not_changed() -> None:
    assert fires("x rose by 20%", [1], [9, 9]) == [True, False]


ORDERS = pd.DataFrame(
    {
        "customer_id": [0, 0, 0, 1, 1],
        "order_date": pd.to_datetime(
            ["2024-03-01", "2024-03-05", "2024-03-09", "2024-03-02", "2024-03-02"]
        ),
        "amount": 1.0,
        "category": ["sports", "sports", "sports", "sports", "food"],
    }
)


def test_purchases_are_counted_up_to_each_day() -> None:
    text = "bought category sports >= 3 times in 9 days"
    run = {"before": [0, 0], "after": [0, 0], "orders": ORDERS}
    assert fires(text, **run, since="2024-03-08", as_of="2024-03-09") == [True, False]
    assert fires(text, **run, since="2024-03-09", as_of="2024-03-10") == [False, False]
    assert fires("bought = 0 times in 3 days", **run, since="2024-03-04", as_of="2024-03-06") == [
        *(False, True)
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=3, max_size=8, unique=True),
    st.lists(st.integers(1, 40), max_size=6),
    st.permutations(range(6)),
)
def test_each_crossing_fires_once_however_the_runs_are_cut_and_in_whatever_order(
    bought: list[int], cuts: list[int], order: list[int]
) -> None:
    """What comes true once and stays true: a count since ever, a sum, a segment reached."""
    start = pd.Timestamp("2024-01-01")
    days = np.array(sorted(bought))
    orders = pd.DataFrame(
        {"customer_id": 0, "order_date": start + pd.to_timedelta(days, "D"), "amount": 1.0}
    )
    moments = sorted({-1, *cuts, 41})

    def snapshot(day: int) -> dict[str, list[Any]]:
        count = int((days <= day).sum())
        return {
            "count": [count],
            "segment": ["Loyal" if count >= 3 else "New"],
            "since": [start + pd.Timedelta(days=int(days[2]))],
        }

    rules = [
        "count >= 3",
        "segment = Loyal",
        "segment becomes Loyal",
        "segment = Loyal and count > 2",
        "bought >= 3 times in 1000 days",
        "since due and segment = Loyal",
    ]
    runs = list(itertools.pairwise(moments))
    total = dict.fromkeys(rules, 0)
    for number in sorted(range(len(runs)), key=lambda k: order[k % 6]):
        before, after = runs[number]
        for rule in rules:
            total[rule] += fires(
                rule,
                snapshot(before),
                snapshot(after),
                since=start + pd.Timedelta(days=before),
                as_of=start + pd.Timedelta(days=after),
                orders=orders,
            )[0]
    assert total == dict.fromkeys(rules, 1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3)), min_size=2, max_size=9
    )
)
def test_a_rule_fires_at_each_step_from_not_holding_to_holding(path: list[tuple]) -> None:
    found, expected, names = 0, 0, {"x": ["a", "b"], "y": [0, 3]}
    for before, after in itertools.pairwise(path):
        frames = [{"x": [*names["x"], s[0]], "y": [*names["y"], s[1]]} for s in (before, after)]
        found += fires("x = a and y > 1", *frames)[2]
        expected += (after[0] == "a" and after[1] > 1) and not (before[0] == "a" and before[1] > 1)
    assert found == expected
