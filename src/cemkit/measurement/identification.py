"""Effects and the calendar: which effects other years tell apart from the season, and how.

A promotion in the same weeks of every year cannot be told apart from the season of these weeks. A
year without it can: its weeks at the same time of the year show what the calendar does on its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.prediction.forecasting.series import (
    SECONDS_IN_DAY,
    TimeIndex,
    as_periods,
    quiet_periods,
)
from cemkit.prediction.forecasting.years import COMMON_YEAR, LEAP_DAY, Year

FloatArray = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Status = Literal["told apart", "not identified", "no other year"]

STATUSES: tuple[Status, ...] = ("not identified", "no other year", "told apart")
YEAR, WEEK = 365.25, 7.0
ONE_YEAR = np.timedelta64(1, "Y")  # NumPy 2.5 warns of a bare 1
DRIFT_DAYS = 7.0  # of a week with the same number, or of a moving day such as Black Friday
DAYS_OF_TRADE = 3  # Christmas, Black Friday, Double 11
PREFERENCE = 10.0  # on the scale of AIC
MOST_PLACES = 18  # of the year that take a coefficient of their own


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where each period lies in its year, and in which of them something was going on.

    Attributes:
        middles: The middle of each period in days from 1970; hours have one each, too.
        active: Whether a promotion, or the time after one, touches the period.
        seen: Whether its sales are known.
        by_iso_week: Whether a time of the year is an ISO week; otherwise it follows the date.
        trade_day: The day of a common year, from 0, from whose week the weeks are counted, such as
            25 December: its week has one place in every year, on whatever weekday it falls.
    """

    middles: FloatArray
    active: Flags
    seen: Flags
    by_iso_week: bool = False
    trade_day: int | None = None

    @classmethod
    @quiet_periods()
    def of(cls, index: TimeIndex, design: pd.DataFrame, seen: Flags) -> "Calendar":
        """The calendar of a design, whose columns are effects.

        Args:
            index: The periods.
            design: A row per period, 0 where an effect is not at work.
            seen: Whether the sales of a period are known.
        """
        periods = as_periods(index)
        starts, ends = (
            bound.to_numpy().astype("M8[s]").astype(np.float64) / SECONDS_IN_DAY
            for bound in (periods.start_time, periods.end_time)
        )
        return cls((starts + ends) / 2, design.ne(0).any(axis=1).to_numpy(), seen)

    def status(self, column: Flags) -> Status:
        """Whether other years tell an effect apart from the season, in one period of it at least.

        Args:
            column: The periods in which the effect is at work.
        """
        found = {self.status_of(row) for row in np.flatnonzero(column).tolist()}
        for status in STATUSES[::-1]:
            if status in found:
                return status
        return STATUSES[-1]

    def status_of(self, row: int) -> Status:
        """The same of one period.

        Args:
            row: Its position.
        """
        years = self._other_years(row)
        if any(not self.active[rows].any() for rows in years):
            return "told apart"
        return "not identified" if years else "no other year"

    def _other_years(self, row: int) -> list[npt.NDArray[np.intp]]:
        """The periods at the same time of each other year, those whose sales are known."""
        apart = self.middles - self.middles[row]
        years = np.rint(apart / YEAR)
        near = (np.abs(apart - years * YEAR) <= max(DRIFT_DAYS, self._length / 2)) & self.seen
        return [np.flatnonzero(near & (years == year)) for year in np.unique(years[near]) if year]

    def likely(self) -> list["Calendar"]:
        """The calendars that a shop of weeks may follow: ISO weeks, dates, or days of trade near.

        A day of trade is near where a promotion, or the time after one, lies in its week or beside
        it in some year.
        """
        start = float(np.floor(self.middles[0] - WEEK / 2 + 0.5))
        days = Year(first=start, days=WEEK).days_of_trade()[:DAYS_OF_TRADE]
        near = [
            day for day in days if (np.abs(self._from_day(day)[self.active]) <= 1.5 * WEEK).any()
        ]
        counted = [replace(self, trade_day=day) for day in near]
        return [replace(self, by_iso_week=True), self, *counted]

    @property
    def preference(self) -> float:
        """By how much AIC may be worse: by a day of trade where weeks of other years fit alike."""
        return 0.0 if self.trade_day is None else PREFERENCE

    def _from_day(self, day: int) -> FloatArray:
        """Days from the middle of the nearest such day of the calendar to that of each period."""
        years = np.floor(self.middles).astype("M8[D]").astype("M8[Y]")
        apart = []
        for year in (years - ONE_YEAR, years, years + ONE_YEAR):
            begins = year.astype("M8[D]").astype(np.float64)
            is_leap = (year + ONE_YEAR).astype("M8[D]").astype(np.float64) - begins > COMMON_YEAR
            apart.append(self.middles - (begins + day + (is_leap & (day >= LEAP_DAY)) + 0.5))
        every = np.array(apart)
        nearest: FloatArray = every[np.abs(every).argmin(axis=0), np.arange(len(years))]
        return nearest

    @property
    def has_weeks(self) -> bool:
        """Whether the periods are weeks."""
        return abs(self._length - WEEK) < 1

    @property
    def _length(self) -> float:
        return float(np.median(np.diff(self.middles)))

    def dummies(self, names: TimeIndex, rows: Flags, beside: tuple[int, int]) -> pd.DataFrame:
        """A column per time of the year, where some year shows it without a promotion.

        Args:
            names: The index of the result.
            rows: The periods whose times of the year are wanted; none where they are too many.
            beside: How many periods before and after them have a column too, so that a season
                next to the promotions does not bend the baseline.
        """
        places = self._places()
        before, after = beside
        near = range(-before, after + 1)
        wanted = {place + step for place in set(places[rows].tolist()) for step in near}
        if len(wanted) > MOST_PLACES:
            return pd.DataFrame(index=names)
        columns = {}
        for place in sorted(wanted):
            there = places == place
            if (there & self.seen & ~self.active).any():
                columns[f"calendar_{place}"] = there.astype(np.float64)
        return pd.DataFrame(columns, index=names)

    def _places(self) -> npt.NDArray[np.int64]:
        """The ISO week, or the number of periods from the promotions' usual time of the year."""
        if self.by_iso_week:
            days = pd.DatetimeIndex(np.floor(self.middles).astype("M8[D]"))
            return days.isocalendar()["week"].to_numpy(np.int64)
        if self.trade_day is not None:
            return np.rint(self._from_day(self.trade_day) / WEEK).astype(np.int64)
        begins = self.active & ~np.roll(self.active, 1)
        phases = np.exp(2j * np.pi * self.middles[begins if begins.any() else self.active] / YEAR)
        anchor = float(np.angle(phases.sum())) / (2 * np.pi) * YEAR
        apart = self.middles - anchor
        apart -= np.rint(apart / YEAR) * YEAR
        return np.rint(apart / self._length).astype(np.int64)


def worst(found: Sequence[str]) -> str:
    """The status of a sum of effects, which is identified where all of them are.

    Args:
        found: The status of each.

    Examples:
        >>> worst(["told apart", "not identified"])
        'not identified'
    """
    return min(found, key=[str(status) for status in STATUSES].index, default="told apart")


def independent(columns: pd.DataFrame, given: FloatArray) -> list[str]:
    """Names of columns that do not follow from a constant, the given ones and those before.

    Args:
        columns: Regressors that may be left out.
        given: Regressors that stay, a column each.

    Examples:
        >>> twice = pd.DataFrame({"a": [1.0, 0.0, 0.0], "b": [1.0, 0.0, 0.0]})
        >>> independent(twice, np.empty((3, 0)))
        ['a']
    """
    block = np.column_stack([np.ones(len(columns)), given, columns.to_numpy()])
    norms = np.linalg.norm(block, axis=0)
    diagonal = np.abs(np.diag(np.linalg.qr(block / np.where(norms > 0, norms, 1.0), mode="r")))
    kept = np.zeros(columns.shape[1], dtype=bool)
    new = diagonal[block.shape[1] - columns.shape[1] :] > 1e-7
    kept[: len(new)] = new
    return [str(name) for name in columns.columns[kept]]
