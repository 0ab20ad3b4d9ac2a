"""prepare_orders: any table of orders, checked and under the names the rest of cemkit uses."""

import datetime as dt

import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_frame, finite_values
from cemkit.errors import DataError

LARGEST_EXACT_INTEGER = 2**53


def prepare_orders(
    raw: pd.DataFrame,
    *,
    customer_id: str = "customer_id",
    order_date: str = "order_date",
    amount: str = "amount",
    order_id: str | None = None,
    date_format: str | None = None,
    time_zone: str | None = None,
) -> pd.DataFrame:
    """The orders table: checked, typed, and under fixed names.

    No row is dropped and none changes its place. Further columns stay as they are, after the named
    ones. A negative amount is a return.

    Args:
        raw: One row per order line or order.
        customer_id: The column that says who ordered.
        order_date: The column that says when: dates, datetimes, or text.
        amount: The column with the money of the row.
        order_id: The column that says which rows are one order.
        date_format: The format of dates in text, as in `strptime`; ISO 8601 where not given.
        time_zone: Where the customers' days are counted, for dates that carry a time zone.

    Returns:
        A new table with `customer_id`, `order_date` (datetime without a time zone), `amount`
        (float) and, where named, `order_id`, then the further columns.

    Raises:
        MissingColumnsError: A named column is not there.
        NotEnoughDataError: The table has no rows.
        DataError: An id or date is missing, a date cannot be read or mixes time zones, an amount
            is missing, infinite or not a number.

    Examples:
        >>> raw = pd.DataFrame(
        ...     {"who": [7, 8], "day": ["1997-01-01", "1997-01-12"], "paid": [11.77, 12]}
        ... )
        >>> prepare_orders(raw, customer_id="who", order_date="day", amount="paid")
           customer_id order_date  amount
        0            7 1997-01-01   11.77
        1            8 1997-01-12   12.00
    """
    check_frame(raw, "orders")
    names = {customer_id: "customer_id", order_date: "order_date", amount: "amount"}
    if order_id is not None:
        names[order_id] = "order_id"
    check_columns(raw.columns, names, "name your columns, as in prepare_orders(raw, amount='paid')")
    hidden = [name for name in names.values() if name in raw.columns and name not in names]
    if hidden:
        raise DataError(
            f"column {hidden[0]!r} would stand twice in the result; rename or drop the one of raw"
        )
    further = [column for column in raw.columns if column not in names]
    orders = raw[[*names, *further]].rename(columns=names)
    return orders.assign(
        customer_id=_identifiers(orders["customer_id"], customer_id),
        order_date=_local_datetimes(orders["order_date"], order_date, date_format, time_zone),
        amount=finite_values(orders["amount"], amount),
    )


def _identifiers(ids: pd.Series, name: str) -> pd.Series:
    missing = int(ids.isna().sum())
    if missing:
        raise DataError(
            f"{name} is missing in {missing:,} of {len(ids):,} rows; "
            "leave them out or find the customers first"
        )
    if not pd.api.types.is_float_dtype(ids.dtype):
        return ids
    numbers = ids.to_numpy(dtype=np.float64)
    if (numbers != np.floor(numbers)).any():
        raise DataError(f"{name} has fractional ids; read the column as text or integers")
    if (np.abs(numbers) > LARGEST_EXACT_INTEGER).any():
        raise DataError(
            f"{name} has float ids above 2^53, where different customers can share a number; "
            "read the column as text or integers"
        )
    return ids.astype("int64")


def _local_datetimes(
    dates: pd.Series, name: str, date_format: str | None, time_zone: str | None
) -> pd.Series:
    missing = int(dates.isna().sum())
    if missing:
        raise DataError(f"{name} is missing in {missing:,} of {len(dates):,} rows; correct them")
    dates = _parsed(dates, name, date_format)
    if dates.dt.tz is None:
        return dates
    if time_zone is None:
        raise DataError(
            f"{name} carries the time zone {dates.dt.tz}; say where days are counted, "
            "as in time_zone='Europe/London'"
        )
    local: pd.Series = dates.dt.tz_convert(time_zone).dt.tz_localize(None)
    return local


def _parsed(dates: pd.Series, name: str, date_format: str | None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        return dates
    if pd.api.types.is_numeric_dtype(dates.dtype):
        raise DataError(
            f"{name} holds numbers (first {dates.iloc[0]!r}), which are not read as dates; "
            "convert the column with pandas.to_datetime first"
        )
    zones = {value.tzinfo for value in dates if isinstance(value, dt.datetime)}
    if len(zones) > 1:
        raise DataError(f"{name} mixes time zones; convert the column to one of them first")
    try:
        return pd.to_datetime(dates, format=date_format or "ISO8601")
    except ValueError as error:
        raise DataError(_unreadable(dates, name, date_format)) from error


def _unreadable(dates: pd.Series, name: str, date_format: str | None) -> str:
    read = pd.to_datetime(dates, format=date_format or "ISO8601", errors="coerce", utc=True)
    bad = dates[read.isna()]
    if bad.empty:
        return f"{name} mixes time zones; convert the column to one of them first"
    return (
        f"{name} has {len(bad):,} values that are not dates in "
        f"{'the format ' + repr(date_format) if date_format else 'ISO 8601'}, such as "
        f"{bad.iloc[0]!r}; correct them or name the format with date_format"
    )
