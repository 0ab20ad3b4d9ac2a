"""Labels: one spelling each; which of two is the event is said, never taken from their order."""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from numbers import Number
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.formats import count_text


def binary_labels(values: pd.Series | npt.NDArray[Any], name: str, positive: Any = None) -> Floats:
    """Return 1 where the event happened and 0 elsewhere."""
    labels = pd.Series(values)
    if labels.isna().any():
        raise DataError(
            f"{name} is missing for {int(labels.isna().sum())} of "
            f"{count_text(len(labels), 'rows')}; "
            "leave those rows out, or find their outcome"
        )
    found = _distinct(labels, name)
    check_spellings(found, name)
    if positive is None:
        return _zero_one(labels, found, name)
    if len(found) > 2:
        raise DataError(
            f"{name} has {count_text(len(found), 'labels')} ({_listed(found)}); it takes two"
        )
    plain = all(_is_zero_or_one(label) for label in found)
    if not (any(_same(label, positive) for label in found) or (plain and positive in (0, 1))):
        raise ValueError(
            f"positive={shown(positive)} is not a label of {name}: {_listed(found)}"
            f"{meant(positive, found)}"
        )
    events = [label for label in found if _same(label, positive)]
    return np.asarray(labels.isin(events), dtype=np.float64)


def folded(word: str) -> str:
    """Return a word in its one spelling: without case, width and blanks around it or doubled."""
    return " ".join(unicodedata.normalize("NFKC", word).split()).casefold()


def check_spellings(labels: Iterable[object], name: str) -> None:
    """Raise where two labels differ in case, blanks or width alone: they would be two groups."""
    spelling: dict[str, str] = {}
    for label in labels:
        if not isinstance(label, str):
            continue
        other = spelling.setdefault(folded(label), label)
        if other != label:
            first, second = sorted([str(other), str(label)])
            raise DataError(
                f"{name}: {shown(first)} and {shown(second)} differ in case, blanks or width alone "
                "and would be two groups; write them alike"
            )


def meant(label: object, labels: Iterable[object], likeness: float = 0.6) -> str:
    """Return what to try instead of a label that is not among these; nothing where none is near."""
    for other in labels:
        if isinstance(label, str) != isinstance(other, str) and str(label) == str(other):
            kinds = ("text", "a number") if isinstance(label, str) else ("a number", "text")
            plain = other.item() if isinstance(other, np.generic) else other
            return f" (it is {kinds[0]}, and {shown(plain)} there is {kinds[1]})"
    texts = {folded(other): other for other in labels if isinstance(other, str)}
    near = get_close_matches(folded(str(label)), list(texts), n=1, cutoff=likeness)
    return f" (did you mean {str(texts[near[0]])!r}?)" if near else ""


def unknown_labels(given: Iterable[Any], known: Iterable[Any]) -> list[Any]:
    """Return the labels given that are not among the known ones, in their order."""
    there = set(known)
    return [label for label in given if not _is_among(label, there)]


def _is_among(label: object, there: set[Any]) -> bool:
    """Whether a label is one of these; what cannot be hashed, such as a list, is none."""
    try:
        return label in there
    except TypeError:
        return False


def is_missing_text(label: object) -> bool:
    """Whether a label is what text makes of a missing value, such as "" or "nan"."""
    return isinstance(label, str) and label.strip() in MISSING_TEXTS


def _zero_one(labels: pd.Series, found: list[Any], name: str) -> Floats:
    if not all(_is_zero_or_one(label) for label in found):
        raise DataError(
            f"{name} must be 0 and 1, or False and True, not {_listed(found)}; "
            "name the one that is the event with positive="
        )
    return np.asarray(labels.astype(object), dtype=np.float64)


@contextmanager
def one_label_a_row(name: str) -> Iterator[None]:
    """Say in our words that a cell holds a list or the like, where labels are told apart."""
    try:
        yield
    except TypeError as error:
        if "unhashable" not in str(error):
            raise
        raise DataError(
            f"{name} must hold one plain label a row, text or a number: {error}"
        ) from error


def _distinct(labels: pd.Series, name: str) -> list[Any]:
    with one_label_a_row(name):
        found = pd.unique(labels.astype(object))
    plain = [label.item() if isinstance(label, np.generic) else label for label in found]
    return sorted(plain, key=lambda label: (type(label).__name__, str(label)))


def _is_zero_or_one(label: object) -> bool:
    return isinstance(label, bool | int | float) and label in (0, 1)


def _same(label: object, positive: object) -> bool:
    """Whether the two are equal, text and numbers never being so."""
    return isinstance(label, str) == isinstance(positive, str) and bool(label == positive)


def _listed(found: list[Any]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(shown(label) for label in found[:3]) + more


def check_label(label: Any, name: str) -> Any:
    """Return the label of an outcome, when it is one plain value, or None."""
    if label is not None and not isinstance(label, str | Number | np.generic):
        raise TypeError(f"{name} must be one label, such as 'churned', not {shown(label)}")
    return label
