"""Days of the calendar against pandas."""

import numpy as np
import pandas as pd
import pytest

from cemkit.clv.clock.calendar_days import WEEKDAYS, weekday_columns, year_columns

DAYS = pd.date_range("2019-12-25", "2024-03-05")
NUMBERS = DAYS.to_numpy().astype("datetime64[D]").astype(np.int64)


def test_weekdays_are_those_of_pandas() -> None:
    on = weekday_columns(NUMBERS)
    named = [WEEKDAYS[i] for i in on.argmax(axis=1)]
    assert named == DAYS.day_name().str.lower().tolist()
    assert (on.sum(axis=1) == 1).all()


def test_waves_repeat_every_year_and_fill_it() -> None:
    waves = year_columns(NUMBERS, 3)
    assert waves.shape == (len(DAYS), 6)
    for year in (2020, 2021):  # a leap year and another
        of_year = waves[DAYS.year == year]
        assert of_year.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
        gram = of_year.T @ of_year / len(of_year)
        assert gram == pytest.approx(np.eye(6) / 2, abs=1e-12)
    first = [waves[day == DAYS][0] for day in (pd.Timestamp("2022-03-01"), "2023-03-01")]
    assert first[0] == pytest.approx(first[1])


def test_no_waves_are_no_columns() -> None:
    assert year_columns(NUMBERS, 0).shape == (len(DAYS), 0)
