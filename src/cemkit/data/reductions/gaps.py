"""Orders to the days between purchases: all that repurchase cycles and churn windows take."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_list, normal_ids
from cemkit.data.days import day_of
from cemkit.data.engines import collect, is_in_memory
from cemkit.data.order_ids import check_spelling_in
from cemkit.data.purchase_days import (
    check_none_missing,
    distinct_pairs,
    is_purchase,
    order_rows,
    past_rows,
)
from cemkit.data.reductions.activity import with_gaps
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text


def purchase_gaps(
    orders: Any, as_of: pd.Timestamp, by: Sequence[str] = ()
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The days between each customer's purchases up to `as_of`, overall or of each product."""
    by = check_list(by, "by")
    keys = ["customer_id", *by]
    rows = _purchases(orders, as_of, by)
    if rows.empty:
        raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
    coded = [_coded(rows[f"key_{k}"], key) for k, key in enumerate(keys)]
    values, sizes = [value for _, value in coded], [len(value) for _, value in coded]
    combined = np.asarray(np.ravel_multi_index([code for code, _ in coded], sizes))
    combination, day = distinct_pairs(combined, rows["day"].to_numpy(np.int64))
    starts = np.flatnonzero(np.diff(combination, prepend=-1))
    ends = np.append(starts[1:], len(day)) - 1
    table = {
        key: value.take(code)
        for key, value, code in zip(
            keys, values, np.unravel_index(combination[starts], sizes), strict=True
        )
    }
    numbers = {"first_day": day[starts], "last_day": day[ends], "gap_count": ends - starts}
    within = np.ones(len(day), dtype=np.bool_)
    within[starts] = False
    return pd.DataFrame({**table, **numbers}), np.diff(day, prepend=0)[within]


def _purchases(orders: Any, as_of: pd.Timestamp, by: Sequence[str]) -> pd.DataFrame:
    """The purchases up to `as_of` as `key_0, key_1, ...` and `day`, repeated ones or not."""
    own = {f"key_{k}": name for k, name in enumerate(["customer_id", *by])}
    rows, bought = order_rows(orders, **own), is_purchase(nw.col("amount"))
    rows = rows.filter((nw.col("day") <= day_of(as_of)) & (bought | (nw.col("missing") == 1)))
    rows = rows.select(*own, "day", "missing")
    table = collect(rows if isinstance(orders, pd.DataFrame) else rows.unique())
    check_none_missing(orders, int(table["missing"].sum()))
    return table


def gap_counts(orders: Any, end: pd.Timestamp) -> pd.DataFrame:
    """How many gaps between purchase days have each length, closed by a purchase or still open."""
    rows = past_rows(orders, end)
    check_spelling_in(rows)
    if is_in_memory(orders) or rows.implementation.is_dask():
        table, gaps = purchase_gaps(orders, end)
        closed = pd.Series(gaps).value_counts()
        ages = (day_of(end) - table["last_day"]).value_counts()
    else:
        check_none_missing(
            orders, int(collect(rows.select(nw.col("missing").sum()))["missing"].sum())
        )
        days = with_gaps(rows)
        open_gaps = days.group_by("customer_id").agg(nw.col("day").max())
        open_gaps = open_gaps.select(gap=day_of(end) - nw.col("day"))
        closed = _counts(days.filter(nw.col("first_here") == 0).select("gap"))
        ages = _counts(open_gaps)
    counts = pd.DataFrame({"closed": closed, "open": ages}).fillna(0).astype("int64")
    return counts.sort_index().rename_axis("gap_days")


def _counts(gaps: nw.LazyFrame[Any]) -> pd.Series:
    counted = collect(gaps.group_by("gap").agg(nw.len().alias("count")))
    return counted.set_index("gap")["count"]


def _coded(column: pd.Series, name: str) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """The number of each value among the sorted ones, and these; ids in their one spelling."""
    values: Any = column
    if name == "customer_id":
        values = normal_ids(pd.Index(column))
    elif column.dtype == object and any(isinstance(value, tuple) for value in column):
        raise DataError(f"{name} must hold text or numbers, not tuples; convert it first")
    try:
        codes, distinct = pd.factorize(values, sort=True)
    except TypeError as error:
        raise DataError(f"{name} must hold text or numbers, and not both: {error}") from error
    missing = int((codes < 0).sum())
    if missing:
        raise DataError(
            f"{name} is missing in {count_text(missing, 'purchases')}; name or leave them out first"
        )
    return codes.astype(np.int64), pd.Index(distinct)
