"""The table of Chinese New Years against another calendar."""

import datetime as dt

import pytest

from cemkit.forecasting.lunar_new_years import DAYS_OF_JANUARY, FIRST_YEAR


def test_every_date_is_that_of_the_holidays_package() -> None:
    holidays = pytest.importorskip("holidays")
    years = range(FIRST_YEAR, FIRST_YEAR + len(DAYS_OF_JANUARY))
    assert (years[0], years[-1]) == (1990, 2060)
    for year, day in zip(years, DAYS_OF_JANUARY, strict=True):
        public = holidays.country_holidays("SG", years=year, language="en_US")
        first = min(date for date, name in public.items() if name.startswith("Chinese New Year"))
        assert first == dt.date(year, 1, 1) + dt.timedelta(days=day - 1)
