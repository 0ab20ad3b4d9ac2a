"""Which calendar the shop's year follows, and the columns of its times."""

import numpy as np
import pandas as pd

from cemkit.impact.identification import Calendar
from cemkit.impact.times_of_year import TimesOfYear

WEEKS = pd.period_range("2018-01-01", periods=261, freq="W-SUN")


def test_a_peak_by_the_iso_week_is_followed_by_the_iso_week() -> None:
    iso = WEEKS.end_time.isocalendar()
    peak = (iso["week"] == 47).to_numpy()
    on = peak & (iso["year"] == 2020).to_numpy()
    design = pd.DataFrame({"promotion": on * 1.0}, WEEKS)
    values = np.random.default_rng(0).normal(0, 0.05, 261) + peak
    calendar = Calendar.of(WEEKS, design, np.full(261, True))
    times = TimesOfYear.of(WEEKS, values, after=4)
    likelier = times.likelier(calendar, design.to_numpy())
    assert likelier.by_iso_week or likelier.trade_day is not None
    columns = times.columns(likelier, likelier.active, design.to_numpy())
    [column] = columns.values()
    assert (column[peak] == 1).sum() >= 4


def test_months_have_no_times_of_their_own_and_short_series_no_room() -> None:
    months = pd.period_range("2018-01", periods=60, freq="M")
    design = pd.DataFrame({"promotion": np.arange(60) == 22}, months) * 1.0
    calendar = Calendar.of(months, design, np.full(60, True))
    assert (
        TimesOfYear.of(months, np.zeros(60), 2).columns(
            calendar, calendar.active, design.to_numpy()
        )
        == {}
    )
    short = WEEKS[:31]
    design = pd.DataFrame({"promotion": np.arange(31) == 22}, short) * 1.0
    calendar = Calendar.of(short, design, np.full(31, True))
    times = TimesOfYear.of(short, np.zeros(31), 0)
    assert times.columns(calendar, calendar.active, design.to_numpy()) == {}
