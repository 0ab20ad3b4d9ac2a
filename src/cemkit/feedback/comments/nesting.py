"""Terms inside other terms: the longest one that means the same, and none inside another."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cemkit.feedback.comments.terms import is_spaced

KEPT = 0.6  # of the comments of a term, for a longer one to stand for it


def is_inside(term: str, other: str) -> bool:
    """Whether a term is inside another: by characters, or by words."""
    if is_spaced(other):
        return f" {term} " in f" {other} "
    return term in other


def longest_forms(terms: Sequence[str], counts: Any) -> list[int]:
    """Return for each term the place of the longest one around it that keeps its comments."""
    columns = counts.tocsc()
    sizes = np.diff(columns.indptr)
    places = {term: place for place, term in enumerate(terms)}
    best = [*range(len(terms))]
    for place, term in enumerate(terms):
        for part in _parts(term):
            inner = places.get(part)
            # What holds the longer term holds the shorter one, so that sizes say it all.
            if inner is not None and sizes[place] >= KEPT * sizes[inner]:
                current = terms[best[inner]]
                if (len(term), sizes[place], term) > (
                    len(current),
                    sizes[best[inner]],
                    current,
                ):
                    best[inner] = place
    return best


def _parts(term: str) -> set[str]:
    """The shorter terms inside a term."""
    if is_spaced(term):
        words = term.split(" ")
        return {
            " ".join(words[start:end])
            for start in range(len(words))
            for end in range(start + 1, len(words) + 1)
        } - {term}
    return {
        term[start:end] for start in range(len(term)) for end in range(start + 1, len(term) + 1)
    } - {term}


def without_nested(
    places: Iterable[int], terms: Sequence[str], best: Sequence[int], counts: Any, most: int
) -> list[int]:
    """Return the places of so many terms, in their order and longest form, none saying it again.

    A term says another again where it is inside it, or where both overlap and share most comments.
    """
    columns = counts.tocsc()
    chosen: list[int] = []
    for place in places:
        form = best[place]
        if not any(_says_again(form, other, terms, columns) for other in chosen):
            chosen.append(form)
        if len(chosen) == most:
            break
    return chosen


def _says_again(place: int, other: int, terms: Sequence[str], columns: Any) -> bool:
    term, known = terms[place], terms[other]
    if is_inside(term, known) or is_inside(known, term):
        return True
    if not (_overlap(term, known) or _overlap(known, term)):
        return False
    own, theirs = (
        columns.indices[columns.indptr[k] : columns.indptr[k + 1]] for k in (place, other)
    )
    return len(np.intersect1d(own, theirs)) >= KEPT * min(len(own), len(theirs))


def _overlap(term: str, other: str) -> bool:
    """Whether a term ends as another begins: with the same word or character."""
    if is_spaced(term) and is_spaced(other):
        return term.rsplit(" ", maxsplit=1)[-1] == other.split(" ", 1)[0]
    return any(term.endswith(other[:length]) for length in range(1, min(len(term), len(other))))
