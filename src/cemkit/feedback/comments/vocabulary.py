"""Terms that name a topic: of the right frequency, in their longest form, and no function words."""

from typing import Any

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from cemkit.feedback.comments.nesting import longest_forms
from cemkit.feedback.comments.terms import TermCounts, comments_with, is_spaced

MOST_COMMON = 0.2  # of the comments: a more common term names no topic
# Function characters: an n-gram that begins or ends with one is a piece of a phrase.
EDGES = frozenset("的了是也就都和在与及而这那我你他她它们于被把吗呢吧啊呀哦一个地得着过之")
ENDS = frozenset("很不太还没最更又再有")


def topic_terms(found: TermCounts) -> list[int]:
    """Return the places of the terms that can name a topic."""
    best = longest_forms(found.terms, found.counts)
    common = comments_with(found.counts) > MOST_COMMON * found.counts.shape[0]
    return [
        place
        for place, term in enumerate(found.terms)
        if best[place] == place and not common[place] and says_something(term)
    ]


def says_something(term: str) -> bool:
    """Whether a term is more than function words, numbers and pieces of phrases."""
    if term.startswith("["):
        return False
    if is_spaced(term):
        words = term.split(" ")
        return not all(w in ENGLISH_STOP_WORDS or w.isdecimal() or len(w) == 1 for w in words)
    return not (term[0] in EDGES or term[-1] in EDGES or term[-1] in ENDS)


def nearest_comments(rows: Any, factor: Any, places: Any, most: int) -> list[int]:
    """Return the places of the comments nearest to a topic, the nearest first."""
    closeness = np.asarray(rows[places] @ factor).ravel()
    return [int(k) for k in np.asarray(places)[np.argsort(-closeness, kind="stable")[:most]]]
