"""What can be wrong with a row of orders: one word each, for `prepare_orders` and the audit."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.checks.options import shown
from cemkit.data.dates import read_dates
from cemkit.data.engines import as_frame
from cemkit.data.order_ids import with_normal_ids
from cemkit.errors import DataError

# A row with several of them is reported under the first.
PROBLEMS = (
    "missing_customer",
    "missing_date",
    "unreadable_date",
    "missing_amount",
    "infinite_amount",
    "missing_cost",
    "infinite_cost",
    "invalid_discount",
    "missing_order",
    "duplicate",
    "cancelled",
    "zero_amount",
    "negative_amount",
)
# Sound rows, which no one has to name: returns, free orders, two equal lines of one order.
ALLOWED = frozenset({"duplicate", "zero_amount", "negative_amount"})
FIXED = (
    *("customer_id", "order_date", "amount", "unit_price", "quantity", "order_id", "product"),
    *("category", "channel", "promotion", "cost", "discount"),
)
NUMBERS = ("cost", "discount")
GIVEN_DATE = "date_as_given"
GIVEN_CANCELLED = "cancelled_as_given"
LARGEST_EXACT_INTEGER = 2**53
# What a column of Python objects becomes, by what it holds.
PLAIN_TYPES: dict[str, Literal["boolean", "float64"]] = {
    "boolean": "boolean",
    "decimal": "float64",
    "integer": "float64",
    "floating": "float64",
    "mixed-integer-float": "float64",
}


@dataclass(frozen=True, kw_only=True)
class OrderColumns:
    """Which column of a raw table is what."""

    customer_id: str = "customer_id"
    order_date: str = "order_date"
    amount: str | None = None
    unit_price: str | None = None
    quantity: str | None = None
    order_id: str | None = None
    product: str | None = None
    category: str | None = None
    channel: str | None = None
    promotion: str | None = None
    cost: str | None = None
    discount: str | None = None
    cancelled: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            name = getattr(self, field.name)
            if name is None and field.default is None:
                continue
            if not isinstance(name, str) or not name:
                raise TypeError(f"{field.name} must be the name of a column, not {shown(name)}")

    def ids(self) -> list[str]:
        """The columns with ids: of customers and, where named, of orders."""
        return [self.customer_id, *([] if self.order_id is None else [self.order_id])]

    def renamed(self) -> dict[str, str]:
        """The fixed name of each column that has one, under the name it has now."""
        names = {self.customer_id: "customer_id", self.order_date: "order_date"}
        if self.unit_price is None:
            names[self.amount or "amount"] = "amount"
        else:
            names[self.unit_price] = "unit_price"
        for name in FIXED[FIXED.index("quantity") :]:
            if getattr(self, name) is not None:
                names[getattr(self, name)] = name
        return names

    def check(self, available: Sequence[str]) -> None:
        """Raise unless the columns are there, and the arguments go together."""
        if self.unit_price is not None and (self.amount is not None or self.quantity is None):
            raise ValueError("name either amount, or both unit_price and quantity")
        names = self.renamed()
        self._check_different(names)
        hint = "name your columns, as in prepare_orders(raw, amount='paid')"
        check_columns(available, names, hint)
        if self.cancelled is not None and self.cancelled not in available and not self.order_id:
            raise ValueError(
                f"cancelled={self.cancelled!r} is not a column; if it is a prefix of order "
                "ids, name order_id as well"
            )
        taken = [name for name in (GIVEN_DATE, GIVEN_CANCELLED) if name in available]
        if taken:
            raise DataError(f"column {taken[0]!r} has a reserved name; rename it")
        made = {*names.values(), "amount"}
        hidden = [name for name in available if name in made and name not in names]
        if hidden:
            raise DataError(
                f"column {hidden[0]!r} would occur twice in the result; rename or drop the "
                "one in raw"
            )

    def _check_different(self, names: dict[str, str]) -> None:
        # A column that has two names keeps the last one only.
        for name in FIXED:
            column = getattr(self, name)
            if column is not None and names.get(column) != name:
                raise ValueError(f"{column!r} is named as both {name} and {names[column]}")


def read_orders(
    raw: Any, columns: OrderColumns, date_format: str | None, time_zone: str | None
) -> nw.LazyFrame[Any]:
    """The raw rows under fixed names and with typed values; nothing is dropped or judged."""
    frame = as_frame(raw, "orders")
    available = frame.collect_schema().names()
    columns.check(available)
    if frame.implementation.is_pandas():
        frame = nw.from_native(_plain_objects(frame.to_native(), columns))
    _check_id_types(frame, columns)
    names = columns.renamed()
    given = {GIVEN_DATE: nw.col(columns.order_date)}
    if columns.cancelled is not None and columns.cancelled in available:
        given[GIVEN_CANCELLED] = _true_where_set(frame, columns.cancelled)
    frame = read_dates(frame.with_columns(**given), columns.order_date, date_format, time_zone)
    further = [name for name in available if name not in names]
    frame = frame.lazy().select(
        *(nw.col(old).alias(new) for old, new in names.items()), *map(nw.col, further), *given
    )
    return _with_amount(frame, columns, [*names.values(), *further, *given])


def _with_amount(
    frame: nw.LazyFrame[Any], columns: OrderColumns, order: list[str]
) -> nw.LazyFrame[Any]:
    given = {columns.amount or "amount": "amount"}
    if columns.unit_price is not None:
        given = {columns.unit_price: "unit_price", columns.quantity or "quantity": "quantity"}
    further = {getattr(columns, name): name for name in NUMBERS if getattr(columns, name)}
    schema = frame.collect_schema()
    for old, new in {**given, **further}.items():
        if not schema[new].is_numeric():
            raise DataError(f"{old} must be numeric, not {schema[new]}; convert it first")
    frame = frame.with_columns(nw.col(name).cast(nw.Float64) for name in further.values())
    if columns.unit_price is None:
        return frame.with_columns(nw.col("amount").cast(nw.Float64))
    amount = nw.col("unit_price").cast(nw.Float64) * nw.col("quantity").cast(nw.Float64)
    order = [*order[:2], "amount", *order[2:]]
    return frame.with_columns(amount=amount).select(*map(nw.col, order))


def _true_where_set(frame: Any, name: str) -> nw.Expr:
    dtype = frame.collect_schema()[name]
    if dtype == nw.Boolean:
        return nw.col(name).fill_null(False)
    if not dtype.is_numeric():
        raise DataError(
            f"{name} must hold True or False to mark cancelled rows, not {dtype}; convert it first"
        )
    return (nw.col(name) != 0).fill_null(False) & ~_is_missing_number(nw.col(name))


def with_one_spelling(raw: Any, columns: OrderColumns) -> Any:
    """The raw rows with their customers' and orders' ids in one spelling (see `normal_ids`)."""
    frame = as_frame(raw, "orders")
    available = frame.collect_schema().names()
    columns.check(available)
    # Counts of orders read a column of that name, whether it was named or not.
    further = [name for name in ("order_id",) if name in available and columns.order_id is None]
    return with_normal_ids(frame, [*columns.ids(), *further]).to_native()


def _plain_objects(raw: pd.DataFrame, columns: OrderColumns) -> pd.DataFrame:
    """Columns of Python objects as the types they hold, which only pandas leaves open."""
    prices = (columns.amount or "amount", columns.unit_price, columns.quantity)
    money = (*prices, columns.cost, columns.discount, columns.cancelled)
    changed = raw.copy(deep=False)
    for name in money:
        if name is None or name not in raw.columns or raw[name].dtype != object:
            continue
        kind = pd.api.types.infer_dtype(raw[name], skipna=True)
        if kind in PLAIN_TYPES:
            known = raw[name].where(raw[name].notna(), float("nan"))
            changed[name] = known.astype(PLAIN_TYPES[kind])
    return changed


def _check_id_types(frame: Any, columns: OrderColumns) -> None:
    schema = frame.collect_schema()
    for name in columns.ids():
        dtype = schema[name]
        # A column without any value has no known type; it is refused for having no rows.
        plain = (
            dtype.is_integer() or dtype.is_float() or dtype in {nw.String, nw.Object, nw.Unknown}
        )
        if not plain and name == columns.customer_id:
            raise DataError(f"{name} must be text or whole numbers, not {dtype}; convert it first")


def with_flags(
    frame: nw.LazyFrame[Any], columns: OrderColumns, names: Sequence[str]
) -> nw.LazyFrame[Any]:
    """The frame with a column of 0 and 1 for each of the problems that one row alone can tell."""
    schema = frame.collect_schema()
    # A missing date is looked for once, though it says of each other date whether it is read.
    dates = frame.with_columns(missing_date=_missing(GIVEN_DATE, schema).cast(nw.Int8))
    flags = {name: _flag(name, columns, schema) for name in names if name != "missing_date"}
    return dates.with_columns(**{name: flag.cast(nw.Int8) for name, flag in flags.items()})


def _flag(name: str, columns: OrderColumns, schema: nw.Schema) -> nw.Expr:
    amount = nw.col("cost" if name.endswith("_cost") else "amount")
    nothing = _is_missing_number(amount)
    if name == "missing_order":
        return _missing("order_id", schema)
    if name == "cancelled":
        return _cancelled(columns.cancelled, schema)
    if name == "invalid_discount":
        depth = nw.col("discount")
        return ((depth < 0) | (depth > 1)).fill_null(False) & ~_is_missing_number(depth)
    return {
        "missing_customer": _missing("customer_id", schema),
        "unreadable_date": nw.col("order_date").is_null() & (nw.col("missing_date") == 0),
        "missing_amount": nothing,
        "infinite_amount": ~nothing & (amount.abs() == float("inf")).fill_null(False),
        "missing_cost": nothing,
        "infinite_cost": ~nothing & (amount.abs() == float("inf")).fill_null(False),
        "zero_amount": (amount == 0).fill_null(False),
        "negative_amount": ((amount < 0) & (amount > -float("inf"))).fill_null(False),
    }[name]


def _missing(name: str, schema: nw.Schema) -> nw.Expr:
    if schema[name].is_float():
        return _is_missing_number(nw.col(name))
    missing = nw.col(name).is_null()
    blank = schema[name] == nw.String and name == GIVEN_DATE
    return missing | (nw.col(name) == "").fill_null(False) if blank else missing


def _is_missing_number(number: nw.Expr) -> nw.Expr:
    return number.is_null() | number.is_nan().fill_null(False)


def _cancelled(prefix: str | None, schema: nw.Schema) -> nw.Expr:
    if GIVEN_CANCELLED in schema:
        return nw.col(GIVEN_CANCELLED)
    return nw.col("order_id").cast(nw.String).str.starts_with(str(prefix)).fill_null(False)


def problems_to_look_for(columns: OrderColumns) -> list[str]:
    """The problems that these columns can have, in the order of `PROBLEMS`."""
    needs = {
        "missing_order": columns.order_id,
        "cancelled": columns.cancelled,
        "missing_cost": columns.cost,
        "infinite_cost": columns.cost,
        "invalid_discount": columns.discount,
    }
    return [name for name in PROBLEMS if needs.get(name, "nothing") is not None]
