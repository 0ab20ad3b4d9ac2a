"""Days of the year against Python's own calendar."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.forecasting.series import calendar_of, season_of
from cemkit.forecasting.years import day_name, day_of_year

WEEKS = [f"W-{day}" for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")]


@settings(max_examples=60, deadline=None)
@given(
    st.dates(dt.date(1970, 1, 1), dt.date(2090, 1, 1)),
    st.sampled_from([*WEEKS, "7D", "D", "2W-SUN"]),
    st.integers(0, 364),
    st.integers(-60, 60),
)
def test_a_period_holds_a_day_when_the_calendar_says_so(
    start: dt.date, frequency: str, day: int, first: int
) -> None:
    index = pd.period_range(start, periods=130, freq=frequency)
    year = calendar_of(index, round(365.25 / (index[1].start_time - index[0].start_time).days))
    assert year is not None
    found = year.holds([day], first, 130)[:, 0]
    month, number = map(int, day_name(day).split("-"))
    for place, holds in zip(range(first, 130), found, strict=True):
        period = index[0] + place
        years = {period.start_time.year, period.end_time.year}
        dates = [pd.Timestamp(one, month, number) for one in years]
        inside = any(period.start_time <= date <= period.end_time for date in dates)
        assert bool(holds) == inside


def test_hours_hold_a_day_all_day() -> None:
    index = pd.period_range("2023-12-24 20:00", periods=40, freq="h")
    year = calendar_of(index, 8766)
    assert year is not None
    assert year.holds([day_of_year(12, 25)], 0, 40)[:, 0].nonzero()[0].tolist() == [*range(4, 28)]


def test_every_year_returns_to_where_it_was() -> None:
    weeks = pd.period_range("2000-01-03", periods=3000, freq="W-SUN")
    year = calendar_of(weeks, 52)
    assert year is not None
    middles = weeks.start_time + pd.Timedelta(days=3, hours=12)
    turns = year.turns(0, 3000)
    expected = (middles - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=365.25)
    assert turns == pytest.approx(np.asarray(expected), abs=1e-9)


@pytest.mark.parametrize(
    ("frequency", "period", "is_year"),
    [
        ("W-SUN", 52, True),
        ("W-SUN", 53, True),
        ("W-SUN", 26, False),
        ("7D", 52, True),
        ("D", 365, True),
        ("D", 366, True),
        ("D", 7, False),
        ("D", 360, False),
        ("h", 8760, True),
        ("h", 168, False),
        ("M", 12, False),
        ("Q-DEC", 4, False),
    ],
)
def test_seasons_that_are_a_year(frequency: str, period: int, is_year: bool) -> None:
    index = pd.period_range("2024-01-01", periods=3, freq=frequency)
    assert (calendar_of(index, period) is not None) == is_year


def test_business_days_have_a_year_too() -> None:
    index = pd.date_range("2024-01-01", periods=300, freq="B")
    year = calendar_of(index, 261)
    assert year is not None
    assert year.holds([day_of_year(12, 25)], 0, 300)[:, 0].nonzero()[0] == pytest.approx(
        [index.get_loc(pd.Timestamp("2024-12-25"))], abs=1
    )


@pytest.mark.parametrize(("frequency", "season"), [("7D", 52), ("24h", 7), ("168h", 52), ("D", 7)])
def test_periods_of_the_same_length_have_the_same_season(frequency: str, season: int) -> None:
    assert season_of(pd.date_range("2024-01-01", periods=3, freq=frequency)) == season


def test_days_that_stand_for_their_week() -> None:
    weeks = pd.period_range("2021-01-04", "2023-12-31", freq="W-SUN")
    year = calendar_of(weeks, 52)
    assert year is not None
    chosen = year.candidates(len(weeks))
    on = year.holds(range(365), 0, len(weeks))
    patterns = {tuple(column) for column in on.T}
    assert {tuple(on[:, day]) for day in chosen} == patterns
    # 20 to 26, 19 to 25 and 25 to 31 December: only the 25th is in all three.
    assert day_of_year(12, 25) in chosen
    # Black Friday was on 26, 25 and 24 November.
    fridays = [pd.Timestamp(day) for day in ("2021-11-26", "2022-11-25", "2023-11-24")]
    its_weeks = [weeks.get_loc(pd.Period(friday, "W-SUN")) for friday in fridays]
    assert any(on[:, day].nonzero()[0].tolist() == its_weeks for day in chosen)
