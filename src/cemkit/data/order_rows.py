"""Rows of an orders table: what every reader of one asks of them, on any engine."""

from collections.abc import Hashable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.checks.options import shown
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling
from cemkit.errors import DataError

NEEDED = ("customer_id", "order_date", "amount")
HINT = "make the orders table with prepare_orders"


def scan_orders(orders: Any, needed: Sequence[str] = NEEDED) -> nw.LazyFrame[Any]:
    """An orders table as a lazy frame whose columns have the right types; nothing is read yet."""
    frame = scan(orders, "orders")
    schema = frame.collect_schema()
    check_columns(schema.names(), needed, HINT)
    date, amount = schema["order_date"], schema["amount"]
    if not isinstance(date, nw.Date | nw.Datetime) or getattr(date, "time_zone", None):
        raise DataError(f"order_date must hold dates without a time zone, not {date}; {HINT}")
    if not amount.is_numeric():
        raise DataError(f"amount must be numeric, not {amount}; {HINT}")
    for name in needed:
        if schema[name] == nw.Object and frame.implementation.is_pandas():
            check_hashable(orders[name], name)
    if "customer_id" in needed and isinstance(orders, pd.DataFrame):
        _check_ids(orders["customer_id"])
    return frame


def _check_ids(ids: pd.Series) -> None:
    """Raise where pandas holds ids in types that only pandas has."""
    if str(ids.dtype) == "float16":
        raise DataError(f"customer_id holds float16, which is exact only up to 2,048; {HINT}")
    if ids.dtype == object and pd.api.types.infer_dtype(ids, skipna=True).startswith("mixed"):
        check_spelling(ids.unique())


def check_countable(table: Any) -> None:
    """Raise where a pandas table holds lists and the like, so that equal rows cannot be found."""
    if isinstance(table, pd.DataFrame):
        for place, name in enumerate(table.columns):
            if table.iloc[:, place].dtype == object:
                check_hashable(table.iloc[:, place], str(name))


def check_hashable(values: pd.Series, name: str) -> None:
    """Raise where a column of Python objects holds lists and the like, which cannot be counted."""
    if not pd.api.types.infer_dtype(values, skipna=True).startswith("mixed"):
        return
    for value in values:
        if not isinstance(value, Hashable):
            raise DataError(f"{name} holds {shown(value)}; it must hold text or numbers")


def check_complete(
    rows: nw.LazyFrame[Any], columns: Sequence[str] = NEEDED, hint: str = HINT
) -> int:
    """How many rows there are, none of which lacks a value."""
    schema = rows.collect_schema()
    bad = {name: nw.col(name).is_null() for name in columns}
    numbers = [name for name in columns if schema[name].is_float() or schema[name].is_decimal()]
    for name in numbers:
        bad[name] = bad[name] | ~nw.col(name).cast(nw.Float64).is_finite()
    flags = [flag.cast(nw.Int64).alias(f"bad_{name}") for name, flag in bad.items()]
    counts = [nw.col(f"bad_{name}").sum() for name in columns]
    facts = collect(rows.select(*flags).select(nw.len().alias("rows"), *counts)).fillna(0).iloc[0]
    for name in columns:
        if facts[f"bad_{name}"] > 0:
            problem = "missing or infinite" if name in numbers else "missing"
            raise DataError(
                f"{name} is {problem} in {int(facts[f'bad_{name}']):,} of {int(facts['rows']):,} "
                f"rows; {hint}"
            )
    return int(facts["rows"])
