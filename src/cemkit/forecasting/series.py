"""A sales series as the models need it: regular, in order of time, and with its gaps known."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.checks.tables import check_size
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.differencing import is_constant, size_of
from cemkit.forecasting.years import Year, is_year, offset_of, period_days
from cemkit.formats import count_text

TimeIndex = pd.PeriodIndex | pd.DatetimeIndex
Order = tuple[int, int, int]

FEWEST_POINTS = 10
SECONDS_IN_DAY = 86400
NUMBERS = {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}
# The season that a frequency has in trade; what is not listed has none.
SEASONS = {"Y": 1, "A": 1, "Q": 4, "M": 12, "MS": 12, "ME": 12, "QS": 4, "QE": 4, "W": 52}
SEASONS |= {"D": 7, "B": 5, "h": 24, "H": 24, "BMS": 12, "BME": 12, "BQS": 4, "BQE": 4}


def regular_series(sales: pd.Series) -> pd.Series:
    """Sales as floats on a regular index with a frequency; NaN where a value is missing."""
    if not isinstance(sales, pd.Series):
        raise TypeError(f"sales must be a pandas Series, not {kind_of(sales)}")
    index = sales.index
    if not isinstance(index, pd.PeriodIndex | pd.DatetimeIndex):
        raise TypeError(f"sales must have a PeriodIndex or DatetimeIndex, not {index.dtype}")
    if sales.empty:
        raise NotEnoughDataError("points in sales", have=0, need=FEWEST_POINTS)
    if index.hasnans:
        raise DataError(
            f"sales has {count_text(np.count_nonzero(index.isna()), 'missing dates')}; leave those "
            "rows out"
        )
    if not index.is_unique:
        twice = index[index.duplicated()][0]
        raise DataError(f"sales has repeated dates, such as {twice}; sum them first")
    if not index.is_monotonic_increasing:
        raise DataError("sales is not in order of time; call sort_index() on it first")
    values = numbers(sales, "sales")
    if np.isinf(values).any():
        where = index[int(np.argmax(np.isinf(values)))]
        raise DataError(f"sales has infinite values (the first at {where}); correct them first")
    if np.isnan(values).all():
        raise DataError(f"all values of sales are missing; give at least {FEWEST_POINTS} values")
    check_size(values, "sales")
    return pd.Series(values, index=_with_frequency(index), name=sales.name)


def time_index(series: pd.Series) -> TimeIndex:
    """The index of a regular series, for type checkers."""
    return cast("TimeIndex", series.index)


def following(index: TimeIndex, steps: int) -> TimeIndex:
    """The periods that come after a regular index."""
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=steps, freq=index.freq)
    return pd.date_range(index[-1], periods=steps + 1, freq=index.freq)[1:]


def season_of(index: TimeIndex) -> int:
    """Periods in the season that goes with the index's frequency; 1 where none does."""
    frequency = offset_of(index)
    name, multiple = str(frequency.rule_code).split("-")[0], int(frequency.n)
    for unit, larger, factor in (("h", "D", 24), ("D", "W", 7)):
        if name == unit and multiple % factor == 0:
            name, multiple = larger, multiple // factor
    return SEASONS.get(name, 1) if multiple == 1 else 1


@contextmanager
def quiet_periods() -> Iterator[None]:
    """Let pandas not warn of periods that are local days or business days; also a decorator."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting to PeriodArray", UserWarning)
        warnings.filterwarnings("ignore", "Period(Dtype.B.| with BDay)", FutureWarning)
        yield


@quiet_periods()
def calendar_of(index: TimeIndex, period: int) -> Year | None:
    """Where the periods lie in the calendar, when the season is the year; else None."""
    days = period_days(offset_of(index))
    if days is None or not is_year(days, period):
        return None
    is_business = isinstance(index.freq, pd.offsets.BusinessDay)
    first = index[0] if is_business else as_periods(index)[0]
    start = first.start_time if isinstance(first, pd.Period) else first.tz_localize(None)
    return Year(first=start.timestamp() / SECONDS_IN_DAY, days=days)


def as_periods(index: TimeIndex) -> pd.PeriodIndex:
    """The periods that dates stand for; local ones where the dates have a time zone."""
    if isinstance(index, pd.PeriodIndex):
        return index
    if not isinstance(index, pd.DatetimeIndex):
        raise TypeError(f"index must be a PeriodIndex or DatetimeIndex, not {type(index).__name__}")
    with quiet_periods():
        try:
            return index.to_period()
        except ValueError as error:
            raise DataError(
                "index has no frequency; give it one, as in index.to_period('W')"
            ) from error


def aligned_regressors(X: pd.DataFrame | pd.Series | None, index: TimeIndex) -> pd.DataFrame:
    """The rows of X for the periods of an index, as floats; no columns where X is None."""
    if X is None:
        return pd.DataFrame(index=index)
    if isinstance(X, pd.Series):
        X = X.to_frame(X.name if X.name is not None else "x")
    if not isinstance(X, pd.DataFrame):
        raise TypeError(f"X must be a pandas DataFrame, not {kind_of(X)}")
    if not X.index.is_unique:
        raise DataError("X has repeated dates; give one row per period")
    absent = index[~index.isin(X.index)]
    if len(absent):
        raise DataError(
            f"X has no row for {count_text(len(absent), 'periods')}, the first {absent[0]}"
        )
    rows = X.loc[index].rename(columns=str)
    if not rows.columns.is_unique:
        twice = rows.columns[rows.columns.duplicated()][0]
        raise DataError(f"X has several columns named {twice!r}; give each its own name")
    columns = {name: numbers(rows[name], f"X[{name!r}]") for name in rows}
    rows = pd.DataFrame(columns, index=index)
    bad = [name for name in rows if not np.isfinite(rows[name]).all()]
    if bad:
        raise DataError(f"X has missing or infinite values in {bad[0]!r}; fill them first")
    for name in rows:
        check_size(rows[name].to_numpy(), f"X[{name!r}]")
    return rows


def check_length(series: pd.Series, n_regressors: int) -> None:
    """Raise where a series is too short for a model, or leaves no error to model."""
    seen = series.dropna().to_numpy()
    need = FEWEST_POINTS + n_regressors
    if len(seen) < need:
        raise NotEnoughDataError("points in sales that are not missing", have=len(seen), need=need)
    if is_constant(seen):
        raise DataError(
            f"sales are {seen[0]:g} in every period, and a constant series cannot be "
            "modelled; check the data"
        )
    if is_constant(np.diff(seen), size_of(seen)):
        raise DataError(
            "sales follow a straight line without error, so no variance can be "
            "estimated; check the data"
        )


def check_orders(
    order: Order | None,
    seasonal_order: Order | None,
    period: int,
    n_observed: int,
    n_regressors: int,
) -> None:
    """Raise where orders that are named take a season, or points, that are not there."""
    p, d, q = order or (0, 0, 0)
    seasonal_p, seasonal_d, seasonal_q = seasonal_order or (0, 0, 0)
    if period == 1 and seasonal_p + seasonal_d + seasonal_q:
        raise DataError(
            f"seasonal_order={seasonal_order} needs a season, but there is none: "
            "seasonal_period is 1, or the series is shorter than two seasons; set "
            "seasonal_order=(0, 0, 0)"
        )
    n_parameters = p + q + seasonal_p + seasonal_q + n_regressors + 2
    need = d + period * seasonal_d + max(p + period * seasonal_p, n_parameters) + 1
    if n_observed < need:
        hint = "that is what the orders take; name smaller ones"
        raise NotEnoughDataError("points in sales that are not missing", n_observed, need, hint)


def check_rank(columns: Floats, names: list[str]) -> None:
    """Raise `DataError` where a regressor is explained by the constant and those before it."""
    block = np.column_stack([np.ones(len(columns)), columns])
    norms = np.linalg.norm(block, axis=0)
    diagonal = np.abs(np.diag(np.linalg.qr(block / np.where(norms > 0, norms, 1.0), mode="r")))
    for name, size in zip(names, diagonal[1:], strict=False):
        if size < 1e-7:
            raise DataError(
                f"X has a column {name!r} that is constant or a linear combination of those "
                "before it; leave it out"
            )


def numbers(values: pd.Series, name: str) -> Floats:
    """The values as floats, NaN where one is missing."""
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in NUMBERS or isinstance(values.dtype, pd.CategoricalDtype):
        first = shown(values.dropna().tolist()[0])
        raise DataError(f"{name} must be numbers, not {kind} such as {first}; convert them first")
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{name} must be numbers, not {values.dtype}: {error}") from error


def _with_frequency(index: TimeIndex) -> TimeIndex:
    if isinstance(index, pd.PeriodIndex):
        if len(index) != len(pd.period_range(index[0], index[-1], freq=index.freq)):
            raise DataError(
                "sales has gaps in its periods; reindex it, with 0 where nothing was sold "
                "and NaN where sales are unknown"
            )
        return index
    if index.freq is not None:
        return index
    if len(index) < 3:
        raise NotEnoughDataError("points in sales", have=len(index), need=FEWEST_POINTS)
    regular = pd.DatetimeIndex(index, freq="infer")
    if regular.freq is None:
        raise DataError(
            "sales has irregular dates; make it regular with asfreq or resample, with 0 "
            "where nothing was sold and NaN where sales are unknown"
        )
    return regular
