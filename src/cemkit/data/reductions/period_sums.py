"""Orders to sums per customer, group and period: all that the indicators are made from."""

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_columns, check_list
from cemkit.checks.options import shown
from cemkit.data.days import dates_of, day_of
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import HINT, check_complete, scan_orders
from cemkit.data.promotions import with_promoted
from cemkit.data.purchase_days import (
    check_none_missing,
    coded,
    is_purchase,
    order_rows,
    purchase_day_rows,
)
from cemkit.data.reductions.cohorts import lazy_period_number
from cemkit.data.reductions.joined_ids import row_count
from cemkit.data.reductions.period_cells import (
    ALWAYS,
    DENSE,
    NEVER,
    Cells,
    Ints,
    Wanted,
    numbered,
    sums_in_memory,
)
from cemkit.errors import DataError, NotEnoughDataError

Period = Literal["week", "month", "quarter", "year"]
Frame = nw.LazyFrame[Any]

FREQUENCIES = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
AT_ONCE = 2_000_000  # rows, beyond which DuckDB sums them some periods at a time
CHOSEN = ("order_id", "cost", "promotion", "category")
DAYS = {"first_day": NEVER, "last_day": ALWAYS, "second_day": NEVER}
LEVEL_DAYS = {"first_base_day": NEVER, "last_higher_day": ALWAYS}
WHOLE = ("orders", "promotion_orders", "new_categories", *DAYS, *LEVEL_DAYS)
SHOWN = (
    *("orders", "amount", "purchased", "returned", "first_day", "last_day", "cost"),
    *("promotion_orders", "promotion_amount", "new_categories"),
)
OWN = {
    *("customer_id", "period", "orders", "amount", "purchased", "returned", "order_date"),
    *("first_order_date", "last_order_date"),
    *("promotion_orders", "promotion_amount", "new_categories"),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PeriodSums:
    """Cells of one customer, group and period each, sorted by period.

    A unit is a customer within a group: `customer` and `group` say which of `customers` and of the
    rows of `groups` it is. `unit` and `period` say where each cell belongs, `sums` what is in it.
    """

    customers: pd.Index
    groups: pd.DataFrame
    customer: Ints
    group: Ints
    unit: Ints
    period: Ints
    sums: dict[str, npt.NDArray[Any]]
    without_group: int = 0


def customer_periods(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    period: Period = "month",
    *,
    by: str | Iterable[str] | None = None,
) -> pd.DataFrame:
    """Return the sums of purchases and returns per customer, group and period.

    The indicators of `scorecard` are ratios of such sums. A purchase is a row whose amount is at
    least 0; a negative amount is a return. Without `order_id`, an order is a day on which the
    customer bought.

    Args:
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`,
            `cost`, `promotion` and `category` (pandas, Polars, PyArrow, DuckDB, Dask or PySpark).
            The sums are computed by its engine.
        as_of: Last day seen. Later rows are left out.
        period: Length of a period. Weeks begin on Monday.
        by: Columns that split each customer, such as `"channel"`. Rows without a value are left
            out; `scorecard` counts them.

    Returns:
        Table sorted by `customer_id`, the columns of `by` and `period` (a pandas Period), with

        - `orders`: distinct orders with a purchase row in the period.
        - `purchased` and `returned`: sums of purchases and of returns, both at least 0. `amount` is
          `purchased` minus `returned`.
        - `first_order_date`, `last_order_date`: first and last purchase day in the period; missing
          where the customer only returned goods.
        - `cost`: sum of the costs of all rows.
        - `promotion_orders`: orders with a promotion, and `promotion_amount`: purchases with one.
        - `new_categories`: categories that the customer first bought in the period.

        The last three need the columns `cost`, `promotion` and `category` of `orders`. Row order
        changes nothing. Engines agree exactly on counts and days, and up to rounding on amounts.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        NotEnoughDataError: There are no orders up to `as_of`.
        DataError: An id, date, amount or cost is missing, or a column has a type that
            `prepare_orders` would have changed.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-03", "2024-01-20", "2024-02-01"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> customer_periods(orders, "2024-02-29")[["customer_id", "period", "orders", "amount"]]
          customer_id   period  orders  amount
        0         ann  2024-01       2    50.0
        1         bob  2024-02       1     5.0
    """
    end = check_as_of(as_of)
    check_choice(period, "period", list(FREQUENCIES))
    names = split_columns(by)
    wanted = wanted_columns(orders, names)
    return _as_table(summed_periods(orders, end, period, wanted), period)


def split_columns(by: str | Iterable[str] | None) -> tuple[str, ...]:
    """The columns of `by`, read once."""
    names = () if by is None else (by,) if isinstance(by, str) else tuple(check_list(by, "by"))
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"by must name columns, as in by=['channel'], not {shown(name)}")
        if name in OWN or names.count(name) > 1:
            raise ValueError(
                f"by={shown(list(names))} must name each column once and none of the result; "
                f"rename {name!r}, which is a column of the result or named twice"
            )
    return names


def wanted_columns(orders: Any, by: Sequence[str], **more: Any) -> Wanted:
    """The sums that the columns of orders allow."""
    there = scan(orders, "orders").collect_schema().names()
    columns = tuple(name for name in CHOSEN if name in there and name not in by)
    return Wanted(columns=columns, by=tuple(by), **more)


def summed_periods(orders: Any, end: pd.Timestamp, period: str, wanted: Wanted) -> PeriodSums:
    """The sums of the rows up to the day `end`, on any engine."""
    frame = scan_orders(orders)
    check_columns(frame.collect_schema().names(), list(wanted.kept.values()), HINT)
    rows = _checked_rows(order_rows(orders, **wanted.kept, own_when="order_date"), wanted)
    rows = rows.filter(nw.col("day") <= day_of(end))
    rows, without = _with_group(rows, wanted.keys)
    engine = rows.implementation
    if engine.is_pandas_like() or engine.is_pyarrow():
        sums = _in_memory(collect(rows), period, wanted)
    elif engine.is_dask():
        # All rows of a customer come into one partition, which is then a small table in memory.
        parts = rows.to_native().shuffle("customer_id").map_partitions(_part, period, wanted)
        sums = _from_cells(collect(nw.from_native(parts).lazy()), wanted)
    else:
        sums = _from_cells(_on_engine(rows, period, wanted), wanted)
    return dataclasses.replace(_checked(sums, orders), without_group=without)


def _with_group(rows: Frame, keys: Sequence[str]) -> tuple[Frame, int]:
    """The rows that have a group, and how many have none."""
    if not keys:
        return rows, 0
    unknown = nw.any_horizontal(*(nw.col(key).is_null() for key in keys), ignore_nulls=True)
    without = row_count(rows.filter(unknown))
    return (rows.filter(~unknown), without) if without else (rows, 0)


def _checked_rows(rows: Frame, wanted: Wanted) -> Frame:
    """The rows with costs as floats and promotions as flags."""
    schema = rows.collect_schema()
    if "cost" in wanted.columns:
        if not schema["own_cost"].is_numeric():
            raise DataError(f"cost must be numeric, not {schema['own_cost']}; {HINT}")
        rows = rows.with_columns(own_cost=nw.col("own_cost").cast(nw.Float64))
    if "promotion" in wanted.columns:
        rows = with_promoted(rows, "own_promotion")
    return rows


def _checked(sums: PeriodSums, orders: Any) -> PeriodSums:
    """The sums, when no row lacked an id, a date, an amount or a cost."""
    check_none_missing(orders, int(sums.sums.pop("missing").sum()))
    if not len(sums.unit):
        raise NotEnoughDataError("orders up to as_of", have=0, need=1)
    check_spelling(sums.customers)
    if "cost" in sums.sums and not np.isfinite(sums.sums["cost"]).all():
        check_complete(scan_orders(orders), ["cost"])
    return sums


def count_after(orders: Any, end: pd.Timestamp) -> int:
    """How many rows are dated after the day `end`."""
    return row_count(order_rows(orders).filter(nw.col("day") > day_of(end)))


def bought_on(orders: Any, end: pd.Timestamp) -> pd.DataFrame:
    """The distinct `customer_id, day` on which something was bought up to the day `end`."""
    return collect(purchase_day_rows(order_rows(orders).filter(nw.col("day") <= day_of(end))))


def trading_days(orders: Any, end: pd.Timestamp) -> Ints:
    """The days up to `end` on which anyone bought anything, sorted."""
    rows = order_rows(orders).filter(nw.col("day") <= day_of(end), is_purchase(nw.col("amount")))
    days = collect(rows.select("day").unique())["day"].to_numpy(np.int64)
    return np.sort(days)


# ---- In memory: one sort of packed (day, unit), and counting into cells.


def _in_memory(rows: pd.DataFrame, period: str, wanted: Wanted) -> PeriodSums:
    customer, customers = coded(rows["customer_id"])
    group, groups = _group_codes([coded(rows[key]) for key in wanted.keys], len(rows), wanted.by)
    unit, (unit_customer, unit_group) = _units(customer, group, len(customers), len(groups))
    n_units = len(unit_customer)
    cells = Cells.of(rows["day"].to_numpy(), unit, n_units, period)
    return PeriodSums(
        customers=customers,
        groups=groups,
        customer=unit_customer,
        group=unit_group,
        unit=cells.keys % max(n_units, 1),
        period=cells.keys // max(n_units, 1) + cells.low,
        sums=sums_in_memory(rows, cells, wanted),
    )


def _group_codes(
    columns: list[tuple[Ints, pd.Index]], n_rows: int, names: Sequence[str]
) -> tuple[Ints, pd.DataFrame]:
    """The number of each row's group, and the groups there are, sorted."""
    if not columns:
        return np.zeros(n_rows, dtype=np.int64), pd.DataFrame(index=range(1))
    sizes = [len(levels) for _, levels in columns]
    packed = np.asarray(np.ravel_multi_index([codes for codes, _ in columns], sizes))
    present, code = np.unique(packed, return_inverse=True)
    places = np.unravel_index(present, sizes)
    parts = zip(names, columns, places, strict=True)
    groups = {name: levels.take(place) for name, (_, levels), place in parts}
    return code.astype(np.int64), pd.DataFrame(groups)


def _units(
    customer: Ints, group: Ints, n_customers: int, n_groups: int
) -> tuple[Ints, tuple[Ints, Ints]]:
    """The number of each row's customer within its group, and the customer and group of each."""
    if n_groups == 1:
        return customer, (np.arange(n_customers), np.zeros(n_customers, dtype=np.int64))
    packed = group * n_customers + customer
    if n_groups * n_customers <= DENSE * max(len(packed), 1):
        present, place = numbered(packed, n_groups * n_customers)
        unit = place[packed].astype(np.int64)
    else:
        present, unit = np.unique(packed, return_inverse=True)
    return unit, (present % n_customers, present // n_customers)


# ---- On an engine: orders first, then cells.


def _part(rows: pd.DataFrame, period: str, wanted: Wanted) -> pd.DataFrame:
    sums = _in_memory(rows, period, wanted)
    missing = sums.sums.pop("missing")
    table = _cell_frame(sums, wanted)
    return table.assign(missing=float(missing.sum()) / max(len(table), 1))


def _cell_frame(sums: PeriodSums, wanted: Wanted) -> pd.DataFrame:
    """The cells as a table that `_from_cells` reads."""
    group = sums.groups.take(sums.group[sums.unit]).reset_index(drop=True)
    keys = {f"key_{k}": group[name] for k, name in enumerate(wanted.by)}
    ids = sums.customers.take(sums.customer[sums.unit])
    whole = {name: sums.sums[name] for name in sums.sums}
    return pd.DataFrame({"customer_id": ids, **keys, "period": sums.period, **whole})


def _on_engine(rows: Frame, period: str, wanted: Wanted) -> pd.DataFrame:
    """The cells of a lazy table, with what takes a query of its own joined to them."""
    # A row without a date is in some period, so that it is found there.
    number = lazy_period_number(nw.col("day"), nw.col("own_when"), period).fill_null(0)
    rows = rows.with_columns(period=number)
    keys = ["customer_id", *wanted.keys]
    cell = [*keys, "period"]
    table = pd.concat([_whole_cells(part, cell, wanted) for part in _in_turn(rows)])
    if "category" in wanted.columns:
        known = rows.filter(is_purchase(nw.col("amount")), ~nw.col("own_category").is_null())
        firsts = known.group_by(*keys, "own_category").agg(nw.col("period").min())
        counts = firsts.group_by(*cell).agg(nw.len().alias("new_categories"))
        table = _joined(table, collect(counts), cell)
    return table


def _in_turn(rows: Frame) -> Iterator[Frame]:
    """The rows of some periods after those of others, where DuckDB would hold very many at once."""
    if not rows.implementation.is_duckdb():
        yield rows
        return
    period = nw.col("period")
    found = rows.select(rows=nw.len(), low=period.min(), high=period.max())
    count, low, high = collect(found).fillna(0).iloc[0].astype(np.int64)
    edges = np.unique(np.linspace(low, high + 1, count // AT_ONCE + 2).astype(np.int64))
    if len(edges) <= 2:
        yield rows
        return
    for first, end in itertools.pairwise(edges.tolist()):
        yield rows.filter(period >= first, period < end)


def _whole_cells(rows: Frame, cell: list[str], wanted: Wanted) -> pd.DataFrame:
    """The cells of periods of which all rows are there."""
    orders = _orders_on_engine(rows, cell, wanted)
    table = collect(_cells_of_orders(orders, cell))
    if wanted.second_day:
        bought = orders.filter(nw.col("bought") == 1).select(*cell, "bought", day="first_day")
        number = nw.col("bought").cum_sum().over(*cell, order_by="day")
        second = bought.with_columns(number=number).filter(nw.col("number") == 2)
        table = _joined(table, collect(second.select(*cell, second_day="day")), cell)
    return table


def _joined(table: pd.DataFrame, more: pd.DataFrame, cell: list[str]) -> pd.DataFrame:
    return table.merge(more, how="left", on=cell)


def _orders_on_engine(rows: Frame, cell: list[str], wanted: Wanted) -> Frame:
    """One row per order (or day without `order_id`) within a cell."""
    amount, bought = nw.col("amount"), is_purchase(nw.col("amount"))
    columns: dict[str, nw.Expr] = {
        "bought": bought.cast(nw.Int64),
        "purchased": nw.when(bought).then(amount).otherwise(amount * 0),
        "returned": nw.when(bought).then(amount * 0).otherwise(amount * -1),
        "bought_day": nw.when(bought).then(nw.col("day")),
    }
    sums = ["amount", "purchased", "returned", "missing"]
    most = ["bought"]
    if "promotion" in wanted.columns:
        promoted = (nw.col("promoted") == 1) & bought
        columns["promotion_orders"] = promoted.cast(nw.Int64)
        columns["promotion_amount"] = nw.when(promoted).then(amount).otherwise(amount * 0)
        sums.append("promotion_amount")
        most.append("promotion_orders")
    if "cost" in wanted.columns:
        columns["cost"] = nw.col("own_cost").fill_null(float("nan"))
        sums.append("cost")
    days = [
        nw.col("bought_day").min().alias("first_day"),
        nw.col("bought_day").max().alias("last_day"),
    ]
    if wanted.level_column:
        level = nw.col("own_level")
        base = bought & level.is_in(list(wanted.base)).fill_null(False)
        higher = bought & level.is_in(list(wanted.higher)).fill_null(False)
        columns["base_day"] = nw.when(base).then(nw.col("day"))
        columns["higher_day"] = nw.when(higher).then(nw.col("day"))
        days.append(nw.col("base_day").min().alias("first_base_day"))
        days.append(nw.col("higher_day").max().alias("last_higher_day"))
    order = "own_order_id" if "order_id" in wanted.columns else "day"
    grouped = rows.with_columns(**columns).group_by(*cell, order)
    return grouped.agg(nw.col(*sums).sum(), nw.col(*most).max(), *days)


def _cells_of_orders(orders: Frame, cell: list[str]) -> Frame:
    names = orders.collect_schema().names()
    kept = ("amount", "purchased", "returned", "missing", "cost", "promotion_orders")
    sums = [name for name in (*kept, "promotion_amount") if name in names]
    first = [name for name in ("first_day", "first_base_day") if name in names]
    last = [name for name in ("last_day", "last_higher_day") if name in names]
    return orders.group_by(*cell).agg(
        nw.col("bought").sum().alias("orders"),
        nw.col(*sums).sum(),
        nw.col(*first).min(),
        nw.col(*last).max(),
    )


def _from_cells(table: pd.DataFrame, wanted: Wanted) -> PeriodSums:
    """Cells that an engine has made, sorted by period."""
    order = np.argsort(table["period"].to_numpy(np.int64), kind="stable")
    customer, customers = coded(table["customer_id"].iloc[order])
    keys = [coded(table[key].iloc[order]) for key in wanted.keys]
    group, groups = _group_codes(keys, len(table), wanted.by)
    unit, (unit_customer, unit_group) = _units(customer, group, len(customers), len(groups))
    named = [name for name in table if name not in {"customer_id", "period", *wanted.keys}]
    return PeriodSums(
        customers=customers,
        groups=groups,
        customer=unit_customer,
        group=unit_group,
        unit=unit,
        period=table["period"].to_numpy(np.int64)[order],
        sums={str(name): _filled(table[name])[order] for name in named},
    )


def _filled(values: pd.Series) -> npt.NDArray[Any]:
    """Sums as numbers: days that are missing lie never or always in the past, counts are 0."""
    name = str(values.name)
    nothing = (DAYS | LEVEL_DAYS).get(name, np.nan if name == "cost" else 0)
    numbers = values.to_numpy(dtype=np.float64, na_value=nothing)
    return numbers.astype(np.int64) if name in WHOLE else numbers


def spans_of(first: int, last: int, period: str) -> pd.PeriodIndex:
    """The periods of consecutive numbers."""
    start = pd.Period(ordinal=first, freq=FREQUENCIES[period])
    return pd.period_range(start, periods=last - first + 1, freq=FREQUENCIES[period])


def _as_table(sums: PeriodSums, period: str) -> pd.DataFrame:
    """The cells as a table sorted by customer, group and period."""
    order = np.lexsort((sums.period, sums.group[sums.unit], sums.customer[sums.unit]))
    unit, number = sums.unit[order], sums.period[order]
    columns: dict[str, Any] = {"customer_id": sums.customers.take(sums.customer[unit])}
    columns |= {str(name): one.take(sums.group[unit]).array for name, one in sums.groups.items()}
    first = int(number.min())
    columns["period"] = spans_of(first, int(number.max()), period)[number - first]
    for name in (name for name in SHOWN if name in sums.sums):
        picked = sums.sums[name][order]
        if name in DAYS:
            there = (picked > ALWAYS) & (picked < NEVER)
            dates = dates_of(np.where(there, picked, np.nan))
            columns[name.replace("_day", "_order_date")] = dates
        else:
            columns[name] = picked
    return pd.DataFrame(columns)
