"""Orders to the days between purchases: all that a repurchase cycle is fitted on."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, day_number, scan
from cemkit.errors import DataError, NotEnoughDataError


def purchase_gaps(
    orders: Any, as_of: pd.Timestamp, by: Sequence[str] = ()
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The days between each customer's purchases up to `as_of`, overall or of each product.

    Args:
        orders: `customer_id, order_date, amount` and the columns of `by`, on any engine.
        as_of: The last day seen; later rows are left out.
        by: Columns that tell purchases apart, such as `["product"]`.

    Returns:
        A table sorted by `customer_id` and `by`, one row per combination: those columns,
        `first_day, last_day` (days since 1970-01-01) and `gap_count`; and the gaps in days, row
        after row of the table, the earliest first. Purchases on one day are one.

    Raises:
        MissingColumnsError: A column is missing.
        NotEnoughDataError: There is no purchase up to `as_of`.
        DataError: A customer, a date or a value of `by` is missing.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [7, 7, 7, 8],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-01-05", "2024-01-31", "2024-01-02"]
        ...         ),
        ...         "amount": [5.0, 2.0, 3.0, 1.0],
        ...     }
        ... )
        >>> table, gaps = purchase_gaps(orders, pd.Timestamp("2024-02-29"))
        >>> table
           customer_id  first_day  last_day  gap_count
        0            7      19723     19753          2
        1            8      19724     19724          0
        >>> gaps.tolist()
        [4, 26]
    """
    keys = ["customer_id", *by]
    check_columns(
        scan(orders, "orders").collect_schema().names(),
        [*keys, "order_date", "amount"],
        "make the table with prepare_orders",
    )
    days = _purchase_days(orders, keys, (as_of - pd.Timestamp("1970-01-01")).days)
    if days.empty:
        raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
    codes, values = zip(*(_coded(days[key], key) for key in keys), strict=True)
    sizes = [len(value) for value in values]
    combination = np.ravel_multi_index(codes, sizes)
    first, day = int(days["day"].min()), days["day"].to_numpy()
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
        dates = orders["order_date"]
        if getattr(dates.dtype, "tz", None) is None and not dates.hasnans:
            # Whole days by a cast: ten times faster in pandas than the arithmetic of day_number.
            day = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
            past = (day <= last) & (orders["amount"] >= 0).to_numpy(dtype=bool, na_value=False)
            return pd.DataFrame({**{key: orders[key][past] for key in keys}, "day": day[past]})
    frame = scan(orders, "orders").filter(nw.col("amount") >= 0)
    days = frame.select(*keys, day=day_number(nw.col("order_date")))
    return collect(days.filter(nw.col("day") <= last).unique())


def _coded(column: pd.Series, name: str) -> tuple[npt.NDArray[np.int64], pd.Index]:
    codes, values = pd.factorize(column, sort=True)
    missing = int((codes < 0).sum())
    if missing:
        raise DataError(f"{name} is missing in {missing} purchases; name or leave them out first")
    return codes.astype(np.int64), pd.Index(values)
