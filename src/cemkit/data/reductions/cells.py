"""Rows to cells: counts, sums, squares and cross-products."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, scan


def cell_sums(table: Any, cells: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Counts, sums, squares and cross-products per cell: all that means and CUPED need.

    Args:
        table: Rows with the cells' and the values' columns, on any engine, such as an experiment.
        cells: The columns that make a cell, such as `["variant"]`.
        values: Numeric (or true and false) columns.

    Returns:
        Sorted by its index, the cells: `n`, `<value>_sum` of each value, and `<a>_<b>_sum` of the
        product of each two values, squares included.

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
    frame = scan(table, "table")
    check_columns(frame.collect_schema().names(), [*cells, *values])
    numbers = frame.select(*cells, *(nw.col(value).cast(nw.Float64) for value in values))
    products = {
        f"{a}_{b}_sum": nw.col(a) * nw.col(b) for a, b in combinations_with_replacement(values, 2)
    }
    columns = {**{f"{value}_sum": nw.col(value) for value in values}, **products}
    sums = numbers.select(*cells, **columns).group_by(*cells)
    summed = collect(sums.agg(nw.len().alias("n"), *(nw.col(name).sum() for name in columns)))
    return summed.astype({"n": "int64"}).set_index(list(cells)).sort_index()
