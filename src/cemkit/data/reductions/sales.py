"""Orders to amounts per day: all that a sales series needs."""

from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, day_number, scan
from cemkit.errors import DataError


def daily_amounts(orders: Any, *, by: str | None = None, net: bool = True) -> pd.DataFrame:
    """Amounts per day, and per value of a column.

    Args:
        orders: `order_date, amount`, on any engine.
        by: A column to split by.
        net: Returns (negative amounts) count; else they are left out.

    Returns:
        `day`, the column `by` where given, and `amount`, sorted; days without rows are absent.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A date, or a value of `by`, is missing.

    Examples:
        >>> days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-03"])
        >>> daily_amounts(pd.DataFrame({"order_date": days, "amount": [1.0, 2.0, -1.0]}))
                 day  amount
        0 2024-01-01     3.0
        1 2024-01-03    -1.0
    """
    frame = scan(orders, "orders")
    keys = ["day_number"] if by is None else ["day_number", by]
    check_columns(
        frame.collect_schema().names(), ["order_date", "amount", *([] if by is None else [by])]
    )
    if not net:
        frame = frame.filter(nw.col("amount") >= 0)
    daily = frame.with_columns(day_number=day_number(nw.col("order_date")))
    sums = collect(daily.select(*keys, "amount").group_by(*keys).agg(nw.col("amount").sum()))
    if sums[keys].isna().any(axis=None):
        raise DataError(f"orders has rows without order_date{f' or {by}' if by else ''}")
    sums = sums.sort_values(keys, ignore_index=True)
    sums.insert(0, "day", pd.to_datetime(sums.pop("day_number").astype("int64"), unit="D"))
    return sums.astype({"amount": "float64"})
