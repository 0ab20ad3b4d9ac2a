"""A part of a term gives way to the longest one that keeps its comments."""

from cemkit.feedback.comments.nesting import is_inside, longest_forms, without_nested
from cemkit.feedback.comments.terms import TermCounts, TermRules

# 招待所 in 10 comments, 待遇 in 4: 待所 is nothing but a piece of 招待所.
TEXTS = [f"像招待所{letter}" for letter in "甲乙丙丁戊己庚辛壬癸"] + ["待遇差", "待遇好"] * 2
FOUND = TermCounts.of(TEXTS, TermRules((2, 4), (1, 2)), 2)


def longest(term: str) -> str:
    forms = longest_forms(FOUND.terms, FOUND.counts)
    return FOUND.terms[forms[FOUND.terms.index(term)]]


def test_a_piece_gives_way_to_the_longest_whole() -> None:
    assert longest("待所") == "像招待所"
    assert longest("待遇") == "待遇"


def test_words_are_inside_words_and_characters_inside_characters() -> None:
    assert is_inside("good", "very good")
    assert not is_inside("good", "very goodness")
    assert is_inside("待所", "招待所")


def test_terms_that_say_the_same_again_are_left_out() -> None:
    texts = ["food arrived cold"] * 5 + ["was late"] * 3 + ["food is fine"]
    different = [f"{text} {k}" for k, text in enumerate(texts)]
    found = TermCounts.of(different, TermRules((2, 4), (2, 2)), 2)
    places = [found.terms.index(term) for term in ("food arrived", "arrived cold", "was late")]
    forms = range(len(found.terms))
    chosen = without_nested(places, found.terms, forms, found.counts, 9)
    assert [found.terms[k] for k in chosen] == ["food arrived", "was late"]
    assert len(without_nested(places, found.terms, forms, found.counts, 1)) == 1
