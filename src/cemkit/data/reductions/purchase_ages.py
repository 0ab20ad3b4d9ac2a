"""Orders to purchase days per first day and day: all that the intensity of a calendar needs."""

from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import normal_ids
from cemkit.data.days import day_of
from cemkit.data.engines import collect
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.purchase_days import past_rows, purchase_day_rows, sorted_purchases
from cemkit.errors import NotEnoughDataError

MOST_EMPTY = 1_000_000  # places of an array that may stay empty


def purchases_by_first_day(orders: Any, end: pd.Timestamp) -> pd.DataFrame:
    """Purchase days up to a day: `first_day, day, purchases`, sorted; days are numbers.

    A row with `day` at `first_day` counts the customers who first bought then.
    """
    check_complete(scan_orders(orders))
    pairs = _in_memory(orders, end) if isinstance(orders, pd.DataFrame) else _lazy(orders, end)
    if pairs.empty:
        raise NotEnoughDataError("purchases up to as_of", 0, 1, hint="choose a later as_of")
    return pairs


def _in_memory(orders: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    ids = normal_ids(orders["customer_id"])
    known = pd.DataFrame(
        {"customer_id": ids, "order_date": orders["order_date"], "amount": orders["amount"]},
    )
    seen = sorted_purchases(known, ["customer_id"], end)
    if not len(seen.day):
        return pd.DataFrame({"first_day": [], "day": [], "purchases": []})
    start, span = seen.day.min(), day_of(end) - seen.day.min() + 1
    pair = np.repeat(seen.first - start, seen.count) * span + (seen.day - start)
    pairs, counts = _counted(pair, span**2)
    columns = {"first_day": pairs // span + start, "day": pairs % span + start}
    return pd.DataFrame({**columns, "purchases": counts})


def _counted(
    values: npt.NDArray[np.int64], end: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct whole numbers from 0 to below an end, and how often each occurs."""
    if end > 4 * len(values) + MOST_EMPTY:
        return np.unique(values, return_counts=True)
    counts = np.bincount(values, minlength=end)
    there = np.flatnonzero(counts)
    return there, counts[there]


def _lazy(orders: Any, end: pd.Timestamp) -> pd.DataFrame:
    days = purchase_day_rows(past_rows(orders, end))
    firsts = days.group_by("customer_id").agg(nw.col("day").min().alias("first_day"))
    both = days.join(firsts, on="customer_id").group_by("first_day", "day")
    table = collect(both.agg(nw.len().alias("purchases"))).astype("int64")
    return table.sort_values(["first_day", "day"], ignore_index=True)
