"""Orders to the days between purchases: all that a repurchase cycle is fitted on."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_list, normal_ids
from cemkit.data.engines import collect, day_number, scan
from cemkit.data.order_rows import scan_orders
from cemkit.errors import DataError, NotEnoughDataError

DAY, AMOUNT = "__day", "__amount"  # beside the columns of `by`, which may have any other name


def purchase_gaps(
    orders: Any, as_of: pd.Timestamp, by: Sequence[str] = ()
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The days between each customer's purchases up to `as_of`, overall or of each product."""
    keys = ["customer_id", *check_list(by, "by")]
    scan_orders(orders, [*keys, "order_date", "amount"])
    days = _purchase_days(orders, keys, (as_of - pd.Timestamp("1970-01-01")).days)
    if days.empty:
        raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
    codes, values = zip(*(_coded(days[key], key) for key in keys), strict=True)
    sizes = [len(value) for value in values]
    combination = np.ravel_multi_index(codes, sizes)
    first, day = int(days[DAY].min()), days[DAY].to_numpy(dtype=np.int64)
    span = int(day.max()) - first + 1
    # One sort of one whole number per purchase, combination and day together, is the fastest.
    packed = np.sort(combination * span + (day - first))
    packed = packed[np.append(True, np.diff(packed) > 0)]
    combination = packed // span
    day = packed - combination * span
    starts = np.flatnonzero(np.append(True, np.diff(combination) > 0))
    ends = np.append(starts[1:], len(day)) - 1
    table = {
        key: value.take(code)
        for key, value, code in zip(
            keys, values, np.unravel_index(combination[starts], sizes), strict=True
        )
    }
    numbers = {"first_day": day[starts], "last_day": day[ends]}
    within = np.ones(len(day), dtype=np.bool_)
    within[starts] = False
    gaps = np.diff(day, prepend=0)[within]
    measured = {name: value + first for name, value in numbers.items()}
    return pd.DataFrame({**table, **measured, "gap_count": ends - starts}), gaps


def _purchase_days(orders: Any, keys: list[str], last: int) -> pd.DataFrame:
    if isinstance(orders, pd.DataFrame) and orders["order_date"].dtype.kind == "M":
        return _days_in_pandas(orders, keys, last)
    # As a float: PyArrow's decimals run out of digits when they are multiplied.
    amount, day = nw.col("amount").cast(nw.Float64), nw.col(DAY)
    frame = scan(orders, "orders").filter((amount >= 0) | amount.is_null())
    days = frame.select(
        *keys, day_number(nw.col("order_date")).alias(DAY), (amount * 0).alias(AMOUNT)
    )
    rows = collect(days.filter((day <= last) | day.is_null()).unique())
    _refuse_missing(rows[DAY], "order_date")
    _refuse_missing(rows[AMOUNT], "amount")
    return rows


def _days_in_pandas(orders: pd.DataFrame, keys: list[str], last: int) -> pd.DataFrame:
    """The same by a cast to whole days: ten times faster than the arithmetic of day_number."""
    _refuse_missing(orders["order_date"], "order_date")
    day = orders["order_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    past = day <= last
    amount = orders["amount"][past]
    _refuse_missing(amount, "amount")
    past[past] = (amount >= 0).to_numpy(dtype=bool)
    return pd.DataFrame({**{key: orders[key][past] for key in keys}, DAY: day[past]})


def _refuse_missing(column: pd.Series, name: str) -> None:
    if column.hasnans:
        raise DataError(f"{name} is missing in some orders; correct or leave out those rows first")


def _coded(column: pd.Series, name: str) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """The number of each value among the sorted ones, and these; ids in their one spelling."""
    values: Any = column
    if name == "customer_id":
        values = normal_ids(pd.Index(column))
    elif column.dtype == object and any(isinstance(value, tuple) for value in column):
        raise DataError(f"{name} holds tuples; it must hold text or numbers")
    try:
        codes, distinct = pd.factorize(values, sort=True)
    except TypeError as error:
        raise DataError(f"{name} must hold text or numbers, and not both: {error}") from error
    missing = int((codes < 0).sum())
    if missing:
        raise DataError(f"{name} is missing in {missing} purchases; name or leave them out first")
    return codes.astype(np.int64), pd.Index(distinct)
