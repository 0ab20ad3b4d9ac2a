"""Snapshots to train on: the customer table as of several days, and what came after each."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from cemkit.checks import check_as_of, check_list
from cemkit.checks.options import shown
from cemkit.churn.labels import label_churn
from cemkit.data.customers import WINDOWS, customer_table


def training_snapshots(
    orders: Any,
    dates: Sequence[str | dt.date | pd.Timestamp],
    window_days: int,
    windows: Iterable[int] = WINDOWS,
    people: pd.DataFrame | None = None,
    *,
    include: str | Iterable[str] = "activity",
    data_until: str | dt.date | pd.Timestamp | None = None,
    label: Callable[..., pd.Series] = label_churn,
) -> pd.DataFrame:
    """Stack customer tables and labels as of several days, to train on some and test on another.

    To test out of time, the outcome windows of the training days must end by the test day.
    Otherwise the model has already seen part of the outcome.

    Args:
        orders: Order table with `customer_id, order_date, amount`, on any engine.
        dates: Days `as_of` of the snapshots, in any order, each once.
        window_days: Length in days of every outcome window.
        windows: Lengths in days of the windows of the block "activity", as in `customer_table`.
        people: Table with one row per person, as in `customer_table`. Its content must have been
            known on each of the dates. None adds no people.
        include: Blocks of the customer table, as in `customer_table`.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.
        label: Function of the orders, the day and the window that gives the labels, such as
            `label_repurchase`, or `functools.partial(label_upgrade, ladder=["basic", "premium"])`.

    Returns:
        One row per customer and date with a label, on the index `customer_id, as_of`, sorted by
        date and customer: the columns of `customer_table` and the label (`churned` by default).

    Raises:
        ValueError: `dates` is empty or names a day twice.
        DataError: `customer_table` or the label function raises it, or a window ends after the
            data.

    Examples:
        >>> from cemkit import load_cdnow
        >>> stacked = training_snapshots(load_cdnow(), ["1997-06-30", "1997-09-30"], window_days=91)
        >>> stacked["churned"].groupby("as_of").mean().round(3).to_dict()
        {Timestamp('1997-06-30 00:00:00'): 0.82, Timestamp('1997-09-30 00:00:00'): 0.822}
    """
    dates, windows = check_list(dates, "dates"), check_list(windows, "windows")
    blocks = include if isinstance(include, str) else check_list(include, "include")
    days = sorted(check_as_of(date) for date in dates)
    if not days or len(set(days)) < len(days):
        raise ValueError(f"dates must name at least one day, each once, not {shown(dates)}")
    parts = []
    for day in days:
        labels = label(orders, as_of=day, window_days=window_days, data_until=data_until)
        table = customer_table(orders, day, people=people, include=blocks, windows=windows)
        parts.append(table.loc[labels.index].assign(**{str(labels.name): labels}))
    stacked = pd.concat(parts, keys=days, names=["as_of"])
    return stacked.swaplevel()
