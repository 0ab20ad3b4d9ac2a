"""The labels that a table has, and the one that a condition names."""

import warnings
from collections.abc import Collection
from functools import cache
from typing import Any

from cemkit.catalogue import words
from cemkit.checks import folded, meant
from cemkit.checks.options import shown
from cemkit.errors import CemkitWarning, DataError

# What cemkit itself calls groups: such a label is no misspelling, even where nobody has it today.
VOCABULARY = {
    "segment": "SEGMENTS",
    "stage": "STAGES",
    "previous_stage": "STAGES",
    "value_tier": "VALUE_TIERS",
}


def label_place(value: str, labels: Collection[Any], column: str, whose: str) -> int:
    """The place of a label among these; -1 where it is not among them, which is said.

    A label that differs from one of them in case, blanks or width alone is refused.
    """
    there = list(labels)
    if value in there:
        return there.index(value)
    known = [label for label in [*there, *vocabulary(column)] if isinstance(label, str)]
    for label in known:
        if folded(label) == folded(value) and label != value:
            raise DataError(
                f"no {column} is called {shown(value)}, but {shown(label)} differs only in "
                "case, blanks or width; write both the same way"
            )
    if value not in known:
        warnings.warn(
            f"{whose} the {column} {shown(value)}{meant(value, known)}, so a condition "
            "on it holds for nobody",
            CemkitWarning,
            stacklevel=2,
        )
    return -1


@cache
def vocabulary(column: str) -> tuple[str, ...]:
    """The labels that cemkit itself gives in a column."""
    return tuple(getattr(words("en"), VOCABULARY[column])) if column in VOCABULARY else ()
