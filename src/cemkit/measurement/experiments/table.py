"""experiment_table: the join of an assignment with what its customers did, done once."""

import datetime as dt
from typing import Any

import pandas as pd

from cemkit.checks import check_as_of, check_columns, check_integer
from cemkit.data.reductions.experiments import (
    experiment_outcomes,
    repeated_customers,
    table_columns,
)
from cemkit.errors import DataError

OUTCOMES = ("converted", "orders", "amount", "pre_amount")


def experiment_table(
    assignment: Any,
    orders: Any,
    start_date: str | dt.date | pd.Timestamp,
    end_date: str | dt.date | pd.Timestamp,
    *,
    pre_days: int | None = None,
    customers: Any | None = None,
) -> Any:
    """One row per assigned customer with what came of it, those who bought nothing included.

    Starting from the orders, as one does by habit, loses the customers who bought nothing, and with
    them the conversion rate; this starts from the assignment. Orders of customers without a variant
    are left out.

    Args:
        assignment: `customer_id, variant`, one row per customer, on any engine; further columns
            stay.
        orders: `customer_id, order_date, amount` and, where present, `order_id`; of the same
            engine.
        start_date: The first day on which customers could respond.
        end_date: The last day that counts.
        pre_days: How many days before `start_date` to sum as `pre_amount`, the covariate that
            makes the read-out sharper; 0 of them where not given.
        customers: `customer_id` and columns to split by, as they were when the variants were
            assigned, never as they are after.

    Returns:
        The assignment's columns, then `converted` (1 with a purchase in the window, else 0),
        `orders` (purchase orders), `amount` and `pre_amount` (net of returns), then the columns of
        `customers`. The kind of table that `assignment` is, lazy where that is lazy.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A customer has more than one row or variant, or the window ends before it starts.
        TypeError: The tables are of different engines.

    Examples:
        >>> assignment = pd.DataFrame({"customer_id": [1, 2], "variant": ["A", "B"]})
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [2, 2],
        ...         "order_date": pd.to_datetime(["2024-02-20", "2024-03-02"]),
        ...         "amount": [30.0, 9.5],
        ...     }
        ... )
        >>> experiment_table(assignment, orders, "2024-03-01", "2024-03-31", pre_days=28)
           customer_id variant  converted  orders  amount  pre_amount
        0            1       A          0       0     0.0         0.0
        1            2       B          1       1     9.5        30.0
    """
    start, end = check_window(start_date, end_date)
    pre = 0 if pre_days is None else check_integer(pre_days, "pre_days", minimum=1)
    names = check_assignment(assignment)
    if customers is not None:
        customers = _with_id_column(customers)
        about = table_columns(customers, "customers")
        check_columns(about, ["customer_id"])
        twice = [c for c in about if c != "customer_id" and c in {*names, *OUTCOMES}]
        if twice:
            raise DataError(f"column {twice[0]!r} of customers would stand twice; rename it")
    return experiment_outcomes(
        assignment,
        orders,
        customers,
        start=start,
        end=end,
        pre_start=start - dt.timedelta(days=pre),
    )


def check_window(
    start_date: str | dt.date | pd.Timestamp, end_date: str | dt.date | pd.Timestamp
) -> tuple[dt.date, dt.date]:
    """The first and last day of an outcome window.

    Args:
        start_date: The first day.
        end_date: The last day.

    Raises:
        DataError: It ends before it starts.

    Examples:
        >>> check_window("2024-03-01", "2024-03-31")
        (datetime.date(2024, 3, 1), datetime.date(2024, 3, 31))
    """
    start, end = check_as_of(start_date).date(), check_as_of(end_date).date()
    if end < start:
        raise DataError(f"end_date={end} lies before start_date={start}")
    return start, end


def check_assignment(assignment: Any) -> list[str]:
    """The columns of an assignment, when each customer has one row.

    Args:
        assignment: `customer_id, variant`.

    Raises:
        MissingColumnsError: One of them is not there.
        DataError: Customers have more than one row, or more than one variant; counted.

    Examples:
        >>> check_assignment(pd.DataFrame({"customer_id": [1], "variant": ["A"]}))
        ['customer_id', 'variant']
    """
    names = table_columns(assignment, "assignment")
    check_columns(names, ["customer_id", "variant"], "make the assignment with assign_variants")
    repeated, torn = repeated_customers(assignment)
    if torn:
        raise DataError(
            f"{torn:,} customers are in more than one variant; what worked on them cannot be told, "
            "so find out how that happened and leave them out of every variant"
        )
    if repeated:
        raise DataError(f"{repeated:,} customers have more than one row in assignment; keep one")
    return names


def _with_id_column(customers: Any) -> Any:
    if isinstance(customers, pd.DataFrame) and customers.index.name == "customer_id":
        return customers.reset_index()
    return customers
