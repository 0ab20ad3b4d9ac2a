"""The few Narwhals verbs that give the same answer on every backend."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks.ids import VIEWS, without_views
from cemkit.checks.tables import check_column_names, read_by_columns
from cemkit.data.rounding import widened


def scan(table: Any, name: str) -> nw.LazyFrame[Any]:
    """Any supported table as a lazy Narwhals frame; nothing is read yet."""
    frame: nw.LazyFrame[Any] = as_frame(table, name).lazy()
    return frame


def as_frame(table: Any, name: str) -> Any:
    """Any supported table as a Narwhals frame: eager where its rows are in memory, else lazy."""
    columns = getattr(table, "column_names", None)  # PyArrow's; its columns are their values
    if columns is None and not type(table).__module__.startswith("polars"):
        columns = getattr(table, "columns", None)
    if isinstance(columns, list | pd.Index):
        check_column_names(columns, name)
    if isinstance(table, pd.DataFrame):
        table = read_by_columns(table)
        short = table.columns[table.dtypes == np.float16]  # which pandas cannot group by
        table = table.assign(**{name: widened(table[name]) for name in short})
        views = table.columns[[str(dtype) == VIEWS for dtype in table.dtypes]]
        table = table.assign(**{name: without_views(table[name]).array for name in views})
    if type(table).__module__.partition(".")[0] == "pyarrow" and hasattr(table, "cast"):
        table = _plain_arrow(table)
    frame = nw.from_native(table, pass_through=True)
    if isinstance(frame, nw.DataFrame | nw.LazyFrame):
        return frame
    raise TypeError(
        f"{name} must be a pandas, Polars, PyArrow, DuckDB, Dask or PySpark table, "
        f"not {type(table).__name__}"
    )


def _plain_arrow(table: Any) -> Any:
    """A PyArrow table without the types that PyArrow itself can neither filter nor join."""
    pa: Any = import_module("pyarrow")
    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_dictionary(kind) and not pa.types.is_string(kind.value_type):
            kind = kind.value_type
        fields.append(field.with_type(pa.large_string() if str(kind) == "string_view" else kind))
    schema = pa.schema(fields, metadata=table.schema.metadata)
    return table if schema == table.schema else table.cast(schema)


def category_values(values: pd.Series) -> pd.Series:
    """Return a categorical column of pandas as its values, some of which may be missing."""
    dtype: Any = values.cat.categories.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iub" and values.hasnans:
        # numpy's whole numbers and flags have no missing value; those of pandas have.
        dtype = "boolean" if dtype.kind == "b" else "Int64"
    return values.astype(dtype)


def collect(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The rows of a lazy frame in memory, as pandas."""
    rows: pd.DataFrame = frame.collect("pandas").to_native()
    return rows


def is_in_memory(table: Any) -> bool:
    """Whether the rows are already in this process: pandas, PyArrow or an eager Polars frame."""
    if isinstance(table, pd.DataFrame):
        return True
    return isinstance(nw.from_native(table, pass_through=True), nw.DataFrame)


def is_elsewhere(table: Any) -> bool:
    """Whether a table is one of an engine other than pandas."""
    if isinstance(table, pd.DataFrame):
        return False
    native = nw.from_native(table, pass_through=True)
    return isinstance(native, nw.DataFrame | nw.LazyFrame)


def as_given(frame: nw.LazyFrame[Any], table: Any) -> Any:
    """The frame as a table of the caller's own kind: lazy where `table` is, else its rows."""
    if is_in_memory(table):
        return frame.collect(nw.from_native(table).implementation).to_native()
    return frame.to_native()


def count_distinct(
    frame: nw.LazyFrame[Any], keys: Sequence[str], value: str, name: str
) -> nw.LazyFrame[Any]:
    """How many different values of a column each key has."""
    return frame.select(*keys, value).unique().group_by(*keys).agg(nw.len().alias(name))


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'
