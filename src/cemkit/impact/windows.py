"""Promotions as windows of periods, and as the columns of a design."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.calendar import read_calendar
from cemkit.errors import DataError
from cemkit.forecasting.regressors import period_bounds, promotion_regressors, promotion_share
from cemkit.forecasting.series import TimeIndex, time_index

SIZE = "promotion_size"
BEFORE, AFTER = "before_", "after_"


@dataclass(frozen=True, slots=True)
class Window:
    """A promotion as positions, `first` to before `last`; it is felt from `begin` to `end`."""

    name: object
    first: int
    last: int
    end: int
    begin: int


def read_promotions(promotions: pd.DataFrame, series: pd.Series) -> pd.DataFrame:
    """The promotions in the calendar of the sales."""
    begins, stops = period_bounds(time_index(series))
    return read_calendar(promotions, "promotions", begins.min(), stops.max())


def promotion_design(
    index: TimeIndex, promotions: pd.DataFrame, after: int, before: int = 0
) -> pd.DataFrame:
    """The effects to be measured: promotion, its size, and each period after and before it."""
    design = promotion_regressors(index, promotions, after=after)
    on = promotion_share(index, promotions) > 0
    until = _periods_until(on)
    for k in range(1, before + 1):
        design[f"{BEFORE}{k}"] = (until == k).astype(np.float64)
    sizes = promotions.get("size", pd.Series(0.0, promotions.index)).to_numpy()
    if np.ptp(sizes) == 0:
        return design
    shares = [promotion_share(index, promotions.iloc[[i]]) for i in range(len(sizes))]
    design.insert(1, SIZE, (sizes - sizes.mean()) @ np.array(shares))
    return design


def _periods_until(on: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Periods until the next one that is on; 0 while it is, and negative after the last."""
    places = np.arange(len(on))
    following = np.minimum.accumulate(np.where(on, places, len(on) * 2)[::-1])[::-1]
    return np.where(following < len(on), following - places, -1)


def promotion_windows(
    series: pd.Series, promotions: pd.DataFrame, after: int, before: int = 0
) -> list[Window]:
    """The promotions in order of time, none of which shares a period with another."""
    starts, ends = promotions["start_date"], promotions["end_date"]
    begins, stops = period_bounds(time_index(series))
    names = promotions["name"].tolist()
    first = stops.searchsorted(starts)
    last = begins.searchsorted(ends, side="right")
    on = promotion_share(time_index(series), promotions) > 0
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"promotions has {names.count(twice)} rows named {twice!r}; name each apart, such as "
            "by its year"
        )
    windows: list[Window] = []
    for i in np.argsort(starts.to_numpy(), kind="stable"):
        if first[i] >= last[i]:
            raise DataError(
                f"promotion {names[i]!r} ({starts.iloc[i].date()}) lies outside the sales, "
                f"which run from {series.index[0]} to {series.index[-1]}"
            )
        if windows and first[i] < windows[-1].last:
            raise DataError(
                f"promotions {windows[-1].name!r} and {names[i]!r} share the period "
                f"{series.index[first[i]]}, so their effects are not identified separately; "
                "combine them into one row, or use shorter periods"
            )
        if series.iloc[first[i] : last[i]].isna().all():
            raise DataError(f"all sales during promotion {names[i]!r} are missing; leave it out")
        end = last[i]
        while end < len(on) and end < last[i] + after and not on[end]:
            end += 1
        begin = max(first[i] - before, windows[-1].last if windows else 0)
        windows.append(Window(names[i], int(first[i]), int(last[i]), int(end), int(begin)))
    return windows


def spread_windows(free: npt.NDArray[np.bool_], steps: int, wanted: int) -> list[int]:
    """Starts of windows in which all periods are free, evenly chosen; none overlap."""
    starts, place = [], 0
    while place + steps <= len(free):
        found = bool(free[place : place + steps].all())
        if found:
            starts.append(place)
        place += steps if found else 1
    chosen = np.linspace(0, len(starts) - 1, max(min(wanted, len(starts)), 0)).round()
    return [starts[int(i)] for i in chosen]
