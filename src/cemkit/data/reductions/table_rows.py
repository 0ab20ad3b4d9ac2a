"""Rows of any table on any engine: which columns it has, and what its rows hold."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, scan
from cemkit.data.reductions.cells import check_groups
from cemkit.data.reductions.joined_ids import row_count
from cemkit.errors import DataError
from cemkit.formats import count_text

FIRST_ROWS = 1000  # which show that most unsorted columns are not sorted


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
    if isinstance(native, pd.DataFrame) and has_each_once(native["customer_id"]):
        return 0, 0
    rows = scan(table, "the table").select("customer_id", "variant")
    repeated = more_than_one(rows)
    return repeated, more_than_one(rows.unique()) if repeated else 0


def has_each_once(ids: pd.Series) -> bool:
    """Whether no id of a pandas column repeats; that rising ids do not is seen without a hash."""
    return (_are_rising(ids.iloc[:FIRST_ROWS]) and _are_rising(ids)) or ids.is_unique


def _are_rising(ids: pd.Series) -> bool:
    if ids.dtype == object or isinstance(ids.dtype, pd.CategoricalDtype):
        return False
    values = ids.array
    above = pd.array(values[1:] > values[:-1], dtype="boolean")
    return bool(above.to_numpy(dtype=bool, na_value=False).all())


def more_than_one(frame: nw.LazyFrame[Any], keys: Sequence[str] = ("customer_id",)) -> int:
    """How many customers, or other combinations of `keys`, have more than one row."""
    rows = frame.group_by(*keys).agg(nw.len().alias("rows"))
    return row_count(rows.filter(nw.col("rows") > 1))


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
                f"{column} of {name} is missing in {count_text(missing, 'rows')}; an outcome that "
                "is not known is not 0: find it, or leave those customers out of every arm"
            )
        if not np.isfinite(float(found.get(f"{column} sum", 0))):
            raise DataError(f"{column} of {name} has values that are infinite or NaN; correct them")
    for column in binary:
        low, high = float(found[f"{column} min"]), float(found[f"{column} max"])
        if low < 0 or high > 1 or float(found.get(f"{column} inner", 0)) != 0:
            raise DataError(
                f"{column} of {name} must hold only 0 and 1 for a proportion, but runs from "
                f'{low:g} to {high:g}; use the metric "mean" for other numbers'
            )


def with_numbers(
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
    frame = with_numbers(frame, [], columns)
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
