"""prepare_orders: any table of orders, checked and under the names the rest of cemkit uses."""

from collections.abc import Iterable
from typing import Any, TypeVar

import narwhals as nw

from cemkit.checks import check_choice, check_list
from cemkit.checks.options import shown
from cemkit.data.engines import as_frame, as_given, collect
from cemkit.data.order_rows import check_countable
from cemkit.data.problems import (
    ALLOWED,
    GIVEN_CANCELLED,
    GIVEN_DATE,
    OrderColumns,
    problems_to_look_for,
    read_orders,
    with_flags,
    with_one_spelling,
)
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text, part_of

TableT = TypeVar("TableT")
IDS = ("customer_id", "order_id")
# What the problems of columns that need not be there are looked for in.
ARGUMENTS = {
    "missing_order": "order_id",
    "cancelled": "cancelled",
    "missing_cost": "cost",
    "infinite_cost": "cost",
    "invalid_discount": "discount",
}


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
    category: str | None = None,
    channel: str | None = None,
    promotion: str | None = None,
    cost: str | None = None,
    discount: str | None = None,
    cancelled: str | None = None,
    drop: Iterable[str] = (),
    date_format: str | None = None,
    time_zone: str | None = None,
) -> TableT:
    """Check a raw order table and give its columns fixed names and types.

    Rows are dropped only for the reasons named in `drop`; `audit_orders` counts them beforehand.
    Other rows keep their order, and further columns follow the named ones unchanged. A negative
    amount is a return and is kept. With a lazy engine only one row of counts is computed; the
    orders are not loaded.

    Args:
        raw: Order table with one row per order or order line (pandas, Polars, PyArrow, DuckDB, Dask
            or PySpark).
        customer_id: Column with the customer's id: text or whole numbers. Each id gets one
            spelling: 17, 17.0 and the texts `"17.0"` and `" 17"` are the same customer. Texts such
            as `"nan"`, `"None"` and `""` are missing ids. A column that mixes text and numbers
            becomes text.
        order_date: Column with the date of the order: dates, datetimes, or text.
        amount: Column with the amount of money of the row; `"amount"` by default.
        unit_price: Column with the price per unit. Give it with `quantity` instead of `amount`.
        quantity: Column with the number of units. The amount is `unit_price` times `quantity`.
        order_id: Column with the id of the order; rows with the same id are one order. Each id gets
            one spelling, as in `customer_id`.
        product: Column with the product.
        category: Column with the category of the product.
        channel: Column with the channel through which the order was placed, such as a shop or an
            app.
        promotion: Column with the name of the row's promotion, or with True or 1 where there was
            one. `customer_table` lists the values that mean no promotion.
        cost: Column with the shop's cost of the row, in the currency of `amount`. The contribution
            margin is amount minus cost. The cost of returned goods that are sold again is negative.
        discount: Column with the discount as a fraction of the list price, from 0 to 1; 0.2 is 20 %
            off. A missing discount is unknown and stays missing.
        cancelled: Column that is True for cancelled rows, or the prefix of their order ids.
        drop: Reasons for which to drop rows, among `"missing_customer"`, `"missing_date"`,
            `"unreadable_date"`, `"missing_amount"`, `"infinite_amount"`, `"missing_cost"`,
            `"infinite_cost"`, `"invalid_discount"`, `"missing_order"`, `"duplicate"` (equal to
            another row in every column, once ids have one spelling), `"cancelled"`, `"zero_amount"`
            and `"negative_amount"`.
        date_format: Format of text dates, as in `strptime`. By default tables in memory are read as
            ISO 8601; lazy engines need a format.
        time_zone: Time zone of the customers' days, such as `"Europe/London"`; needed for dates
            that carry a time zone or UTC offset.

    Returns:
        A new table of the same kind with `customer_id`, `order_date` (datetime without a time
        zone), `amount` (float), those of `unit_price, quantity, order_id, product, category,
        channel, promotion, cost` (float) and `discount` (float) that were named, then the further
        columns.

    Raises:
        MissingColumnsError: A named column does not exist.
        NotEnoughDataError: The table has no rows, or `drop` leaves none.
        DataError: A row has a problem that `drop` does not name (duplicates and zero or negative
            amounts are not an error), or a column has a type that cannot be read.
        ValueError: A reason is unknown, or arguments do not go together.

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
        category=category,
        channel=channel,
        promotion=promotion,
        cost=cost,
        discount=discount,
        cancelled=cancelled,
    )
    reasons = _checked_reasons(drop, columns)
    rows = with_one_spelling(raw, columns)
    rows = _distinct(rows) if "duplicate" in reasons else rows
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
    prepared: TableT = as_given(_with_whole_ids(orders, named_order=order_id is not None), raw)
    return prepared


def _with_whole_ids(orders: nw.LazyFrame[Any], *, named_order: bool) -> nw.LazyFrame[Any]:
    """Ids that are floats, all of them whole numbers, as integers."""
    schema = orders.collect_schema()
    named = ["customer_id", *(["order_id"] if named_order else [])]
    floats = [name for name in named if schema[name].is_float()]
    return orders.with_columns(nw.col(name).cast(nw.Int64) for name in floats) if floats else orders


def _checked_reasons(drop: Iterable[str], columns: OrderColumns) -> set[str]:
    known, reasons = problems_to_look_for(columns), check_list(drop, "drop")
    for reason in reasons:
        if not isinstance(reason, str):
            raise TypeError(
                f"drop must name reasons, as in drop=['duplicate'], not {shown(reason)}"
            )
        argument = ARGUMENTS.get(reason)
        if argument is not None and reason not in known:
            raise ValueError(
                f"drop names {reason!r}, which needs the argument {argument}; give it, or "
                "leave the reason out"
            )
        check_choice(reason, "each reason in drop", known)
    return set(reasons)


def _distinct(raw: Any) -> Any:
    frame = as_frame(raw, "orders")
    check_countable(raw)
    if isinstance(frame, nw.DataFrame):
        return frame.unique(keep="first", maintain_order=True).to_native()
    return frame.unique(keep="any").to_native()


def _check_counts(
    flagged: nw.LazyFrame[Any], columns: OrderColumns, forbidden: list[str], date_format: str | None
) -> None:
    """Raise for the first problem that a row still has: one query of counts."""
    counted = flagged.select(*forbidden, *_odd_ids(flagged, columns))
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


def _odd_ids(flagged: nw.LazyFrame[Any], columns: OrderColumns) -> list[nw.Expr]:
    """Whether each id is a fraction, or a float so large that it stands for several integers."""
    schema, odd = flagged.collect_schema(), []
    named = {"customer_id": columns.customer_id, "order_id": columns.order_id}
    for name in IDS:
        if named[name] is not None and schema[name].is_float():
            bits = 24 if schema[name] == nw.Float32 else 53
            found = {
                f"fractional_{name}": nw.col(name).round(0) != nw.col(name),
                f"above_2^{bits}_{name}": nw.col(name).abs() > 2**bits,
            }
            odd += [flag.fill_null(False).cast(nw.Int64).alias(f) for f, flag in found.items()]
    return odd


def _unreadable(
    count: int, flagged: nw.LazyFrame[Any], columns: OrderColumns, date_format: str | None
) -> str:
    bad = flagged.filter(nw.col("unreadable_date") == 1).select(GIVEN_DATE).head(1)
    expected = f"the format {date_format!r}" if date_format else "ISO 8601"
    return (
        f"{_named(columns.order_date, 'order_date')} has {count_text(count, 'values that are')} "
        f"not dates in {expected}, such as {collect(bad).iloc[0, 0]!r}; correct them, name the "
        "format with date_format, or leave them out with drop=('unreadable_date',)"
    )


def _named(column: str | None, fixed: str) -> str:
    """The column in a message; a name of the user's own, such as `who`, reads as a word."""
    return fixed if column == fixed else f"column {column!r}"


def _message(problem: str, count: int, rows: int, columns: OrderColumns) -> str:
    ids, money = columns.customer_id, columns.amount or columns.unit_price or "amount"
    customer, order = _named(ids, "customer_id"), _named(columns.order_id, "order_id")
    date, amount = _named(columns.order_date, "order_date"), _named(money, "amount")
    cost, discount = _named(columns.cost, "cost"), _named(columns.discount, "discount")
    some, way_out = (
        f"{count:,} of {count_text(rows, 'rows')}",
        f"leave them out with drop=({problem!r},)",
    )
    return {
        "missing_customer": f"{customer} is missing in {some}; find the customers, or {way_out}",
        "missing_date": f"{date} is missing in {some}; correct them, or {way_out}",
        "missing_amount": f"{amount} is missing in {some}; correct them, or {way_out}",
        "infinite_amount": f"{amount} is infinite in {some}; correct them, or {way_out}",
        "missing_cost": f"{cost} is missing in {some}; find the costs, or {way_out}",
        "infinite_cost": f"{cost} is infinite in {some}; correct them, or {way_out}",
        "invalid_discount": (
            f"{discount} must be a fraction of the list price from 0 to 1 (0.2 is 20 % "
            f"off), and is not in {some}; divide percentages by 100, correct them, or {way_out}"
        ),
        "missing_order": f"{order} is missing in {some}; correct them, or {way_out}",
        "cancelled": (
            f"{part_of(count, rows, 'rows are')} cancelled (by {columns.cancelled!r}); {way_out}"
        ),
        **_messages_of_floats(customer, "customer_id", "customers"),
        **_messages_of_floats(order, "order_id", "orders"),
    }[problem]


def _messages_of_floats(column: str, name: str, things: str) -> dict[str, str]:
    shared = f"where different {things} can share a number; read the column as text or integers"
    return {
        f"fractional_{name}": f"{column} has fractional ids; read the column as text or integers",
        **{
            f"above_2^{bits}_{name}": f"{column} has float ids above 2^{bits}, {shared}"
            for bits in (24, 53)
        },
    }
