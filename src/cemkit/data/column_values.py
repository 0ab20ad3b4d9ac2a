"""Columns of customers as a condition reads them: each once, in the rows of another table."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_spellings, local_days
from cemkit.data.columns import distinct_values, numbers, plain_words, written_floats
from cemkit.data.known_labels import label_place
from cemkit.data.reductions.purchase_counts import PurchaseRows

Made = TypeVar("Made")
Cell = TypeVar("Cell", bound=np.generic)
Codes = npt.NDArray[np.intp]
Numbers = npt.NDArray[Any]
Counts = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
KINDS = {
    **dict.fromkeys(("integer", "floating", "decimal", "mixed-integer-float"), "numbers"),
    **dict.fromkeys(("date", "datetime", "datetime64"), "days"),
    "boolean": "flags",
}


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnValues:
    """Columns of a table in the rows of another one; missing where `rows` is -1.

    `name` says in errors whose columns they are, `others` are tables whose words count as known
    too, `orders` are read up to `day` where a condition counts purchases of `customers`.
    """

    table: pd.DataFrame | None
    name: str
    customers: pd.Index
    rows: Codes | None = None
    others: tuple[pd.DataFrame, ...] = ()
    orders: PurchaseRows | None = None
    day: pd.Timestamp | None = None
    read: dict[Any, Any] = dataclasses.field(default_factory=dict, compare=False)

    def __len__(self) -> int:
        return len(self.customers)

    def kind(self, column: str) -> str:
        """What a column holds: "numbers", "flags", "days" or "words"."""
        return self._once(("kind", column), lambda: self._kind(column))

    def numbers(self, column: str) -> Numbers:
        """The numbers of a column in the width they have there; flags are 0 and 1."""
        return self._once(("numbers", column), lambda: self._numbers(column))

    def days(self, column: str) -> Days:
        """The days of a column."""
        return self._once(("days", column), lambda: self._days(column))

    def words(self, column: str) -> Codes:
        """The number of each row's word among `labels`; -1 where it is missing."""
        return self._once(("coded", column), lambda: self._coded(column))[0]

    def labels(self, column: str) -> list[str]:
        """The words of a column, each once, of this table and of the others."""
        return self._once(("coded", column), lambda: self._coded(column))[1]

    def place(self, column: str, value: str) -> int:
        """The number of a word among the labels; -1 where nobody has it, which is said."""
        return self._once(("place", column, value), lambda: self._place(column, value))

    def purchases(self, column: str | None, value: str | None, days: int) -> Counts:
        """How often each customer bought a value of a column in the days up to `day`."""
        key = ("purchases", column, value, days)
        return self._once(key, lambda: self._purchases(column, value, days))

    def texts(self, column: str, rows: Codes) -> list[str]:
        """The values of these rows in words; "" where one is missing."""
        kind = self.kind(column)
        if kind == "words":
            words = np.array([*self.labels(column), ""], dtype=object)
            return list(words[self.words(column)[rows]])
        if kind == "days":
            days = np.datetime_as_string(self.days(column)[rows])
            return ["" if day == "NaT" else day for day in days.tolist()]
        values = written_floats(self.numbers(column)[rows]).round(6).tolist()
        if kind == "flags":
            return ["" if math.isnan(value) else str(bool(value)) for value in values]
        return ["" if math.isnan(value) else f"{value:.15g}" for value in values]

    def _once(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        if key not in self.read:
            self.read[key] = make()
        made: Made = self.read[key]
        return made

    def _values(self, column: str) -> pd.Series:
        """The column, of the first of the tables that is there."""
        table = next(table for table in (self.table, *self.others) if table is not None)
        check_columns(table.columns, [column], f"a condition looks at it in {self.name}")
        return table[column]

    def _kind(self, column: str) -> str:
        values = self._values(column)
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = pd.Series(values.dtype.categories)
        if pd.api.types.is_bool_dtype(values.dtype):
            return "flags"
        if pd.api.types.is_numeric_dtype(values.dtype):
            return "numbers"
        if pd.api.types.is_datetime64_any_dtype(values.dtype):
            return "days"
        return KINDS.get(pd.api.types.infer_dtype(values, skipna=True), "words")

    def _numbers(self, column: str) -> Numbers:
        values = self._values(column)
        if self.table is None:
            return np.full(len(self), np.nan)
        if self.kind(column) == "flags":
            values = values.astype("boolean").astype("Float64")
        return self._in_rows(numbers(values, column), np.nan)

    def _days(self, column: str) -> Days:
        values = self._values(column)
        missing = np.datetime64("NaT", "D")
        if self.table is None:
            return np.full(len(self), missing)
        return self._in_rows(local_days(values, column), missing)

    def _coded(self, column: str) -> tuple[Codes, list[str]]:
        self._values(column)
        labels: dict[str, int] = {}
        codes, words = np.empty(0, dtype=np.intp), list[str | None]()
        for table in (self.table, *self.others):
            if table is None:
                continue
            check_columns(table.columns, [column], f"a condition looks at it in {self.name}")
            found = distinct_values(table[column], column)
            own = _stripped(found[1], column)
            if table is self.table:
                codes, words = found[0], own
            for word in [*own, *_categories(table[column], column)]:
                if word is not None:
                    labels.setdefault(word, len(labels))
        check_spellings(labels, column)
        if self.table is None:
            return np.full(len(self), -1), list(labels)
        places = [-1 if word is None else labels[word] for word in words]
        return self._in_rows(np.array([*places, -1], dtype=np.intp)[codes], -1), list(labels)

    def _in_rows(self, values: npt.NDArray[Cell], missing: Any) -> npt.NDArray[Cell]:
        if self.rows is None:
            return values
        return np.append(values, np.array([missing], dtype=values.dtype))[self.rows]

    def _place(self, column: str, value: str) -> int:
        return label_place(value, self.labels(column), column, f"nobody in {self.name} has")

    def _purchases(self, column: str | None, value: str | None, days: int) -> Counts:
        if self.orders is None:
            raise ValueError(
                "a condition counts purchases, so it needs the order table; give it as orders="
            )
        if self.day is None:
            return np.zeros(len(self), dtype=np.int64)
        return self.orders.counts(self.customers, column, value, self.day, days)


def _categories(values: pd.Series, column: str) -> list[str | None]:
    """The categories of a column: each is a label, even where nobody has it."""
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return []
    return _stripped(values.dtype.categories.tolist(), column)


def _stripped(distinct: list[Any], column: str) -> list[str | None]:
    check_spellings(distinct, column)
    return list(plain_words(pd.Series(distinct, dtype=object), column)) if distinct else []
