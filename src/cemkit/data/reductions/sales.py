"""Orders to amounts per day: all that a sales series needs."""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, day_number, scan
from cemkit.errors import DataError

RESERVED = ("order_date", "amount", "day", "day_number", "missing")


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
    frame = scan(orders, "orders")
    keys = ["day_number"] if by is None else ["day_number", by]
    schema = frame.collect_schema()
    check_columns(schema.names(), ["order_date", "amount", *([] if by is None else [by])])
    if schema["amount"] == nw.String:  # pandas would join texts, not add them
        raise DataError("amount holds text, not numbers; convert it first")
    if isinstance(orders, pd.DataFrame) and orders["order_date"].isna().any():
        raise DataError("orders has rows without order_date")  # pandas has no number for their day
    is_missing = nw.col("amount").is_null()
    if not net:
        frame = frame.filter((nw.col("amount") >= 0) | is_missing)
    daily = frame.with_columns(
        day_number=day_number(nw.col("order_date")), missing=is_missing.cast(nw.Int64)
    )
    totals = daily.select(*keys, "amount", "missing").group_by(*keys)
    sums = collect(totals.agg(nw.col("amount").sum(), nw.col("missing").sum()))
    missing, amounts = int(sums.pop("missing").sum()), sums["amount"].to_numpy("float64")
    if missing or not np.isfinite(amounts).all():
        raise DataError(
            f"amount is missing in {missing:,} rows or not finite; correct or leave out those rows"
        )
    if sums[keys].isna().any(axis=None):
        raise DataError(f"orders has rows without order_date{f' or {by}' if by else ''}")
    sums = sums.sort_values(keys, ignore_index=True)
    sums.insert(0, "day", pd.to_datetime(sums.pop("day_number").astype("int64"), unit="D"))
    return sums.astype({"amount": "float64"})
