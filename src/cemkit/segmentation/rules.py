"""Rule tables: rows read from top to bottom, of which the first that holds gives the label.

What a cell asks of a missing value is unknown, and unknown is not false: a rule that may hold keeps
the rules below it from giving the label, unless they give the same (Kleene's three-valued logic).
"""

import dataclasses
import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_frame
from cemkit.errors import CemkitWarning
from cemkit.formats import count_text
from cemkit.segmentation.rule_columns import (
    ANY,
    ONLY_MISSING,
    OTHERWISE,
    Cell,
    RuleColumn,
    column_of,
)

MOST_COMBINATIONS = 1_000_000
NONE, UNKNOWN = -1, -2  # in place of the number of a rule
Limits = Mapping[str, tuple[int, int | None] | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RuleTable:
    """A checked rule table: for every combination of values, the first rule that holds."""

    labels: tuple[str, ...]
    kinds: Mapping[str, RuleColumn]
    first: npt.NDArray[np.intp]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rules look at."""
        return tuple(self.kinds)

    def numbers_of(self, values: Mapping[str, Any]) -> npt.NDArray[np.intp]:
        """The number of the rule that gives each row its label, or `UNKNOWN`."""
        regions = [kind.code(values[column]) for column, kind in self.kinds.items()]
        numbers: npt.NDArray[np.intp] = self.first[tuple(regions)]
        return numbers

    def labels_of(self, values: Mapping[str, Any]) -> npt.NDArray[np.object_]:
        """The label of each row; None where it is unknown."""
        return self.labels_at(self.numbers_of(values))

    def labels_at(self, numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.object_]:
        """The labels of rules by their number; None for `UNKNOWN`, which counts from the end."""
        return np.array([*self.labels, None, None], dtype=object)[numbers]


def read_rules(rules: pd.DataFrame, label: str, limits: Limits) -> RuleTable:
    """Check a rule table and make it ready to look labels up.

    `limits` names the columns; where it gives no limits, a column may hold any kind of value.
    """
    check_frame(rules, "the rule table")
    check_columns(rules.columns, [label])
    unknown = [column for column in rules.columns if column not in (label, *limits)]
    if unknown:
        raise ValueError(
            f"the rule table uses {unknown}, but can use only {list(limits)}; rename or "
            "drop the others"
        )
    labels = _labels(rules[label])
    read = {name: column_of(_cells(rules, name), name, limits[name]) for name in limits}
    kinds = {name: kind for name, (kind, _) in read.items()}
    cells = [column for _, column in read.values()]
    _warn_unused(cells, limits)
    first, reached = _first_to_hold(cells, list(kinds.values()), labels)
    last = [_cells(rules, column)[-1] for column in limits]
    _check_reachable(reached, labels, cells, spare_last=OTHERWISE in map(str, last))
    _check_complete(first, kinds)
    return RuleTable(labels=tuple(labels), kinds=kinds, first=first)


def _labels(names: pd.Series) -> list[str]:
    for number, missing in enumerate(names.isna(), start=1):
        if missing:
            raise ValueError(f"rule {number} has no {names.name}; give one in each row")
    return [str(name) for name in names]


def _cells(rules: pd.DataFrame, column: str) -> Sequence[object]:
    return rules[column].tolist() if column in rules.columns else [ANY] * len(rules)


def _warn_unused(cells: list[list[Cell]], columns: Limits) -> None:
    for own, column in zip(cells, columns, strict=True):
        if all(cell.asks is None and cell.missing is True for cell in own):
            message = f"no rule asks for {column}, so it makes no difference"
            warnings.warn(message, CemkitWarning, stacklevel=4)


def _first_to_hold(
    cells: list[list[Cell]], kinds: list[RuleColumn], labels: list[str]
) -> tuple[npt.NDArray[np.intp], set[int]]:
    """The rule that gives each combination its label, and the rules that are ever first to hold."""
    shape = [len(kind.names) for kind in kinds]
    if math.prod(shape) > MOST_COMBINATIONS:
        raise ValueError(
            f"the rules tell {count_text(math.prod(shape), 'combinations')} of values apart, and "
            f"the limit is {MOST_COMBINATIONS:,}; use fewer columns, or fewer different ranges"
        )
    first = np.full(shape, NONE)
    decided, reached = np.zeros(shape, dtype=bool), set()
    of_label = np.array([labels.index(name) for name in labels])
    for number, row in enumerate(zip(*cells, strict=True)):
        asked = [kind.holds(cell) for kind, cell in zip(kinds, row, strict=True)]
        holds, may_hold = (_everywhere([parts[k] for parts in asked]) & ~decided for k in (0, 1))
        another = may_hold & (first >= 0) & (of_label[np.maximum(first, 0)] != of_label[number])
        first = np.where(may_hold & (first == NONE), number, first)
        first[another] = UNKNOWN
        decided |= holds
        if (holds & (first == number)).any():
            reached.add(number)
    return first, reached


def _everywhere(parts: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """Where all columns agree, for every combination of their regions."""
    everywhere = np.ones([len(part) for part in parts], dtype=bool)
    for axis, part in enumerate(parts):
        everywhere &= part.reshape([-1 if k == axis else 1 for k in range(len(parts))])
    return everywhere


def _check_reachable(
    reached: set[int], labels: list[str], cells: list[list[Cell]], *, spare_last: bool
) -> None:
    for number, name in enumerate(labels):
        spare = spare_last and number == len(labels) - 1
        if number not in reached and not spare:
            asks_missing = any(own[number] == ONLY_MISSING for own in cells)
            hint = "; put it above the rules that look at the value" if asks_missing else ""
            raise ValueError(
                f"rule {number + 1} ({name!r}) can never apply: the rules above it take, or "
                f"may take, every combination that it covers{hint}"
            )


def _check_complete(first: npt.NDArray[np.intp], kinds: Mapping[str, RuleColumn]) -> None:
    combinations = itertools.product(*(kind.names for kind in kinds.values()))
    pairs = zip(combinations, first.flat, strict=True)
    hole = next((at for at, rule in pairs if rule == NONE), None)
    if hole is not None:
        named = ", ".join(f"{name} {value}" for name, value in zip(kinds, hole, strict=True))
        raise ValueError(
            f"no rule holds for {named}; add a last row with 'otherwise' in each column"
        )
