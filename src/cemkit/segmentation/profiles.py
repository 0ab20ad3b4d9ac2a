"""One row per group of customers: how many there are, what they bring, what is typical of them."""

import pandas as pd

from cemkit.data.rounding import is_nothing


def describe_groups(values: pd.DataFrame, groups: pd.Series, order: pd.Index) -> pd.DataFrame:
    """Sizes, shares, medians and means by group."""
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
