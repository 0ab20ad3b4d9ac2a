"""Ids of two tables that are joined where they live: one kind, in one type."""

from typing import Any

import narwhals as nw

from cemkit.data.engines import collect
from cemkit.data.problems import LARGEST_EXACT_INTEGER
from cemkit.errors import DataError

Frame = nw.LazyFrame[Any]
LARGEST_INT64 = 2**63 - 1
WIDE = (nw.UInt64, nw.UInt128, nw.Int128)


def with_whole_ids(frame: Frame, name: str) -> Frame:
    """Ids that are floats as whole numbers, as they were before a join left some missing."""
    if not frame.collect_schema()["customer_id"].is_float():
        return frame
    ids = nw.col("customer_id")
    exact = (ids == ids.round(0)) & (ids.abs() <= LARGEST_EXACT_INTEGER)
    if row_count(frame.filter(ids.is_finite() & ~exact)):
        raise DataError(
            f"customer_id of {name} has fractions, or numbers above 2^53, which are not exact; "
            "read the column as text or integers"
        )
    if frame.implementation.is_pandas_like():  # where 1.0 joins 1, and a gap takes a float
        return frame
    known = nw.when(ids.is_finite()).then(ids).otherwise(None)
    return frame.with_columns(known.cast(nw.Int64).alias("customer_id"))


def with_same_ids(people: Frame, others: Frame, name: str) -> tuple[Frame, Frame]:
    """Both tables with ids of one type: PyArrow and Polars join no others."""
    _check_one_engine(people, others, name)
    types = [frame.collect_schema()["customer_id"] for frame in (people, others)]
    kinds = [_id_kind(dtype) for dtype in types]
    if kinds[0] != kinds[1] and not row_count(others):  # an empty column has any type
        return people, others.with_columns(nw.col("customer_id").cast(types[0]))
    if kinds[0] != kinds[1]:
        raise DataError(
            f"customer_id holds {kinds[0]} in assignment but {kinds[1]} in {name}, so no "
            "id would match; convert one of them"
        )
    # PyArrow has two types of text, which are one to Narwhals.
    alike = types[0] == types[1] and not (kinds[0] == "text" and people.implementation.is_pyarrow())
    if alike or kinds[0] == "dates" or people.implementation.is_pandas_like():
        return people, others
    if kinds[0] == "numbers":
        return _as_integers(people, "assignment"), _as_integers(others, name)
    text = nw.col("customer_id").cast(nw.String)
    return people.with_columns(text), others.with_columns(text)


def _check_one_engine(people: Frame, others: Frame, name: str) -> None:
    """Raise where two tables are of different engines, which cannot join them."""
    engines = [_engine_of(frame) for frame in (people, others)]
    if engines[0] != engines[1]:
        raise TypeError(
            f"assignment is a {engines[0]} table and {name} a {engines[1]} table; bring both into "
            "one engine, since customers are joined where the tables are"
        )


def _engine_of(frame: Frame) -> str:
    implementation = frame.implementation
    return "pandas" if implementation.is_pandas_like() else implementation.name.lower()


def row_count(frame: Frame) -> int:
    """How many rows a lazy frame has."""
    return int(collect(frame.select(nw.len().alias("rows")))["rows"].iloc[0])


def _as_integers(frame: Frame, name: str) -> Frame:
    ids = nw.col("customer_id")
    wide = isinstance(frame.collect_schema()["customer_id"], WIDE)
    if wide and row_count(frame.filter(ids > LARGEST_INT64)):
        raise DataError(
            f"customer_id of {name} has numbers above 2^63 - 1, which the other table cannot "
            "hold; convert both to text"
        )
    return frame.with_columns(ids.cast(nw.Int64))


def _id_kind(dtype: nw.dtypes.DType) -> str:
    if dtype.is_numeric():
        return "numbers"
    return "dates" if dtype.is_temporal() else "text"
