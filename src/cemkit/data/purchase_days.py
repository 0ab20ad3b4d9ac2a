"""Purchase days: who bought on which day, in memory by one sort, elsewhere by a group-by.

A purchase is a row whose amount is at least 0, since published CDNOW figures count free orders. A
row with a negative amount is a return: it changes amounts, never dates or counts.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.data.days import MISSING_DAY, day_number, day_numbers, day_of
from cemkit.data.engines import category_values
from cemkit.data.order_rows import NEEDED, check_complete, scan_orders
from cemkit.errors import DataError

Numbers = npt.NDArray[np.int64]


def is_purchase(amount: Any) -> Any:
    """Return whether amounts are those of purchases: a lazy column's or an array's."""
    return amount >= 0


def check_none_missing(orders: Any, missing: int) -> None:
    """Raise where rows lack an id, a date or an amount: a second look says which."""
    if missing:
        check_complete(scan_orders(orders))


def order_rows(orders: Any, **kept: str) -> nw.LazyFrame[Any]:
    """Return `customer_id, day, amount, missing` of every row, and columns to keep by new name.

    A row without a date lies in every past, so that it is found; `missing` is 1 for such rows.
    """
    frame = scan_orders(orders, [*NEEDED, *kept.values()])
    schema = frame.collect_schema()
    if frame.implementation.is_pandas():
        return nw.from_native(_rows_in_pandas(frame.collect("pandas").to_native(), kept)).lazy()
    date, amount = nw.col("order_date"), nw.col("amount").cast(nw.Float64)
    if schema["order_date"] == nw.Date:
        date = date.cast(nw.Datetime("us"))
    known = ~nw.col("customer_id").is_null() & ~date.is_null() & ~amount.is_null()
    return frame.select(
        "customer_id",
        **{name: nw.col(column) for name, column in kept.items()},
        day=day_number(date.fill_null(MISSING_DAY.to_pydatetime()), frame.implementation),
        # Not a number is missing, too, and on some engines above 0.
        amount=nw.when(amount.is_finite()).then(amount),
        missing=(~(known & amount.is_finite())).cast(nw.Int64),
    )


def _rows_in_pandas(orders: pd.DataFrame, kept: Mapping[str, str]) -> pd.DataFrame:
    amount = orders["amount"].to_numpy(dtype=np.float64, na_value=np.nan)
    finite = np.isfinite(amount)
    missing = ~finite | (orders["customer_id"].isna() | orders["order_date"].isna()).to_numpy()
    columns = {
        "customer_id": orders["customer_id"],
        **{name: orders[column] for name, column in kept.items()},
        "day": day_numbers(orders["order_date"]),
        "amount": amount if finite.all() else np.where(finite, amount, np.nan),
        "missing": missing.astype(np.int64),
    }
    return pd.DataFrame(columns, index=orders.index, copy=False)


def purchase_day_rows(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Return the distinct `customer_id, day` on which something was bought, of `order_rows`."""
    days = rows.filter(is_purchase(nw.col("amount"))).select("customer_id", "day")
    return days.unique(["customer_id", "day"])


def past_rows(orders: Any, end: pd.Timestamp, **kept: str) -> nw.LazyFrame[Any]:
    """Return `order_rows` up to the day `end`."""
    return order_rows(orders, **kept).filter(nw.col("day") <= day_of(end))


def distinct_pairs(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """Return the distinct pairs of whole numbers, sorted by both."""
    if not len(left):
        return left, right
    # One sort of packed whole numbers is far cheaper than an argsort or a hash of pairs.
    low, span = right.min(), right.max() - right.min() + 1
    packed = np.sort(left * span + (right - low))
    packed = packed[np.flatnonzero(np.diff(packed, prepend=-1))]
    first = packed // span
    return first, packed - first * span + low


@dataclasses.dataclass(frozen=True, slots=True)
class PurchaseDays:
    """Order rows up to a day in memory, and their distinct purchase days, sorted by both.

    `past` says which rows these are (all, where it is a slice); `row, days, amounts` are the
    customer, day and amount of each row; `customer, day` each purchase day; `starts` where those of
    a customer start, and `index` all customers by their number.
    """

    past: npt.NDArray[np.bool_] | slice
    index: pd.Index
    row: Numbers
    days: Numbers
    amounts: Floats
    customer: Numbers
    day: Numbers
    starts: Numbers

    @property
    def buyers(self) -> pd.Index:
        """Those with a purchase day."""
        return self.index[self.customer[self.starts]]

    @property
    def count(self) -> Numbers:
        """How many purchase days each buyer has."""
        return np.diff(self.starts, append=len(self.customer)).astype(np.int64, copy=False)

    @property
    def first(self) -> Numbers:
        """The first purchase day of each buyer."""
        return self.day[self.starts]

    @property
    def last(self) -> Numbers:
        """The last purchase day of each buyer."""
        last: Numbers = self.day[self.starts + self.count - 1]
        return last

    def summed(self, values: npt.NDArray[Any]) -> Floats:
        """The sum over the rows of each buyer."""
        sums = np.bincount(self.row, values, len(self.index)).astype(np.float64)
        return sums[self.customer[self.starts]]

    def gaps(self) -> Numbers:
        """The days since the purchase day before; 0 at the first of each buyer."""
        gaps = np.diff(self.day, prepend=0)
        gaps[self.starts] = 0
        return gaps


def sorted_purchases(orders: pd.DataFrame, keys: Sequence[str], end: pd.Timestamp) -> PurchaseDays:
    """Return the purchase days up to `end` of a pandas table with `order_date` and `amount`."""
    days = day_numbers(orders["order_date"])
    within = days <= day_of(end)
    past = slice(None) if within.all() else within
    if not within.all():
        orders, days = orders[within], days[within]
    row, index = _grouped(orders, keys)
    # A missing amount makes its sums infinite, so that it is found there.
    amounts = orders["amount"].to_numpy(dtype=np.float64, na_value=np.inf)
    bought = is_purchase(amounts)
    customer, day = distinct_pairs(row[bought], days[bought])
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    return PurchaseDays(past, index, row, days, amounts, customer, day, starts)


def _grouped(orders: pd.DataFrame, keys: Sequence[str]) -> tuple[Numbers, pd.Index]:
    columns = [coded(orders[key]) for key in keys]
    codes, values = columns[0]
    if len(keys) == 1:
        return codes, values
    for further, levels in columns[1:]:
        codes = codes * len(levels) + further
    present, codes = np.unique(codes, return_inverse=True)
    sizes = tuple(len(levels) for _, levels in columns)
    positions = np.unravel_index(present, sizes)
    taken = [levels.take(at) for (_, levels), at in zip(columns, positions, strict=True)]
    return codes, pd.MultiIndex.from_arrays(taken, names=list(keys))


def coded(values: pd.Series) -> tuple[Numbers, pd.Index]:
    """Return the number of each value among the distinct ones, and these, sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = category_values(values)
    try:
        codes, levels = pd.factorize(values, sort=True, use_na_sentinel=False)
    except TypeError as error:
        raise DataError(
            f"{values.name} mixes values that cannot be sorted; convert them to one kind: {error}"
        ) from error
    return codes, pd.Index(levels, name=values.name)
