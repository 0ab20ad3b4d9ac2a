"""Sums that differ by rounding are equal: how they are made so before they are compared."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats, largest_size

DIGITS = 9
# Shifts where the grid changes its step away from round sums such as 1,000, at which a sum's
# own rounding would choose the step.
SHIFT = 1.23456789


def settled(values: npt.ArrayLike) -> Floats:
    """Return sums rounded to about 1e-9 of the largest, so that rounding does not order them."""
    sums = np.asarray(values, dtype=np.float64)
    decimals = _decimals(sums)
    if decimals is None:
        return sums
    # In two steps: a value halfway between two points of the grid is first made exactly so.
    rounded: Floats = np.round(np.round(sums, decimals + 3), decimals)
    return rounded


def settled_each(values: npt.ArrayLike) -> Floats:
    """Return numbers rounded to 12 digits each, where small ones must keep their order."""
    numbers = np.asarray(values, dtype=np.float64)
    usual = np.isfinite(numbers) & (np.abs(numbers) > 1e-280) & (np.abs(numbers) < 1e280)
    exponent = np.floor(np.log10(np.abs(numbers), where=usual, out=np.zeros(numbers.shape)))
    fine, coarse = 10.0 ** (14 - exponent), 10.0 ** (11 - exponent)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.rint(np.rint(numbers * fine) / 1000) / coarse
    return np.where(usual, rounded, numbers)


def grid_step(values: npt.ArrayLike) -> float:
    """Return the step of the grid to which `settled` rounds these values; 0 where all are 0."""
    decimals = _decimals(np.asarray(values, dtype=np.float64))
    return 0.0 if decimals is None else 10.0**-decimals


def _decimals(sums: Floats) -> int | None:
    largest = largest_size(sums)
    if not math.isfinite(largest):
        largest = largest_size(sums[np.isfinite(sums)])
    if not 1e-280 < largest < 1e280:
        return None
    return DIGITS - math.floor(math.log10(largest * SHIFT))


def is_nothing(total: float, parts: npt.ArrayLike) -> bool:
    """Return whether a total is 0 but for the rounding of its parts."""
    return bool(abs(total) <= 1e-12 * np.abs(np.asarray(parts, dtype=np.float64)).sum())


def widened(values: pd.Series) -> pd.Series:
    """Return a column of short floats as the numbers they were written as."""
    if not is_short(values.dtype):
        return values
    known = values.notna().to_numpy()
    numbers = np.full(len(values), np.nan)
    short = np.float16 if "16" in str(values.dtype) or "half" in str(values.dtype) else np.float32
    numbers[known] = values[known].to_numpy(dtype=short).astype(str).astype(np.float64)
    return pd.Series(numbers, index=values.index, name=values.name)


def is_short(dtype: Any) -> bool:
    """Return whether a type holds floats of fewer than 64 bits."""
    return str(dtype).lower() in {
        *("float16", "float32", "float[pyarrow]", "halffloat[pyarrow]", "half_float[pyarrow]"),
    }
