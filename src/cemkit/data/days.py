"""Days as whole numbers since 1970-01-01: of one date, of a pandas column, of a lazy one."""

import datetime as dt

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats

EPOCH = dt.date(1970, 1, 1)
# Stands for a missing date, so that its row is found in the result rather than lost on the way.
MISSING_DAY = pd.Timestamp("1700-01-01")


def day_of(date: dt.date) -> int:
    """Return the number of a date or timestamp."""
    return date.toordinal() - EPOCH.toordinal()


def date_of(day: int) -> pd.Timestamp:
    """Return the date of a number."""
    return pd.Timestamp(np.datetime64(int(day), "D")).as_unit("us")


def dates_of(days: npt.NDArray[np.int64] | Floats) -> npt.NDArray[np.datetime64]:
    """Return the dates of whole numbers, in microseconds; of NaN, the missing date."""
    missing = np.isnan(days)
    dates = np.where(missing, 0, days).astype(np.int64).view("datetime64[D]")
    return np.where(missing, np.datetime64("NaT", "us"), dates.astype("datetime64[us]"))


def day_numbers(dates: pd.Series) -> npt.NDArray[np.int64]:
    """Return the numbers of a pandas column; a missing date becomes that of `MISSING_DAY`."""
    if isinstance(dates.dtype, pd.ArrowDtype):
        dates = dates.astype("datetime64[us]")
    days = dates.to_numpy().astype("datetime64[D]")
    if dates.hasnans:
        days = np.where(np.isnat(days), MISSING_DAY.to_datetime64(), days).astype("datetime64[D]")
    numbers: npt.NDArray[np.int64] = days.view(np.int64)
    return numbers


def day_number(date: nw.Expr, engine: nw.Implementation) -> nw.Expr:
    """Return the number of a lazy date, by the engine's own calendar where that is faster."""
    if engine.is_polars():
        return date.cast(nw.Date).cast(nw.Int64)
    if engine.is_duckdb():
        return date.cast(nw.Date) - nw.lit(EPOCH)
    year = date.dt.year().cast(nw.Int64)
    leap_days = (year - 1969) // 4 - (year - 1901) // 100 + (year - 1601) // 400
    day_of_year = date.dt.ordinal_day().cast(nw.Int64)
    return (year - EPOCH.year) * 365 + leap_days + day_of_year - 1


def after_day(end: pd.Timestamp) -> nw.Expr:
    """Return the first moment after the day `end`, which bounds dates and datetimes alike."""
    if end.date() == dt.date.max:
        return nw.lit(dt.datetime.max)
    # As a date first: Spark reads a datetime in Python's time zone and shows it in the session's.
    return nw.lit(end.date() + dt.timedelta(days=1)).cast(nw.Datetime("us"))
