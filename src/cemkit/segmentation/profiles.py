"""One row per group of customers: how many there are, what they bring, what is typical of them."""

import pandas as pd

from cemkit.data.rounding import is_nothing


def describe_groups(values: pd.DataFrame, groups: pd.Series, order: pd.Index) -> pd.DataFrame:
    """Sizes, shares, medians and means by group.

    Args:
        values: Numeric columns, one row per customer.
        groups: The group of each customer, on the same index in the same order.
        order: The groups in the order in which they are to stand.

    Returns:
        Indexed by group: `customers`, `share` of customers, `revenue_share` where there is a
        `total_amount` (missing unless all amounts add up to more than 0), and `median_<column>,
        mean_<column>` for each column. A group that nobody is in has 0 customers and missing
        medians and means. Customers and shares add up to the whole.

    Examples:
        >>> values = pd.DataFrame({"total_amount": [10.0, 30.0, 60.0]})
        >>> describe_groups(values, pd.Series(["a", "b", "b"]), order=pd.Index(["b", "a"]))
           customers     share  revenue_share  median_total_amount  mean_total_amount
        b          2  0.666667            0.9                 45.0               45.0
        a          1  0.333333            0.1                 10.0               10.0
    """
    grouped = values.groupby(groups.to_numpy())
    sizes = grouped.size().reindex(order, fill_value=0)
    table = pd.DataFrame({"customers": sizes, "share": sizes / len(values)})
    if "total_amount" in values.columns:
        sums = grouped["total_amount"].sum().reindex(order, fill_value=0.0)
        total = float(values["total_amount"].sum())
        shared = total > 0 and not is_nothing(total, values["total_amount"])
        table["revenue_share"] = sums / total if shared else float("nan")
    medians, means = grouped.median().reindex(order), grouped.mean().reindex(order)
    for column in values.columns:
        table[f"median_{column}"] = medians[column]
        table[f"mean_{column}"] = means[column]
    return table
