"""The time in which purchases come at a steady rate: plain days, or the days of a seasonal clock."""

from typing import TypeVar

import numpy as np

from cemkit.arrays import Floats

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


class SeasonalTime(ModelTime):
    """Days weighted by how much is bought on each: a day of mean intensity counts as one."""

    plain = False

    def __init__(self, past: Floats, ahead: Floats) -> None:
        """Take the intensity of as_of and each day before it, and of each day after it."""
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


def _read_off(days: Days, time: Floats) -> Days:
    """Interpolate the time of days; beyond the last, a day counts as one."""
    last = len(time) - 1
    beyond = np.maximum(np.asarray(days) - last, 0.0)
    found = np.interp(days, np.arange(len(time)), time) + beyond
    return found if np.ndim(days) else float(found)  # type: ignore[return-value]


def _read_back(at: Days, time: Floats) -> Days:
    """The days at which a time is reached."""
    beyond = np.maximum(np.asarray(at) - time[-1], 0.0)
    found = np.interp(at, time, np.arange(len(time))) + beyond
    return found if np.ndim(at) else float(found)  # type: ignore[return-value]
