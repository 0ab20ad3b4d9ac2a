"""The group-bys of an experiment: they run where the data live, and only cells come back."""

import datetime as dt
import warnings
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.days import day_number, day_of
from cemkit.data.engines import as_given, collect, scan
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.purchase_days import is_purchase
from cemkit.data.reductions.cells import check_groups, check_spread
from cemkit.data.reductions.joined_ids import row_count, with_same_ids, with_whole_ids
from cemkit.errors import CemkitWarning, DataError

ROWS = "rows of the customer"


def experiment_outcomes(
    assignment: Any,
    orders: Any,
    customers: Any | None,
    *,
    start: dt.date,
    end: dt.date,
    pre_start: dt.date,
) -> Any:
    """Join every assigned customer with what was bought from `start` to `end`, zeros included."""
    people = with_whole_ids(scan(assignment, "assignment"), "assignment")
    lines = _dated(orders, pre_start, end)
    people, lines = with_same_ids(people, lines, "orders")
    _warn_of_orders_without_customer(lines)
    day = day_of(start)
    inside, zero = nw.col("day") >= day, nw.lit(0.0)
    amounts = (
        lines.with_columns(
            window_amount=nw.when(inside).then(nw.col("amount")).otherwise(zero),
            pre_amount=nw.when(inside).then(zero).otherwise(nw.col("amount")),
        )
        .group_by("customer_id")
        .agg(nw.col("window_amount").sum().alias("amount"), nw.col("pre_amount").sum())
    )
    key = "order_id" if "order_id" in lines.collect_schema().names() else "day"
    bought = (
        lines.filter(inside & is_purchase(nw.col("amount")))
        .select("customer_id", key)
        .unique()
        .group_by("customer_id")
        .agg(nw.len().alias("orders"))
    )
    joined = people.join(bought, on="customer_id", how="left")
    joined = joined.join(amounts, on="customer_id", how="left").with_columns(
        nw.col("orders").fill_null(0).cast(nw.Int64),
        nw.col("amount").fill_null(0.0),
        nw.col("pre_amount").fill_null(0.0),
    )
    joined = joined.with_columns(
        converted=nw.when(nw.col("orders") > 0).then(nw.lit(1)).otherwise(nw.lit(0))
    )
    columns = [*people.collect_schema().names(), "converted", "orders", "amount", "pre_amount"]
    if customers is not None:
        about = with_whole_ids(scan(customers, "customers"), "customers")
        if repeated := _more_than_one(about):
            raise DataError(f"{repeated:,} customers have more than one row in customers; keep one")
        columns += [name for name in about.collect_schema().names() if name != "customer_id"]
        joined, about = with_same_ids(joined, about, "customers")
        joined = joined.join(about, on="customer_id", how="left")
    return as_given(joined.select(*columns), assignment)


def assigned_days(assignment: Any, orders: Any, *, start: dt.date, end: dt.date) -> pd.DataFrame:
    """What each assigned customer bought on each day with an order."""
    people = with_whole_ids(scan(assignment, "assignment"), "assignment")
    people = people.select("customer_id", "variant")
    lines = _dated(orders, start, end)
    people, lines = with_same_ids(people, lines, "orders")
    _warn_of_orders_without_customer(lines)
    bought = nw.when(is_purchase(nw.col("amount"))).then(nw.lit(1)).otherwise(nw.lit(0))
    days = (
        lines.with_columns(purchases=bought)
        .group_by("customer_id", "day")
        .agg(nw.col("purchases").sum(), nw.col("amount").sum())
        .join(people, on="customer_id")
    )
    rows = collect(days)
    rows["day"] -= day_of(start)
    return rows[["customer_id", "variant", "day", "purchases", "amount"]]


def table_columns(table: Any, name: str) -> list[str]:
    """The names of a table's columns, whatever engine holds it."""
    return scan(table, name).collect_schema().names()


def count_rows(table: Any, keys: Sequence[str]) -> pd.DataFrame:
    """How many rows there are of each combination of `keys`, sorted by them."""
    check_groups(table, keys, "the table")
    counts = scan(table, "the table").group_by(*keys).agg(nw.len().alias("rows"))
    return collect(counts).sort_values(list(keys), ignore_index=True).astype({"rows": np.int64})


def repeated_customers(table: Any) -> tuple[int, int]:
    """How many customers have more than one row, and how many more than one variant."""
    native = nw.to_native(nw.from_native(table, pass_through=True), pass_through=True)
    if isinstance(native, pd.DataFrame) and native["customer_id"].is_unique:
        return 0, 0
    rows = scan(table, "the table").select("customer_id", "variant")
    pairs = rows.unique()
    return _more_than_one(rows), _more_than_one(pairs)


def count_missing(table: Any, columns: Sequence[str]) -> dict[str, int]:
    """How many rows lack a value, by column."""
    gaps = scan(table, "the table").select(nw.col(name).null_count() for name in columns)
    return {str(name): int(count) for name, count in collect(gaps).iloc[0].items()}


def check_values(table: Any, columns: Sequence[str], binary: Sequence[str], name: str) -> None:
    """Raise unless the columns are numbers without gaps, and the binary ones 0 or 1."""
    frame = scan(table, name)
    schema = frame.collect_schema()
    check_columns(schema.names(), columns)
    for column in columns:
        if not (schema[column].is_numeric() or schema[column] == nw.Boolean):
            raise DataError(f"{column} of {name} must be numeric, not {schema[column]}")
    found = _ranges(frame, columns, binary, _never_missing(table))
    for column in columns:
        if missing := int(found.get(f"{column} missing", 0)):
            raise DataError(
                f"{column} of {name} is missing in {missing:,} rows; an outcome that is not known "
                "is not 0: find it, or leave those customers out of every arm"
            )
        if not np.isfinite(float(found.get(f"{column} sum", 0))):
            raise DataError(f"{column} of {name} has values that are infinite or NaN; correct them")
    for column in binary:
        low, high = float(found[f"{column} min"]), float(found[f"{column} max"])
        if low < 0 or high > 1 or float(found.get(f"{column} inner", 0)) != 0:
            raise DataError(
                f"{column} of {name} must hold 0 and 1 alone for a proportion, and runs from "
                f'{low:g} to {high:g}; use the metric "mean" for other numbers'
            )


def cell_moments(
    table: Any, keys: Sequence[str], columns: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Sizes, means, variances and covariances of each cell: all that an experiment is read from."""
    check_groups(table, keys, "data")
    spread = sorted({name for pair in pairs for name in pair})
    crossed = [(a, b) for a, b in pairs if a != b]
    table, categories = _coded(table, keys)
    frame = _with_numbers(scan(table, "data"), keys, [*columns, *spread])
    if spread:  # as floats: small integers would wrap around in a + b
        frame = frame.with_columns(nw.col(name).cast(nw.Float64) for name in spread)
    shift = _shift(frame, spread)
    if shift:
        frame = frame.with_columns(*(nw.col(name) - value for name, value in shift.items()))
    # cov = (var(a + b) - var(a - b)) / 4: no sum of squares, so that no large mean drowns it.
    if crossed:
        frame = frame.with_columns(
            *((nw.col(a) + nw.col(b)).alias(f"{a} + {b}") for a, b in crossed),
            *((nw.col(a) - nw.col(b)).alias(f"{a} - {b}") for a, b in crossed),
        )
    sides = [f"{a} {sign} {b}" for a, b in crossed for sign in "+-"]
    cells = collect(
        frame.group_by(*keys).agg(
            nw.len().alias("rows"),
            *(nw.col(name).sum().alias(f"{name} sum") for name in columns),
            *(nw.col(name).mean().alias(f"{name} mean") for name in spread),
            *(nw.col(name).std().alias(f"{name} std") for name in [*spread, *sides]),
        )
    ).sort_values(list(keys), ignore_index=True)
    for name in [*spread, *sides]:
        deviation = cells.pop(f"{name} std").astype(np.float64)
        check_spread(deviation[cells["rows"] > 1], cells.get(f"{name} mean", deviation), name)
        cells[f"{name} var"] = deviation**2
    for name, value in shift.items():
        cells[f"{name} mean"] += value
        if name in columns:
            cells[f"{name} sum"] += value * cells["rows"]
    for key, names in categories.items():
        cells[key] = pd.Categorical.from_codes(cells[key], dtype=names)
    for a, b in crossed:
        plus, minus = cells.pop(f"{a} + {b} var"), cells.pop(f"{a} - {b} var")
        cells[f"{a} {b} cov"] = (plus - minus) / 4
    return cells


def _shift(frame: nw.LazyFrame[Any], columns: Sequence[str]) -> dict[str, float]:
    """What to subtract from columns on Dask, whose spread is a difference of sums of squares."""
    if not frame.implementation.is_dask() or not columns:
        return {}
    means = collect(frame.select(nw.col(name).mean() for name in columns)).iloc[0]
    return {str(name): float(value) for name, value in means.items()}


def _coded(table: Any, keys: Sequence[str]) -> tuple[Any, dict[str, pd.CategoricalDtype]]:
    """A pandas table with its categories as numbers, by which it groups in half the time."""
    if not isinstance(table, pd.DataFrame):
        return table, {}
    kinds = {key: table[key].dtype for key in keys}
    categories = {key: kind for key, kind in kinds.items() if isinstance(kind, pd.CategoricalDtype)}
    return table.assign(**{key: table[key].cat.codes for key in categories}), categories


def customer_sums(table: Any, keys: Sequence[str], columns: Sequence[str]) -> Any:
    """Rows of exposures summed to one row per customer within each cell."""
    sums = (
        _with_numbers(scan(table, "data"), [*keys, "customer_id"], columns)
        .group_by(*keys, "customer_id")
        .agg(*(nw.col(name).sum() for name in columns), nw.len().alias(ROWS))
    )
    return sums.with_columns(nw.col(ROWS).cast(nw.Int64)).to_native()


def _dated(orders: Any, start: dt.date, end: dt.date) -> nw.LazyFrame[Any]:
    """Orders with `day`, the whole day since 1970, from `start` to `end`."""
    frame = with_whole_ids(scan_orders(orders), "orders")
    check_complete(frame, ["order_date", "amount"])
    names = frame.collect_schema().names()
    kept = ["customer_id", *(["order_id"] if "order_id" in names else []), "amount"]
    dated = frame.select(*kept, day=day_number(nw.col("order_date"), frame.implementation))
    first, last = day_of(start), day_of(end)
    return dated.filter((nw.col("day") >= first) & (nw.col("day") <= last))


def _with_numbers(
    frame: nw.LazyFrame[Any], keys: Sequence[str], columns: Sequence[str]
) -> nw.LazyFrame[Any]:
    """The named columns alone, once each, truth values as 0 and 1."""
    schema = frame.collect_schema()
    names = dict.fromkeys([*keys, *columns])
    types: dict[str, Any] = {name: nw.Int64 for name in columns if schema[name] == nw.Boolean}
    types |= {name: nw.Float64 for name in columns if schema[name].is_float()}
    return frame.select(
        *(nw.col(name).cast(types[name]) if name in types else nw.col(name) for name in names)
    )


def _warn_of_orders_without_customer(lines: nw.LazyFrame[Any]) -> None:
    gaps = row_count(lines.filter(nw.col("customer_id").is_null()))
    if gaps:
        warnings.warn(
            f"{gaps:,} order rows in the time of the experiment have no customer_id and are left "
            "out of every variant",
            CemkitWarning,
            stacklevel=4,
        )


def _more_than_one(frame: nw.LazyFrame[Any]) -> int:
    rows = frame.group_by("customer_id").agg(nw.len().alias("rows"))
    return row_count(rows.filter(nw.col("rows") > 1))


def _never_missing(table: Any) -> set[str]:
    """Columns of whole numbers that have no way to be missing: counting the gaps takes time."""
    native = nw.to_native(nw.from_native(table, pass_through=True), pass_through=True)
    if not isinstance(native, pd.DataFrame):
        return set()
    return {
        str(name)
        for name, dtype in native.dtypes.items()
        if isinstance(dtype, np.dtype) and dtype.kind in "iub"
    }


def _ranges(
    frame: nw.LazyFrame[Any],
    columns: Sequence[str],
    binary: Sequence[str],
    never_missing: set[str],
) -> pd.Series:
    """Missing values of each column, sums of the fractional ones, and the range of the binary."""
    schema = frame.collect_schema()
    fractional = [name for name in columns if schema[name].is_float() or schema[name].is_decimal()]
    frame = _with_numbers(frame, [], columns)
    gaps = [nw.col(name).null_count().alias(f"{name} missing") for name in columns]
    sums = [nw.col(name).sum().alias(f"{name} sum") for name in fractional]
    ranges = [
        aggregate.alias(f"{name} {kind}")
        for name in binary
        for kind, aggregate in (("min", nw.col(name).min()), ("max", nw.col(name).max()))
    ]
    inner = [
        (nw.col(name) * (1 - nw.col(name))).sum().alias(f"{name} inner")
        for name in binary
        if name in fractional
    ]
    asked = [gap for name, gap in zip(columns, gaps, strict=True) if name not in never_missing]
    asked += [*sums, *ranges, *inner]
    return collect(frame.select(*asked)).iloc[0] if asked else pd.Series(dtype=np.float64)
