"""Customers to their different histories: all that the purchase and spend models fit on."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, scan
from cemkit.data.reductions.cells import check_groups, check_no_gaps


def purchase_histories(customers: Any) -> pd.DataFrame:
    """The different purchase histories and how many customers share each.

    All that BG/NBD, MBG/NBD and Pareto/NBD need of a customer table.

    Args:
        customers: `repeat_count, recency_days, tenure_days`, on any engine.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A value is missing or infinite: such a customer would be counted without history.

    Returns:
        Sorted, one row per history: the three columns and `customers`. A purchase model fits it as
        it is: `fit(histories, sample_weight=histories["customers"])`.

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
    frame = _columns_of(customers, keys)
    check_no_gaps(frame, keys, "customers")
    return _counted(frame, keys)


def spend_histories(customers: Any) -> pd.DataFrame:
    """The different pairs of repeat purchases and mean amount, and how many customers share each.

    All that Gamma-Gamma needs of a customer table; customers without a repeat purchase are not in.

    Args:
        customers: `repeat_count, repeat_mean_amount`, on any engine.

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A value is missing or infinite: such a customer would be counted without history.

    Returns:
        Sorted: `repeat_count`, `repeat_mean_amount`, `customers`.

    Examples:
        >>> table = pd.DataFrame({"repeat_count": [0, 2, 2], "repeat_mean_amount": [0, 5.0, 5.0]})
        >>> spend_histories(table)
           repeat_count  repeat_mean_amount  customers
        0             2                 5.0          2
    """
    keys = ["repeat_count", "repeat_mean_amount"]
    frame = _columns_of(customers, keys)
    check_no_gaps(frame, keys[:1], "customers")
    repeating = frame.filter(nw.col("repeat_count") > 0)
    check_no_gaps(repeating, keys[1:], "customers with a repeat purchase")
    return _counted(repeating, keys)


def _columns_of(customers: Any, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    check_groups(customers, columns, "customers")
    frame = scan(customers, "customers")
    check_columns(
        frame.collect_schema().names(), columns, "make the table with summarize_customers"
    )
    return frame


def _counted(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> pd.DataFrame:
    counts = collect(frame.select(*keys).group_by(*keys).agg(nw.len().alias("customers")))
    return counts.astype({"customers": "int64"}).sort_values(list(keys), ignore_index=True)
