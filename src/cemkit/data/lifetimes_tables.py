"""from_lifetimes, to_lifetimes: the customer table and the one that other CLV libraries use."""

from typing import Literal

import pandas as pd

from cemkit.checks import (
    check_choice,
    check_columns,
    check_customers,
    check_frame,
    check_ids,
    finite_values,
)
from cemkit.errors import DataError
from cemkit.formats import count_text

TimeUnit = Literal["day", "week", "month", "year"]
LARGEST_COUNT = 2**53  # up to which every whole number is a float
DAYS = {"day": 1.0, "week": 7.0, "month": 365 / 12, "year": 365.0}


def from_lifetimes(summary: pd.DataFrame, *, time_unit: TimeUnit) -> pd.DataFrame:
    """Convert a summary table of lifetimes or pymc-marketing into a customer table.

    In lifetimes and pymc-marketing, `recency` is the age at the last purchase. In cemkit,
    `recency_days` is the time since the last purchase.

    Args:
        summary: Table with `frequency, recency, T` and, where present, `monetary_value`. The index
            and a column `customer_id` are kept.
        time_unit: Unit of `recency` and `T`. A month is a twelfth of 365 days.

    Returns:
        Table with `customer_id` where it was a column, `repeat_count, recency_days, tenure_days`
        and, where there was a `monetary_value`, `repeat_mean_amount`. Other columns are left out.

    Raises:
        MissingColumnsError: `summary` lacks a column.
        DataError: A value is missing or infinite, an age or count is negative, a `frequency` is not
            a whole number, `recency` is larger than `T`, or a customer has no id or two rows.

    Examples:
        >>> summary = pd.DataFrame({"frequency": [2], "recency": [30.0], "T": [39.0]}, index=["a"])
        >>> from_lifetimes(summary, time_unit="week")
           repeat_count  recency_days  tenure_days
        a             2          63.0        273.0
    """
    check_choice(time_unit, "time_unit", list(DAYS))
    check_columns(
        check_frame(summary, "summary").columns, ["frequency", "recency", "T"], "see to_lifetimes"
    )
    ids = _id_column(summary)
    names = ["frequency", "recency", "T"]
    names += [name for name in ("monetary_value",) if name in summary.columns]
    summary = pd.DataFrame(
        {name: finite_values(summary[name], name) for name in names}, index=summary.index
    )
    values = summary[["frequency", "recency", "T"]]
    bad = (values < 0).any(axis=1) | (values["recency"] > values["T"])
    bad |= (values["frequency"] % 1 != 0) | (values["frequency"] > LARGEST_COUNT)
    if bad.any():
        raise DataError(
            f"{count_text(int(bad.sum()), 'rows have')} a negative value, a frequency that is no "
            "whole number, or recency above T, the first at "
            f"{summary.index[bad.to_numpy()].tolist()[0]!r}; recency is an age"
        )
    days = DAYS[time_unit]
    customers = pd.DataFrame(
        {
            **ids,
            "repeat_count": summary["frequency"].astype("int64"),
            "recency_days": (summary["T"] - summary["recency"]) * days,
            "tenure_days": summary["T"] * days,
        }
    )
    if "monetary_value" in summary.columns:
        customers["repeat_mean_amount"] = summary["monetary_value"]
    return customers


def to_lifetimes(customers: pd.DataFrame, *, time_unit: TimeUnit = "day") -> pd.DataFrame:
    """Convert a customer table into the summary table that lifetimes and pymc-marketing fit on.

    Args:
        customers: Table with `repeat_count, recency_days, tenure_days` and, where present,
            `repeat_mean_amount`. The index and a column `customer_id` are kept.
        time_unit: Unit of `recency` and `T` in the result. A month is a twelfth of 365 days.

    Returns:
        Table with `customer_id` where it was a column, then `frequency, recency, T` and, where
        there are amounts, `monetary_value`, as floats on the same index.

    Raises:
        MissingColumnsError: `customers` lacks a column.
        DataError: A value is missing or infinite.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {"repeat_count": [2], "recency_days": [63], "tenure_days": [273]}, index=["a"]
        ... )
        >>> to_lifetimes(customers, time_unit="week")
           frequency  recency     T
        a        2.0     30.0  39.0
    """
    check_choice(time_unit, "time_unit", list(DAYS))
    ids = _id_column(check_frame(customers, "customers"))
    names = ["repeat_count", "recency_days", "tenure_days"]
    amounts = [name for name in ("repeat_mean_amount",) if name in customers.columns]
    table = check_customers(customers, [*names, *amounts])
    days = DAYS[time_unit]
    summary = pd.DataFrame(
        {
            **ids,
            "frequency": table["repeat_count"],
            "recency": (table["tenure_days"] - table["recency_days"]) / days,
            "T": table["tenure_days"] / days,
        }
    )
    return summary.assign(monetary_value=table[amounts[0]]) if amounts else summary


def _id_column(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The ids that stand in a column, as they are, when there is one for each row."""
    check_ids(table, "the table")
    return {"customer_id": table["customer_id"]} if "customer_id" in table.columns else {}
