"""Which effects other years tell apart from the season, by hand-made calendars."""

import numpy as np
import pandas as pd
import pytest

from cemkit.forecasting.regressors import promotion_regressors
from cemkit.impact.identification import Calendar, independent, worst
from cemkit.impact.intervention import promotion_effect

WEEKS = pd.period_range("2018-01-01", periods=261, freq="W-SUN")
ISO = WEEKS.end_time.isocalendar()


def calendar(years: list[int], weeks: pd.PeriodIndex = WEEKS, iso_week: int = 47) -> Calendar:
    iso = weeks.end_time.isocalendar()
    on = ((iso["week"] == iso_week) & iso["year"].isin(years)).to_numpy()
    days = weeks[on]
    promotions = pd.DataFrame(
        {"name": "a", "start_date": days.start_time, "end_date": days.start_time}
    )
    design = promotion_regressors(weeks, promotions, after=2)
    return Calendar.of(weeks, design, np.ones(len(weeks), dtype=bool))


def during(one: Calendar) -> np.ndarray:
    return one.active & ~np.roll(one.active, 1)


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ([2018, 2019, 2020, 2021, 2022], "not identified"),
        ([2018, 2020, 2021, 2022], "told apart"),
        ([2021], "told apart"),
    ],
)
def test_a_year_without_the_promotion_tells_it_apart(years, expected) -> None:
    one = calendar(years)
    assert one.status(during(one)) == expected


def test_a_week_that_moves_with_the_iso_calendar_is_the_same_week() -> None:
    # The Thursday of ISO week 47 lies from 19 to 25 November in these years.
    one = calendar([2018, 2019, 2020, 2021, 2022])
    rows = np.flatnonzero(one.active)
    assert {one.status_of(row) for row in rows.tolist()} == {"not identified"}


def test_less_than_a_year_has_no_other_year() -> None:
    one = calendar([2018], WEEKS[20:60])
    assert one.status(during(one)) == "no other year"


def test_a_year_whose_sales_are_missing_tells_nothing() -> None:
    one = calendar([2018, 2020, 2021, 2022])
    gone = Calendar(one.middles, one.active, (ISO["year"] != 2019).to_numpy())
    assert gone.status(during(gone)) == "not identified"


@pytest.mark.parametrize("by_iso_week", [True, False])
def test_dummies_are_the_same_weeks_of_all_years(by_iso_week) -> None:
    one = calendar([2018, 2020, 2021])
    one = Calendar(one.middles, one.active, one.seen, by_iso_week)
    columns = pd.DataFrame(one.dummies(during(one), (0, 2)))
    assert columns.shape[1] == 3
    first = columns.iloc[:, 0].to_numpy() == 1
    assert first.sum() == 5
    assert (first & during(one)).sum() == 3
    if by_iso_week:
        assert set(ISO["week"][first]) == {47}


def test_no_dummies_where_every_year_has_the_promotion_or_times_are_many() -> None:
    every = calendar([2018, 2019, 2020, 2021, 2022])
    every = Calendar(every.middles, every.active, every.seen, True)
    assert pd.DataFrame(every.dummies(every.active, (0, 0))).empty
    one = calendar([2018])
    assert pd.DataFrame(one.dummies(np.ones(261, dtype=bool), (0, 0))).empty


def test_worst_and_independent() -> None:
    assert worst([]) == "told apart"
    assert worst(["told apart", "no other year"]) == "no other year"
    rng = np.random.default_rng(0)
    given = rng.normal(size=(20, 2))
    columns = {"new": rng.normal(size=20), "sum": given.sum(axis=1)}
    assert independent(columns, given) == ["new"]


@pytest.mark.parametrize("frequency", ["30min", "h", "4h", "12h"])
def test_hours_have_a_middle_each(frequency: str) -> None:
    index = pd.date_range("2024-01-01", periods=90, freq=frequency)
    design = pd.DataFrame({"promotion": np.arange(90) == 60}, index=index)
    calendar = Calendar.of(index, design, np.full(90, True))
    assert np.diff(calendar.middles) == pytest.approx(
        pd.Timedelta(index.freq) / pd.Timedelta(days=1), abs=1e-4
    )
    assert not calendar.has_weeks
    assert calendar.status(design["promotion"].to_numpy()) == "no other year"


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_a_promotion_of_a_day_lifts_its_hours(zone: str | None) -> None:
    """The right lift is the ratio of the hours' level, 1.4 in 24 of 600 hours."""
    hours = pd.date_range("2024-03-20", periods=600, freq="h", tz=zone)
    noise = np.random.default_rng(1).normal(0, 0.03, 600)
    level = 100 + 30 * np.sin(2 * np.pi * hours.hour.to_numpy() / 24)
    on = hours.strftime("%Y-%m-%d") == "2024-04-08"
    sales = pd.Series(level * np.where(on, 1.4, 1.0) * np.exp(noise), index=hours)
    days = pd.DataFrame({"name": "a", "start_date": ["2024-04-08"], "end_date": ["2024-04-08"]})
    effect = promotion_effect(sales, days, after=2)
    assert effect.lift_lower < 0.4 < effect.lift_upper
    assert effect.lift == pytest.approx(0.4, abs=0.06)
    assert effect.lift_calendar == "no other year"


@pytest.mark.parametrize("end", ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])
def test_weeks_are_counted_from_the_week_of_a_day_of_trade(end: str) -> None:
    weeks = pd.period_range("2016-01-01", periods=470, freq=f"W-{end}")
    table = pd.DataFrame({"promotion": weeks == pd.Period("2021-12-25", f"W-{end}")}, index=weeks)
    days = {"Christmas": "12-25", "Double 11": "11-11"}
    for one in Calendar.of(weeks, table, np.full(470, True)).likely():
        if one.trade_day in days:
            holds = pd.Series(False, weeks)
            for year in range(2016, 2025):
                holds |= weeks == pd.Period(f"{year}-{days[one.trade_day]}", f"W-{end}")
            assert (one._shares(1)[0][0] == 0).tolist() == holds.tolist()
    found = [one.trade_day for one in Calendar.of(weeks, table, np.full(470, True)).likely()]
    assert found == [None, None, "Christmas"]


def test_days_before_and_after_a_new_year_are_shared_among_weeks() -> None:
    """10 February 2024 is a Saturday: its week holds five days before it, and two from it on."""
    weeks = pd.period_range("2022-01-03", periods=156, freq="W-SUN")
    on = weeks == pd.Period("2024-02-10", "W-SUN")
    one = Calendar.of(weeks, pd.DataFrame({"promotion": on}, index=weeks), np.full(156, True))
    by_days = [kind for kind in one.likely() if kind.by_days]
    assert [kind.trade_day for kind in by_days] == ["Chinese New Year"]
    columns = pd.DataFrame(by_days[0].dummies(on, (0, 0)), index=weeks)
    assert columns[on].to_numpy() == pytest.approx(np.array([[5 / 7, 2 / 7]]), abs=1e-5)
    # 22 January 2023 is a Sunday, and 1 February 2022 a Tuesday.
    before = columns["calendar_-1"]
    assert before[pd.Period("2023-01-22", "W-SUN")] == pytest.approx(6 / 7, abs=1e-5)
    assert before[pd.Period("2022-02-01", "W-SUN")] == pytest.approx(1 / 7, abs=1e-5)
    assert before.sum() == pytest.approx(3, abs=1e-4)


def test_many_days_are_taken_together() -> None:
    days = pd.period_range("2020-01-01", "2023-12-31", freq="D")
    on = (days >= "2023-06-01") & (days <= "2023-06-30")
    one = Calendar.of(days, pd.DataFrame({"promotion": on}, index=days), np.full(len(days), True))
    columns = pd.DataFrame(one.dummies(on, (0, 0)))
    assert 4 <= columns.shape[1] <= 6
    assert columns.sum().between(27, 29).all()  # a week in each of four years
