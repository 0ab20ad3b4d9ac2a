"""Hours by the clock on the wall, on which a day has 24 of them even when the clock changes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cemkit.errors import DataError
from cemkit.forecasting.likelihood import Indices
from cemkit.forecasting.series import TimeIndex, following, time_index
from cemkit.forecasting.years import offset_of, period_days

MOST_REPEATED = 0.125  # days


@dataclass(frozen=True, slots=True)
class WallClock:
    """A regular series without a time zone, and where each of its periods came from."""

    series: pd.Series
    regressors: pd.DataFrame

    @classmethod
    def of(cls, series: pd.Series, regressors: pd.DataFrame, period: int) -> "WallClock":
        """Put a series on the clock, where its season is one of hours and it has a time zone."""
        index = zoned_hours(time_index(series), period)
        if index is None:
            return cls(series, regressors)
        places = _places(index, index)
        # The clock repeats at most a few hours, of which the first may be the last of the series.
        to_come = _places(
            index,
            following(index, round(MOST_REPEATED / (period_days(offset_of(index)) or 1.0)) + 1),
        )
        known = places < to_come.min()
        series, regressors, places = series[known], regressors[known], places[known]
        first = index[0].tz_localize(None)
        wall = pd.date_range(first, periods=int(places[-1]) + 1, freq=index.freq)
        if (np.diff(places) == 1).all():
            return cls(series.set_axis(wall), regressors.set_axis(wall))
        means = series.groupby(places).mean().reindex(range(len(wall))).set_axis(wall)
        # A skipped hour has no value; its regressors only have to be numbers.
        rows = regressors.groupby(places).mean().reindex(range(len(wall))).ffill().set_axis(wall)
        return cls(means, rows)

    def ahead(self, past: TimeIndex, steps: int, period: int) -> tuple[Indices, int]:
        """For each of the next periods the step by the clock, and how many such steps there are."""
        index = zoned_hours(past, period)
        if index is None:
            return np.arange(steps), steps
        places = _places(index, following(index, steps)) - len(self.series)
        return places, int(places.max()) + 1


def zoned_hours(index: TimeIndex, period: int) -> pd.DatetimeIndex | None:
    """Return the index, where its periods are shorter than a day, seasonal, and have a zone."""
    if not isinstance(index, pd.DatetimeIndex) or index.tz is None or period == 1:
        return None
    days = period_days(offset_of(index))
    return index if days is not None and days < 1 else None


def _places(past: pd.DatetimeIndex, index: TimeIndex) -> Indices:
    """Periods of the clock since the first of the past."""
    since = pd.DatetimeIndex(index).tz_localize(None) - past[0].tz_localize(None)
    days = period_days(offset_of(past)) or 1.0
    length = pd.Timedelta(seconds=round(86400 * days, 6))
    if (since % length != pd.Timedelta(0)).any():
        raise DataError(
            f"the clock of {past.tz} changes by less than the period ({past.freqstr}), "
            "so periods do not keep their place in the day; sum sales by local days or "
            "hours, and leave out the time zone with tz_localize(None)"
        )
    places: Indices = np.asarray(since // length).astype(np.intp)
    return places
