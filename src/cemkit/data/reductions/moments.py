"""Rows to the moments of each cell: all that an experiment is read from."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.data.engines import collect, scan
from cemkit.data.reductions.cells import check_groups, check_spread
from cemkit.data.reductions.table_rows import more_than_one, with_numbers

ROWS = "rows of the customer"


def cell_moments(
    table: Any, keys: Sequence[str], columns: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Sizes, means, variances and covariances of each cell: all that an experiment is read from."""
    check_groups(table, keys, "data")
    spread = sorted({name for pair in pairs for name in pair})
    crossed = [(a, b) for a, b in pairs if a != b]
    table, categories = _coded(table, keys)
    frame = with_numbers(scan(table, "data"), keys, [*columns, *spread])
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
        with_numbers(scan(table, "data"), [*keys, "customer_id"], columns)
        .group_by(*keys, "customer_id")
        .agg(*(nw.col(name).sum() for name in columns), nw.len().alias(ROWS))
    )
    return sums.with_columns(nw.col(ROWS).cast(nw.Int64)).to_native()


def count_in_several_cells(sums: Any, groups: Sequence[str] = ()) -> int:
    """How many customers of `customer_sums` are in more than one cell, each group on its own."""
    keys = ["customer_id", *groups]
    return more_than_one(scan(sums, "data").select(*keys), keys)
