"""Dates as arguments and as columns: what is read as a date, and what is refused."""

import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.formats import count_text

ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\S.*)?"
FIRST_YEAR = 1700  # earlier dates stand for missing ones
COARSE_UNITS = {"Y", "M", "W", "generic"}


def check_as_of(as_of: str | dt.date | pd.Timestamp, name: str = "as_of") -> pd.Timestamp:
    """Return the day that `as_of` names, at midnight and without a time zone."""
    return check_moment(as_of, name).normalize()


def check_moment(as_of: str | dt.date | pd.Timestamp, name: str = "as_of") -> pd.Timestamp:
    """Return the local moment that `as_of` names; a plain date is midnight."""
    if not isinstance(as_of, str | dt.date | np.datetime64):
        raise TypeError(
            f"{name} must be a date or ISO text such as '1997-09-30', not {shown(as_of)}"
        )
    moment = _moment(as_of, name)
    if pd.isna(moment):
        raise ValueError(f"{name}={shown(as_of)} is a missing date; name the last day seen")
    if moment.tzinfo is not None:
        raise ValueError(f"{name}={shown(as_of)} has a time zone; name the local day instead")
    if not FIRST_YEAR <= moment.year <= dt.MAXYEAR:
        raise ValueError(
            f"{name}={shown(as_of)} lies outside the years {FIRST_YEAR} to {dt.MAXYEAR}"
        )
    return moment


def _moment(as_of: str | dt.date | np.datetime64, name: str) -> pd.Timestamp:
    try:
        if isinstance(as_of, str):
            if re.fullmatch(ISO_DATE, as_of) is None:
                raise ValueError(as_of)
            return pd.Timestamp(dt.datetime.fromisoformat(str(as_of)))
        if isinstance(as_of, np.datetime64) and np.datetime_data(as_of)[0] in COARSE_UNITS:
            raise ValueError(as_of)
        return pd.Timestamp(as_of)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{name}={shown(as_of)} is not a date; write it as in '1997-09-30'"
        ) from error


def local_dates(values: pd.Series, name: str) -> npt.NDArray[np.datetime64]:
    """Return the dates of a column as numpy microseconds; missing ones stay missing."""
    if values.isna().all():
        return np.full(len(values), np.datetime64("NaT", "us"))
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
    if not pd.api.types.is_datetime64_any_dtype(values.dtype):
        values = _read_dates(values, name)
    if getattr(getattr(values.dtype, "pyarrow_dtype", values.dtype), "tz", None) is not None:
        raise DataError(
            f"{name} must hold local dates, not {values.dtype}; "
            "convert it with .dt.tz_convert(zone).dt.tz_localize(None)"
        )
    years = values.dt.year
    if not years.dropna().between(FIRST_YEAR, dt.MAXYEAR).all():
        far = values[~years.between(FIRST_YEAR, dt.MAXYEAR) & values.notna()]
        raise DataError(
            f"{name} has {count_text(len(far), 'dates')} outside the years {FIRST_YEAR} to "
            f"{dt.MAXYEAR}, such as {far.iloc[0]}; correct them, or leave them missing"
        )
    return values.astype("datetime64[us]").to_numpy()


def local_days(values: pd.Series, name: str) -> npt.NDArray[np.datetime64]:
    """Return the days of a column, without the time of day, to be compared with days."""
    return local_dates(values, name).astype("datetime64[D]")


def _read_dates(values: pd.Series, name: str) -> pd.Series:
    """A column of Python's dates or ISO text as datetimes."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    odd = kind not in {"string", "date", "datetime", "datetime64", "empty"}
    if kind == "string":
        wrong = values.notna() & ~values.astype(object).astype(str).str.fullmatch(ISO_DATE)
        if wrong.any():
            raise DataError(
                f"{name} holds {shown(values[wrong].iloc[0])}, which is not an ISO date such as "
                "'2024-03-31'; convert the column with pandas.to_datetime"
            )
    if odd:
        raise DataError(
            f"{name} must hold local dates, not {values.dtype} "
            f"({shown(values.dropna().iloc[0])}); convert it with pandas.to_datetime"
        )
    try:
        return pd.to_datetime(values.astype(object), format="ISO8601" if kind == "string" else None)
    except (ValueError, OverflowError, TypeError) as error:
        raise DataError(
            f"{name} has a value that is not a date ({str(error).splitlines()[0]})"
        ) from error
