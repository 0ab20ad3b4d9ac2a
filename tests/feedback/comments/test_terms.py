"""Terms of Chinese, English and mixtures; the user's own analyser; counts of comments."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.feedback.comments.terms import (
    TermCounts,
    TermRules,
    check_analyzer,
    check_ngram_range,
    comments_with,
    is_spaced,
    known_counts,
)

RULES = TermRules((1, 2), (1, 2))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("很好吃", ["很", "好", "吃", "很好", "好吃"]),
        ("Very good", ["very", "good", "very good"]),
        ("wifi很慢", ["wifi", "很", "慢", "很慢"]),
        ("good. Bad", ["good", "bad"]),
        ("don’t go", ["don’t", "go", "don’t go"]),
        ("ＧＯＯＤ", ["good"]),
        ("好，吃", ["好", "吃"]),
        ("call [phone]", ["call", "[phone]", "call [phone]"]),
        ("👍👍 nice", ["👍", "👍", "nice"]),
        ("order 123456 5 stars", ["order", "5", "stars", "5 stars"]),
        ("東京はいい", [*"東京はいい", "東京", "京は", "はい", "いい"]),
        ("", []),
        ("!!! ...", []),
    ],
)
def test_a_comment_becomes_terms(text: str, terms: list[str]) -> None:
    assert Counter(RULES.terms(text)) == Counter(terms)


def brute_force(text: str, least: int, most: int) -> Counter[str]:
    return Counter(
        text[i:j]
        for i in range(len(text))
        for j in range(i + 1, len(text) + 1)
        if least <= j - i <= most
    )


@settings(deadline=None)
@given(st.text("很好吃的酒店服务", max_size=12), st.integers(1, 4), st.integers(0, 3))
def test_runs_of_characters_give_all_their_n_grams(text: str, least: int, more: int) -> None:
    terms = TermRules((least, least + more), (1, 2)).terms(text)
    assert Counter(terms) == brute_force(text, least, least + more)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["good", "bad", "very"]), max_size=8), st.integers(1, 3))
def test_words_give_all_their_n_grams(words: list[str], most: int) -> None:
    terms = TermRules((1, 1), (1, most)).terms(" ".join(words))
    expected = [
        " ".join(words[i : i + size])
        for size in range(1, most + 1)
        for i in range(len(words) - size + 1)
    ]
    assert Counter(terms) == Counter(expected)


def test_a_segmenter_of_your_own_gives_the_words() -> None:
    rules = TermRules((1, 2), (1, 2), lambda text: ["房间", "，", "很", " ", "小"])
    assert rules.terms("房间，很小") == ["房间", "很", "小", "房间 很", "很 小"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [("text", "must return a list of words"), (None, "a list of words"), ([1], "words as text")],
)
def test_what_a_segmenter_must_return(answer: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        TermRules((1, 2), (1, 2), lambda text: answer).terms("x")


def test_an_analyser_is_a_function() -> None:
    for odd in ("jieba", 3, str):
        with pytest.raises(TypeError, match="analyzer must be a function .* jieba.lcut"):
            check_analyzer(odd)
    assert check_analyzer(str.split) is str.split


@pytest.mark.parametrize("odd", [(2, 1), (0, 1), (1,), (1, 99), (1, 2, 3)])
def test_lengths_of_n_grams_are_in_order(odd: Any) -> None:
    with pytest.raises(ValueError, match="ngram_range"):
        check_ngram_range(odd)


def test_words_are_spaced_and_characters_are_not() -> None:
    assert [is_spaced(term) for term in ("very good", "很好", "5", "[phone]")] == [
        True,
        False,
        True,
        True,
    ]


TEXTS = ["很好 good", "很好", "good good", "差"]


def test_counts_are_those_of_each_comment_in_the_order_of_the_terms() -> None:
    found = TermCounts.of(TEXTS, RULES, 2)
    assert found.terms == sorted(found.terms) == ["good", "好", "很", "很好"]
    expected = [[RULES.terms(text).count(term) for term in found.terms] for text in TEXTS]
    assert np.array_equal(found.counts.toarray(), expected)
    assert comments_with(found.counts).tolist() == [2, 2, 2, 2]
    assert found.distinct.tolist() == [len(set(RULES.terms(text))) for text in TEXTS]


def test_known_terms_are_counted_and_unknown_ones_too() -> None:
    counts, distinct, known = known_counts(["很好吃", "bad", ""], RULES, ["很", "很好"])
    assert counts.toarray().tolist() == [[1, 1], [0, 0], [0, 0]]
    assert distinct.tolist() == [5, 1, 0]
    assert known.tolist() == [2, 0, 0]
