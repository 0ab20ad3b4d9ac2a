"""Rule tables: rows read from top to bottom, of which the first that holds gives the label."""

import dataclasses
import itertools
import math
import re
import reprlib
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_frame
from cemkit.errors import CemkitWarning

ANY = "any"
OTHERWISE = "otherwise"
CELL = re.compile(r"(\d{1,9})(?:\s*(\+)|\s*-\s*(\d{1,9}))?")  # what 32 bits can hold
MOST_COMBINATIONS = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A checked rule table: for every combination of whole numbers, the first rule that holds."""

    labels: tuple[str, ...]
    columns: tuple[str, ...]
    starts: tuple[npt.NDArray[np.int64], ...]
    first: npt.NDArray[np.intp]

    def numbers_of(self, values: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.intp]:
        """The number of the first rule that holds for each row; `values` has every column."""
        ranges = [
            np.searchsorted(starts, np.asarray(values[column]), side="right") - 1
            for column, starts in zip(self.columns, self.starts, strict=True)
        ]
        numbers: npt.NDArray[np.intp] = self.first[tuple(ranges)]
        return numbers

    def labels_of(self, values: Mapping[str, npt.ArrayLike]) -> npt.NDArray[np.object_]:
        """The label of each row."""
        return np.array(self.labels, dtype=object)[self.numbers_of(values)]


def read_rules(
    rules: pd.DataFrame, label: str, limits: Mapping[str, tuple[int, int | None]]
) -> RuleTable:
    """Check a rule table and make it ready to look labels up."""
    check_frame(rules, "the rule table")
    check_columns(rules.columns, [label])
    unknown = [column for column in rules.columns if column not in (label, *limits)]
    if unknown:
        raise ValueError(f"the rule table asks for {unknown}, but knows only {list(limits)}")
    labels = _labels(rules[label])
    ranges = [
        [_read_cell(cell, column, *limits[column]) for cell in _cells(rules, column)]
        for column in limits
    ]
    _warn_unused(ranges, limits)
    starts = [
        _starts(column_ranges, *limits[column])
        for column, column_ranges in zip(limits, ranges, strict=True)
    ]
    first = _first_to_hold(ranges, starts)
    last = [_cells(rules, column)[-1] for column in limits]
    _check_reachable(first, labels, spare_last=OTHERWISE in map(str, last))
    _check_complete(first, list(limits), starts)
    return RuleTable(labels=tuple(labels), columns=tuple(limits), starts=tuple(starts), first=first)


def _labels(names: pd.Series) -> list[str]:
    for number, missing in enumerate(names.isna(), start=1):
        if missing:
            raise ValueError(f"rule {number} has no {names.name}; name one in each row")
    return [str(name) for name in names]


def _cells(rules: pd.DataFrame, column: str) -> Sequence[object]:
    return rules[column].tolist() if column in rules.columns else [ANY] * len(rules)


def _read_cell(cell: object, column: str, low: int, high: int | None) -> tuple[int, float]:
    highest = math.inf if high is None else high
    text = str(cell).strip()
    if text in (ANY, OTHERWISE):
        return low, highest
    match = CELL.fullmatch(text)
    if match is None:
        raise ValueError(
            f"a rule's {column} is a whole number of at most 9 digits, a range such as '2-4' or "
            f"'5+', or 'any', not {reprlib.repr(cell)}"
        )
    start = int(match[1])
    end = highest if match[2] else int(match[3] or match[1])
    if not low <= start <= end <= highest:
        raise ValueError(f"a rule's {column} {cell!r} is empty or outside {low} to {highest}")
    return start, end


def _warn_unused(
    ranges: list[list[tuple[int, float]]], limits: Mapping[str, tuple[int, int | None]]
) -> None:
    for spans, (column, (low, high)) in zip(ranges, limits.items(), strict=True):
        if set(spans) == {(low, math.inf if high is None else high)}:
            message = f"no rule asks for {column}, so it makes no difference"
            warnings.warn(message, CemkitWarning, stacklevel=4)


def _starts(ranges: list[tuple[int, float]], low: int, high: int | None) -> npt.NDArray[np.int64]:
    edges = {low, *(start for start, _ in ranges)}
    edges |= {int(end) + 1 for _, end in ranges if end < math.inf}
    return np.array(sorted(edge for edge in edges if high is None or edge <= high))


def _first_to_hold(
    ranges: list[list[tuple[int, float]]], starts: list[npt.NDArray[np.int64]]
) -> npt.NDArray[np.intp]:
    combinations = math.prod(len(column) for column in starts)
    if combinations > MOST_COMBINATIONS:
        raise ValueError(
            f"the rules tell {combinations:,} combinations of values apart, and the limit is "
            f"{MOST_COMBINATIONS:,}; use fewer columns, or fewer different ranges"
        )
    first = np.full([len(column) for column in starts], -1)
    for number, spans in enumerate(zip(*ranges, strict=True)):
        held = np.ix_(
            *[
                (column >= low) & (column <= high)
                for column, (low, high) in zip(starts, spans, strict=True)
            ]
        )
        first[held] = np.where(first[held] < 0, number, first[held])
    return first


def _check_reachable(first: npt.NDArray[np.intp], labels: list[str], *, spare_last: bool) -> None:
    reached = set(first.ravel().tolist())
    for number, name in enumerate(labels):
        spare = spare_last and number == len(labels) - 1
        if number not in reached and not spare:
            raise ValueError(
                f"rule {number + 1} ({name!r}) is unreachable: the rules above it take every "
                "combination that it names"
            )


def _check_complete(
    first: npt.NDArray[np.intp], columns: list[str], starts: list[npt.NDArray[np.int64]]
) -> None:
    combinations = itertools.product(*starts)
    hole = next((at for at, rule in zip(combinations, first.flat, strict=True) if rule < 0), None)
    if hole is not None:
        named = ", ".join(f"{name} {value}" for name, value in zip(columns, hole, strict=True))
        raise ValueError(
            f"no rule holds for {named}; add a last row with 'otherwise' in each column"
        )
