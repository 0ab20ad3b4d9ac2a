"""Orders to amounts per day: all that a sales series needs."""

from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.data.engines import collect, day_number
from cemkit.data.order_rows import check_complete, scan_orders

RESERVED = ("order_date", "amount", "day", "day_number")


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
        ValueError: `by` is one of the columns used here.
        DataError: A date, an amount or a value of `by` is missing, or an amount not finite.

    Examples:
        >>> days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-03"])
        >>> daily_amounts(pd.DataFrame({"order_date": days, "amount": [1.0, 2.0, -1.0]}))
                 day  amount
        0 2024-01-01     3.0
        1 2024-01-03    -1.0
    """
    if by is not None and (not isinstance(by, str) or by in RESERVED):
        raise ValueError(
            f"by must name a column to split by, other than {', '.join(RESERVED)}, not {by!r}"
        )
    needed = ["order_date", "amount", *([] if by is None else [by])]
    keys = ["day_number", *needed[2:]]
    frame = scan_orders(orders, needed)
    check_complete(frame, needed)
    if not net:
        frame = frame.filter(nw.col("amount") >= 0)
    daily = frame.with_columns(day_number=day_number(nw.col("order_date")))
    sums = collect(daily.select(*keys, "amount").group_by(*keys).agg(nw.col("amount").sum()))
    sums = sums.sort_values(keys, ignore_index=True)
    sums.insert(0, "day", pd.to_datetime(sums.pop("day_number").astype("int64"), unit="D"))
    return sums.astype({"amount": "float64"})
