"""The named group-bys that models and tables are made from; each runs where the data live."""

from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from cemkit.data.engines import after_day, collect
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.errors import NotEnoughDataError


def amounts_in_window(orders: Any, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Net amounts in `start < date <= end` of everyone who bought up to `start`."""
    recent = nw.col("order_date") >= after_day(start)
    before = ~recent & (nw.col("amount") >= 0)
    rows = _rows_up_to(orders, end).with_columns(
        within=nw.when(recent).then(nw.col("amount")).otherwise(nw.lit(0.0)),
        purchases=nw.when(before).then(nw.lit(1)).otherwise(nw.lit(0)),
        no_date=nw.col("order_date").is_null().cast(nw.Int64),
    )
    sums = rows.group_by("customer_id").agg(
        nw.col("within").sum().alias("amount"),
        nw.col("purchases", "no_date", "no_amount").sum(),
    )
    table = collect(sums)
    if table["customer_id"].isna().any() or table[["no_date", "no_amount"]].any(axis=None):
        check_complete(scan_orders(orders))
    # Before those who came later are left out: they may be the others under another spelling.
    check_spelling(table["customer_id"])
    table = table[table["purchases"] > 0]
    return table.set_index("customer_id")[["amount"]].sort_index()


def last_order_day(orders: Any) -> pd.Timestamp:
    """The day of the last order."""
    last = collect(_checked(orders).select(nw.col("order_date").max()))["order_date"].iloc[0]
    if pd.isna(last):
        raise NotEnoughDataError("dated orders", have=0, need=1)
    return pd.Timestamp(last).normalize()


def cohort_purchases(
    orders: Any, as_of: pd.Timestamp, period: str, measure: str
) -> tuple[pd.Series, pd.DataFrame]:
    """What the customers who first bought in the same period did, period by period."""
    rows = _customer_days(orders, as_of)
    codes, ids = pd.factorize(rows["customer_id"])
    code = codes.astype("int64")
    if (code < 0).any() or rows["day"].isna().any() or rows["no_amount"].any():
        check_complete(scan_orders(orders))
    check_spelling(ids)
    day = rows["day"].to_numpy().astype("datetime64[D]")
    bought = rows["purchases"].to_numpy() > 0
    number = period_number(day, period)
    if not bought.any():
        return pd.Series(dtype="int64"), pd.DataFrame()
    low, span = number.min(), int(np.ptp(number)) + 1
    customer, number = code, number - low
    pairs = _distinct(customer[bought] * span + number[bought])
    cohort = np.full(code.max() + 1, -1)
    first = np.flatnonzero(np.diff(pairs // span, prepend=-1))
    cohort[pairs[first] // span] = pairs[first] % span
    sizes = np.bincount(cohort[cohort >= 0], minlength=span)
    started = np.flatnonzero(sizes)
    # Cells for the cohorts there are: one order of 1900 would else make millions of empty ones.
    cohort = np.where(cohort >= 0, np.searchsorted(started, cohort), -1)
    shape = len(started), span
    if measure == "repeat":
        again, on = _second_days(customer[bought], day[bought])
        pairs = again * span + period_number(on, period) - low
    cells = {"count": _by_cell(cohort[pairs // span], pairs % span, shape)}
    if measure == "amount":
        known = cohort[customer] >= 0
        entries = rows["amount"].to_numpy()[known], (customer[known], number[known])
        sums = sparse.csr_array(entries, (len(cohort), span))
        at = np.repeat(cohort, np.diff(sums.indptr)), sums.indices, shape
        cells |= {"amount": _by_cell(*at, sums.data), "amount_squared": _by_cell(*at, sums.data**2)}
    table = pd.DataFrame({name: cell.ravel() for name, cell in cells.items()})
    table.insert(0, "cohort", np.repeat(started, span) + low)
    table.insert(1, "period", np.tile(np.arange(span), len(started)) + low)
    used = (table[list(cells)] != 0).any(axis=1)
    return pd.Series(sizes[started], index=started + low), table[used].reset_index(drop=True)


def period_number(day: npt.NDArray[np.datetime64], period: str) -> npt.NDArray[np.int64]:
    """The number of the period that each day lies in, as pandas numbers it."""
    if period == "week":
        return (day.astype("int64") + 3) // 7 + 1  # 1970-01-01 was a Thursday
    month = day.astype("datetime64[M]").astype("int64")
    return month // {"month": 1, "quarter": 3, "year": 12}[period]


def _customer_days(orders: Any, as_of: pd.Timestamp) -> pd.DataFrame:
    rows = _rows_up_to(orders, as_of).select(
        "customer_id",
        "amount",
        "no_amount",
        day=nw.col("order_date").dt.truncate("1d"),
        purchases=nw.when(nw.col("amount") >= 0).then(nw.lit(1)).otherwise(nw.lit(0)),
    )
    if not isinstance(orders, pd.DataFrame):
        sums = nw.col("amount", "no_amount", "purchases").sum()
        rows = rows.group_by("customer_id", "day").agg(sums)
    return collect(rows)


def _second_days(
    customer: npt.NDArray[np.int64], day: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.datetime64]]:
    """Who bought on more than one day, and on which day for the second time."""
    low, span = day.min(), int(np.ptp(day).astype("int64")) + 1
    days = _distinct(customer * span + (day - low).astype("int64"))
    first = np.diff(days // span, prepend=-1) != 0
    second = days[1:][first[:-1] & ~first[1:]]
    return second // span, low + (second % span).astype("timedelta64[D]")


def _distinct(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    # Sorting whole numbers is several times faster than the hashing of np.unique.
    ordered = np.sort(keys)
    distinct: npt.NDArray[np.int64] = ordered[np.diff(ordered, prepend=-1) != 0]
    return distinct


def _by_cell(
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    shape: tuple[int, int],
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    cells = np.bincount(row * shape[1] + column, weights=weights, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype("float64")


def _rows_up_to(orders: Any, end: pd.Timestamp) -> nw.LazyFrame[Any]:
    """Rows dated up to `end` or not at all, with `no_amount`: whether the amount is missing."""
    date, amount = nw.col("order_date"), nw.col("amount")
    rows = _checked(orders).filter((date < after_day(end)) | date.is_null())
    return rows.with_columns(no_amount=(amount.is_null() | ~amount.is_finite()).cast(nw.Int64))


def _checked(orders: Any) -> nw.LazyFrame[Any]:
    """The three columns, dates as datetimes."""
    frame, date = scan_orders(orders), nw.col("order_date")
    if frame.collect_schema()["order_date"] == nw.Date:
        date = date.cast(nw.Datetime("us"))
    return frame.select("customer_id", date, nw.col("amount").cast(nw.Float64))
