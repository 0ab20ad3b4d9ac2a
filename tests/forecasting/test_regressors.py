"""Regressors of promotions, seasons and holidays against the calendar."""

import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, MissingDependencyError
from cemkit.forecasting.regressors import (
    fourier_terms,
    holiday_regressors,
    period_bounds,
    promotion_regressors,
    promotion_share,
    seasonal_waves,
)

WEEKS = pd.period_range("2024-01-01", periods=10, freq="W-SUN")
TWO = pd.DataFrame(
    {
        "name": ["a", "b"],
        "start_date": ["2024-01-15", "2024-02-05"],
        "end_date": ["2024-01-28", "2024-02-08"],
    }
)


def test_pulse_and_the_weeks_after() -> None:
    table = promotion_regressors(WEEKS, TWO, after=2)
    assert table["promotion"].tolist() == pytest.approx([0, 0, 1, 1, 0, 4 / 7, 0, 0, 0, 0])
    assert table["after_1"].tolist() == [0, 0, 0, 0, 1, 0, 1, 0, 0, 0]
    assert table["after_2"].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0]


def test_step_and_decay() -> None:
    step = promotion_regressors(WEEKS, TWO, shape="step", after=0)
    assert step["promotion"].tolist() == [0, 0] + [1] * 8
    decay = promotion_regressors(WEEKS, TWO, shape="decay", after=0)["promotion"]
    assert decay.iloc[2:6].tolist() == pytest.approx([1, 1.5, 0.75, 0.375 + 4 / 7])


def test_overlapping_promotions_count_once() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-07"])
    both = pd.DataFrame([days, days], columns=["start_date", "end_date"])
    assert promotion_share(WEEKS, both).tolist() == [1.0] + [0.0] * 9


def test_periods_are_counted_by_the_calendar_not_by_rows() -> None:
    months = pd.PeriodIndex(["2024-01", "2024-05"], freq="M")
    whole = pd.period_range("2024-01", periods=8, freq="M")
    two = fourier_terms(months, period=12, harmonics=3)
    pd.testing.assert_frame_equal(
        two, fourier_terms(whole, period=12, harmonics=3).loc[months], atol=1e-9, check_freq=False
    )
    for promoted, k in (("2024-01", 4), ("2024-03", 2), ("2024-04", 1), ("2023-12", None)):
        days = pd.DataFrame(
            {"name": "a", "start_date": [f"{promoted}-10"], "end_date": [f"{promoted}-20"]}
        )
        for shape in ("pulse", "step", "decay"):
            every = promotion_regressors(whole, days, shape=shape)
            some = promotion_regressors(months, days, shape=shape)
            pd.testing.assert_frame_equal(some, every.loc[months], check_freq=False)
        if k is not None:
            assert some.loc["2024-05", f"after_{k}"] == 1


@pytest.mark.parametrize("shape", ["pulse", "step", "decay"])
@pytest.mark.parametrize("frequency", ["W-SUN", "7D", "M", "D", "2W-WED"])
def test_part_of_an_index_has_the_rows_of_the_whole(frequency: str, shape: str) -> None:
    whole = pd.period_range("2024-01-01", periods=60, freq=frequency)
    day = whole[18].start_time
    end = day + pd.Timedelta(days=5)
    sale = pd.DataFrame({"name": "a", "start_date": [day], "end_date": [end]})
    every = promotion_regressors(whole, sale, shape=shape)
    part = promotion_regressors(whole[20:23], sale, shape=shape)
    pd.testing.assert_frame_equal(part, every.iloc[20:23])


def test_an_event_that_recurs_is_in_every_year() -> None:
    weeks = pd.period_range("2023-01-02", periods=120, freq="W-SUN")
    day = ["2021-11-11"]
    yearly = pd.DataFrame({"name": "双11", "start_date": day, "end_date": day, "recurring": True})
    table = promotion_regressors(weeks, yearly, after=0)
    on = weeks[table["promotion"] > 0]
    assert [str(week.start_time.date()) for week in on] == ["2023-11-06", "2024-11-11"]
    assert table["promotion"].sum() == pytest.approx(2 / 7)


@pytest.mark.parametrize(
    ("promotions", "error", "message"),
    [
        (
            TWO.assign(end_date="2024-01-01"),
            DataError,
            "2 rows whose end_date is before their start_date",
        ),
        (TWO.drop(columns="end_date"), MissingColumnsError, "end_date"),
        (
            TWO.assign(start_date="2020-01-01", end_date="2020-01-02"),
            DataError,
            "no promotion falls",
        ),
    ],
)
def test_bad_promotions(promotions: pd.DataFrame, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        promotion_regressors(WEEKS, promotions)


@pytest.mark.parametrize(
    ("frequency", "first", "last"),
    [
        ("W", "2024-01-01", "2024-01-07"),
        ("MS", "2024-02-01", "2024-02-29"),
        ("ME", "2024-01-01", "2024-01-31"),
        ("D", "2024-01-02", "2024-01-02"),
    ],
)
def test_days_of_a_date_that_stands_for_a_period(frequency: str, first: str, last: str) -> None:
    begin, end = period_bounds(pd.date_range("2024-01-02", periods=2, freq=frequency))
    assert (str(begin[0].date()), str(end[0].date())) == (first, last)


def test_fourier_terms_repeat_with_the_season_and_join() -> None:
    long = pd.period_range("2023-01", periods=30, freq="M")
    terms = fourier_terms(long, period=12, harmonics=6)
    assert terms.shape == (30, 11)
    assert terms.iloc[:12].to_numpy() == pytest.approx(terms.iloc[12:24].to_numpy(), abs=1e-9)
    later = fourier_terms(long[20:], period=12, harmonics=6)
    pd.testing.assert_frame_equal(terms.iloc[20:], later)
    with pytest.raises(ValueError, match="at most 6, half the period"):
        fourier_terms(long, period=12, harmonics=7)


def test_waves_are_orthogonal_over_a_season() -> None:
    waves = seasonal_waves(5, 57, 52, 3)
    assert waves.T @ waves == pytest.approx(26 * np.eye(6), abs=1e-9)


def test_holidays_fall_where_the_calendar_has_them() -> None:
    pytest.importorskip("holidays")
    weeks = pd.period_range("2024-01-01", "2024-12-29", freq="W-SUN")
    names = ["Chinese New Year", "Double 11", "Black Friday"]
    table = holiday_regressors(weeks, country="CN", names=names)
    day = pd.Timestamp("2024-02-10")
    assert table.loc[pd.Period(day, "W-SUN"), "Chinese New Year"] >= 1
    assert table.index[table["Double 11"] > 0].tolist() == [pd.Period("2024-11-11", "W-SUN")]
    assert table.index[table["Black Friday"] > 0].tolist() == [pd.Period("2024-11-29", "W-SUN")]
    assert holiday_regressors(weeks, country="CN")["holiday"].sum() > 8


def test_a_holiday_beyond_the_periods_to_forecast_has_a_column_of_zeros() -> None:
    pytest.importorskip("holidays")
    weeks = pd.period_range("2023-01-02", "2024-12-29", freq="W-SUN")
    names = ["Chinese New Year", "Double 11"]
    whole = holiday_regressors(weeks, country="CN", names=names)
    spring = holiday_regressors(weeks[60:72], country="CN", names=names)  # from March to May
    assert spring.to_numpy().sum() == 0
    pd.testing.assert_frame_equal(spring, whole[60:72])


def test_unknown_holidays_and_countries_are_refused() -> None:
    pytest.importorskip("holidays")
    with pytest.raises(ValueError, match="is called 'Diwali'; there are Black Friday"):
        holiday_regressors(
            pd.period_range("2024-11", periods=1, freq="M"), country="CN", names=["Diwali"]
        )
    with pytest.raises(ValueError, match="country='XX' is not known"):
        holiday_regressors(WEEKS, country="XX")


def test_without_the_package_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(MissingDependencyError, match="run: python -m pip install holidays"):
        holiday_regressors(WEEKS, country="CN")


@pytest.mark.parametrize("frequency", ["7D", "2W-SUN", "3M", "2D"])
def test_waves_of_periods_that_are_multiples_join(frequency: str) -> None:
    periods = pd.period_range("2024-01-01", periods=80, freq=frequency)
    whole = fourier_terms(periods, period=13, harmonics=2)
    ahead = fourier_terms(periods[50:], period=13, harmonics=2)
    assert ahead.to_numpy() == pytest.approx(whole.to_numpy()[50:], abs=1e-9)
    assert whole.to_numpy()[13:] == pytest.approx(whole.to_numpy()[:-13], abs=1e-9)


def test_what_is_no_regular_index_is_refused() -> None:
    irregular = pd.DatetimeIndex(["2024-01-01", "2024-01-08", "2024-01-16"])
    for index in (irregular, irregular[:2]):
        with pytest.raises(DataError, match="index has no frequency; give it one"):
            fourier_terms(index, period=4, harmonics=1)
    with pytest.raises(TypeError, match="must be a PeriodIndex or DatetimeIndex, not list"):
        fourier_terms([1, 2], period=4, harmonics=1)
    with pytest.raises(TypeError, match=r"names must be a list, as in names=\['Double 11'\]"):
        holiday_regressors(WEEKS, country="CN", names="Double 11")


def test_business_days_have_promotions_holidays_and_waves_without_a_warning() -> None:
    pytest.importorskip("holidays")
    days = pd.date_range("2024-12-02", periods=30, freq="B")
    sale = pd.DataFrame({"name": "a", "start_date": ["2024-12-13"], "end_date": ["2024-12-15"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = promotion_regressors(days, sale, after=1)
        christmas = holiday_regressors(days, country="DE", names=["Christmas Day"])
        waves = fourier_terms(days, period=261, harmonics=1)
    assert days[table["promotion"] > 0].tolist() == [pd.Timestamp("2024-12-13")]
    assert days[table["after_1"] > 0].tolist() == [pd.Timestamp("2024-12-16")]
    assert days[christmas["Christmas Day"] > 0].tolist() == [pd.Timestamp("2024-12-25")]
    assert waves.shape == (30, 2)


def test_a_calendar_of_ones_own_stands_beside_a_country_or_alone() -> None:
    weeks = pd.period_range("2024-10-28", periods=60, freq="W-SUN")
    fair = pd.DataFrame(
        {
            "name": ["展会", "sale day", "sale day"],
            "start_date": ["2024-11-16", "2024-12-02", "2024-12-02"],
            "end_date": ["2024-11-19", "2024-12-03", "2024-12-02"],
            "recurring": [True, False, False],
        }
    )
    own = holiday_regressors(weeks, calendar=fair)
    assert own.columns.tolist() == ["展会", "sale day"]
    assert own["展会"].sum() == 8  # four days in each of two years
    assert own["sale day"].sum() == 2  # a day that is named twice counts once
    both = holiday_regressors(weeks, country="CN", calendar=fair)
    assert both.columns.tolist() == ["holiday", "展会", "sale day"]
    named = holiday_regressors(weeks, country="CN", calendar=fair, names=["Double 11", "展"])
    assert named.columns.tolist() == ["Double 11", "展"]
    assert named["展"].tolist() == own["展会"].tolist()
    with pytest.raises(ValueError, match="give country=.*or calendar="):
        holiday_regressors(weeks)
    with pytest.raises(DataError, match="calendar has a column 'size'"):
        holiday_regressors(weeks, calendar=fair.assign(size=1.0))
    with pytest.raises(
        ValueError, match="no holiday in 2024 to 2025 is called 'x'; there are sale"
    ):
        holiday_regressors(weeks, calendar=fair, names=["x"])
