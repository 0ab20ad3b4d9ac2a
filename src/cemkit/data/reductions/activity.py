"""Orders to sums of each customer's activity: gaps, and days and amounts within windows."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.data.days import day_of
from cemkit.data.engines import collect
from cemkit.data.purchase_days import PurchaseDays, past_rows, purchase_day_rows


def activity_sums(orders: Any, end: pd.Timestamp, windows: Sequence[int]) -> pd.DataFrame:
    """Sums of the purchase days up to `end`, and of the amounts in each window before it."""
    rows = past_rows(orders, end)
    days = _counted_days(with_gaps(rows), end, windows)
    return days if not windows else days.join(_window_amounts(rows, end, windows))


def activity_in_memory(
    purchases: PurchaseDays, end: pd.Timestamp, windows: Sequence[int]
) -> pd.DataFrame:
    """`activity_sums` of rows in memory."""
    gaps, last = purchases.gaps(), day_of(end)

    def per_buyer(values: Any) -> Any:
        return np.add.reduceat(values, purchases.starts)

    sums = {
        "day_sum": per_buyer(purchases.day),
        "squared_gap_sum": per_buyer(gaps * gaps),
    }
    for window in windows:
        sums[f"order_days_{window}"] = per_buyer((purchases.day > last - window).astype("int64"))
    for window in windows:
        recent = np.where(purchases.days > last - window, purchases.amounts, 0.0)
        sums[f"amount_{window}"] = purchases.summed(recent)
    return pd.DataFrame(sums, index=purchases.buyers)


def with_gaps(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The distinct purchase days of `order_rows` with the days since the one before."""
    days = purchase_day_rows(rows)
    before = nw.col("day").shift(1).over("customer_id", order_by="day")
    days = days.with_columns(before=before).with_columns(
        first_here=nw.when(nw.col("before").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)),
        before=nw.when(nw.col("before").is_null()).then(nw.col("day")).otherwise(nw.col("before")),
    )
    return days.with_columns(gap=nw.col("day") - nw.col("before"))


def _counted_days(
    days: nw.LazyFrame[Any], end: pd.Timestamp, windows: Sequence[int]
) -> pd.DataFrame:
    recent = {
        f"order_days_{window}": nw.when(nw.col("day") > day_of(end) - window)
        .then(nw.lit(1))
        .otherwise(nw.lit(0))
        for window in windows
    }
    days = days.with_columns(squared_gap=nw.col("gap") * nw.col("gap"), **recent)
    counts = days.group_by("customer_id").agg(
        nw.col("day").sum().alias("day_sum"),
        nw.col("squared_gap").sum().alias("squared_gap_sum"),
        *(nw.col(name).sum() for name in recent),
    )
    return collect(counts).set_index("customer_id").astype("int64").sort_index()


def _window_amounts(
    rows: nw.LazyFrame[Any], end: pd.Timestamp, windows: Sequence[int]
) -> pd.DataFrame:
    amount, last = nw.col("amount"), day_of(end)
    # Not a literal: older Narwhals cannot spread one over a table without rows.
    recent = {
        f"amount_{window}": nw.when(nw.col("day") > last - window)
        .then(amount)
        .otherwise(amount * 0)
        for window in windows
    }
    sums = rows.select("customer_id", **recent).group_by("customer_id")
    table = collect(sums.agg(*(nw.col(name).sum() for name in recent)))
    return table.set_index("customer_id").astype("float64")
