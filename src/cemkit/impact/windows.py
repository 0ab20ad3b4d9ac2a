"""Promotions as windows of periods, and as the columns of a design."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_frame, finite_values
from cemkit.errors import DataError
from cemkit.forecasting.regressors import (
    period_bounds,
    promotion_days,
    promotion_regressors,
    promotion_share,
)
from cemkit.forecasting.series import TimeIndex, time_index

DATES = ["start_date", "end_date"]
KNOWN = {*DATES, "promotion", "size"}
SIZE = "promotion_size"


@dataclass(frozen=True, slots=True)
class Window:
    """A promotion as positions: it runs from `first` to before `last`, and echoes to `end`."""

    name: object
    first: int
    last: int
    end: int


def check_promotions(promotions: pd.DataFrame) -> pd.DataFrame:
    """The promotions, when every column of theirs is understood."""
    check_frame(promotions, "promotions")
    check_columns(promotions.columns, DATES)
    unknown = [name for name in promotions.columns if name not in KNOWN]
    if unknown:
        raise DataError(
            f"promotions has the columns {unknown}, which would change nothing; drop them, keep "
            "the promotions that concern these sales, and name a price or depth 'size'"
        )
    if "size" in promotions:
        finite_values(promotions["size"], "size of promotions")
    return promotions


def promotion_design(index: TimeIndex, promotions: pd.DataFrame, after: int) -> pd.DataFrame:
    """The effects to be measured: promotion, its size, and each period after it."""
    design = promotion_regressors(index, promotions[DATES], after=after)
    if "size" not in promotions:
        return design
    sizes = finite_values(promotions["size"], "size of promotions")
    shares = [promotion_share(index, promotions[DATES].iloc[[i]]) for i in range(len(sizes))]
    column = (sizes - sizes.mean()) @ np.array(shares)
    if np.ptp(sizes) > 0:
        design.insert(1, SIZE, column)
    return design


def promotion_windows(series: pd.Series, promotions: pd.DataFrame, after: int) -> list[Window]:
    """The promotions in order of time, none of which shares a period with another."""
    starts, ends = promotion_days(promotions[DATES])
    begins, stops = period_bounds(time_index(series))
    names = list(promotions.get("promotion", promotions.index))
    first = stops.searchsorted(starts)
    last = begins.searchsorted(ends, side="right")
    on = promotion_share(time_index(series), promotions[DATES]) > 0
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
                f"{series.index[first[i]]}, so what each did cannot be told apart; make one row of "
                "them, or take shorter periods"
            )
        if series.iloc[first[i] : last[i]].isna().all():
            raise DataError(f"no sales are known during promotion {names[i]!r}; leave it out")
        end = last[i]
        while end < len(on) and end < last[i] + after and not on[end]:
            end += 1
        windows.append(Window(names[i], int(first[i]), int(last[i]), int(end)))
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
