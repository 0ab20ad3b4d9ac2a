"""What a day of the calendar is made of: its place in the year and its weekday."""

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

DayNumbers = npt.NDArray[np.int64]


def year_columns(days: DayNumbers, harmonics: int) -> Floats:
    """Sines and cosines of the year, of day numbers since 1970; shape (n_days, 2 harmonics)."""
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    start = years.astype("datetime64[D]")
    length = ((years + np.timedelta64(1, "Y")).astype("datetime64[D]") - start).astype(np.float64)
    turn = 2 * np.pi * ((dates - start).astype(np.float64) + 0.5) / length
    waves = [wave(k * turn) for k in range(1, harmonics + 1) for wave in (np.sin, np.cos)]
    columns: Floats = np.column_stack([np.empty((len(days), 0)), *waves])
    return columns


def weekday_columns(days: DayNumbers) -> Floats:
    """A column per day of the week, from Monday on: 1 on that day."""
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    on: Floats = (weekday[:, None] == np.arange(7)).astype(np.float64)
    return on
