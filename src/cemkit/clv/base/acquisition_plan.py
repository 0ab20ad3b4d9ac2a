"""A plan of new customers: a Series of numbers per period, spread over the days to come."""

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import finite_values
from cemkit.checks.options import shown
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError
from cemkit.formats import count_text

HINT = "give a Series on a PeriodIndex, such as pd.Series([120, 90], pd.period_range(...))"


def planned_arrivals(plan: pd.Series, first: pd.Timestamp, n_days: int) -> Floats:
    """New customers of each day from `first` on; a period's number is spread evenly."""
    index = plan.index
    if isinstance(index, pd.DatetimeIndex):
        index = _days(index)
    if not isinstance(index, pd.PeriodIndex):
        raise TypeError(f"acquisition must have an index of periods, not {index.dtype}; {HINT}")
    if not len(plan) or index.hasnans or not index.is_unique:
        raise DataError(f"acquisition must name each period once and at least one; {HINT}")
    numbers = pd.Series(finite_values(plan, "acquisition"), index=index).sort_index()
    if (numbers < 0).any():
        raise DataError(
            f"acquisition must be 0 or more; that of {numbers.idxmin()} is {numbers.min():g}"
        )
    periods = pd.PeriodIndex(numbers.index)
    start, end = (day.normalize() for day in (periods.start_time, periods.end_time))
    length = (end - start).days.to_numpy() + 1
    days = pd.DatetimeIndex(
        np.concatenate([pd.date_range(*span) for span in zip(start, end, strict=True)])
    )
    daily = pd.Series(np.repeat(numbers.to_numpy() / length, length), index=days)
    wanted = pd.date_range(first, periods=n_days)
    missing = wanted[~wanted.isin(daily.index)]
    if len(missing):
        raise DataError(
            f"the plan of new customers covers {day_text(days[0])} to {day_text(days[-1])}, and "
            f"{len(missing)} of the {count_text(n_days, 'days')} to forecast are missing (the "
            f"first is {day_text(missing[0])}); add their periods to acquisition, or shorten "
            "horizon_days"
        )
    found: Floats = daily.reindex(wanted).to_numpy(dtype=np.float64)
    return found


def _days(index: pd.DatetimeIndex) -> pd.PeriodIndex:
    """The days of an index that names each day of a stretch."""
    if index.hasnans or index.tz is not None or not (index == index.normalize()).all():
        raise DataError(f"acquisition must have days or periods as its index; {HINT}")
    days = index.to_period("D")
    if len(days) > 1 and (days.max() - days.min()).n + 1 != len(days.unique()):
        raise DataError(
            "acquisition has dates that are not one day apart, so the days of each "
            f"number are unclear (the first is {shown(str(index[0].date()))}); {HINT}"
        )
    return days


def drawn_plan(daily: Floats, random: np.random.Generator, n_draws: int) -> Floats:
    """Whole numbers of new customers for every draw and day, whose sums keep to the plan."""
    offset = random.random((n_draws, 1))
    return np.diff(np.floor(np.cumsum(daily) + offset), axis=1, prepend=np.floor(offset))
