"""Topics as a model: largest first, names that differ, and no topic without a weight."""

import dataclasses

import numpy as np
import pytest

from cemkit.errors import NotEnoughDataError
from cemkit.feedback import comment_topics, simulate_comments
from cemkit.feedback.comments.topic_model import NO_TOPIC, fit_topics, strongest_topics

ANSWERS = simulate_comments(2000, random_state=1).table
TEXTS = sorted(set(ANSWERS["comment"]))
MODEL = comment_topics(ANSWERS).model
SIZES = {"n_topics": 4, "min_comments": 5, "n_terms": 2, "random_state": 0}


def test_the_topic_of_most_comments_comes_first_and_names_differ() -> None:
    model = fit_topics(MODEL, TEXTS, **SIZES)
    assert len(set(model.names)) == len(model.factors) == 4
    assert [len(words) for words in model.terms] == [2] * 4
    fitted = comment_topics(ANSWERS.drop_duplicates("comment"), n_topics=4)
    assert fitted.table["comments"].is_monotonic_decreasing


def test_a_fit_is_the_same_on_each_run() -> None:
    one, two = (fit_topics(MODEL, TEXTS, **SIZES) for _ in range(2))
    for field in dataclasses.fields(one):
        np.testing.assert_equal(getattr(one, field.name), getattr(two, field.name))


def test_fewer_terms_than_topics_are_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="terms in 5000 comments.*lower min_comments"):
        fit_topics(MODEL, TEXTS, **{**SIZES, "min_comments": 5000})


def test_a_comment_without_weight_has_no_topic() -> None:
    assert strongest_topics(np.array([[0.0, 0.0], [0.1, 0.2]])).tolist() == [NO_TOPIC, 1]
    assert strongest_topics(np.empty((0, 2))).tolist() == []
