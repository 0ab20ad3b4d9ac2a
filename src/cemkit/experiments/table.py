"""experiment_table: the join of an assignment with what its customers did, done once."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_columns,
    check_days,
    check_spellings,
    is_missing_text,
    meant,
    normal_ids,
)
from cemkit.checks.options import shown
from cemkit.checks.tables import check_column_names
from cemkit.data.reductions.data_span import check_window_seen, last_order_day
from cemkit.data.reductions.experiments import experiment_outcomes
from cemkit.data.reductions.table_rows import count_missing, repeated_customers, table_columns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

LABELS = str | int | float | np.generic | dt.date
LARGEST_LABEL = 2**63
OUTCOMES = ("converted", "orders", "amount", "pre_amount")


def experiment_table(
    assignment: Any,
    orders: Any,
    start_date: str | dt.date | pd.Timestamp,
    end_date: str | dt.date | pd.Timestamp,
    *,
    pre_days: int | None = None,
    customers: Any | None = None,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> Any:
    """Return one row per assigned customer with the outcome, including those who bought nothing.

    A table made from the orders would lack the customers who bought nothing, so it has no
    conversion rate. This table starts from the assignment. Orders of customers without a variant
    are left out. Orders without a customer are left out and counted in a warning.

    Args:
        assignment: `customer_id, variant`, one row per customer, on any engine; further columns
            stay.
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`;
            of the same engine.
        start_date: The first day on which customers could respond.
        end_date: The last day that counts.
        pre_days: Number of days before `start_date` to sum as `pre_amount`, a covariate that
            narrows the intervals of the read-out. 0 leaves it out.
        customers: `customer_id` and columns to split by, as they were when the variants were
            assigned, never as they are after.
        data_until: The last day that the data cover, where nothing was sold on it; by default the
            day of the last order of the whole table. A window that ends later raises an error,
            because later purchases would count as not made.

    Returns:
        The assignment's columns, then `converted` (1 with a purchase in the window, else 0),
        `orders` (purchase orders), `amount` and `pre_amount` (net of returns), then the columns of
        `customers`. The kind of table that `assignment` is, lazy where that is lazy.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A customer has more than one row or variant, an id, variant, order date or amount
            is missing, a column would stand twice, the window ends before it starts or after the
            data do, or `data_until` lies before the last order.
        TypeError: The tables are of different engines.

    Warns:
        CemkitWarning: Orders in the time of the experiment have no customer; counted.

    Examples:
        >>> assignment = pd.DataFrame({"customer_id": [1, 2], "variant": ["A", "B"]})
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [2, 2],
        ...         "order_date": pd.to_datetime(["2024-02-20", "2024-03-02"]),
        ...         "amount": [30.0, 9.5],
        ...     }
        ... )
        >>> window = {"start_date": "2024-03-01", "end_date": "2024-03-31"}
        >>> experiment_table(assignment, orders, **window, pre_days=28, data_until="2024-03-31")
           customer_id variant  converted  orders  amount  pre_amount
        0            1       A          0       0     0.0         0.0
        1            2       B          1       1     9.5        30.0
    """
    start, end = check_window(start_date, end_date)
    orders = with_id_column(orders)
    pre = 0 if pre_days is None else check_days(pre_days, "pre_days")
    people = with_id_column(assignment)
    names = check_assignment(people)
    _check_joined_names(names, OUTCOMES, "assignment")
    if customers is not None:
        customers = with_id_column(customers)
        about = table_columns(customers, "customers")
        check_columns(about, ["customer_id"])
        _check_joined_names(about, {*names, *OUTCOMES} - {"customer_id"}, "customers")
    table = experiment_outcomes(
        people,
        orders,
        customers,
        start=start,
        end=end,
        pre_start=start - dt.timedelta(days=pre),
    )
    check_window_seen(pd.Timestamp(end), last_order_day(orders), data_until)
    is_index = isinstance(assignment, pd.DataFrame) and "customer_id" not in assignment.columns
    return table.set_index("customer_id") if is_index else table


def check_window(
    start_date: str | dt.date | pd.Timestamp, end_date: str | dt.date | pd.Timestamp
) -> tuple[dt.date, dt.date]:
    """The first and last day of an outcome window."""
    start = check_as_of(start_date, "start_date").date()
    end = check_as_of(end_date, "end_date").date()
    if end < start:
        raise DataError(f"end_date={end} lies before start_date={start}")
    return start, end


def check_assignment(assignment: Any) -> list[str]:
    """The columns of an assignment, when each customer has one row."""
    names = table_columns(assignment, "assignment")
    check_columns(names, ["customer_id", "variant"], "make the assignment with assign_variants")
    if repeated := count_repeated(assignment, "assignment"):
        raise DataError(
            f"{count_text(repeated, 'customers have')} more than one row in assignment; keep one"
        )
    if unnamed := count_missing(assignment, ["variant"])["variant"]:
        raise DataError(
            f"{count_text(unnamed, 'customers of assignment have')} no variant; leave them out"
        )
    return names


def count_repeated(table: Any, name: str) -> int:
    """How many customers have more than one row, when each has an id and is in one variant."""
    if missing := count_missing(table, ["customer_id"])["customer_id"]:
        raise DataError(f"{name} has {count_text(missing, 'rows')} without a customer_id")
    repeated, torn = repeated_customers(table)
    if torn:
        raise DataError(
            f"{count_text(torn, 'customers are')} in more than one variant, so nobody knows which "
            "one worked; find out how that happened and leave them out of every variant"
        )
    return repeated


def with_id_column(table: Any) -> Any:
    """The table with `customer_id` as a column in its one spelling, where it is a pandas table."""
    if not isinstance(table, pd.DataFrame):
        return table
    check_column_names(table.columns, "a table")
    if "customer_id" not in table.columns:
        if table.index.name != "customer_id":
            return table
        table = table.reset_index()
    if table["customer_id"].dtype == np.float16:
        raise DataError("customer_id has floats of 16 bits, which are not exact; convert it")
    ids = normal_ids(table["customer_id"])
    return table.assign(customer_id=ids.to_numpy() if ids.dtype == np.int64 else ids.array)


def check_control(control: object) -> Any:
    """The control, when it is one label, as Python's own value where it is numpy's."""
    if not isinstance(control, LABELS) or control != control:  # noqa: PLR0124 - a NaN
        raise TypeError(f"control must be the label of one variant, not {shown(control)}")
    if isinstance(control, int) and abs(control) >= LARGEST_LABEL:
        raise ValueError(f"control must be a number of 64 bits, not {shown(control)}")
    if isinstance(control, np.datetime64):
        return pd.Timestamp(control)
    return control.item() if isinstance(control, np.generic) else control


def variant_counts(cells: pd.DataFrame, groups: Sequence[str], control: Any) -> pd.Series:
    """Customers of each variant, when every one has a name and the control is among them."""
    labels = cells[[*groups, "variant"]]
    unknown = labels.isna().any(axis=1) | labels["variant"].map(is_missing_text).astype(bool)
    unnamed = int(cells.loc[unknown, "rows"].sum())
    if unnamed:
        raise DataError(
            f"{count_text(unnamed, 'rows have')} no variant, or no value in {groups}; name them"
        )
    counts: pd.Series = cells.groupby("variant", observed=True)["rows"].sum()
    for name in ("variant", *groups):
        check_spellings(cells[name].unique(), name)
    if control not in counts.index:
        names = counts.index.tolist()
        raise DataError(
            f"control {control!r} is not a variant{meant(control, names)}; there are {names}"
        )
    if len(counts) < 2:
        raise NotEnoughDataError("variants", len(counts), 2, "an experiment has a control")
    return counts


def _check_joined_names(names: Iterable[object], taken: Collection[str], table: str) -> None:
    for name in names:
        if not isinstance(name, str):
            raise DataError(f"column {name!r} of {table} is not named by text; rename it")
        if name in taken:
            raise DataError(f"column {name!r} of {table} would occur twice; rename it")
