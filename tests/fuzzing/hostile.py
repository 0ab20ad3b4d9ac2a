"""Hostile values: what users, files and merges put where something else belongs."""

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

VALUES: list[Any] = [
    None,
    "",
    "no",
    "today",
    "03/04/1997",
    "2024-06",
    b"bytes",
    True,
    -1,
    0,
    1,
    10**12,
    10**400,
    0.5,
    1.0,
    float("nan"),
    float("inf"),
    1j,
    pd.NA,
    pd.NaT,
    [],
    ["no", "such", "names"],
    [[1.0], [2.0]],
    {},
    {"no": 1},
    {1, 2},
    (),
    np.array(3),
    np.array([1.0, 2.0]),
    np.array([[1.0, np.nan]]),
    np.str_("2024-01-01"),
    np.float32(0.5),
    dt.date(1, 1, 1),
    dt.date(9999, 12, 31),
    pd.Timestamp("2024-01-01", tz="UTC"),
    pd.Series([1.0, np.nan]),
    pd.DataFrame(),
    pd.DataFrame({"amount": ["a"]}),
    object(),
    len,
    int,
]

COLUMN_TYPES: list[Any] = [
    object,
    "str",
    "category",
    "complex128",
    "bool",
    "float16",
    "float32",
    "Float64",
    "Int64",
    "uint8",
    "datetime64[s]",
    "timedelta64[s]",
    "string[pyarrow]",
    "double[pyarrow]",
    "int64[pyarrow]",
    "Sparse[float]",
]
CELLS: list[Any] = [None, np.nan, np.inf, -np.inf, pd.NA, "nan", "", 2**70, 1j, [1], b"x", True, -7]
CELLS += [pd.Timestamp("2024-01-01", tz="UTC"), dt.date(1, 1, 1), "1.0", 0.5, "text", {}]


def mutations(value: Any) -> list[Callable[[], Any]]:
    """Return ways to spoil an argument: a hostile value instead of it, or a change within it."""
    ways: list[Callable[[], Any]] = [functools.partial(_given, other) for other in VALUES]
    if isinstance(value, pd.DataFrame):
        ways += list(_spoilt_tables(value))
    elif isinstance(value, pd.Series):
        ways += [functools.partial(_first, way) for way in _spoilt_tables(value.to_frame("value"))]
        ways += [functools.partial(_given, value.tolist()), functools.partial(value.to_numpy)]
    elif isinstance(value, np.ndarray | list | tuple):
        ways += [functools.partial(_with_cell, list(value), cell) for cell in CELLS]
        ways += [functools.partial(iter, list(value)), functools.partial(_given, list(value)[:1])]
    elif isinstance(value, dict) and value:
        ways += [functools.partial(_with_entry, value, key, c) for key in value for c in CELLS]
        ways += [functools.partial(_renamed, value, cell) for cell in CELLS if _can_be_a_key(cell)]
    return ways


def reindexed(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the table with the indexes that joins, groups and files leave behind."""
    numbers = range(len(table))
    if len(table.columns):
        yield table.set_index(table.columns[0], drop=False)
    if len(table.columns) and table.index.nlevels == 1:
        yield table.rename_axis(table.columns[-1])
    yield table.set_axis(pd.MultiIndex.from_arrays([numbers, numbers], names=["a", "b"]))
    yield table.set_axis(pd.Index([np.nan] * len(table)))
    yield table.set_axis(pd.date_range("2024-01-01", periods=len(table)))
    yield table.rename_axis(columns="measure")
    yield table.set_axis(pd.MultiIndex.from_product([["a"], table.columns]), axis=1)


def _given(other: Any) -> Any:
    return other


def _first(way: Callable[[], Any]) -> Any:
    table = way()
    return table.iloc[:, 0] if isinstance(table, pd.DataFrame) and table.shape[1] else table


def _with_cell(values: list[Any], cell: Any) -> list[Any]:
    return [cell, *values[1:]]


def _with_entry(values: dict[Any, Any], key: Any, cell: Any) -> dict[Any, Any]:
    return {**values, key: cell}


def _renamed(values: dict[Any, Any], cell: Any) -> dict[Any, Any]:
    first, *others = values
    return {cell: values[first], **{key: values[key] for key in others}}


def _can_be_a_key(cell: Any) -> bool:
    return not isinstance(cell, list | dict)


def _spoilt_tables(table: pd.DataFrame) -> Iterator[Callable[[], Any]]:
    yield from (
        lambda: table.iloc[:0],
        lambda: table.iloc[:1],
        lambda: pd.concat([table, table]),
        lambda: pd.concat([table, table], axis=1),
        lambda: table.set_axis(range(table.shape[1]), axis=1),
        lambda: table.set_axis([0] * len(table)),
        lambda: table.to_dict("list"),
        table.to_numpy,
        lambda: table.sample(frac=1, random_state=0),
    )
    for place in range(table.shape[1]):
        yield functools.partial(_without, table, place)
        for dtype in COLUMN_TYPES:
            yield functools.partial(_typed, table, place, dtype)
        for cell in CELLS:
            yield functools.partial(_celled, table, place, cell)
        yield functools.partial(_replaced, table, place, list(range(len(table))))
        yield functools.partial(_replaced, table, place, ["a"] * len(table))


def _without(table: pd.DataFrame, place: int) -> pd.DataFrame:
    return table.drop(columns=table.columns[place])


def _typed(table: pd.DataFrame, place: int, dtype: Any) -> pd.DataFrame:
    return table.assign(**{str(table.columns[place]): table.iloc[:, place].astype(dtype)})


def _celled(table: pd.DataFrame, place: int, cell: Any) -> pd.DataFrame:
    values = table.iloc[:, place].astype(object).tolist()
    return _replaced(table, place, [cell, *values[1:]])


def _replaced(table: pd.DataFrame, place: int, values: list[Any]) -> pd.DataFrame:
    column = pd.Series(values, index=table.index, dtype=object).infer_objects()
    return table.assign(**{str(table.columns[place]): column})
