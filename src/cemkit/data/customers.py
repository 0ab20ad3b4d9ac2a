"""customer_table: from orders to one row per customer."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, overload

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_flag, check_integer, check_list
from cemkit.checks.options import shown
from cemkit.data.customer_blocks import BLOCKS, KnownOrders
from cemkit.data.customer_sums import SUMS, in_memory_sums, lazy_sums
from cemkit.data.days import MISSING_DAY, day_number, day_of
from cemkit.data.engines import as_given, is_in_memory
from cemkit.data.engines import collect as collect_rows
from cemkit.data.events import event_features
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.people import check_not_made, for_everyone, with_people
from cemkit.data.purchase_days import PurchaseDays, sorted_purchases
from cemkit.data.responses import response_features
from cemkit.errors import DataError, NotEnoughDataError

WINDOWS = (30, 90, 365)
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
def customer_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame | None = None,
    include: str | Iterable[str] = (),
    by: str | Iterable[str] | None = None,
    events: Any = None,
    responses: Any = None,
    windows: Iterable[int] = WINDOWS,
    collect: Literal[True] = True,
) -> pd.DataFrame: ...


@overload
def customer_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame | None = None,
    include: str | Iterable[str] = (),
    by: str | Iterable[str] | None = None,
    events: Any = None,
    responses: Any = None,
    windows: Iterable[int] = WINDOWS,
    collect: bool,
) -> Any: ...


def customer_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame | None = None,
    include: str | Iterable[str] = (),
    by: str | Iterable[str] | None = None,
    events: Any = None,
    responses: Any = None,
    windows: Iterable[int] = WINDOWS,
    collect: bool = True,
) -> Any:
    """Return one row per customer with recency, frequency and amounts.

    All customer models of cemkit take this table. A purchase is a row whose amount is at least 0; a
    negative amount is a return. Dates and counts come from purchases, amounts are net of returns.
    Nothing after `as_of` enters. Customers without a purchase up to `as_of` have no row unless
    `people` names them; `audit_orders` counts later rows as `after_as_of` and such customers as
    `only_returns`. Without `order_id`, an order is a day on which the customer bought.

    Args:
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`
            (pandas, Polars, PyArrow, DuckDB, Dask or PySpark). The sums are computed by its engine.
        as_of: Last day seen. Later orders do not enter.
        people: Table with one row per person, which adds its columns and a row for everyone who
            never ordered. `match_people` reports how well the two tables match.
        include: Blocks of further columns, by name, or "all" for every block that the columns of
            `orders` allow. Blocks are listed under Returns; each costs time only when named.
        by: Columns that split each customer, such as `"channel"`: one row per customer and value.
            With `by` there are no blocks and no `people`.
        events: Event table with `customer_id, event, event_time`, for the block "events".
        responses: Response table with `customer_id, response_date, question, score`, for the block
            "responses".
        windows: Lengths in days of the windows up to `as_of` of the block "activity".
        collect: Whether to return pandas. If False, the result is a table of the kind of `orders`
            with `customer_id` as a column, and blocks and `people` are not available. A lazy engine
            then computes and checks nothing until you ask for the result.

    Returns:
        Table sorted by its index `customer_id` (and `by`), with

        - `first_order_date, last_order_date`: days of the first and last purchase.
        - `order_count`: purchase orders (RFM frequency).
        - `total_amount`: sum net of returns, and `mean_amount`: that sum per order.
        - `recency_days`: days from the last purchase to `as_of`.
        - `tenure_days`: days from the first purchase to `as_of` (T).
        - `repeat_count`: purchase days after the first (x).
        - `repeat_mean_amount`: net amount after the first purchase day, per repeat purchase day
          (z; 0 without a repeat purchase).

        The papers' t_x is `tenure_days - recency_days`. People who never ordered have counts and
        amounts of 0 and no dates. Row order and engine change no count and no day; amounts agree
        to rounding. The blocks add

        - "activity": for each window `order_days_<days>` (purchase days) and `amount_<days>`;
          `silent_share` (recency over tenure), `mean_gap_days` between purchase days (the tenure
          without a repeat purchase), `gap_variation` (standard deviation of the gaps over their
          mean; 0 below two gaps), `order_trend` (Laplace's trend statistic, above 0 where purchases
          come faster), `log_total_amount`, `log_overdue` (logs of 1 + amount, and of 1 + recency
          over mean gap).
        - "trend": `order_trend`, and `amount_slope`: by how much the amount of a purchase day grows
          per day, by least squares.
        - "returns": `return_count` (rows), `returned_amount`, `returned_share` of the amount
          bought, `last_return_date`.
        - "favourites": of `product, category, brand, channel`, those that are there:
          `favourite_<name>` (on most purchase rows; the first in the alphabet of those tied),
          `favourite_<name>_share`, `<name>_count` of different ones.
        - "habits": `habitual_weekday` of purchase days and `habitual_hour` (missing for purchases
          at exactly midnight, which carry no time), with their shares.
        - "promotion": `promotion_count` and `promotion_share` of orders with a promotion,
          `promotion_spend_share` of the amount bought; with a column `discount`, `mean_discount` of
          the rows on promotion, a fraction. Missing, False, 0, blank text and texts such as "none",
          "no" or "无" do not count as promotions.
        - "margin": `contribution_margin` (amounts less `cost`) and `margin`, its fraction of the
          total amount.
        - "events": `event_count, event_days, last_event_date`, and for each kind of event
          `<event>_event_count` and `last_<event>_event_date`.
        - "responses": `response_count` (answers with a score), `last_response_date`, and for each
          question `last_<question>_score` and `last_<question>_date`. Of the question "nps" also
          `promoter_class` of the last answer (`"promoter"`, `"passive"`, `"detractor"`; missing
          without one), `promoter_count`, `detractor_count`, `last_promoter_date` and
          `last_detractor_date`, which a trigger such as `"last_detractor_date due"` looks at. Of
          several answers at one moment the lowest counts as the last.

        With a `contract_end`, `people` also add `contract_days_left`.

    Raises:
        MissingColumnsError: `orders` lacks a column, or one that a named block takes.
        NotEnoughDataError: `orders` is empty, or has no purchase.
        DataError: `as_of` lies before the first order. An id, date, amount or cost is missing, a
            date lies before 1700, or a discount lies outside 0 to 1. An id has another spelling, or
            a column another type, than `prepare_orders` gives it. Nobody in `people`, `events` or
            `responses` is a customer. A score of the question "nps" is not a whole number from 0 to
            10. `people` has a column that the table adds.
        ValueError: A block is unknown, or arguments do not go together.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24.
        Cox, Lewis (1966), The statistical analysis of series of events, for Laplace's statistic.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["1997-01-01", "1997-01-11", "1997-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> customers = customer_table(orders, "1997-01-31", include="activity", windows=[21])
        >>> customers[["order_count", "total_amount", "recency_days", "amount_21"]]
                     order_count  total_amount  recency_days  amount_21
        customer_id
        ann                    2          50.0            20       30.0
        bob                    1           5.0            26        0.0
    """
    end = check_as_of(as_of)
    keys = ["customer_id", *_split_by(by)]
    check_flag(collect, "collect")
    _check_keys(keys)
    frame = scan_orders(orders, [*keys, "order_date", "amount"])
    columns = frame.collect_schema().names()
    blocks = _chosen(include, columns, {"events": events, "responses": responses})
    lengths = _windows(windows)
    if blocks or people is not None:
        _check_one_row_each(keys, collect)
    order_id = ["order_id"] if "order_id" in columns else []
    rows = frame.select(*dict.fromkeys([*keys, "order_date", "amount", *order_id]))
    # What is in memory is sorted there once for the core and "activity".
    here = "activity" in blocks and is_in_memory(orders)
    customers, purchases = _summary(rows, keys, end, *order_id, in_memory=here)
    if not collect:
        return _of_the_same_kind(customers, orders)
    table = _checked(customers, rows, keys, end)
    if frame.implementation.is_pyarrow() and blocks:
        orders = collect_rows(frame)  # the further columns, in the one form that sums in memory
    known = KnownOrders(
        orders=orders, end=end, customers=table, purchases=purchases, windows=lengths
    )
    parts = [BLOCKS[name].make(known) for name in blocks if name in BLOCKS]
    core = table.columns
    if people is not None:
        table = with_people(table, people, end)
    if "events" in blocks:
        parts.append(event_features(events, table.index, end))
    if "responses" in blocks:
        parts.append(response_features(responses, table.index, end))
    theirs = table.columns.difference(core)
    for part in parts:
        check_not_made(theirs, part.columns)
        further = part.columns.difference(table.columns, sort=False)
        table = table.join(for_everyone(part[further], table.index))
    return table


def _check_one_row_each(keys: list[str], collect: bool) -> None:
    """Raise where the table is split, or stays where the orders are."""
    if len(keys) > 1 or not collect:
        raise ValueError(
            "include and people need one row per customer in pandas; leave out "
            + ("by" if len(keys) > 1 else "collect=False")
        )


def _check_keys(keys: list[str]) -> None:
    """Raise where a column to split by stands twice, or has a name of the table's own."""
    for name in keys[1:]:
        if keys.count(name) > 1 or name in {*SUMS, *MEASURES}:
            raise ValueError(
                f"by names {name!r}, which is also a column of the result; rename yours"
            )


def _chosen(
    include: str | Iterable[str], columns: Sequence[str], tables: Mapping[str, Any]
) -> list[str]:
    """The names of the blocks, once each, in their own order; some take a table of their own."""
    known = [*BLOCKS, *tables]
    given = [name for name, table in tables.items() if table is not None]
    if isinstance(include, str) and include == "all":
        return [*(name for name, block in BLOCKS.items() if block.fits(columns)), *given]
    named = [include] if isinstance(include, str) else check_list(include, "include")
    for name in named:
        check_choice(name, "include", [*known, "all"] if isinstance(include, str) else known)
        if name in BLOCKS:
            BLOCKS[name].check(name, columns)
    for name in tables:
        if (name in given) != (name in named):
            raise ValueError(
                f"the block {name!r} needs the argument {name}, and the argument needs the "
                "block; give both"
            )
    return [name for name in known if name in named]


def _windows(windows: Iterable[int]) -> list[int]:
    if isinstance(windows, int):
        raise TypeError(f"windows must be a list of days such as [{windows}], not {windows!r}")
    lengths = [
        check_integer(window, "windows", minimum=1) for window in check_list(windows, "windows")
    ]
    if len(set(lengths)) < len(lengths):
        raise ValueError(f"windows must name each length once, not {lengths!r}")
    return lengths


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
    rows: nw.LazyFrame[Any],
    keys: list[str],
    end: pd.Timestamp,
    order_id: str | None = None,
    *,
    in_memory: bool,
) -> tuple[Any, PurchaseDays | None]:
    """The core as a pandas table, with its purchases, if the rows are in memory; else lazily."""
    engine = rows.implementation
    if in_memory or engine.is_pandas_like() or engine.is_pyarrow():
        return _in_memory(collect_rows(rows), keys, end, order_id)
    if engine.is_dask():
        # All rows of a customer come into one partition, which is then a small table in memory.
        parts = rows.to_native().shuffle("customer_id")
        return nw.from_native(parts.map_partitions(_part, keys, end, order_id)).lazy(), None
    return _measured_lazily(lazy_sums(rows, keys, end, order_id), keys, end), None


def _in_memory(
    rows: pd.DataFrame, keys: list[str], end: pd.Timestamp, order_id: str | None
) -> tuple[pd.DataFrame, PurchaseDays]:
    purchases = sorted_purchases(rows, keys, end)
    return _measured(in_memory_sums(purchases, rows, order_id), end), purchases


def _part(
    rows: pd.DataFrame, keys: list[str], end: pd.Timestamp, order_id: str | None
) -> pd.DataFrame:
    return _in_memory(rows, keys, end, order_id)[0].reset_index()


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
    as_of = nw.lit(day_of(end))
    measures = sums.with_columns(
        nw.col("order_count").cast(nw.Int64),
        mean_amount=nw.col("total_amount") / nw.col("order_count"),
        recency_days=as_of - day_number(nw.col("last_order_date"), sums.implementation),
        tenure_days=as_of - day_number(nw.col("first_order_date"), sums.implementation),
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


def _checked(
    customers: Any, rows: nw.LazyFrame[Any], keys: list[str], end: pd.Timestamp
) -> pd.DataFrame:
    """The core as a sorted pandas table, which only sound orders give."""
    if isinstance(customers, pd.DataFrame):
        _check_summary(customers.index.to_frame(), customers, rows, end)
        return customers
    if customers.implementation.is_polars() or customers.implementation.is_duckdb():
        customers = customers.sort(*keys)  # on all cores; pandas finds it sorted
    table = collect_rows(customers)
    _check_summary(table[keys], table, rows, end)
    dates = dict.fromkeys(["first_order_date", "last_order_date"], "datetime64[us]")
    counts = ["order_count", "recency_days", "tenure_days", "repeat_count"]
    typed = table.astype({**dates, **dict.fromkeys(counts, "int64")})
    return typed.set_index(keys).sort_index()


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
            f"order_date goes back to {first:%Y-%m-%d}, which usually encodes a missing "
            "date; correct the dates before 1700-01-02"
        )
    if n_found:
        raise DataError("amounts add up to more than a float can hold; count them in a larger unit")
    raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
