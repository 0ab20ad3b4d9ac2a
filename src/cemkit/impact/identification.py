"""Effects and the calendar: which effects other years tell apart from the season, and how.

A promotion at the same time of every year cannot be told apart from the season of this time. A year
without it can: its periods at the same time show what the calendar does on its own.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.forecasting.series import (
    SECONDS_IN_DAY,
    TimeIndex,
    as_periods,
    quiet_periods,
)
from cemkit.forecasting.trade_days import (
    DAYS_OF_ANY_WEEKDAY,
    MOVING_DAYS,
    TRADE_DAYS,
    nearest_trade_days,
)

Flags = npt.NDArray[np.bool_]
Status = Literal["told apart", "not identified", "no other year"]

STATUSES: tuple[Status, ...] = ("not identified", "no other year", "told apart")
YEAR, WEEK = 365.25, 7.0
DRIFT_DAYS = 7.0  # of a week with the same number, or of a moving day such as Black Friday
BESIDE_DAYS = 1.5 * WEEK  # from a day of trade
LONG_BESIDE_DAYS = 3.5 * WEEK  # from one that moves: weeks of a season come before the new year
PREFERENCE = 10.0  # on the scale of AIC
ROUNDING = 1e-6
MOST_PLACES = 18  # of the year that take a coefficient of their own


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where each period lies in its year, and in which of them something was going on."""

    middles: Floats
    active: Flags
    seen: Flags
    by_iso_week: bool = False
    trade_day: str | None = None
    by_days: bool = False
    found: dict[str, Any] = field(default_factory=dict, compare=False)  # what does not change

    @classmethod
    @quiet_periods()
    def of(cls, index: TimeIndex, design: pd.DataFrame, seen: Flags) -> "Calendar":
        """The calendar of a design, whose columns are effects."""
        periods = as_periods(index)
        starts, ends = (
            bound.to_numpy().astype("M8[s]").astype(np.float64) / SECONDS_IN_DAY
            for bound in (periods.start_time, periods.end_time)
        )
        return cls((starts + ends) / 2, design.ne(0).any(axis=1).to_numpy(), seen)

    def with_active(self, active: Flags) -> "Calendar":
        """The same periods, with something else going on in them."""
        return replace(self, active=active)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self.found:
            self.found[name] = make()
        return self.found[name]

    def _days_of(self, name: str) -> npt.NDArray[np.int64] | None:
        days: npt.NDArray[np.int64] | None = self._once(
            name, lambda: nearest_trade_days(self.middles, name)
        )
        return days

    def status(self, column: Flags) -> Status:
        """Whether other years tell an effect apart from the season."""
        found = {self.status_of(row) for row in np.flatnonzero(column).tolist()}
        for status in STATUSES[::-1]:
            if status in found:
                return status
        return STATUSES[-1]

    def status_of(self, row: int) -> Status:
        """The same of one period."""
        found = [self._status_among(self._other_years(row))]
        for name in MOVING_DAYS if self._is_short else ():
            days = self._days_of(name)
            if days is not None and abs(self.middles[row] - days[row] - 0.5) <= BESIDE_DAYS:
                found.append(self._status_among(self._as_far_from(days, row)))
        return min(found, key=STATUSES.index)

    def _status_among(self, other_years: list[npt.NDArray[np.intp]]) -> Status:
        if any(not self.active[rows].any() for rows in other_years):
            return "told apart"
        return "not identified" if other_years else "no other year"

    def _other_years(self, row: int) -> list[npt.NDArray[np.intp]]:
        """The periods at the same time of each other year, those whose sales are known."""
        apart = self.middles - self.middles[row]
        years = np.rint(apart / YEAR)
        near = (np.abs(apart - years * YEAR) <= max(DRIFT_DAYS, self._length / 2)) & self.seen
        return [np.flatnonzero(near & (years == year)) for year in np.unique(years[near]) if year]

    def _as_far_from(self, days: npt.NDArray[np.int64], row: int) -> list[npt.NDArray[np.intp]]:
        """The periods as far from a day of trade in each other year, with known sales."""
        apart = self.middles - days
        near = (np.abs(apart - apart[row]) <= max(DRIFT_DAYS, self._length / 2)) & self.seen
        others = np.unique(days[near & (days != days[row])])
        return [np.flatnonzero(near & (days == day)) for day in others]

    def likely(self) -> list["Calendar"]:
        """The calendars that a shop may follow: ISO weeks, dates, or days of trade near."""
        near = []
        for name in TRADE_DAYS if self._is_short else ():
            days = self._days_of(name)
            reach = LONG_BESIDE_DAYS if name in MOVING_DAYS else BESIDE_DAYS
            if days is not None and (np.abs(self.middles - days - 0.5)[self.active] <= reach).any():
                near.append(replace(self, trade_day=name))
                if self.has_weeks and name in DAYS_OF_ANY_WEEKDAY:
                    near.append(replace(self, trade_day=name, by_days=True))
        weeks = [replace(self, by_iso_week=True)] if self.has_weeks else []
        return [*weeks, self, *near]

    @property
    def preference(self) -> float:
        """By how much AIC may be worse, or below 0 must be better than that of other calendars."""
        if self.trade_day is None:
            return 0.0
        return -PREFERENCE if self.moves else PREFERENCE

    @property
    def moves(self) -> bool:
        """Whether times of the year follow a day that moves by weeks."""
        return self.trade_day in MOVING_DAYS

    @property
    def _is_short(self) -> bool:
        """Whether a period is a day or a week, or less."""
        return self._length < WEEK + 1

    @property
    def has_weeks(self) -> bool:
        """Whether the periods are weeks."""
        return abs(self._length - WEEK) < 1

    @property
    def _length(self) -> float:
        return float(self._once("length", lambda: float(np.median(np.diff(self.middles)))))

    def dummies(self, rows: Flags, beside: tuple[int, int]) -> dict[str, Floats]:
        """A column per time of the year, where some year shows it without a promotion."""
        for days in (self._length, 1.0, WEEK):  # more than a few hours, or days, are taken together
            together = max(round(days / self._length), 1)
            shares = self._shares(together)
            steps = range(-math.ceil(beside[0] / together), math.ceil(beside[1] / together) + 1)
            at = {place for places, part in shares for place in places[rows & (part > 0)].tolist()}
            wanted = {place + step for place in at for step in steps}
            if len(wanted) <= MOST_PLACES:
                break
        else:
            return {}
        columns = {}
        for place in sorted(wanted):
            there = sum((part * (places == place) for places, part in shares), np.zeros(len(rows)))
            if ((there > 0) & self.seen & ~self.active).any():
                columns[f"calendar_{place}"] = there
        return columns

    def _shares(self, together: int) -> list[tuple[npt.NDArray[np.int64], Floats]]:
        """The times of the year that each period has a share in, several periods to a time."""
        days = None if self.trade_day is None else self._days_of(self.trade_day)
        if days is None or not self.by_days:
            places = self._places() if days is None else self._steps_from(days)
            return [(places // together, np.ones(len(places)))]
        begins = (self.middles - self._length / 2 - days) / self._length
        place = np.floor(begins + ROUNDING)
        later = begins - place
        return [(place.astype(np.int64), 1 - later), (place.astype(np.int64) + 1, later)]

    def _steps_from(self, days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.rint((self.middles - days - 0.5) / self._length).astype(np.int64)

    def _iso_weeks(self) -> npt.NDArray[np.int64]:
        dates = pd.DatetimeIndex(np.floor(self.middles).astype("M8[D]"))
        return dates.isocalendar()["week"].to_numpy(np.int64)

    def _places(self) -> npt.NDArray[np.int64]:
        """The ISO week, or the number of periods from the promotions' usual time of the year."""
        if self.by_iso_week:
            weeks: npt.NDArray[np.int64] = self._once("weeks", self._iso_weeks)
            return weeks
        begins = self.active & ~np.roll(self.active, 1)
        phases = np.exp(2j * np.pi * self.middles[begins if begins.any() else self.active] / YEAR)
        anchor = float(np.angle(phases.sum())) / (2 * np.pi) * YEAR
        apart = self.middles - anchor
        apart -= np.rint(apart / YEAR) * YEAR
        return np.rint(apart / self._length).astype(np.int64)


def worst(found: Sequence[str]) -> str:
    """The status of a sum of effects, which is identified where all of them are."""
    return min(found, key=[str(status) for status in STATUSES].index, default="told apart")


def independent(columns: dict[str, Floats], given: Floats) -> list[str]:
    """Names of columns that do not follow from a constant, the given ones and those before."""
    block = np.column_stack([np.ones(len(given)), given, *columns.values()])
    norms = np.linalg.norm(block, axis=0)
    diagonal = np.abs(np.diag(np.linalg.qr(block / np.where(norms > 0, norms, 1.0), mode="r")))
    new = diagonal[block.shape[1] - len(columns) :] > 1e-7
    return [name for name, is_new in zip(columns, new, strict=False) if is_new]
