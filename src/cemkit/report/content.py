"""The content of a report: sections with sentences, numbers, tables and pictures, in one language.

Every form of the report is written from it, so no two forms can disagree.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that stands for itself; `table` is the key of the table that it comes from."""

    name: str
    label: str
    value: float | None
    lower: float | None
    upper: float | None
    unit: str
    method: str
    table: str
    suppressed: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column as readers see it; `lower` and `upper` are the columns of its bounds."""

    name: str
    label: str
    unit: str
    lower: str = ""
    upper: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table after the small-cell gate: what is suppressed is missing, and true in `hidden`.

    `units` gives the unit of each row for columns whose unit is `"by_row"` or, for changes of
    them, `"by_change"`.
    """

    key: str
    caption: str
    method: str
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    hidden: pd.DataFrame
    units: tuple[str, ...] = ()

    @property
    def suppressed(self) -> int:
        """How many rows hold something suppressed."""
        return int(self.hidden.any(axis=1).sum())

    def unit(self, column: Column, row: int) -> str:
        """The unit of one cell; a change of a rate is in percentage points."""
        if not column.unit.startswith("by_"):
            return column.unit
        own = self.units[row]
        if column.unit == "by_row":
            return own
        return {"share": "percentage_points", "points": "points"}.get(own, "change")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as SVG, and what it shows in words; `table` has its numbers."""

    key: str
    svg: str
    alt: str
    table: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One subject: its headline, what supports it, and why something is missing.

    Attributes:
        key: Name of the section in every language.
        title: Its title.
        sentences: What was found, the headline first.
        numbers: Numbers that stand for themselves.
        tables: Tables behind them.
        pictures: Pictures of these.
        problem: Why the section could not be computed; None where it was.
        notes: What else readers must know, such as warnings and parts that are missing.
    """

    key: str
    title: str
    sentences: tuple[str, ...]
    numbers: tuple[Number, ...]
    tables: tuple[Table, ...]
    pictures: tuple[Picture, ...]
    problem: str | None
    notes: tuple[str, ...]


def plain(value: Any) -> Any:
    """A value as JSON has it: missing and infinite are None, dates and labels are text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str | int):
        return value
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
