"""The time in which purchases come at a steady rate: calendar days, or a seasonal clock's."""

import dataclasses
from typing import TypeVar

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError

LONGEST_PLAN = 36_525  # days, a century

Days = TypeVar("Days", float, Floats, float | Floats)


class ModelTime:
    """Days as they are, counted from the day of the customer table, `as_of`.

    Every purchase model turns days into its time here and nowhere else.
    """

    plain = True

    def since(self, days_ago: Days) -> Days:
        """Model time from so many days ago to now."""
        return days_ago

    def until(self, days_ahead: Days) -> Days:
        """Model time from now to so many days ahead."""
        return days_ahead

    def days_since(self, time: Days) -> Days:
        """Days ago that lie so much model time back."""
        return time

    def days_until(self, time: Days) -> Days:
        """Days ahead that lie so much model time ahead."""
        return time

    def check_plan(self, horizon_days: float | Floats | None) -> None:
        """Raise where the plan of events to come ends before the horizon does."""


PLAIN_DAYS = ModelTime()


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """The events to come that a clock knows: their names, and the day up to which all are named."""

    names: tuple[str, ...]
    until: pd.Timestamp

    def check(self, now: pd.Timestamp, horizon_days: float | Floats | None) -> None:
        """Raise where the plan ends before the horizon does."""
        ahead = np.inf if horizon_days is None else float(np.max(horizon_days))
        if ahead <= (self.until - now).days:
            return
        names = ", ".join(map(repr, self.names))
        remedy = (
            "name them with with_plan(events, until=...), where until is the day up to which the "
            "plan is complete, or mark yearly ones as recurring"
        )
        if self.until <= now:
            raise DataError(
                f"the events {names} of the clock have no dates after {day_text(now)}; {remedy}"
            )
        end = "the horizon never does" if ahead > LONGEST_PLAN else _end_text(now, ahead)
        raise DataError(
            f"the plan of events ({names}) ends on {day_text(self.until)}, and {end}; {remedy}"
        )


def _end_text(now: pd.Timestamp, days: float) -> str:
    end = now + pd.Timedelta(days=int(np.ceil(days)))
    return f"the horizon on {day_text(end)}"


class SeasonalTime(ModelTime):
    """Days weighted by how much is bought on each: a day of mean intensity counts as one."""

    plain = False

    def __init__(
        self,
        past: Floats,
        ahead: Floats,
        now: pd.Timestamp | None = None,
        plan: Plan | None = None,
    ) -> None:
        """Take the intensity of as_of and each day before it, and of each day after it."""
        self._now, self._plan = now, plan
        self._past = np.concatenate([[0.0], np.cumsum(past)])
        self._ahead = np.concatenate([[0.0], np.cumsum(ahead)])

    def since(self, days_ago: Days) -> Days:
        """Model time from so many days ago to now."""
        return _read_off(days_ago, self._past)

    def until(self, days_ahead: Days) -> Days:
        """Model time from now to so many days ahead."""
        return _read_off(days_ahead, self._ahead)

    def days_since(self, time: Days) -> Days:
        """Days ago that lie so much model time back."""
        return _read_back(time, self._past)

    def days_until(self, time: Days) -> Days:
        """Days ahead that lie so much model time ahead."""
        return _read_back(time, self._ahead)

    def check_plan(self, horizon_days: float | Floats | None) -> None:
        """Raise where the plan of events to come ends before the horizon does."""
        if self._plan is not None and self._now is not None:
            self._plan.check(self._now, horizon_days)


def _read_off(days: Days, time: Floats) -> Days:
    """Interpolate the time of days; beyond the last, a day counts as one."""
    last = len(time) - 1
    beyond = np.maximum(np.asarray(days) - last, 0.0)
    found = np.interp(days, np.arange(len(time)), time) + beyond
    return found if np.ndim(days) else float(found)  # type: ignore[return-value]  # as it was given


def _read_back(at: Days, time: Floats) -> Days:
    """The days at which a time is reached."""
    beyond = np.maximum(np.asarray(at) - time[-1], 0.0)
    found = np.interp(at, time, np.arange(len(time))) + beyond
    return found if np.ndim(at) else float(found)  # type: ignore[return-value]  # as it was given
