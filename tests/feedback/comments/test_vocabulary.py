"""Which terms name a topic."""

import numpy as np
import pytest
from scipy import sparse

from cemkit.feedback.comments.terms import TermCounts, TermRules
from cemkit.feedback.comments.vocabulary import nearest_comments, says_something, topic_terms


@pytest.mark.parametrize("term", ["隔音", "太慢了"[:2], "不会", "green tea", "not fresh", "coffee"])
def test_terms_that_say_something(term: str) -> None:
    assert says_something(term)


@pytest.mark.parametrize("term", ["的酒", "音很", "了一", "the", "of the", "5", "k", "[phone]"])
def test_pieces_and_function_words_do_not(term: str) -> None:
    assert not says_something(term)


def test_common_terms_and_parts_of_others_are_left_out() -> None:
    texts = [f"隔音差{k}酒店" for k in "甲乙丙"] + [f"酒店{k}" for k in "子丑寅卯辰巳午未"]
    texts += [f"早餐{k}" for k in "一二三四五六七八九十"]
    found = TermCounts.of(texts, TermRules((2, 4), (1, 2)), 2)
    assert {found.terms[k] for k in topic_terms(found)} == {"隔音差"}


def test_the_nearest_comments_come_first() -> None:
    rows = sparse.csr_matrix([[0.1, 0.9], [1.0, 0.0], [0.6, 0.6]])
    assert nearest_comments(rows, np.array([1.0, 0.0]), np.array([0, 1, 2]), 2) == [1, 2]
