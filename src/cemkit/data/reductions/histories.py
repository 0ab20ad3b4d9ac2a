"""Customers to their different histories: all that the purchase and spend models fit on."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

HINT = "make the table with customer_table"


def purchase_histories(customers: Any) -> pd.DataFrame:
    """Return the distinct purchase histories and the number of customers with each.

    BG/NBD, MBG/NBD and Pareto/NBD need nothing else from a customer table.

    Args:
        customers: Customer table with `repeat_count, recency_days, tenure_days`, on any engine.

    Returns:
        A sorted table with one row per history: the three columns, and `customers`, the number of
        customers with it. Fit a purchase model on it with `fit(histories,
        sample_weight=histories["customers"])`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A value is missing or infinite, or a column is not numeric.

    Examples:
        >>> table = pd.DataFrame(
        ...     {"repeat_count": [0, 2, 0], "recency_days": [9, 1, 9], "tenure_days": [9, 9, 9]}
        ... )
        >>> purchase_histories(table)
           repeat_count  recency_days  tenure_days  customers
        0             0             9            9          2
        1             2             1            9          1
    """
    keys = ["repeat_count", "recency_days", "tenure_days"]
    return _complete(_counted(_columns_of(customers, keys), keys), keys)


def spend_histories(customers: Any) -> pd.DataFrame:
    """Return the distinct pairs of repeat count and mean amount, with the number of customers.

    Gamma-Gamma needs nothing else from a customer table. Customers without a repeat purchase are
    left out.

    Args:
        customers: Customer table with `repeat_count, repeat_mean_amount`, on any engine.

    Returns:
        A sorted table with one row per pair: `repeat_count, repeat_mean_amount`, and `customers`,
        the number of customers with it.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A repeat count, or a repeat buyer's mean amount, is missing or infinite, or a
            column is not numeric.

    Examples:
        >>> table = pd.DataFrame({"repeat_count": [0, 2, 2], "repeat_mean_amount": [0, 5.0, 5.0]})
        >>> spend_histories(table)
           repeat_count  repeat_mean_amount  customers
        0             2                 5.0          2
    """
    keys = ["repeat_count", "repeat_mean_amount"]
    counted = _complete(_counted(_columns_of(customers, keys), keys), ["repeat_count"])
    repeats = counted[counted["repeat_count"] > 0]
    return _complete(repeats, keys).reset_index(drop=True)


def counted_customers(
    customers: Any, columns: Sequence[str], sample_weight: object = None
) -> tuple[pd.DataFrame, pd.Series]:
    """The different rows of some columns of a customer table elsewhere, and how often each occurs.

    A model fitted to them with these weights is the one that all customers give.
    """
    if sample_weight is not None:
        raise ValueError(
            "sample_weight needs a pandas table; on other engines the customers are "
            "counted for you, so leave it out"
        )
    frame = scan(customers, "customers")
    check_columns(frame.collect_schema().names(), columns, HINT)
    counted = _complete(_counted(frame.select(*columns), columns), columns)
    if counted.empty:
        raise NotEnoughDataError("customers", have=0, need=1)
    return counted[list(columns)], counted["customers"]


def _columns_of(customers: Any, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    frame = scan(customers, "customers")
    schema = frame.collect_schema()
    check_columns(schema.names(), columns, HINT)
    for name in columns:
        if not schema[name].is_numeric():
            raise DataError(f"{name} must be numeric, not {schema[name]}; {HINT}")
    return frame.select(*columns)


def _complete(counted: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The counted rows, none of which lacks a value: seen here, which spares a look at all rows."""
    for name in columns:
        values = counted[name]
        bad = values.isna()
        if pd.api.types.is_float_dtype(values.dtype):
            bad |= np.isinf(values.to_numpy(np.float64, na_value=np.nan))
        if bad.any():
            raise DataError(
                f"{name} is missing or infinite in {int(counted.loc[bad, 'customers'].sum()):,} of "
                f"{count_text(int(counted['customers'].sum()), 'rows')}; {HINT}"
            )
    return counted


def _counted(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> pd.DataFrame:
    counts = collect(frame.select(*keys).group_by(*keys).agg(nw.len().alias("customers")))
    return counts.astype({"customers": "int64"}).sort_values(list(keys), ignore_index=True)
