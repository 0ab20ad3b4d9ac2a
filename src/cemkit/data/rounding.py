"""Sums that differ by rounding are equal: how they are made so before they are compared."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Values = npt.NDArray[np.float64]
DIGITS = 9
# Shifts where the grid changes its step away from round sums such as 1,000, at which a sum's
# own rounding would choose the step.
SHIFT = 1.23456789


def settled(values: npt.ArrayLike) -> Values:
    """Return sums rounded to about 1e-9 of the largest, so that rounding does not order them.

    The grid is decimal, so that amounts of money lie on it and not halfway between.

    Args:
        values: Finite or missing numbers.

    Examples:
        >>> settled([0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1, 7.0]).tolist()
        [0.6, 0.6, 7.0]
    """
    sums = np.asarray(values, dtype=np.float64)
    decimals = _decimals(sums)
    if decimals is None:
        return sums
    # In two steps: a value halfway between two points of the grid is first made exactly so.
    rounded: Values = np.round(np.round(sums, decimals + 3), decimals)
    return rounded


def settled_each(values: npt.ArrayLike) -> Values:
    """Return numbers rounded to 12 digits each, where small ones must keep their order.

    Args:
        values: Finite or missing numbers.

    Examples:
        >>> settled_each([0.1 + 0.2 + 0.3, 0.6, 1e-20, 1e20]).tolist()
        [0.6, 0.6, 1e-20, 1e+20]
    """
    numbers = np.asarray(values, dtype=np.float64)
    usual = np.isfinite(numbers) & (np.abs(numbers) > 1e-280) & (np.abs(numbers) < 1e280)
    exponent = np.floor(np.log10(np.abs(numbers), where=usual, out=np.zeros(numbers.shape)))
    fine, coarse = 10.0 ** (14 - exponent), 10.0 ** (11 - exponent)
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.rint(np.rint(numbers * fine) / 1000) / coarse
    return np.where(usual, rounded, numbers)


def grid_step(values: npt.ArrayLike) -> float:
    """Return the step of the grid to which `settled` rounds these values; 0 where all are 0.

    Args:
        values: Finite or missing numbers.

    Examples:
        >>> grid_step([2.0, -5.0])
        1e-09
    """
    decimals = _decimals(np.asarray(values, dtype=np.float64))
    return 0.0 if decimals is None else 10.0**-decimals


def _decimals(sums: Values) -> int | None:
    finite = np.abs(sums[np.isfinite(sums)])
    largest = float(finite.max(initial=0.0))
    if not 1e-280 < largest < 1e280:
        return None
    return DIGITS - math.floor(math.log10(largest * SHIFT))


def is_nothing(total: float, parts: npt.ArrayLike) -> bool:
    """Return whether a total is 0 but for the rounding of its parts.

    Args:
        total: The sum of the parts.
        parts: What was added up.

    Examples:
        >>> is_nothing(0.1 + 0.2 - 0.3, [0.1, 0.2, -0.3])
        True
    """
    return bool(abs(total) <= 1e-12 * np.abs(np.asarray(parts, dtype=np.float64)).sum())


def widened(values: pd.Series) -> pd.Series:
    """Return a column of short floats as the numbers they were written as: 12.34, not 12.3400002.

    Args:
        values: Any column; others than float32 and float16 are returned as they are.

    Examples:
        >>> widened(pd.Series([12.34], dtype="float32")).tolist()
        [12.34]
    """
    if not is_short(values.dtype):
        return values
    known = values.notna().to_numpy()
    numbers = np.full(len(values), np.nan)
    short = np.float16 if "16" in str(values.dtype) or "half" in str(values.dtype) else np.float32
    numbers[known] = values[known].to_numpy(dtype=short).astype(str).astype(np.float64)
    return pd.Series(numbers, index=values.index, name=values.name)


def is_short(dtype: Any) -> bool:
    """Return whether a type holds floats of fewer than 64 bits.

    Args:
        dtype: A column's type, numpy's or pandas'.

    Examples:
        >>> is_short(np.dtype("float32")), is_short(np.dtype("int8"))
        (True, False)
    """
    return str(dtype).lower() in {
        *("float16", "float32", "float[pyarrow]", "halffloat[pyarrow]", "half_float[pyarrow]"),
    }
