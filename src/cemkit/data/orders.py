"""prepare_orders: any table of orders, checked and under the names the rest of cemkit uses."""

from collections.abc import Collection
from typing import Any, TypeVar

import narwhals as nw

from cemkit.checks import check_choice
from cemkit.data.engines import as_frame, as_given, collect
from cemkit.data.problems import (
    ALLOWED,
    GIVEN_CANCELLED,
    GIVEN_DATE,
    LARGEST_EXACT_INTEGER,
    OrderColumns,
    problems_to_look_for,
    read_orders,
    with_flags,
)
from cemkit.errors import DataError, NotEnoughDataError

TableT = TypeVar("TableT")


def prepare_orders(
    raw: TableT,
    *,
    customer_id: str = "customer_id",
    order_date: str = "order_date",
    amount: str | None = None,
    unit_price: str | None = None,
    quantity: str | None = None,
    order_id: str | None = None,
    product: str | None = None,
    cancelled: str | None = None,
    drop: Collection[str] = (),
    date_format: str | None = None,
    time_zone: str | None = None,
) -> TableT:
    """The orders table: checked, typed, and under fixed names.

    Rows are dropped only for reasons named in `drop`; `audit_orders` counts them beforehand. Other
    rows keep their order, and further columns stay as they are, after the named ones. A negative
    amount is a return, and stays. A lazy engine computes one row of counts, and the orders stay
    where they are.

    Args:
        raw: One row per order line or order: a pandas, Polars, PyArrow, DuckDB, Dask or PySpark
            table.
        customer_id: The column that says who ordered: text or whole numbers.
        order_date: The column that says when: dates, datetimes, or text.
        amount: The column with the money of the row; `"amount"` where nothing is named.
        unit_price: Instead of `amount`: the column with the price of one piece.
        quantity: The column with the number of pieces, which times `unit_price` is the amount.
        order_id: The column that says which rows are one order.
        product: The column that says what was ordered.
        cancelled: A column that is true for cancelled rows, or what their order ids begin with.
        drop: Reasons to leave rows out, among `"missing_customer"`, `"missing_date"`,
            `"unreadable_date"`, `"missing_amount"`, `"infinite_amount"`, `"missing_order"`,
            `"duplicate"` (equal to another row in every column), `"cancelled"`, `"zero_amount"`
            and `"negative_amount"`.
        date_format: The format of dates in text, as in `strptime`; where not given, ISO 8601 on
            tables in memory. Lazy engines need it.
        time_zone: Where the customers' days are counted, for dates that carry a time zone.

    Returns:
        A new table of the kind that was given, with `customer_id`, `order_date` (datetime without
        a time zone), `amount` (float) and, where named, `unit_price`, `quantity`,
        `order_id` and `product`, then the further columns.

    Raises:
        MissingColumnsError: A named column is not there.
        NotEnoughDataError: The table has no rows, or `drop` leaves none.
        DataError: A row has one of the problems above other than a duplicate, a zero or a
            negative amount, and `drop` does not name it; a column cannot be what it should be.
        ValueError: An unknown reason, or arguments that do not go together.

    Examples:
        >>> import pandas as pd
        >>> raw = pd.DataFrame(
        ...     {"who": [7, 8], "day": ["1997-01-01", "1997-01-12"], "paid": [11.77, 12]}
        ... )
        >>> prepare_orders(raw, customer_id="who", order_date="day", amount="paid")
           customer_id order_date  amount
        0            7 1997-01-01   11.77
        1            8 1997-01-12   12.00
    """
    columns = OrderColumns(
        customer_id=customer_id,
        order_date=order_date,
        amount=amount,
        unit_price=unit_price,
        quantity=quantity,
        order_id=order_id,
        product=product,
        cancelled=cancelled,
    )
    reasons = _checked_reasons(drop, columns)
    rows = _distinct(raw) if "duplicate" in reasons else raw
    frame = read_orders(rows, columns, date_format, time_zone)
    names = frame.drop(GIVEN_DATE, GIVEN_CANCELLED, strict=False).collect_schema().names()
    flags = [name for name in problems_to_look_for(columns) if name != "duplicate"]
    flags = [name for name in flags if name in reasons or name not in ALLOWED]
    hidden = {name: f"{name}_in_raw" for name in names if name in flags}
    flagged = with_flags(frame.rename(hidden), columns, flags)
    dropped = [name for name in flags if name in reasons]
    if dropped:
        flagged = flagged.filter(*(nw.col(name) == 0 for name in dropped))
    _check_counts(flagged, columns, [name for name in flags if name not in reasons], date_format)
    orders = flagged.select(*(nw.col(hidden.get(name, name)).alias(name) for name in names))
    if orders.collect_schema()["customer_id"].is_float():
        orders = orders.with_columns(nw.col("customer_id").cast(nw.Int64))
    prepared: TableT = as_given(orders, raw)
    return prepared


def _checked_reasons(drop: Collection[str], columns: OrderColumns) -> set[str]:
    if isinstance(drop, str):
        raise TypeError(f"drop must be a collection of reasons, as in drop=({drop!r},)")
    known = problems_to_look_for(columns)
    for reason in drop:
        if reason in {"missing_order", "cancelled"} and reason not in known:
            argument = "order_id" if reason == "missing_order" else "cancelled"
            raise ValueError(f"drop names {reason!r}, which needs the argument {argument}")
        check_choice(reason, "each reason in drop", known)
    return set(drop)


def _distinct(raw: Any) -> Any:
    frame = as_frame(raw, "orders")
    if isinstance(frame, nw.DataFrame):
        return frame.unique(keep="first", maintain_order=True).to_native()
    return frame.unique(keep="any").to_native()


def _check_counts(
    flagged: nw.LazyFrame[Any], columns: OrderColumns, forbidden: list[str], date_format: str | None
) -> None:
    """Raise for the first problem that a row still has: one query of counts."""
    counted = flagged.select(*forbidden, *_odd_ids(flagged))
    sums = [nw.col(name).sum() for name in counted.collect_schema().names()]
    counts = collect(counted.select(nw.len().alias("rows"), *sums)).iloc[0]
    rows = int(counts["rows"])
    if not rows:
        raise NotEnoughDataError("rows in orders", have=0, need=1)
    for name, count in counts.drop("rows").items():
        if count:
            if name == "unreadable_date":
                raise DataError(_unreadable(int(count), flagged, columns, date_format))
            raise DataError(_message(str(name), int(count), rows, columns))


def _odd_ids(flagged: nw.LazyFrame[Any]) -> list[nw.Expr]:
    if not flagged.collect_schema()["customer_id"].is_float():
        return []
    ids = nw.col("customer_id")
    fractional = (ids.round(0) != ids).fill_null(False).cast(nw.Int64).alias("fractional_id")
    inexact = (ids.abs() > LARGEST_EXACT_INTEGER).fill_null(False).cast(nw.Int64)
    return [fractional, inexact.alias("inexact_id")]


def _unreadable(
    count: int, flagged: nw.LazyFrame[Any], columns: OrderColumns, date_format: str | None
) -> str:
    bad = flagged.filter(nw.col("unreadable_date") == 1).select(GIVEN_DATE).head(1)
    expected = f"the format {date_format!r}" if date_format else "ISO 8601"
    return (
        f"{columns.order_date} has {count:,} values that are not dates in {expected}, such as "
        f"{collect(bad).iloc[0, 0]!r}; correct them, name the format with date_format, or leave "
        "them out with drop=('unreadable_date',)"
    )


def _message(problem: str, count: int, rows: int, columns: OrderColumns) -> str:
    ids, amount = columns.customer_id, columns.amount or columns.unit_price or "amount"
    some, way_out = f"{count:,} of {rows:,} rows", f"leave them out with drop=({problem!r},)"
    return {
        "missing_customer": f"{ids} is missing in {some}; find the customers, or {way_out}",
        "missing_date": f"{columns.order_date} is missing in {some}; correct them, or {way_out}",
        "missing_amount": f"{amount} is missing in {some}; correct them, or {way_out}",
        "infinite_amount": f"{amount} is infinite in {some}; correct them, or {way_out}",
        "missing_order": f"{columns.order_id} is missing in {some}; correct them, or {way_out}",
        "cancelled": f"{some} are cancelled (by {columns.cancelled!r}); {way_out}",
        "fractional_id": f"{ids} has fractional ids; read the column as text or integers",
        "inexact_id": (
            f"{ids} has float ids above 2^53, where different customers can share a number; "
            "read the column as text or integers"
        ),
    }[problem]
