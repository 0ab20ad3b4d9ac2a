"""Terms of a comment: one analyser for Chinese, English and mixtures, and counts of its terms."""

import dataclasses
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from cemkit.checks import check_integer, check_list
from cemkit.checks.options import shown

Analyzer = Callable[[str], Iterable[str]]
Range = tuple[int, int]

# Chinese and Japanese are written without blanks: each run of their characters gives n-grams.
UNSPACED = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = rf"[^\W_{UNSPACED}]"
EMOJI = "\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
PARTS = re.compile(
    rf"(?P<run>[{UNSPACED}]+)|(?P<word>\[(?:email|phone|card|id)\]|{WORD}+(?:['’]{WORD}+)*)"
    rf"|(?P<emoji>[{EMOJI}])|(?P<stop>[^\s_'’{EMOJI}])"
)
LONGEST_NUMBER = 4  # digits: a longer number is no word but an order, an account or a date
SPACED = re.compile(rf"\A{WORD}|\A\[")
MOST_WORDS = 5  # of an n-gram


@dataclasses.dataclass(frozen=True, slots=True)
class TermRules:
    """How a comment becomes terms: lengths of n-grams, and the user's own way to cut words."""

    characters: Range
    words: Range
    analyzer: Analyzer | None = None

    def terms(self, text: str) -> list[str]:
        """Return the terms of a comment, with repetitions."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        if self.analyzer is not None:
            return _joined(_own_words(self.analyzer, plain), self.words)
        return self._mixed(plain)

    def _mixed(self, text: str) -> list[str]:
        """Return n-grams of each run of Chinese characters, and words with their neighbours."""
        found: list[str] = []
        words: list[str] = []
        for part in PARTS.finditer(text):
            kind, value = part.lastgroup, part[0]
            if kind == "word" and not (value.isdecimal() and len(value) > LONGEST_NUMBER):
                words.append(value)
                continue
            if words:
                found += _joined(words, self.words)
                words = []
            if kind == "run":
                found += _slices(value, self.characters)
            elif kind == "emoji":
                found.append(value)
        return found + _joined(words, self.words)


def _slices(run: str, lengths: Range) -> list[str]:
    return [
        run[start : start + length]
        for length in range(lengths[0], min(lengths[1], len(run)) + 1)
        for start in range(len(run) - length + 1)
    ]


def _joined(words: Sequence[str], lengths: Range) -> list[str]:
    if lengths == (1, 2):
        return [*words, *map(" ".join, pairwise(words))]
    return [
        " ".join(words[start : start + length])
        for length in range(lengths[0], lengths[1] + 1)
        for start in range(len(words) - length + 1)
    ]


def _own_words(analyzer: Analyzer, text: str) -> list[str]:
    """What the user's function makes of a text, without blanks and punctuation."""
    words = analyzer(text)
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise TypeError(f"analyzer must return a list of words, not {shown(words)}")
    words = list(words)
    odd = [word for word in words if not isinstance(word, str)]
    if odd:
        raise TypeError(f"analyzer must return words as text, not {shown(odd[0])}")
    parts = (" ".join(word.split()) for word in words)
    return [word for word in parts if any(c.isalnum() or re.match(f"[{EMOJI}]", c) for c in word)]


def check_analyzer(analyzer: Any) -> Analyzer | None:
    """Return the analyser, when it is None or a function."""
    if analyzer is not None and (not callable(analyzer) or isinstance(analyzer, type)):
        raise TypeError(
            "analyzer must be a function from a text to its list of words, such as jieba.lcut, not "
            f"{shown(analyzer)}"
        )
    return analyzer


def check_ngram_range(value: Any) -> Range:
    """Return the shortest and longest n-gram, when they are two whole numbers in order."""
    ends = check_list(value, "ngram_range")
    if len(ends) != 2:
        raise ValueError(f"ngram_range must be two lengths, as in (1, 2), not {shown(value)}")
    least = check_integer(ends[0], "ngram_range[0]", minimum=1, maximum=MOST_WORDS)
    most = check_integer(ends[1], "ngram_range[1]", minimum=least, maximum=MOST_WORDS)
    return least, most


def is_spaced(term: str) -> bool:
    """Whether a term is made of words with blanks between, and not of characters."""
    return bool(SPACED.match(term))


@dataclasses.dataclass(frozen=True, slots=True)
class TermCounts:
    """How often each comment (a row) has each term (a column, in the order of the text)."""

    terms: list[str]
    counts: Any
    distinct: npt.NDArray[np.int64]  # terms of each comment, those of too few comments included

    @classmethod
    def of(cls, texts: Iterable[str], rules: TermRules, min_comments: int) -> "TermCounts":
        """Count the terms that at least `min_comments` of the comments have."""
        places: defaultdict[str, int] = defaultdict()
        places.default_factory = places.__len__
        counts = _counted((rules.terms(text) for text in texts), places)
        names = np.array([*places], dtype=object)
        common = np.flatnonzero(comments_with(counts) >= min_comments)
        order = common[np.argsort(names[common], kind="stable")]
        return cls(names[order].tolist(), counts[:, order], np.diff(counts.indptr))


def comments_with(counts: Any) -> npt.NDArray[np.int64]:
    """How many comments have each term."""
    return np.bincount(counts.indices, minlength=counts.shape[1])


def known_counts(
    texts: Iterable[str], rules: TermRules, vocabulary: Sequence[str]
) -> tuple[Any, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the counts of known terms, and of each comment its distinct terms and known ones."""
    places = {term: place for place, term in enumerate(vocabulary)}
    documents = [rules.terms(text) for text in texts]
    distinct = np.array([len(set(terms)) for terms in documents], dtype=np.int64)
    known = ([term for term in terms if term in places] for terms in documents)
    counts = _counted(known, places, len(vocabulary))
    return counts, distinct, np.diff(counts.indptr).astype(np.int64)


def _counted(documents: Iterable[list[str]], places: dict[str, int], width: int = 0) -> Any:
    indices: list[int] = []
    ends = [0]
    for terms in documents:
        indices.extend(map(places.__getitem__, terms))
        ends.append(len(indices))
    shape = (len(ends) - 1, width or len(places))
    counts = sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=shape)
    counts.sum_duplicates()  # which also sorts the terms of each comment
    return counts
