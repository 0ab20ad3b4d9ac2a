"""Two snapshots of the customers, matched row by row."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import by_customer, check_as_of, check_frame, check_same_ids
from cemkit.data.column_values import ColumnValues
from cemkit.data.columns import check_table
from cemkit.data.reductions.purchase_counts import PurchaseRows


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshots:
    """The customers as of two days: `now` and `earlier`, both in the rows of `after`."""

    after: pd.DataFrame
    now: ColumnValues
    earlier: ColumnValues
    since: pd.Timestamp | None
    as_of: pd.Timestamp

    @property
    def were_there(self) -> npt.NDArray[np.bool_]:
        """Which customers are in the earlier snapshot, too."""
        if self.earlier.table is None:
            return np.zeros(len(self.after), dtype=bool)
        if self.earlier.rows is None:
            return np.ones(len(self.after), dtype=bool)
        return self.earlier.rows >= 0


def match_snapshots(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    *,
    as_of: str | dt.date | pd.Timestamp,
    since: str | dt.date | pd.Timestamp | None,
    orders: Any = None,
) -> Snapshots:
    """Match the customers of two snapshots."""
    day = check_as_of(as_of)
    start = None if since is None else check_as_of(since)
    if start is not None and start > day:
        raise ValueError(
            f"since={start:%Y-%m-%d} lies after as_of={day:%Y-%m-%d}; give the earlier day as since"
        )
    after = by_customer(check_frame(after, "after"), "after")
    ids, rows, known = after.index, None, () if before is None else (before,)
    if before is not None:
        before = by_customer(check_table(before, "before"), "before")
        check_same_ids(ids, before.index, "after", "before")
        rows = None if ids.equals(before.index) else before.index.get_indexer(ids)
        known = (before,)
    bought = None if orders is None else PurchaseRows.of(orders)
    now = ColumnValues(after, "the snapshot after", ids, others=known, orders=bought, day=day)
    earlier = ColumnValues(
        before, "the snapshot before", ids, rows, others=(after,), orders=bought, day=start
    )
    return Snapshots(after, now, earlier, start, day)
