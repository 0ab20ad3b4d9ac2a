"""Two snapshots of the customers, matched row by row."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import by_customer, check_as_of, check_columns, check_frame, local_days
from cemkit.data.columns import check_matching, check_table, numbers

Values = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshots:
    """The customers as of two days.

    Attributes:
        before: The earlier snapshot, where there is one.
        after: The later snapshot.
        earlier_rows: For each row of `after` its row in `before`, or -1.
        since: The day of `before`, where it is known.
        as_of: The day of `after`.

    Examples:
        >>> after = pd.DataFrame({"customer_id": [1], "clv": [110.0]})
        >>> match_snapshots(None, after, as_of="2024-01-31", since=None).earlier_rows
        array([-1])
    """

    before: pd.DataFrame | None
    after: pd.DataFrame
    earlier_rows: npt.NDArray[np.intp]
    since: pd.Timestamp | None
    as_of: pd.Timestamp

    def now(self, column: str, *, dates: bool) -> Values:
        """A column of `after`: numbers in the width they have there, or days where `dates`.

        Raises:
            MissingColumnsError: The snapshot lacks the column.
            DataError: It does not hold numbers, or days without a time zone.
        """
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
    """Match the customers of two snapshots.

    Args:
        before: One row per customer, as of `since`; None where there is no earlier snapshot.
        after: One row per customer, as of `as_of`.
        as_of: The last day seen.
        since: The day of `before`.

    Raises:
        DataError: A customer stands twice in a snapshot, or ids are numbers in one and text in the
            other.
        ValueError: `since` lies after `as_of`.

    Examples:
        >>> before = pd.DataFrame({"customer_id": [1, 2], "clv": [80.0, 90.0]})
        >>> after = pd.DataFrame({"customer_id": [3, 2], "clv": [110.0, 95.0]})
        >>> match_snapshots(before, after, as_of="2024-01-31", since=None).earlier_rows
        array([-1,  1])
    """
    day = check_as_of(as_of)
    start = None if since is None else check_as_of(since)
    if start is not None and start > day:
        raise ValueError(f"since={start:%Y-%m-%d} lies after as_of={day:%Y-%m-%d}")
    after = by_customer(check_frame(after, "after"), "after")
    rows = np.full(len(after), -1, dtype=np.intp)
    if before is not None:
        before = by_customer(check_table(before, "before"), "before")
        check_matching(after.index, before.index, "after", "before")
        rows = before.index.get_indexer(after.index)
    return Snapshots(before, after, rows, start, day)


def _values(table: pd.DataFrame, column: str, snapshot: str, dates: bool) -> Values:
    check_columns(table.columns, [column], f"a rule looks at it in the snapshot {snapshot}")
    if dates:
        return local_days(table[column], column)
    flags = pd.api.types.is_bool_dtype(table[column].dtype)
    return numbers(table[column].astype("Float64") if flags else table[column], column)
