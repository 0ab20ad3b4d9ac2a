"""Rows to cells: counts, sums, squares and cross-products."""

from collections.abc import Iterable, Sequence
from itertools import combinations_with_replacement
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns, check_list
from cemkit.checks.options import shown
from cemkit.checks.tables import LARGEST, SMALLEST, check_column_names
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError
from cemkit.formats import count_text


def cell_sums(table: Any, cells: Iterable[str], values: Iterable[str]) -> pd.DataFrame:
    """Return counts, sums and cross-products per cell, as means and CUPED need them.

    Args:
        table: Table on any engine, such as an experiment table.
        cells: Columns that define a cell, such as `["variant"]`.
        values: Numeric or boolean columns to sum.

    Returns:
        One row per cell, sorted by the index `cells`: `n`, `<value>_sum` of each value, and
        `<a>_<b>_sum`, the sum of products of each pair of values (`<a>_<a>_sum` is the sum of
        squares).

    Raises:
        MissingColumnsError: A column is not there.
        DataError: A value is missing, infinite or not a number.
        ValueError: A column is in both `cells` and `values`, or `cells` is empty.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {"variant": ["A", "A", "B"], "converted": [1, 0, 1], "amount": [3.0, 0.0, 5.0]}
        ... )
        >>> cell_sums(experiment, ["variant"], ["converted", "amount"])["converted_amount_sum"]
        variant
        A    3.0
        B    5.0
        Name: converted_amount_sum, dtype: float64
    """
    keys, names = (
        list(dict.fromkeys(check_list(columns, name)))
        for columns, name in ((cells, "cells"), (values, "values"))
    )
    odd = [name for name in [*keys, *names] if not isinstance(name, str)]
    if odd:
        raise TypeError(f"cells and values must be names of columns, not {shown(odd[0])}")
    if not keys or set(keys) & set(names):
        raise ValueError(
            f"cells must name at least one column, and none of values, not {keys} with "
            f"values={names}"
        )
    check_groups(table, keys, "table")
    frame = scan(table, "table")
    check_columns(frame.collect_schema().names(), [*keys, *names])
    check_no_gaps(frame, names, "table")
    numbers = frame.select(*keys, *(nw.col(name).cast(nw.Float64) for name in names))
    products = {
        f"{a}_{b}_sum": nw.col(a) * nw.col(b) for a, b in combinations_with_replacement(names, 2)
    }
    columns = {**{f"{name}_sum": nw.col(name) for name in names}, **products}
    sums = numbers.select(*keys, **columns).group_by(*keys)
    summed = collect(sums.agg(nw.len().alias("n"), *(nw.col(name).sum() for name in columns)))
    return summed.astype({"n": "int64"}).set_index(keys).sort_index()


def check_groups(table: Any, keys: Sequence[str], name: str) -> None:
    """Raise unless a pandas table has distinct columns, and keys whose values can be told apart."""
    if not isinstance(table, pd.DataFrame):
        return
    check_column_names(table.columns, name)
    for key in keys:
        if key in table and table[key].dtype == np.float16:
            raise DataError(f"{key} of {name} holds float16; convert it to float64")
        if key not in table or table[key].dtype != object:
            continue
        try:
            values = table[key].dropna().unique()
        except TypeError as error:
            raise DataError(f"{key} of {name} must hold labels: {error}") from error
        if len({isinstance(value, str) for value in values}) > 1:
            raise DataError(
                f"{key} of {name} mixes text with other values; convert them to one kind"
            )


def check_spread(deviations: pd.Series, means: pd.Series, name: str) -> None:
    """Raise where the squares of a column's deviations would be infinite, or would vanish."""
    if not (deviations <= LARGEST).all():
        raise DataError(
            f"{name} is too large to compute with; correct its largest values or change the unit"
        )
    for sizes in (deviations, means.abs()):
        if ((sizes > 0) & (sizes < SMALLEST)).any():
            raise DataError(f"{name} is too small to compute with; change the unit")


def check_no_gaps(frame: nw.LazyFrame[Any], columns: Sequence[str], name: str) -> None:
    """Raise unless the columns are numbers, none of which is missing or infinite."""
    schema = frame.collect_schema()
    bad = {}
    for column in columns:
        dtype = schema[column]
        if not (dtype.is_numeric() or dtype == nw.Boolean):
            raise DataError(f"{column} of {name} must be numeric, not {dtype}; convert it first")
        bad[column] = nw.col(column).is_null()
        if dtype.is_float() or dtype.is_decimal():
            bad[column] = bad[column] | ~nw.col(column).cast(nw.Float64).is_finite()
    if not bad:
        return
    flags = frame.select(*(flag.cast(nw.Int64).alias(column) for column, flag in bad.items()))
    counts = collect(flags.select(nw.col(column).sum() for column in bad)).fillna(0).iloc[0]
    for column in bad:
        if counts[column] > 0:
            raise DataError(
                f"{column} of {name} is missing or infinite in "
                f"{count_text(int(counts[column]), 'rows')}; find the values, or leave these rows "
                "out"
            )
