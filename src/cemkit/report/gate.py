"""The small-cell gate: nothing passes that tells about fewer customers than the smallest cell."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.suppression import suppress_small_cells

MOST_CELLS = 60  # that are protected by linear programs
Mask = npt.NDArray[np.bool_]


def is_small(counts: Iterable[float], smallest: int) -> bool:
    """Whether one of the counts is from 1 to `smallest` - 1; missing counts are not."""
    return any(0 < count < smallest for count in counts)


def small_parts(count: pd.Series, base: pd.Series, smallest: int) -> Mask:
    """Which rates reveal a small group: those counted, the others, or all of them together."""
    part = count.to_numpy(dtype=np.float64, na_value=np.nan)
    whole = base.to_numpy(dtype=np.float64, na_value=np.nan)
    sizes = np.vstack([part, whole - part, whole])
    return np.asarray(((sizes > 0) & (sizes < smallest)).any(axis=0))


def small_rows(count: pd.Series, smallest: int) -> Mask:
    """Which rows count few."""
    numbers = count.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray((numbers > 0) & (numbers < smallest))


def protected_rows(count: pd.Series, smallest: int) -> Mask:
    """Which rows of a table whose rows add up to a known total must be hidden."""
    small = small_rows(count, smallest)
    if not small.any():
        return small
    if len(count) > MOST_CELLS:
        return with_partners(small, count, pd.Series("", index=count.index))
    found = suppress_small_cells(pd.Series(count.to_numpy(dtype=np.int64)), smallest)
    return np.asarray(found.table["n"].isna())[:-1]


def protected_pairs(count: pd.Series, rows: pd.Series, columns: pd.Series, smallest: int) -> Mask:
    """Which rows of a long two-way table, whose lines add up to known totals, must be hidden."""
    if not small_rows(count, smallest).any():
        return np.zeros(len(count), dtype=bool)
    row, column = (pd.factorize(side.astype(str))[0] for side in (rows, columns))
    wide = pd.DataFrame(0, index=range(row.max() + 1), columns=range(column.max() + 1))
    values = wide.to_numpy(copy=True)
    values[row, column] = count.to_numpy(dtype=np.int64)
    found = suppress_small_cells(pd.DataFrame(values), smallest)
    return np.asarray(found.table.isna())[row, column]


def with_partners(rows: Mask, count: pd.Series, groups: pd.Series) -> Mask:
    """The rows hidden, and the smallest other row of each group in which only one is hidden."""
    frame = pd.DataFrame({"row": np.arange(len(rows)), "count": count.to_numpy(), "hidden": rows})
    more = rows.copy()
    for _, part in frame.groupby(groups.astype(str).to_numpy()):
        others = part[~part["hidden"] & (part["count"] > 0)]
        if part["hidden"].sum() == 1 and len(others):
            more[others.sort_values(["count", "row"])["row"].iloc[0]] = True
    return more


def hidden_cells(frame: pd.DataFrame, rows: Mask, columns: Sequence[str]) -> pd.DataFrame:
    """A mask of the frame: these columns of these rows."""
    mask = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    mask.loc[rows, list(columns)] = True
    return mask


def without(frame: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """The frame with missing values where something is hidden."""
    columns = {}
    for name in frame.columns:
        column, mask = frame[name], hidden[name].to_numpy()
        if mask.any():
            column = _nullable(column).mask(mask)
        columns[name] = column
    return pd.DataFrame(columns, index=frame.index)


def _nullable(column: pd.Series) -> pd.Series:
    """The column in a type that can hold missing values."""
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind) or not pd.api.types.is_numeric_dtype(kind):
        return column.astype(object)
    return column.astype("float64")
