"""The named group-bys that models fit on: they run where the orders are, and come back small."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.customer_sums import MISSING_DAY
from cemkit.data.engines import EPOCH_YEAR, collect, day_number, is_in_memory, scan
from cemkit.data.order_ids import check_spelling, check_spelling_in
from cemkit.data.order_rows import scan_orders
from cemkit.errors import DataError, NotEnoughDataError

# ---- churn: what each customer did up to a day, and who bought after it --------------------------


def churn_activity(orders: Any, end: dt.date, windows: Sequence[int]) -> pd.DataFrame:
    """What each customer bought and sent back up to the day `end`, in sums."""
    rows = _signed_rows(orders, windows, end)
    sums = _sums(rows, windows, _day_of(end), in_memory=_sorts_in_memory(orders, rows))
    distinct = {"order_id": "order_count", "product": "product_count", "category": "category_count"}
    present = rows.collect_schema().names()
    for column, count in distinct.items():
        if column in present:
            sums[count] = _distinct_counts(rows, column).reindex(sums.index, fill_value=0)
    if "order_count" not in sums:
        sums["order_count"] = sums["purchase_days"]
    return sums


def main_channel(orders: Any, end: dt.date) -> pd.Series | None:
    """The channel through which each customer bought most up to `end`; None without channels."""
    if "channel" not in scan(orders, "orders").collect_schema().names():
        return None
    used = _order_rows(orders).filter(
        nw.col("amount") >= 0, nw.col("day") <= _day_of(end), ~nw.col("channel").is_null()
    )
    counts = collect(used.group_by("customer_id", "channel").agg(nw.len().alias("rows")))
    ordered = counts.assign(channel=counts["channel"].astype(object)).sort_values(
        ["rows", "channel"], ascending=[False, True]
    )
    return ordered.drop_duplicates("customer_id").set_index("customer_id")["channel"]


def purchases_around(orders: Any, start: dt.date, end: dt.date) -> pd.DataFrame:
    """Each customer's first purchase, last row, and purchases after `start` and up to `end`."""
    bought = nw.col("amount") >= 0
    inside = (nw.col("day") > _day_of(start)) & (nw.col("day") <= _day_of(end))
    rows = _order_rows(orders).with_columns(
        purchase_day=nw.when(bought).then(nw.col("day")).otherwise(nw.col("day") * 0 + NEVER),
        window_purchases=(bought & inside).cast(nw.Int64),
    )
    counted = rows.group_by("customer_id").agg(
        nw.col("purchase_day").min().alias("first_day"),
        nw.col("day").max().alias("last_day"),
        nw.col("window_purchases").sum(),
        nw.col("missing").sum(),
    )
    sums = collect(counted)
    _check_missing(sums)
    check_spelling(sums["customer_id"])
    return _by_customer(sums.drop(columns="missing")).astype("int64")


def gap_counts(orders: Any, end: dt.date) -> pd.DataFrame:
    """How many gaps between purchase days have each length."""
    rows = _signed_rows(orders, [], end)
    if _sorts_in_memory(orders, rows):
        closed, ages = _gaps_in_memory(collect(rows), _day_of(end))
    else:
        _check_missing(collect(rows.select(nw.col("missing").sum())))
        check_spelling_in(rows)
        days = _with_gaps(rows)
        gaps = days.filter(nw.col("first_here") == 0).group_by("gap").agg(nw.len().alias("count"))
        last = days.group_by("customer_id").agg(nw.col("day").max())
        last = last.select(age=_day_of(end) - nw.col("day"))
        closed = collect(gaps).set_index("gap")["count"]
        ages = collect(last.group_by("age").agg(nw.len().alias("count"))).set_index("age")["count"]
    counts = pd.DataFrame({"closed": closed, "open": ages}).fillna(0).astype("int64")
    return counts.sort_index().rename_axis("gap_days")


NEVER = 2**31 - 1  # later than any day


def _day_of(day: dt.date) -> int:
    return (dt.date(day.year, day.month, day.day) - dt.date(EPOCH_YEAR, 1, 1)).days


def _order_rows(orders: Any) -> nw.LazyFrame[Any]:
    frame = scan_orders(orders)
    schema = frame.collect_schema()
    date, amount = nw.col("order_date"), nw.col("amount").cast(nw.Float64)
    if schema["order_date"] == nw.Date:
        date = date.cast(nw.Datetime("us"))
    known = ~nw.col("customer_id").is_null() & ~date.is_null() & ~amount.is_null()
    kept = ("order_id", "promotion", "product", "category", "channel")
    further = [name for name in kept if name in schema.names()]
    return frame.select(
        "customer_id",
        *further,
        # A missing date lies in every past, so that its row is found rather than lost.
        day=day_number(date.fill_null(MISSING_DAY.to_pydatetime())),
        # Not a number is missing, too, and on some engines above 0.
        amount=nw.when(amount.is_finite()).then(amount),
        missing=(~(known & amount.is_finite())).cast(nw.Int64),
    )


def _signed_rows(orders: Any, windows: Sequence[int], end: dt.date) -> nw.LazyFrame[Any]:
    """Rows up to `end`, purchases and returns in columns of their own."""
    rows = _order_rows(orders).filter(nw.col("day") <= _day_of(end))
    amount, bought = nw.col("amount"), nw.col("amount") >= 0
    # No literals: older Narwhals cannot spread them over a table without rows.
    columns = {
        "purchase_rows": bought.cast(nw.Int64),
        "return_rows": (amount < 0).cast(nw.Int64),
        "purchased_amount": nw.when(bought).then(amount).otherwise(amount * 0),
        "returned_amount": nw.when(amount < 0).then(amount * -1).otherwise(amount * 0),
    }
    for window in windows:
        recent = nw.col("day") > _day_of(end) - window
        columns[f"amount_{window}"] = nw.when(recent).then(amount).otherwise(amount * 0)
    if "promotion" in rows.collect_schema().names():
        promoted = bought & ~nw.col("promotion").is_null()
        columns["promoted_rows"] = promoted.cast(nw.Int64)
    return rows.with_columns(**columns)


def _sorts_in_memory(orders: Any, rows: nw.LazyFrame[Any]) -> bool:
    """Whether NumPy sorts: what is here, faster than by ordered windows; and Dask, with none."""
    return is_in_memory(orders) or rows.implementation is nw.Implementation.DASK


def _sums(
    rows: nw.LazyFrame[Any], windows: Sequence[int], end: int, *, in_memory: bool
) -> pd.DataFrame:
    summed = ["purchase_rows", "return_rows", "purchased_amount", "returned_amount", "missing"]
    summed += [f"amount_{window}" for window in windows]
    summed += [name for name in rows.collect_schema().names() if name == "promoted_rows"]
    if in_memory:
        totals, days = _sums_in_memory(_customer_days(rows, summed), summed, windows, end)
    else:
        totals = _summed(rows, ["customer_id"], summed)
        _check_missing(totals)
        totals = _by_customer(totals)
        days = _by_customer(_counted_days(_with_gaps(rows), windows, end))
    if days.empty:
        raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
    check_spelling(totals.index)
    counts = {name: "int64" for name in totals if str(name).endswith("_rows")}
    return days.join(totals.drop(columns="missing").astype(counts))


def _summed(rows: nw.LazyFrame[Any], keys: list[str], columns: list[str]) -> pd.DataFrame:
    return collect(rows.group_by(*keys).agg(*(nw.col(name).sum() for name in columns)))


def _with_gaps(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """The distinct purchase days with the days since the one before."""
    days = rows.filter(nw.col("purchase_rows") > 0).select("customer_id", "day")
    days = days.unique(["customer_id", "day"])
    before = nw.col("day").shift(1).over("customer_id", order_by="day")
    days = days.with_columns(before=before).with_columns(
        first_here=nw.when(nw.col("before").is_null()).then(nw.lit(1)).otherwise(nw.lit(0)),
        before=nw.when(nw.col("before").is_null()).then(nw.col("day")).otherwise(nw.col("before")),
    )
    return days.with_columns(gap=nw.col("day") - nw.col("before"))


def _counted_days(days: nw.LazyFrame[Any], windows: Sequence[int], end: int) -> pd.DataFrame:
    recent = {
        f"order_days_{window}": nw.when(nw.col("day") > end - window)
        .then(nw.lit(1))
        .otherwise(nw.lit(0))
        for window in windows
    }
    days = days.with_columns(squared_gap=nw.col("gap") * nw.col("gap"), **recent)
    return collect(
        days.group_by("customer_id").agg(
            nw.col("day").min().alias("first_day"),
            nw.col("day").max().alias("last_day"),
            nw.len().alias("purchase_days"),
            nw.col("day").sum().alias("day_sum"),
            nw.col("squared_gap").sum().alias("squared_gap_sum"),
            *(nw.col(name).sum() for name in recent),
        )
    ).astype(dict.fromkeys(DAY_COUNTS + list(recent), "int64"))


DAY_COUNTS = ["first_day", "last_day", "purchase_days", "day_sum", "squared_gap_sum"]


def _customer_days(rows: nw.LazyFrame[Any], summed: list[str]) -> pd.DataFrame:
    if rows.implementation is nw.Implementation.DASK:
        return _summed(rows, ["customer_id", "day"], summed)
    return collect(rows.select("customer_id", "day", *summed))


def _sums_in_memory(
    rows: pd.DataFrame, summed: list[str], windows: Sequence[int], end: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    _check_missing(rows)
    codes, ids = pd.factorize(rows["customer_id"], sort=True)
    index = pd.Index(ids, name="customer_id")
    totals = pd.DataFrame(
        {
            name: np.bincount(codes, weights=rows[name].to_numpy("float64"), minlength=len(ids))
            for name in summed
        },
        index=index,
    )
    who, day = _sorted_days(codes, rows)
    if len(day) == 0:
        return totals, pd.DataFrame()
    start = np.flatnonzero(np.r_[True, who[1:] != who[:-1]])
    gap = np.diff(day, prepend=day[0])
    gap[start] = 0
    sums = {
        "first_day": day[start],
        "last_day": day[np.r_[start[1:], len(day)] - 1],
        "purchase_days": np.diff(np.r_[start, len(day)]),
        "day_sum": np.add.reduceat(day, start),
        "squared_gap_sum": np.add.reduceat(gap * gap, start),
    }
    for window in windows:
        sums[f"order_days_{window}"] = np.add.reduceat((day > end - window).astype("int64"), start)
    days = pd.DataFrame(sums, index=index.take(who[start]))
    return totals, days


def _sorted_days(
    codes: npt.NDArray[np.intp], rows: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Distinct purchase days by customer and day: one sort of one packed integer."""
    bought = rows["purchase_rows"].to_numpy() > 0
    day = rows["day"].to_numpy("int64")[bought]
    lowest, span = (day.min(), int(np.ptp(day)) + 1) if len(day) else (0, 1)
    packed = np.sort(codes[bought].astype("int64") * span + (day - lowest))
    packed = packed[np.diff(packed, prepend=-1) > 0]
    return packed // span, packed % span + lowest


def _gaps_in_memory(rows: pd.DataFrame, end: int) -> tuple[pd.Series, pd.Series]:
    _check_missing(rows)
    codes, ids = pd.factorize(rows["customer_id"], sort=True)
    check_spelling(ids)
    who, day = _sorted_days(codes, rows)
    same = who[1:] == who[:-1]
    last = day[np.r_[~same, True]] if len(day) else day
    return pd.Series(np.diff(day)[same]).value_counts(), pd.Series(end - last).value_counts()


def _distinct_counts(rows: nw.LazyFrame[Any], column: str) -> pd.Series:
    bought = rows.filter(nw.col("purchase_rows") > 0).select("customer_id", column)
    if column != "order_id":  # in `summarize_customers`, too, the orders without an id are one
        bought = bought.filter(~nw.col(column).is_null())
    pairs = bought.unique(["customer_id", column])
    counts = collect(pairs.group_by("customer_id").agg(nw.len().alias("count")))
    return counts.set_index("customer_id")["count"].astype("int64")


def _by_customer(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("customer_id").sort_index()


def _check_missing(rows: pd.DataFrame) -> None:
    missing = int(rows["missing"].sum())
    if missing:
        raise DataError(
            f"customer_id, order_date or amount is missing, or the amount infinite, in {missing:,} "
            "rows; correct or leave out those rows"
        )
