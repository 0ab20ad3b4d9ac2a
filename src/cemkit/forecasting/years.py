"""Where the periods of a series lie in the calendar year, whose length is 365.25 days."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import DataError

DAYS_IN_YEAR = 365.25
DAYS_IN_WEEK = 7
COMMON_YEAR = 365
LEAP_DAY = 59  # days of a common year from this one on are a day later in a leap year
BUSINESS_DAY = 1.4  # calendar days
CHRISTMAS, DOUBLE_11 = (12, 25), (11, 11)
FIRST_BLACK_FRIDAY = (11, 23)
IN_ISO_WEEK = 3  # 4 January, counted from 0, is always in the first ISO week
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Year:
    """Periods of a fixed length as days of the calendar."""

    first: float
    days: float

    def turns(self, first: int, last: int) -> Floats:
        """The years from 1970 to the middle of each period."""
        middles = self.first + self.days * (np.arange(first, last, dtype=np.float64) + 0.5)
        turns: Floats = middles / DAYS_IN_YEAR
        return turns

    def holds(self, days: Sequence[int], first: int, last: int) -> Floats:
        """Whether each period holds each day of the year: 1 or 0, a row per period."""
        dates = self._dates(np.asarray(days, dtype=np.int64), first, last)
        on = np.zeros((last - first, len(days)))
        columns = np.broadcast_to(np.arange(len(days)), dates.shape)
        begins = (dates - self.first) / self.days
        places = np.floor(begins + ROUNDING) if self.days >= 1 else np.ceil(begins - ROUNDING)
        for later in range(max(1, round(1 / self.days))):  # all hours of the day
            rows = places.astype(np.int64) + later - first
            inside = (rows >= 0) & (rows < len(on))
            on[rows[inside], columns[inside]] = 1.0
        return on

    def _dates(self, days: npt.NDArray[np.int64], first: int, last: int) -> npt.NDArray[np.int64]:
        """Every occurrence of the days around the periods, counted from 1970; a row per year."""
        ends = [self.first + self.days * period for period in (first - 1, last + 1)]
        days_of_ends = np.array([math.floor(end) for end in ends], dtype="M8[D]")
        before, after = days_of_ends.astype("M8[Y]").astype(np.int64)
        begins = np.arange(before, after + 2).astype("M8[Y]").astype("M8[D]").astype(np.int64)
        starts, lengths = begins[:-1], np.diff(begins)
        is_leap = lengths > COMMON_YEAR
        return starts[:, None] + days + (is_leap[:, None] & (days >= LEAP_DAY))

    def candidates(self, last: int) -> list[int]:
        """Days of the year such that no two of them lie in the same periods."""
        if self.days <= 1:
            return list(range(COMMON_YEAR))
        on = self.holds(range(COMMON_YEAR), 0, last)
        changes = np.flatnonzero((on[:, 1:] != on[:, :-1]).any(axis=0)) + 1
        known = self.days_of_trade()
        chosen = []
        for run in np.split(np.arange(COMMON_YEAR), changes):
            named = [*known, *(int(day) for day in run if day % DAYS_IN_WEEK == IN_ISO_WEEK)]
            inside = [day for day in named if run[0] <= day <= run[-1]]
            chosen.append(inside[0] if inside else int(run[len(run) // 2]))
        return chosen

    def days_of_trade(self) -> list[int]:
        """Christmas, Black Friday, Double 11, and whole weeks from Christmas."""
        christmas = day_of_year(*CHRISTMAS)
        weeks = [christmas + DAYS_IN_WEEK * week for week in (0, -1, -2, -3, -4, 1)]
        # Black Friday lies between 23 and 29 November. A week that ends k days after a Friday holds
        # it exactly when it holds 23 + k November.
        last_weekday = (math.floor(self.first) + 3 - 1) % DAYS_IN_WEEK  # Monday is 0
        black_friday = day_of_year(*FIRST_BLACK_FRIDAY) + (last_weekday - 4) % DAYS_IN_WEEK
        fixed = [black_friday, day_of_year(*DOUBLE_11)]
        return [day % COMMON_YEAR for day in [weeks[0], *fixed, *weeks[1:]]]


def day_of_year(month: int, day: int) -> int:
    """The day of a common year, from 0."""
    return dt.date(2001, month, day).timetuple().tm_yday - 1


def day_name(day: int) -> str:
    """Month and day of a day of a common year."""
    return f"{dt.date(2001, 1, 1) + dt.timedelta(days=day):%m-%d}"


def offset_of(index: pd.PeriodIndex | pd.DatetimeIndex) -> pd.offsets.BaseOffset:
    """Return the frequency of an index, which must have one."""
    if index.freq is None:
        raise DataError("the index has no frequency; give it one, as in index.to_period('W')")
    return index.freq


def period_days(frequency: pd.offsets.BaseOffset) -> float | None:
    """Days in a period of a frequency; None where periods differ in length, such as months."""
    multiple = float(frequency.n)
    if isinstance(frequency, pd.offsets.Week):
        return DAYS_IN_WEEK * multiple
    if isinstance(frequency, pd.offsets.Day):
        return multiple
    if isinstance(frequency, pd.offsets.BusinessDay):
        return BUSINESS_DAY * multiple
    if isinstance(frequency, pd.offsets.Tick):
        return float(pd.Timedelta(frequency) / pd.Timedelta(days=1))
    return None


def is_year(days: float, period: int) -> bool:
    """Whether a season takes the year of the calendar."""
    in_year = DAYS_IN_YEAR / days
    return period > 1 and abs(period - in_year) < max(1.0, in_year / 1000)


def year_waves(turns: Floats, count: int) -> Floats:
    """Pairs of sine and cosine by the position in the year."""
    angle = 2 * np.pi * turns[:, None] * np.arange(1, count + 1)
    waves = np.stack([np.sin(angle), np.cos(angle)], axis=2)
    return waves.reshape(len(turns), 2 * count)
