"""Topics and their JSON are the same topics."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.feedback import CommentTopics, comment_topics, simulate_comments

ANSWERS = simulate_comments(1500, random_state=1).table
TOPICS = comment_topics(ANSWERS, 4, confidence_level=0.9)


def test_the_copy_gives_the_same_topics() -> None:
    copy = CommentTopics.from_json(TOPICS.to_json())
    assert copy.to_json() == TOPICS.to_json()
    assert (copy.comments, copy.names) == (0, TOPICS.names)
    assert copy.table["share"].isna().all()
    assert "no comments yet" in copy.sentence()
    again = copy.transform(ANSWERS)
    pd.testing.assert_frame_equal(again.table, TOPICS.table)
    assert again.sentence() == TOPICS.sentence()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda state: state.pop("factors"), "lacks 'factors'"),
        (lambda state: state["factors"].pop(), "must have length"),
        (lambda state: state["idf"].pop(), "must have length"),
        (lambda state: state.update(confidence_level=1), "confidence_level"),
        (lambda state: state.update(scale=[10, 0]), "scale must begin"),
        (lambda state: state.update(names=["a"] * 4), "without repeated values"),
    ],
)
def test_damage_is_refused(damage: Callable[[dict[str, Any]], Any], message: str) -> None:
    state = json.loads(TOPICS.to_json())
    damage(state)
    with pytest.raises(DataError, match=message):
        CommentTopics.from_json(json.dumps(state))


def test_topics_of_your_own_analyser_are_not_saved() -> None:
    own = comment_topics(ANSWERS, 4, analyzer=lambda text: text.replace("，", " ").split())
    with pytest.raises(TypeError, match="analyzer of your own are not saved"):
        own.to_json()
