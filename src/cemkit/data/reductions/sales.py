"""Orders to amounts per day: all that a sales series needs."""

from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.data.days import day_number
from cemkit.data.engines import collect
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.purchase_days import is_purchase

RESERVED = ("order_date", "amount", "day", "day_number")


def daily_amounts(orders: Any, *, by: str | None = None, net: bool = True) -> pd.DataFrame:
    """Amounts per day, and per value of a column."""
    if by is not None and (not isinstance(by, str) or by in RESERVED):
        raise ValueError(
            f"by must name a column to split by, other than {', '.join(RESERVED)}, not {by!r}"
        )
    needed = ["order_date", "amount", *([] if by is None else [by])]
    keys = ["day_number", *needed[2:]]
    frame = scan_orders(orders, needed)
    check_complete(frame, needed)
    if not net:
        frame = frame.filter(is_purchase(nw.col("amount")))
    daily = frame.with_columns(day_number=day_number(nw.col("order_date"), frame.implementation))
    sums = collect(daily.select(*keys, "amount").group_by(*keys).agg(nw.col("amount").sum()))
    sums = sums.sort_values(keys, ignore_index=True)
    sums.insert(0, "day", pd.to_datetime(sums.pop("day_number").astype("int64"), unit="D"))
    return sums.astype({"amount": "float64"})
