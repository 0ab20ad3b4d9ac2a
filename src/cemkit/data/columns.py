"""Columns of the tables that decide: their names, words and numbers, and ids that must match."""

from collections.abc import Collection
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_columns, meant
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import check_is_frame, shown
from cemkit.checks.tables import check_column_names
from cemkit.errors import DataError

Words = npt.NDArray[np.object_]
Numbers = npt.NDArray[Any]


def check_table(
    table: object,
    name: str,
    required: Collection[str] = (),
    *,
    known: Collection[str] | None = None,
    hint: str = "",
) -> pd.DataFrame:
    """Return `table`, when it is a DataFrame with the required columns and no others than known."""
    table = check_is_frame(table, name)
    check_column_names(table.columns, name)
    check_columns(table.columns, required, hint)
    unknown = [] if known is None else [column for column in table.columns if column not in known]
    if unknown:
        raise DataError(
            f"{name} has an unknown column "
            f"{shown(unknown[0])}{meant(unknown[0], known or [])}; use columns among "
            f"{[*(known or [])]}"
        )
    return table


def plain_words(values: pd.Series, name: str) -> Words:
    """Return the words of a column, stripped; None where one is missing, blank or such as "nan"."""
    codes, distinct = distinct_values(values, name)
    return np.array([*(_word(value, name) for value in distinct), None], dtype=object)[codes]


def distinct_values(values: pd.Series, name: str) -> tuple[npt.NDArray[np.intp], list[Any]]:
    """Return the number of each row's value among the distinct ones (-1: missing), and these."""
    if isinstance(values.dtype, pd.SparseDtype):
        values = pd.Series(np.asarray(values), index=values.index)
    try:
        codes, distinct = pd.factorize(values)
    except TypeError as error:
        raise DataError(f"{name} must hold text or numbers: {error}") from error
    return codes, pd.Index(distinct, dtype=distinct.dtype).astype(object).tolist()


def _word(value: object, name: str) -> str | None:
    if not isinstance(value, str):
        raise DataError(f"{name} must hold text, not {shown(value)}; convert it first")
    text = str(value).strip()
    return None if text in MISSING_TEXTS else text


def numbers(values: pd.Series, name: str) -> Numbers:
    """Return the numbers of a column as floats, NaN where missing; float32 stays float32."""
    dtype = values.dtype
    if pd.api.types.is_numeric_dtype(dtype) and not (
        pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_complex_dtype(dtype)
    ):
        narrow = getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype))
        kind = narrow if narrow in (np.float16, np.float32) else np.dtype(np.float64)
        return values.to_numpy(dtype=np.float64, na_value=np.nan).astype(kind, copy=False)
    codes, distinct = distinct_values(values, name)
    return np.array([*(_number(value, name) for value in distinct), np.nan])[codes]


def _number(value: object, name: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | Decimal):
        raise DataError(f"{name} must hold numbers, not {shown(value)}; convert it first")
    try:
        return written_float(value)
    except OverflowError as error:
        raise DataError(
            f"{name} has the number {shown(value)}, which is too large to compute with; correct it"
        ) from error


def written_float(value: Any) -> float:
    """Return a number as people wrote it: 0.7 held as float32 is 0.7, and not 0.699999988."""
    return float(str(value)) if isinstance(value, np.floating) else float(value)


def written_floats(values: Numbers) -> Floats:
    """Return floats of any width as float64, each the shortest decimal that its width tells."""
    if values.dtype.itemsize >= np.dtype(np.float64).itemsize:
        return values.astype(np.float64)
    distinct, codes = np.unique(values, return_inverse=True)
    return np.array([float(str(value)) for value in distinct], dtype=np.float64)[codes]


def whole_numbers(values: pd.Series, name: str, *, minimum: int, maximum: int) -> Floats:
    """Return whole numbers from `minimum` to `maximum` as floats; NaN where one is missing."""
    found = numbers(values, name).astype(np.float64)
    within = (found >= minimum) & (found <= maximum) & (np.rint(found) == found)
    wrong = found[~np.isnan(found) & ~within]
    if len(wrong):
        raise DataError(
            f"{name} must be whole numbers from {minimum} to {maximum:,}, not {wrong[0]:g}"
        )
    return found


def among(ids: pd.Index, listed: pd.Index) -> npt.NDArray[np.bool_]:
    """Return for each id whether it is listed."""
    # Index.isin takes seven times as long on text.
    found: npt.NDArray[np.bool_] = listed.unique().get_indexer(ids) >= 0
    return found


def order_of(values: pd.Series, name: str) -> Floats:
    """Return the place of each value among the column's texts, whatever the type; NaN: missing."""
    codes, distinct = distinct_values(values, name)
    places = {text: place for place, text in enumerate(sorted(set(map(str, distinct))))}
    return np.array([*(places[str(value)] for value in distinct), np.nan])[codes]
