"""Days of trade against other calendars."""

import datetime as dt

import numpy as np
import pytest
from dateutil.easter import easter

from cemkit.forecasting.trade_days import (
    TRADE_DAYS,
    black_friday,
    easter_sunday,
    nearest_trade_days,
)


def test_easter_is_that_of_dateutil() -> None:
    assert [easter_sunday(year) for year in range(1600, 4000)] == [
        easter(year) for year in range(1600, 4000)
    ]


def test_black_friday_is_the_friday_from_the_23rd_on() -> None:
    for year in range(1990, 2060):
        day = black_friday(year)
        assert (day.weekday(), day.month) == (4, 11)
        assert 23 <= day.day <= 29


@pytest.mark.parametrize("name", list(TRADE_DAYS))
def test_the_nearest_is_looked_for_in_the_years_beside(name: str) -> None:
    days = np.arange(dt.date(2000, 1, 1), dt.date(2012, 1, 1), dtype="M8[D]").astype(np.int64)
    found = nearest_trade_days(days + 0.5, name)
    every = np.array([TRADE_DAYS[name](year) for year in range(1999, 2014)], dtype="M8[D]")
    apart = np.abs(days[:, None] - every.astype(np.int64))
    assert found is not None
    assert np.abs(days - found).tolist() == apart.min(axis=1).tolist()


def test_years_that_the_table_lacks_have_no_day() -> None:
    early = np.array([-9000.0, -8000.0])  # 1945 to 1948
    assert nearest_trade_days(early, "Chinese New Year") is None
    assert nearest_trade_days(early, "Easter") is not None
    assert nearest_trade_days(np.array([-200000.0, 0.0]), "Christmas") is None
