"""Rows of a pandas table that repeat an earlier row, by one sort where few rows do."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Keys = npt.NDArray[np.uint64]

# The odd constants of splitmix64. Equal rows get equal keys; a chance collision only costs time.
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
HALF = np.uint64(32)
BLOCK = 2**15  # rows whose keys stay in the processor's cache


def rows_seen_before(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each row equals an earlier one, as `DataFrame.duplicated` has it."""
    repeated = np.zeros(len(table), dtype=bool)
    if not table.shape[1]:
        return repeated
    places = np.flatnonzero(_may_repeat(_row_keys(table)))
    if len(places):
        repeated[places] = table.take(places).duplicated().to_numpy()
    return repeated


def _row_keys(table: pd.DataFrame) -> Keys:
    columns = [_bits(table.iloc[:, place]) for place in range(table.shape[1])]
    keys = np.zeros(len(table), dtype=np.uint64)
    for start in range(0, len(table), BLOCK):
        block = slice(start, start + BLOCK)
        _mix(keys[block], [bits[block] for bits in columns])
    return keys


def _mix(keys: Keys, columns: list[Keys]) -> None:
    """Mix the bits of each column into the keys, in place."""
    for bits in columns:
        keys ^= bits
        keys *= FIRST
        keys ^= keys >> HALF
        keys *= SECOND
        keys ^= keys >> HALF


def _bits(values: pd.Series) -> Keys:
    """Sixty-four bits for each value: equal values have equal ones, and missing values too."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iubmM":
        numbers = values.to_numpy()
        return numbers.view(np.uint64) if dtype.itemsize == 8 else numbers.astype(np.uint64)
    if isinstance(dtype, np.dtype) and dtype.kind == "f" and dtype.itemsize <= 8:
        numbers = values.to_numpy().astype(np.float64) + 0.0  # -0.0 equals 0.0
        numbers[np.isnan(numbers)] = np.nan  # one NaN of the many
        return numbers.view(np.uint64)
    return pd.factorize(values)[0].astype(np.uint64)


def _may_repeat(keys: Keys) -> npt.NDArray[np.bool_]:
    """Whether another row has the same key."""
    ordered = np.sort(keys)
    shared = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(shared):
        return np.zeros(len(keys), dtype=bool)
    return np.asarray(pd.Series(keys).isin(shared))
