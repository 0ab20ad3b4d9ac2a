"""Ids of orders in their one spelling: how raw ones get it, and the check that others have it."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import normal_ids
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import shown
from cemkit.data.engines import category_values, collect
from cemkit.errors import DataError

# What Python's str.strip removes. Every engine's own idea of a blank is another one.
BLANKS = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
OUTER_BLANKS = f"^[{BLANKS}]+|[{BLANKS}]+$"
WHOLE_FLOAT = r"^-?[0-9]+\.0+$"
ZEROS = r"\.0+$"
MISSING = "|".join(sorted(MISSING_TEXTS - {""}))
OTHER_SPELLING = f"^[{BLANKS}]|[{BLANKS}]$|{WHOLE_FLOAT}|^(?:{MISSING})?$"
NARROW = (nw.Int8, nw.Int16, nw.Int32, nw.UInt8, nw.UInt16, nw.UInt32)


def with_normal_ids(frame: Any, names: Sequence[str]) -> Any:
    """Return a Narwhals frame whose id columns are in their one spelling."""
    for name in names:
        if frame.implementation.is_pandas() and str(frame.to_native()[name].dtype) == "float16":
            raise DataError(
                f"{name} holds float16, which is exact only up to 2,048; read it as text"
            )
        frame = _with_plain_values(frame, name)
        dtype = frame.collect_schema()[name]
        if frame.implementation.is_pandas() and dtype in {nw.String, nw.Object}:
            frame = _normal_in_pandas(frame, name)
        elif dtype == nw.String and _has_other_spelling(frame, name):
            frame = frame.with_columns(_normal_text(nw.col(name)).alias(name))
        elif dtype.is_float():
            # A NaN is a missing id on every engine but those where it is a value of its own.
            frame = frame.with_columns(nw.col(name).fill_nan(None))
        elif dtype in NARROW:
            frame = frame.with_columns(nw.col(name).cast(nw.Int64))
    return frame


def _with_plain_values(frame: Any, name: str) -> Any:
    """The frame with a categorical column as the values of its categories."""
    if not isinstance(frame.collect_schema()[name], nw.Categorical | nw.Enum):
        return frame
    table = frame.to_native()
    if frame.implementation.is_pandas() or frame.implementation.is_dask():
        dtype = table[name].dtype
        if isinstance(table, pd.DataFrame) and isinstance(dtype, pd.CategoricalDtype):
            return nw.from_native(table.assign(**{name: category_values(table[name])}))
        if isinstance(dtype, pd.CategoricalDtype):
            values = dtype.categories.dtype
        else:
            values = pd.ArrowDtype(dtype.pyarrow_dtype.value_type)
        table = table.copy()
        table[name] = table[name].astype(values)
        return nw.from_native(table)
    if frame.implementation.is_pyarrow():
        place = table.schema.get_field_index(name)
        plain = table.column(name).cast(table.schema.field(place).type.value_type)
        return nw.from_native(table.set_column(place, name, plain))
    return frame.with_columns(nw.col(name).cast(nw.String))


def _normal_in_pandas(frame: Any, name: str) -> Any:
    table: pd.DataFrame = frame.to_native()
    values = table[name]
    if values.dtype != object and not _texts_have_other_spelling(values):
        return frame
    normal = normal_ids(values, name)
    table = table.copy(deep=False)
    table[name] = pd.Series(normal, index=table.index)
    return nw.from_native(table)


def _texts_have_other_spelling(values: pd.Series) -> bool:
    """The same as the pattern, by comparisons that pandas makes ten times faster."""
    if values.isin(MISSING_TEXTS).any() or (values.str.strip() != values).fillna(False).any():
        return True
    ending = values[values.str.endswith("0").fillna(False).astype(bool)]
    return bool(ending.str.contains(WHOLE_FLOAT).any())


def _has_other_spelling(frame: Any, name: str) -> bool:
    other = nw.col(name).str.contains(OTHER_SPELLING).fill_null(False).cast(nw.Int64)
    counted = collect(frame.lazy().select(other.alias("other")).select(nw.col("other").sum()))
    return bool(counted.fillna(0)["other"].sum() > 0)


def _normal_text(text: nw.Expr) -> nw.Expr:
    text = text.str.replace_all(OUTER_BLANKS, "")
    whole = text.str.contains(WHOLE_FLOAT).fill_null(False)
    text = nw.when(whole).then(text.str.replace_all(ZEROS, "")).otherwise(text)
    return nw.when(~text.is_in(sorted(MISSING_TEXTS))).then(text)


def check_spelling(ids: Any, name: str = "customer_id") -> None:
    """Raise where ids are in another spelling than the one that `prepare_orders` gives them."""
    index = pd.Index(ids)
    if index.dtype.kind in "iuf":
        return
    given = index.dropna().tolist()
    if _texts_in_one_spelling(given):
        return
    for value, normal in zip(given, normal_ids(pd.Index(given, dtype=object), name), strict=True):
        if pd.isna(normal):
            raise DataError(
                f"{name} holds {shown(value)}, which means a missing customer; {ADVICE}"
            )
        if value != normal:
            raise DataError(
                f"{name} holds {shown(value)}, which is another spelling of {shown(normal)}, so "
                f"that one customer may have several ids; {ADVICE}"
            )


def check_spelling_in(orders: nw.LazyFrame[Any]) -> None:
    """Raise where the customers of orders are in another spelling, in a look at the rows."""
    ids, dtype = nw.col("customer_id"), orders.collect_schema()["customer_id"]
    if dtype == nw.String and not orders.implementation.is_pandas():
        orders = orders.filter(ids.str.contains(OTHER_SPELLING).fill_null(False)).head(1)
    elif dtype not in {nw.String, nw.Object}:
        return
    check_spelling(collect(orders.select(ids).unique())["customer_id"])


ADVICE = "make the orders table with prepare_orders, which gives each customer one id"


def _texts_in_one_spelling(values: list[Any]) -> bool:
    """Whether all are text that needs no change: found for a million of them in .1 s."""
    try:
        together = "\n".join(values)
    except TypeError:
        return False
    stripped = together.split() == values or not any(value != value.strip() for value in values)
    return stripped and ".0" not in together and MISSING_TEXTS.isdisjoint(values)
