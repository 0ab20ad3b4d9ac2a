"""Two snapshots of the customers, matched row by row."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_frame,
    check_same_ids,
    local_days,
)
from cemkit.data.columns import check_table, numbers

Values = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshots:
    """The customers as of two days."""

    before: pd.DataFrame | None
    after: pd.DataFrame
    earlier_rows: npt.NDArray[np.intp]
    since: pd.Timestamp | None
    as_of: pd.Timestamp

    def now(self, column: str, *, dates: bool) -> Values:
        """A column of `after`: numbers in the width they have there, or days where `dates`."""
        return _values(self.after, column, "after", dates)

    def earlier(self, column: str, *, dates: bool) -> Values:
        """The same column of `before` in the rows of `after`; missing for customers not in it."""
        missing = np.full(1, np.datetime64("NaT", "D") if dates else np.nan)
        if self.before is None:
            return np.repeat(missing, len(self.after))
        return np.append(_values(self.before, column, "before", dates), missing)[self.earlier_rows]


def match_snapshots(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    *,
    as_of: str | dt.date | pd.Timestamp,
    since: str | dt.date | pd.Timestamp | None,
) -> Snapshots:
    """Match the customers of two snapshots."""
    day = check_as_of(as_of)
    start = None if since is None else check_as_of(since)
    if start is not None and start > day:
        raise ValueError(f"since={start:%Y-%m-%d} lies after as_of={day:%Y-%m-%d}")
    after = by_customer(check_frame(after, "after"), "after")
    rows = np.full(len(after), -1, dtype=np.intp)
    if before is not None:
        before = by_customer(check_table(before, "before"), "before")
        check_same_ids(after.index, before.index, "after", "before")
        rows = before.index.get_indexer(after.index)
    return Snapshots(before, after, rows, start, day)


def _values(table: pd.DataFrame, column: str, snapshot: str, dates: bool) -> Values:
    check_columns(table.columns, [column], f"a rule looks at it in the snapshot {snapshot}")
    if dates:
        return local_days(table[column], column)
    flags = pd.api.types.is_bool_dtype(table[column].dtype)
    return numbers(table[column].astype("Float64") if flags else table[column], column)
