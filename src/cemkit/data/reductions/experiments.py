"""Assignments and orders to what each assigned customer bought."""

import datetime as dt
import warnings
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.data.days import day_number, day_of
from cemkit.data.engines import as_given, collect, scan
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.purchase_days import is_purchase
from cemkit.data.reductions.joined_ids import row_count, with_same_ids, with_whole_ids
from cemkit.data.reductions.table_rows import more_than_one
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text


def experiment_outcomes(
    assignment: Any,
    orders: Any,
    customers: Any | None,
    *,
    start: dt.date,
    end: dt.date,
    pre_start: dt.date,
) -> Any:
    """Join every assigned customer with what was bought from `start` to `end`, zeros included."""
    people = with_whole_ids(scan(assignment, "assignment"), "assignment")
    lines = _dated(orders, pre_start, end)
    people, lines = with_same_ids(people, lines, "orders")
    _warn_of_orders_without_customer(lines)
    day = day_of(start)
    inside, zero = nw.col("day") >= day, nw.lit(0.0)
    amounts = (
        lines.with_columns(
            window_amount=nw.when(inside).then(nw.col("amount")).otherwise(zero),
            pre_amount=nw.when(inside).then(zero).otherwise(nw.col("amount")),
        )
        .group_by("customer_id")
        .agg(nw.col("window_amount").sum().alias("amount"), nw.col("pre_amount").sum())
    )
    key = "order_id" if "order_id" in lines.collect_schema().names() else "day"
    bought = (
        lines.filter(inside & is_purchase(nw.col("amount")))
        .select("customer_id", key)
        .unique()
        .group_by("customer_id")
        .agg(nw.len().alias("orders"))
    )
    joined = people.join(bought, on="customer_id", how="left")
    joined = joined.join(amounts, on="customer_id", how="left").with_columns(
        nw.col("orders").fill_null(0).cast(nw.Int64),
        nw.col("amount").fill_null(0.0),
        nw.col("pre_amount").fill_null(0.0),
    )
    joined = joined.with_columns(
        converted=nw.when(nw.col("orders") > 0).then(nw.lit(1)).otherwise(nw.lit(0))
    )
    columns = [*people.collect_schema().names(), "converted", "orders", "amount", "pre_amount"]
    if customers is not None:
        about = with_whole_ids(scan(customers, "customers"), "customers")
        if repeated := more_than_one(about):
            raise DataError(
                f"{count_text(repeated, 'customers have')} more than one row in customers; keep one"
            )
        columns += [name for name in about.collect_schema().names() if name != "customer_id"]
        joined, about = with_same_ids(joined, about, "customers")
        joined = joined.join(about, on="customer_id", how="left")
    return as_given(joined.select(*columns), assignment)


def assigned_days(assignment: Any, orders: Any, *, start: dt.date, end: dt.date) -> pd.DataFrame:
    """What each assigned customer bought on each day with an order."""
    people = with_whole_ids(scan(assignment, "assignment"), "assignment")
    people = people.select("customer_id", "variant")
    lines = _dated(orders, start, end)
    people, lines = with_same_ids(people, lines, "orders")
    _warn_of_orders_without_customer(lines)
    bought = nw.when(is_purchase(nw.col("amount"))).then(nw.lit(1)).otherwise(nw.lit(0))
    days = (
        lines.with_columns(purchases=bought)
        .group_by("customer_id", "day")
        .agg(nw.col("purchases").sum(), nw.col("amount").sum())
        .join(people, on="customer_id")
    )
    rows = collect(days)
    rows["day"] -= day_of(start)
    return rows[["customer_id", "variant", "day", "purchases", "amount"]]


def _dated(orders: Any, start: dt.date, end: dt.date) -> nw.LazyFrame[Any]:
    """Orders with `day`, the whole day since 1970, from `start` to `end`."""
    frame = with_whole_ids(scan_orders(orders), "orders")
    check_complete(frame, ["order_date", "amount"])
    names = frame.collect_schema().names()
    kept = ["customer_id", *(["order_id"] if "order_id" in names else []), "amount"]
    dated = frame.select(*kept, day=day_number(nw.col("order_date"), frame.implementation))
    first, last = day_of(start), day_of(end)
    return dated.filter((nw.col("day") >= first) & (nw.col("day") <= last))


def _warn_of_orders_without_customer(lines: nw.LazyFrame[Any]) -> None:
    gaps = row_count(lines.filter(nw.col("customer_id").is_null()))
    if gaps:
        warnings.warn(
            f"{count_text(gaps, 'order rows in the time of the experiment have')} no customer_id "
            "and count for no variant",
            CemkitWarning,
            stacklevel=4,
        )
