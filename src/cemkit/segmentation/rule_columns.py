"""Columns of a rule table: what their cells ask, and the regions into which they cut the values."""

import dataclasses
import itertools
import math
import re
import reprlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.ids import MISSING_TEXTS

ANY = "any"
OTHERWISE = "otherwise"
WHOLE = re.compile(r"(\d{1,9})(?:\s*(\+)|\s*-\s*(\d{1,9}))?")  # what 32 bits can hold
NUMBER = r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})"
REAL = re.compile(
    rf"(?P<sign>>=|<=|>|<)\s*(?P<limit>{NUMBER})|(?P<low>{NUMBER})(?:\s*(?P<up>\+)"
    rf"|(?:\s*-\s*|\s+to\s+)(?P<high>{NUMBER}))?"
)
PREFIX = re.compile(r"(?P<how>known and|missing or)\s+(?P<rest>.+)")
FLAGS = {"true": True, "false": False}
CLOSE = 1e-9  # of an edge: a sum that is this near lies on it
Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """Numbers from a low to a high end, each of which may be outside."""

    low: float
    high: float
    above: bool = False
    below: bool = False
    compared: bool = False  # written with a sign, as in "> 3": its column may hold any number

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number or a range of whole numbers from 0 on."""
        ends = [end for end in (self.low, self.high) if math.isfinite(end)]
        return not self.compared and self.low >= 0 and all(end == int(end) for end in ends)


@dataclasses.dataclass(frozen=True, slots=True)
class Cell:
    """What a cell asks of a value, and what it makes of a missing one (None: it is unknown)."""

    asks: Span | bool | frozenset[str] | None
    missing: bool | None
    said: object = None


EVERYTHING = Cell(None, missing=True)
ONLY_MISSING = Cell(frozenset(), missing=True)
ONLY_KNOWN = Cell(None, missing=False)


@dataclasses.dataclass(frozen=True, slots=True)
class WholeColumn:
    """Whole numbers, each region from one start up to the next, and where it may be, missing."""

    starts: npt.NDArray[np.int64]
    may_be_missing: bool

    @property
    def names(self) -> list[str]:
        """The start of each region."""
        return [*map(str, self.starts.tolist()), *(["missing"] if self.may_be_missing else [])]

    def code(self, values: Any) -> Codes:
        """The region of each value."""
        numbers = np.asarray(values)
        code = np.searchsorted(self.starts, numbers, side="right") - 1
        if self.may_be_missing:
            code[np.isnan(numbers)] = len(self.starts)
        return code

    def holds(self, cell: Cell) -> tuple[Flags, Flags]:
        """In which regions a cell holds, and in which it may hold."""
        known = np.zeros(len(self.starts), dtype=bool)
        if cell.asks is None:
            known[:] = True
        elif isinstance(cell.asks, Span):
            known = (self.starts >= cell.asks.low) & (self.starts <= cell.asks.high)
        return _with_missing(known, cell, self.may_be_missing)


@dataclasses.dataclass(frozen=True, slots=True)
class RealColumn:
    """Numbers of any kind: below the first edge, on it, between it and the next, ..., missing."""

    edges: Floats

    @property
    def names(self) -> list[str]:
        """A value of each region."""
        return [*(f"{value:g}" for value in self._samples()), "missing"]

    def _samples(self) -> Floats:
        edges = self.edges
        between = (edges[1:] + edges[:-1]) / 2
        samples = np.empty(2 * len(edges) + 1)
        samples[0], samples[-1] = edges[0] - 1, edges[-1] + 1
        samples[1::2], samples[2:-1:2] = edges, between
        return samples

    def code(self, values: Any) -> Codes:
        """The region of each value; a sum that rounding put beside an edge lies on it."""
        numbers = np.asarray(values, dtype=np.float64)
        low, high = self.limits()
        code = np.searchsorted(low, numbers, side="right") + np.searchsorted(
            high, numbers, side="left"
        )
        code[np.isnan(numbers)] = 2 * len(self.edges) + 1
        return code

    def limits(self) -> tuple[Floats, Floats]:
        """From where on a value lies on each edge, and beyond where above it."""
        reach = CLOSE * np.maximum(np.abs(self.edges), CLOSE)
        return self.edges - reach, self.edges + reach

    def holds(self, cell: Cell) -> tuple[Flags, Flags]:
        """In which regions a cell holds, and in which it may hold."""
        values = self._samples()
        known = np.zeros(len(values), dtype=bool)
        if cell.asks is None:
            known[:] = True
        elif isinstance(cell.asks, Span):
            span = cell.asks
            from_low = values > span.low if span.above else values >= span.low
            known = from_low & (values < span.high if span.below else values <= span.high)
        return _with_missing(known, cell, may_be_missing=True)


@dataclasses.dataclass(frozen=True, slots=True)
class LabelColumn:
    """Texts or flags: each that a rule names, any other, missing."""

    labels: tuple[Any, ...]

    @property
    def names(self) -> list[str]:
        """The label of each region."""
        other = [] if set(self.labels) == {False, True} else ["another"]
        return [*(repr(label) for label in self.labels), *other, "missing"]

    def code(self, values: Any) -> Codes:
        """The region of each value: the place of a label, or -1 where it is missing."""
        codes = np.asarray(values, dtype=np.intp)
        return np.where(codes < 0, len(self.names) - 1, codes)

    def holds(self, cell: Cell) -> tuple[Flags, Flags]:
        """In which regions a cell holds, and in which it may hold."""
        known = np.full(len(self.names) - 1, cell.asks is None)
        asked = [cell.asks] if isinstance(cell.asks, bool) else cell.asks
        if isinstance(asked, list | frozenset):
            known[[self.labels.index(label) for label in asked]] = True
        return _with_missing(known, cell, may_be_missing=True)


# The regions of a column, in each of which the rules make no difference: a value of each in `names`
# (the last may be "missing"), the region of each value, and where a cell holds or may hold.
RuleColumn: TypeAlias = WholeColumn | RealColumn | LabelColumn


def _with_missing(known: Flags, cell: Cell, may_be_missing: bool) -> tuple[Flags, Flags]:
    if not may_be_missing:
        return known, known
    return np.append(known, cell.missing is True), np.append(known, cell.missing is not False)


def column_of(
    cells: Sequence[object], name: str, limits: tuple[int, int | None] | None
) -> tuple[RuleColumn, list[Cell]]:
    """A column of the rule table: its regions and what each cell asks.

    With limits it holds whole numbers between them, of which none is missing.
    """
    if limits is not None:
        read = [_whole_cell(cell, name, *limits) for cell in cells]
        return _whole_column(read, *limits, may_be_missing=False), read
    read = [_cell(cell, name) for cell in cells]
    asked = [cell for cell in read if cell.asks is not None and cell.asks != frozenset()]
    kinds = {_kind(cell) for cell in asked}
    if len(kinds) > 1:
        first = next(cell for cell in asked if _kind(cell) != _kind(asked[0]))
        raise ValueError(
            f"{name} is {first.said!r} in one rule and {asked[0].said!r} in another, but "
            "a column must hold only numbers, only true and false, or only text; put "
            "text that looks like a number into quotes"
        )
    if kinds == {"text"} or not kinds:
        named = [sorted(cell.asks) for cell in asked if isinstance(cell.asks, frozenset)]
        texts = dict.fromkeys(itertools.chain.from_iterable(named))
        return LabelColumn(tuple(texts)), read
    if kinds == {"flag"}:
        return LabelColumn((False, True)), read
    spans = [cell.asks for cell in asked if isinstance(cell.asks, Span)]
    if all(span.is_whole for span in spans):
        return _whole_column(read, 0, None, may_be_missing=True), read
    ends = {end for span in spans for end in (span.low, span.high) if math.isfinite(end)}
    return RealColumn(np.array(sorted(ends))), read


def _kind(cell: Cell) -> str:
    if isinstance(cell.asks, bool):
        return "flag"
    return "number" if isinstance(cell.asks, Span) else "text"


def _whole_column(
    cells: list[Cell], low: int, high: int | None, *, may_be_missing: bool
) -> WholeColumn:
    spans = [cell.asks for cell in cells if isinstance(cell.asks, Span)]
    edges = {low, *(int(span.low) for span in spans)}
    edges |= {int(span.high) + 1 for span in spans if span.high < math.inf}
    starts = sorted(edge for edge in edges if high is None or edge <= high)
    return WholeColumn(np.array(starts), may_be_missing)


def _whole_cell(cell: object, column: str, low: int, high: int | None) -> Cell:
    highest = math.inf if high is None else high
    text = str(cell).strip()
    if text in (ANY, OTHERWISE):
        return EVERYTHING
    match = WHOLE.fullmatch(text)
    if match is None:
        raise ValueError(
            f"a rule's {column} must be a whole number of at most 9 digits, a range such "
            f"as '2-4' or '5+', or 'any', not {reprlib.repr(cell)}"
        )
    start = int(match[1])
    end = highest if match[2] else int(match[3] or match[1])
    if not low <= start <= end <= highest:
        raise ValueError(
            f"a rule's {column} {cell!r} contains no number or goes outside {low} to "
            f"{highest}; correct it"
        )
    return Cell(Span(start, end), missing=None, said=cell)


def _cell(cell: object, column: str) -> Cell:
    """A cell of a column that may hold anything."""
    text = str(cell).strip()
    if cell is None or cell is pd.NA or text in MISSING_TEXTS:
        raise ValueError(
            f"a rule's {column} is empty; write 'any', or 'missing' for people without a value"
        )
    plain = {ANY: EVERYTHING, OTHERWISE: EVERYTHING, "missing": ONLY_MISSING, "known": ONLY_KNOWN}
    if text in plain:
        return plain[text]
    prefix = PREFIX.fullmatch(text)
    missing = None if prefix is None else prefix["how"] == "missing or"
    return Cell(_asked(prefix["rest"] if prefix else text, column), missing, cell)


def _asked(text: str, column: str) -> Span | bool | frozenset[str]:
    if text.casefold() in FLAGS:
        return FLAGS[text.casefold()]
    match = REAL.fullmatch(text)
    if match is None:
        texts = [part.strip().strip('"') for part in text.split("|")]
        if text[0] in "<>=" or not all(texts):
            raise ValueError(
                f"a rule's {column} must be a number, a range such as '2-4', '0.5+' or '< "
                "0.5', true or false, text such as 'gold' or 'gold|silver', 'missing', "
                f"'known' or 'any', not {reprlib.repr(text)}"
            )
        return frozenset(texts)
    if match["sign"]:
        limit = float(match["limit"])
        if match["sign"][0] == ">":
            return Span(limit, math.inf, above=match["sign"] == ">", compared=True)
        return Span(-math.inf, limit, below=match["sign"] == "<", compared=True)
    low = float(match["low"])
    high = math.inf if match["up"] else float(match["high"] or low)
    if low > high:
        raise ValueError(
            f"a rule's {column} {text!r} contains no number: it goes from {low:g} to "
            f"{high:g}; write the lower bound first"
        )
    return Span(low, high)
