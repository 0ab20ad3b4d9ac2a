"""Topics as a model: their names, terms and weights, fitted on different comments."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError
from cemkit.feedback.comments.classes import Scale
from cemkit.feedback.comments.factors import factor_weights, learnt_factors
from cemkit.feedback.comments.nesting import without_nested
from cemkit.feedback.comments.terms import Analyzer, TermCounts, TermRules
from cemkit.feedback.comments.vocabulary import topic_terms
from cemkit.feedback.comments.weights import rarity, weighted

CHARACTERS, WORDS = (2, 4), (1, 2)
NO_TOPIC = -1


@dataclasses.dataclass(frozen=True, kw_only=True)
class TopicModel:
    """What topics are: their names and terms, and how comments are weighed."""

    names: list[str]
    terms: list[list[str]]
    vocabulary: list[str]
    idf: Floats
    factors: Floats
    scale: Scale
    confidence_level: float
    analyzer: Analyzer | None = None

    @property
    def rules(self) -> TermRules:
        """How a comment becomes terms."""
        return TermRules(CHARACTERS, WORDS, self.analyzer)


def fit_topics(
    given: TopicModel,
    texts: list[str],
    *,
    n_topics: int,
    min_comments: int,
    n_terms: int,
    random_state: int,
) -> TopicModel:
    """Return topics of different comments, sorted by text; the topic of most comments first."""
    found = TermCounts.of(texts, given.rules, min_comments)
    kept = topic_terms(found)
    if len(kept) < n_topics:
        raise NotEnoughDataError(
            f"terms in {min_comments} comments",
            len(kept),
            n_topics,
            "lower min_comments or n_topics, or collect more comments",
        )
    terms, counts = [found.terms[k] for k in kept], found.counts[:, kept]
    idf = rarity(counts)
    rows = weighted(counts, idf)
    factors = learnt_factors(rows, n_topics, random_state)
    strongest = strongest_topics(factor_weights(rows, factors))
    sizes = np.bincount(strongest[strongest >= 0], minlength=n_topics)
    factors = factors[np.argsort(-sizes, kind="stable")]
    described = [_terms_of(factor, terms, counts, max(n_terms, 3)) for factor in factors]
    return dataclasses.replace(
        given,
        names=_distinct_names(described),
        terms=[words[:n_terms] for words in described],
        vocabulary=terms,
        idf=idf,
        factors=factors,
    )


def _terms_of(factor: Floats, terms: list[str], counts: Any, most: int) -> list[str]:
    ranked = np.argsort(-factor, kind="stable")
    ranked = ranked[factor[ranked] > 0]
    places = without_nested(ranked.tolist(), terms, range(len(terms)), counts, most)
    return [terms[k] for k in places]


def _distinct_names(described: list[list[str]]) -> list[str]:
    """The first terms of each topic, with a number where two begin alike."""
    names: list[str] = []
    for number, words in enumerate(described, 1):
        name = " / ".join(words[:3]) or f"topic {number}"
        names.append(f"{name} ({number})" if name in names else name)
    return names


def strongest_topics(weights: Floats) -> npt.NDArray[np.int64]:
    """Return the topic of each comment; -1 where it has none."""
    if not len(weights):
        return np.empty(0, dtype=np.int64)
    top = weights.argmax(axis=1)
    return np.where(weights.max(axis=1) > 0, top, NO_TOPIC).astype(np.int64)
