"""summarize_customers: from orders to one row per customer."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal, overload

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_flag, check_list
from cemkit.checks.options import shown
from cemkit.data.customer_sums import MISSING_DAY, SUMS, in_memory_sums, lazy_sums
from cemkit.data.engines import as_given, day_number
from cemkit.data.engines import collect as collect_rows
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.errors import DataError, NotEnoughDataError

MEASURES = [
    "first_order_date",
    "last_order_date",
    "order_count",
    "total_amount",
    "mean_amount",
    "recency_days",
    "tenure_days",
    "repeat_count",
    "repeat_mean_amount",
]


@overload
def summarize_customers(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    by: str | Iterable[str] | None = None,
    collect: Literal[True] = True,
) -> pd.DataFrame: ...


@overload
def summarize_customers(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    by: str | Iterable[str] | None = None,
    collect: bool,
) -> Any: ...


def summarize_customers(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    by: str | Iterable[str] | None = None,
    collect: bool = True,
) -> Any:
    """One row per customer: how recently, how often and how much they bought.

    A purchase is a row whose amount is not negative; a negative amount is a return. Dates and
    counts come from purchases alone, amounts are net of returns. Rows dated after `as_of` are left
    out, and customers without a purchase up to `as_of` have no row; `audit_orders` counts both, as
    `after_as_of` and `only_returns`. Without `order_id`, an order is a day on which the customer
    bought.

    Args:
        orders: `customer_id, order_date, amount` and, where present, `order_id`: a pandas, Polars,
            PyArrow, DuckDB, Dask or PySpark table. The sums are made where it lives.
        as_of: The last day seen.
        by: Columns that split each customer, such as `"channel"`: one row per customer and value.
        collect: Whether the result comes back as pandas. Where not, it stays what `orders` is,
            with `customer_id` as a column, and a lazy engine has computed, and checked, nothing
            yet.

    Returns:
        Sorted by its index `customer_id` (and `by`), with

        - `first_order_date, last_order_date`: days of the first and last purchase,
        - `order_count`: purchase orders (RFM frequency),
        - `total_amount`: the sum net of returns, and `mean_amount`: that sum per order,
        - `recency_days`: days from the last purchase to `as_of`,
        - `tenure_days`: days from the first purchase to `as_of` (T),
        - `repeat_count`: purchase days after the first (x),
        - `repeat_mean_amount`: net amount after the first purchase day, per repeat purchase day
          (z; 0 where there is none).

        The papers' t_x is `tenure_days - recency_days`. Row order and engine change no count and
        no day; amounts agree to rounding.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        NotEnoughDataError: `orders` is empty, or holds no purchase.
        DataError: `as_of` lies before the first order; an id, date or amount is missing; an id is
            in another spelling than `prepare_orders` gives; a date lies before 1700; a column has
            a type that `prepare_orders` would have changed.
        ValueError: `by` names a column twice, or one of the result.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["1997-01-01", "1997-01-11", "1997-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> customers = summarize_customers(orders, as_of="1997-01-31")
        >>> customers[["order_count", "total_amount", "recency_days", "tenure_days"]]
                     order_count  total_amount  recency_days  tenure_days
        customer_id
        ann                    2          50.0            20           30
        bob                    1           5.0            26           26
    """
    end = check_as_of(as_of)
    keys = ["customer_id", *_split_by(by)]
    check_flag(collect, "collect")
    for name in keys[1:]:
        if keys.count(name) > 1 or name in {*SUMS, *MEASURES}:
            raise ValueError(f"by names {name!r}, which the summary itself uses; rename the column")
    frame = scan_orders(orders, [*keys, "order_date", "amount"])
    order_id = ["order_id"] if "order_id" in frame.collect_schema().names() else []
    rows = frame.select(*dict.fromkeys([*keys, "order_date", "amount", *order_id]))
    customers = _summary(rows, keys, end, *order_id)
    if not collect:
        return _of_the_same_kind(customers, orders)
    if isinstance(customers, pd.DataFrame):
        _check_summary(customers.index.to_frame(), customers, rows, end)
        return customers
    if customers.implementation.is_polars() or customers.implementation.is_duckdb():
        customers = customers.sort(*keys)  # on all cores; pandas finds it sorted
    table = collect_rows(customers)
    _check_summary(table[keys], table, rows, end)
    return _typed(table.set_index(keys).sort_index())


def _split_by(by: str | Iterable[str] | None) -> list[str]:
    """The columns of `by`, read once."""
    if by is None or isinstance(by, str):
        return [] if by is None else [by]
    names = check_list(by, "by")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"by must name columns, as in by=['channel'], not {shown(name)}")
    return names


def _summary(
    rows: nw.LazyFrame[Any], keys: list[str], end: pd.Timestamp, order_id: str | None = None
) -> Any:
    """The measures as a pandas table where the rows are in memory, else as a lazy frame."""
    engine = rows.implementation
    if engine.is_pandas_like() or engine.is_pyarrow():
        return _measured(in_memory_sums(_pandas(rows), keys, end, order_id), end)
    if engine.is_dask():
        # All rows of a customer come into one partition, which is then a small table in memory.
        parts = rows.to_native().shuffle("customer_id")
        return nw.from_native(parts.map_partitions(_part, keys, end, order_id)).lazy()
    return _measured_lazily(lazy_sums(rows, keys, end, order_id), keys, end)


def _pandas(rows: nw.LazyFrame[Any]) -> pd.DataFrame:
    table: pd.DataFrame = rows.collect("pandas").to_native()
    return table


def _part(
    rows: pd.DataFrame, keys: list[str], end: pd.Timestamp, order_id: str | None
) -> pd.DataFrame:
    return _measured(in_memory_sums(rows, keys, end, order_id), end).reset_index()


def _measured(sums: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    repeat_count = sums["purchase_days"] - 1
    repeat_mean = (sums["repeat_amount"] / repeat_count.clip(lower=1)).where(repeat_count > 0, 0.0)
    measures = sums.assign(
        mean_amount=sums["total_amount"] / sums["order_count"],
        recency_days=(end - sums["last_order_date"]).dt.days,
        tenure_days=(end - sums["first_order_date"]).dt.days,
        repeat_count=repeat_count,
        repeat_mean_amount=repeat_mean,
    )
    return measures[MEASURES]


def _measured_lazily(
    sums: nw.LazyFrame[Any], keys: list[str], end: pd.Timestamp
) -> nw.LazyFrame[Any]:
    as_of = nw.lit((end.date() - dt.date(1970, 1, 1)).days)
    measures = sums.with_columns(
        nw.col("order_count").cast(nw.Int64),
        mean_amount=nw.col("total_amount") / nw.col("order_count"),
        recency_days=as_of - day_number(nw.col("last_order_date")),
        tenure_days=as_of - day_number(nw.col("first_order_date")),
        repeat_count=nw.col("purchase_days").cast(nw.Int64) - 1,
    )
    repeats = nw.when(nw.col("repeat_count") > 0).then(nw.col("repeat_count")).otherwise(nw.lit(1))
    mean = nw.when(nw.col("repeat_count") > 0).then(nw.col("repeat_amount") / repeats)
    return measures.with_columns(repeat_mean_amount=mean.otherwise(nw.lit(0.0))).select(
        *keys, *MEASURES
    )


def _of_the_same_kind(customers: Any, orders: Any) -> Any:
    if isinstance(orders, pd.DataFrame):
        return customers
    if isinstance(customers, pd.DataFrame):
        customers = nw.from_native(customers.reset_index()).lazy()
    return as_given(customers, orders)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    dates = dict.fromkeys(["first_order_date", "last_order_date"], "datetime64[us]")
    counts = ["order_count", "recency_days", "tenure_days", "repeat_count"]
    return table.astype({**dates, **dict.fromkeys(counts, "int64")})


def _check_summary(
    keys: pd.DataFrame, table: pd.DataFrame, rows: nw.LazyFrame[Any], end: pd.Timestamp
) -> None:
    """Raise for what only the data can tell; a second look at them is taken only then."""
    sound = (
        len(table) > 0
        and not keys.isna().to_numpy().any()
        and np.isfinite(table["total_amount"]).all()
        and table["first_order_date"].min() > MISSING_DAY
    )
    if not sound:
        _raise_what_is_wrong(rows, list(keys.columns), end, n_found=len(table))
    ids = keys["customer_id"]
    check_spelling(ids if keys.shape[1] == 1 else ids.unique())


def _raise_what_is_wrong(
    rows: nw.LazyFrame[Any], keys: list[str], end: pd.Timestamp, n_found: int
) -> None:
    if not check_complete(rows, [*keys, "order_date", "amount"]):
        raise NotEnoughDataError("orders", have=0, need=1)
    first = pd.Timestamp(
        collect_rows(rows.select(nw.col("order_date").min()))["order_date"].iloc[0]
    )
    if first >= end + pd.Timedelta(days=1):
        raise DataError(f"as_of={end:%Y-%m-%d} lies before the first order, on {first:%Y-%m-%d}")
    if first <= MISSING_DAY:
        raise DataError(
            f"order_date goes back to {first:%Y-%m-%d}, which stands for a missing date; "
            "correct the dates before 1700-01-02"
        )
    if n_found:
        raise DataError("amounts add up to more than a float can hold; count them in a larger unit")
    raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
