"""Tables and columns: that they are there, and hold finite numbers."""

import warnings
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats, largest_size
from cemkit.checks.ids import check_ids
from cemkit.checks.options import check_is_frame, shown
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.formats import count_text

LARGEST = 1e100  # of larger numbers a product or a sum of squares can be infinite
SMALLEST = 1e-100  # of smaller ones it can vanish
LIFETIMES_COLUMNS = frozenset({"frequency", "recency", "T"})


def check_columns(available: Iterable[object], required: Iterable[object], hint: str = "") -> None:
    """Raise `MissingColumnsError` unless every required column is there; `hint` says what to do."""
    there, wanted = list(available), list(required)
    for name in wanted:
        if not isinstance(name, Hashable):
            raise TypeError(f"the name of a column must be text, not {shown(name)}")
    missing = [name for name in wanted if not any(_same_name(name, column) for column in there)]
    if missing:
        raise MissingColumnsError(missing, there, hint)


def _same_name(name: object, column: object) -> bool:
    """Whether two names of columns are equal; a missing one equals none."""
    return name is not pd.NA and column is not pd.NA and bool(name == column)


def check_frame(table: object, name: str) -> pd.DataFrame:
    """Return `table`, to be read by its columns, when it has rows and sound column names."""
    table = check_is_frame(table, name)
    check_column_names(table.columns, name)
    if table.empty:
        raise NotEnoughDataError(f"rows in {name}", have=len(table), need=1)
    return read_by_columns(table)


def read_by_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an index that has no name of a column, which pandas cannot group by."""
    names = [name for name in table.index.names if name is not None]
    if not any(name in table.columns for name in names):
        return table
    return table.set_axis(table.index.set_names([None] * table.index.nlevels))


def check_column_names(columns: Iterable[object], name: str) -> None:
    """Raise where a column has no name, two have the same, or names have several levels."""
    there = pd.Index(list(columns), dtype=object, tupleize_cols=False)
    if isinstance(columns, pd.MultiIndex):
        raise DataError(
            f"{name} has column names of {columns.nlevels} levels, such as {shown(there[0])}; "
            "join each into one text, as in table.columns = table.columns.map('_'.join)"
        )
    if there.isna().any():
        place = int(np.argmax(there.isna())) + 1
        raise DataError(f"{name} has a column without a name, number {place}; name it or drop it")
    twice = there[there.duplicated()]
    if len(twice):
        raise DataError(f"{name} has two columns {shown(twice[0])}; rename or drop one")


def check_customers(customers: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Return the named columns of a customer table as finite floats, on the table's own index."""
    check_frame(customers, "customers")
    hint = "make the table with customer_table"
    if set(customers.columns) >= LIFETIMES_COLUMNS:
        hint = "this table has the names of lifetimes; convert it with from_lifetimes first"
    check_columns(customers.columns, columns, hint)
    check_ids(customers, "customers")
    return pd.DataFrame(
        {column: finite_values(customers[column], column) for column in columns},
        index=customers.index,
        copy=False,
    )


def finite_values(values: pd.Series, name: str) -> Floats:
    """Return the values as a float array; text, complex, missing or infinite ones are refused."""
    dtype = values.dtype
    if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
        first = shown(values.iloc[0]) if len(values) else "none"
        raise DataError(
            f"{name} must be numeric, not {dtype} (first value {first}); convert it first"
        )
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(numbers)
    if bad.any():
        first = values.index[bad].tolist()[0]  # a plain number, not numpy's
        raise DataError(
            f"{name} has {int(np.isnan(numbers).sum())} missing and "
            f"{count_text(int(np.isinf(numbers).sum()), 'infinite values')} (the first at "
            f"{first!r}); correct or leave out those rows first"
        )
    check_size(numbers, name)
    return numbers


def check_size(numbers: Floats, name: object) -> None:
    """Raise where sums of squares would be infinite, or would vanish although not all are 0."""
    largest = largest_size(numbers)
    if 0 < largest < SMALLEST:
        raise DataError(
            f"{name} has values of at most {largest:g}, too small to compute with; change the unit"
        )
    if largest > LARGEST:
        raise DataError(
            f"{name} has values up to {largest:g}, too large to compute with; correct them or "
            "change the unit"
        )


def warn_of_constants(columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Warn of columns that have the same value for every customer."""
    constant = [
        name
        for name, values in columns.items()
        if len(values) > 1 and values[0] == values[-1] and (values == values[0]).all()
    ]
    if constant:
        warnings.warn(
            f"{', '.join(constant)} has the same value for every customer; "
            "leave it out, or look at how it was made",
            CemkitWarning,
            stacklevel=3,
        )
