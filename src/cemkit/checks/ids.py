"""Customer ids: one spelling for each customer, and tables matched by them."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from importlib import import_module
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks.options import check_is_frame, shown
from cemkit.errors import DataError, MissingColumnsError
from cemkit.formats import count_text

# What text makes of a missing value.
MISSING_TEXTS = frozenset({"", "nan", "NaN", "None", "<NA>", "NaT", "null", "NULL"})
WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")  # 17.0, as float ids read when they became text
# A code of ASCII with a digit and no point: no space to strip, no word for missing, no 17.0.
PLAIN_CODE = r"[!-\-/-~]*[0-9][!-\-/-~]*"
LARGEST_EXACT_INTEGER = 2**53
VIEWS = "string_view[pyarrow]"


def normal_ids(values: Any, name: str = "customer_id") -> pd.Index:
    """Return ids in their one spelling."""
    if getattr(values, "dtype", None) == np.float16:
        values = values.astype(np.float64)  # pandas has no index of 16 bits
    values = without_views(values)
    index = values if isinstance(values, pd.Index) else pd.Index(values)
    if isinstance(index, pd.MultiIndex):
        raise DataError(f"{name} is an index of {index.nlevels} levels; it takes one")
    dtype = index.dtype
    if isinstance(index, pd.CategoricalIndex):
        return _taken(normal_ids(index.categories, name), index.codes).rename(index.name)
    if pd.api.types.is_datetime64_any_dtype(dtype) or isinstance(dtype, pd.PeriodDtype):
        return index
    if dtype == np.int64 or _are_whole_floats(index):
        return index.astype(np.int64)
    if _are_plain_codes(index):
        return index
    codes, distinct = _factorized(index, name)
    normal = _normal([_plain(value, name) for value in distinct], name)
    is_text = all(isinstance(value, str) for value in distinct)
    if is_text and (codes >= 0).all() and normal.tolist() == distinct:
        return index
    return _taken(normal, codes).rename(index.name)


def without_views(values: Any) -> Any:
    """Return text held as Arrow's views, which neither pandas nor Arrow can sort, as large text."""
    if str(getattr(values, "dtype", "")) != VIEWS:
        return values
    pa: Any = import_module("pyarrow")
    text = pa.chunked_array(pa.array(values.array)).cast(pa.large_string())
    return type(values)(pd.arrays.ArrowExtensionArray(text), name=values.name)


def _are_plain_codes(index: pd.Index) -> bool:
    """Whether all ids are text in its one spelling at sight; Arrow sees it without Python."""
    dtype = index.dtype
    if not (isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"):
        return False
    return bool(len(index) and index.to_series().str.fullmatch(PLAIN_CODE).fillna(False).all())


def _are_whole_floats(index: pd.Index) -> bool:
    """Whether all ids are floats that stand for one integer each."""
    if index.dtype.kind != "f" or not isinstance(index.dtype, np.dtype):
        return False
    values = index.to_numpy()
    return bool(
        (np.abs(values) <= LARGEST_EXACT_INTEGER).all() and (values == np.rint(values)).all()
    )


def _factorized(index: pd.Index, name: str) -> tuple[Any, list[Any]]:
    """The number of each row's id among the distinct ones, and these as Python's objects."""
    if index.dtype == object and pd.api.types.infer_dtype(index).startswith("mixed"):
        flags = [value for value in index if isinstance(value, bool | np.bool_)]
        if flags:  # True is equal to 1, so it would be lost among the distinct ids
            raise DataError(f"{name} holds {flags[0]}; ids are text or whole numbers")
    try:
        codes, distinct = pd.factorize(index)
    except TypeError as error:
        raise DataError(f"{name} must hold text or whole numbers: {error}") from error
    return codes, pd.Index(distinct, dtype=distinct.dtype).astype(object).tolist()


def _plain(value: Any, name: str) -> int | str | dt.date | None:
    """One id in its one spelling; None where it is missing."""
    if isinstance(value, str):
        text = str(value).strip()
        if text in MISSING_TEXTS:
            return None
        whole = WHOLE_FLOAT.fullmatch(text)
        return whole[1] if whole else text
    if isinstance(value, bool | np.bool_):
        raise DataError(f"{name} holds {value}; ids are text or whole numbers")
    if isinstance(value, Integral):
        return _checked_integer(int(value), name)
    if isinstance(value, Real | Decimal):
        return _whole(value, name)
    if isinstance(value, dt.date):
        return value
    if isinstance(value, uuid.UUID):
        return str(value)
    raise DataError(f"{name} holds {shown(value)}; ids are text or whole numbers")


def _whole(value: Any, name: str) -> int | None:
    if value != value:  # noqa: PLR0124 - a NaN, of whichever type
        return None
    if value in (float("inf"), -float("inf")) or value != int(value):
        raise DataError(f"{name} has fractional ids, such as {value}; read the column as text")
    if abs(value) > LARGEST_EXACT_INTEGER and not isinstance(value, Decimal):
        raise DataError(
            f"{name} has float ids above 2^53, such as {value:.0f}, where different customers can "
            "share a number; read the column as text or integers"
        )
    return _checked_integer(int(value), name)


def _checked_integer(value: int, name: str) -> int:
    if not -(2**63) <= value < 2**63:
        raise DataError(
            f"{name} has ids of more than 64 bits, such as {value}; read the column as text"
        )
    return value


def _normal(ids: list[Any], name: str) -> pd.Index:
    """Distinct ids as an index of one type: whole numbers, text, or dates."""
    normal: pd.Index
    known = [value for value in ids if value is not None]
    kinds = {str if isinstance(value, str) else type(value) for value in known}
    if kinds == {int}:
        normal = pd.Index(np.array(ids, dtype=object))
        return normal.astype("int64" if len(known) == len(ids) else "Int64")
    if not kinds <= {int, str} and kinds & {int, str}:
        raise DataError(f"{name} mixes dates with text or numbers; make all ids of one kind")
    if kinds and kinds <= {int, str}:
        ids = [value if value is None else str(value) for value in ids]
    normal = pd.Index(ids) if kinds else pd.Index(ids, dtype=object)
    return normal


def _taken(distinct: pd.Index, codes: Any) -> pd.Index:
    """The id of each row; a row without a code has a missing one."""
    taken: pd.Index = pd.Index([None] * len(codes), dtype=object)
    if (codes >= 0).all():
        taken = distinct.take(codes)
    elif len(distinct):
        nullable = distinct.astype("Int64") if distinct.dtype == np.int64 else distinct
        taken = nullable.take(codes, allow_fill=True, fill_value=np.nan)
    return taken


def id_kind(ids: pd.Index) -> str:
    """Return what ids are: "numbers", "text", a kind of dates, or "nothing" where none is known."""
    if not len(ids) or ids.isna().all():
        return "nothing"
    if isinstance(ids, pd.DatetimeIndex):
        return f"dates in {ids.tz}" if ids.tz is not None else "dates with a time"
    if isinstance(ids.dtype, pd.PeriodDtype):
        return f"dates as {ids.dtype}"
    if pd.api.types.infer_dtype(ids, skipna=True) != "string":
        ids = normal_ids(ids)
    if pd.api.types.is_integer_dtype(ids.dtype):
        return "numbers"
    if pd.api.types.infer_dtype(ids, skipna=True) == "string":
        return "text"
    return f"dates of type {', '.join(sorted({type(value).__name__ for value in ids.dropna()}))}"


def check_same_ids(
    ids: pd.Index, others: pd.Index, name: str, others_name: str, what: str = "customer_id"
) -> None:
    """Raise where the ids of two tables are of different kinds, so that none would ever match."""
    kinds = [id_kind(ids), id_kind(others)]
    if "nothing" not in kinds and kinds[0] != kinds[1]:
        raise DataError(
            f"{what} holds {kinds[0]} in {name} and {kinds[1]} in {others_name}, so none would be "
            "found; convert one of them"
        )


def check_any_match(ids: pd.Index, others: pd.Index, name: str, others_name: str) -> None:
    """Raise where none of the ids of a table is in another."""
    check_same_ids(ids, others, name, others_name)
    if not ids.isin(others).any():
        raise DataError(
            f"none of the {count_text(len(ids), 'ids')} in {name} is in {others_name}: {name} has "
            f"{_an_id(ids)}, {others_name} has {_an_id(others)}; give both the same ids "
            "(see match_people)"
        )


def _an_id(ids: pd.Index) -> str:
    known = ids.dropna()
    return shown(known.tolist()[0]) if len(known) else "none"


def given_ids(customers: pd.DataFrame) -> pd.Index:
    """Return the ids of a customer table as they were given: the column, else the index."""
    if "customer_id" in customers.columns:
        ids = customers["customer_id"]
        if ids.dtype == np.float16:
            return normal_ids(ids)
        column: pd.Index = pd.Index(ids, name="customer_id")
        return column
    return customers.index


def customer_ids(table: object, name: str) -> pd.Index:
    """Return the `customer_id` of every row in its one spelling; it may repeat, none is missing."""
    table = check_is_frame(table, name)
    ids = normal_ids(_id_values(table, name), f"customer_id of {name}")
    if ids.hasnans:
        missing = count_text(np.count_nonzero(ids.isna()), "rows")
        raise DataError(f"{name} has {missing} without a customer_id")
    return ids


def _id_values(table: pd.DataFrame, name: str) -> pd.Index | pd.Series:
    if "customer_id" in table.columns:
        if not table.columns.is_unique:
            twice = table.columns[table.columns.duplicated()].tolist()
            raise DataError(f"{name} has two columns {twice[0]!r}; rename or drop one")
        return table["customer_id"]
    if table.index.name == "customer_id":
        return table.index
    raise MissingColumnsError(
        ["customer_id"], table.columns, f"name the customers of {name} in a column or the index"
    )


def by_customer(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table with unique normal ids as its index `customer_id`; rows keep their order."""
    ids = customer_ids(table, name)
    if not ids.is_unique:
        twice = ids[ids.duplicated()]
        raise DataError(
            f"{name} has {len(twice)} repeated customer_id, such as {twice.tolist()[0]!r}; "
            "it takes one row per customer (see customer_table)"
        )
    if "customer_id" in table.columns:
        table = table.drop(columns="customer_id")
    return table.set_axis(ids.rename("customer_id"), axis="index")


def check_ids(table: pd.DataFrame, name: str) -> None:
    """Raise where a table that names its customers names one twice or leaves one out."""
    if "customer_id" in table.columns or table.index.name == "customer_id":
        by_customer(table, name)
