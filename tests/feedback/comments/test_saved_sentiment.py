"""A model and its JSON are one and the same, and damage is refused."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cemkit.errors import DataError
from cemkit.feedback import CommentSentiment, simulate_comments

ANSWERS = simulate_comments(1500, random_state=1).table
MODEL = CommentSentiment(5, 9, C=4.0, scale=(0, 10)).fit(ANSWERS["comment"], ANSWERS["score"])


def test_the_copy_says_the_same_to_the_last_digit() -> None:
    copy = CommentSentiment.from_json(MODEL.to_json())
    assert copy.get_params() == MODEL.get_params()
    assert copy.to_json() == MODEL.to_json()
    assert np.array_equal(
        copy.predict_proba(ANSWERS["comment"]), MODEL.predict_proba(ANSWERS["comment"])
    )
    assert copy.left_out_.equals(MODEL.left_out_)
    assert (copy.auc_, copy.n_comments_) == (MODEL.auc_, MODEL.n_comments_)
    names = {name for name in vars(MODEL) if name.endswith("_")}
    assert {name for name in vars(copy) if name.endswith("_")} == names


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda state: state.pop("idf"), "lacks 'idf'"),
        (lambda state: state["idf"].pop(), "must have length"),
        (lambda state: state["vocabulary"].reverse(), "vocabulary must be in order"),
        (lambda state: state["quality"].update(auc=2), "quality.auc must be a number"),
        (lambda state: state["parameters"].update(negative=9), "negative must lie below positive"),
        (lambda state: state.update(model="ChurnModel"), "is a saved ChurnModel, not a saved Comm"),
        (lambda state: state.update(format=99), "update cemkit"),
    ],
)
def test_damage_is_refused(damage: Callable[[dict[str, Any]], Any], message: str) -> None:
    state = json.loads(MODEL.to_json())
    damage(state)
    with pytest.raises(DataError, match=message):
        CommentSentiment.from_json(json.dumps(state))


def test_no_comment_is_in_the_text() -> None:
    text = MODEL.to_json()
    several = ANSWERS.loc[ANSWERS["comment"].str.contains("[,，]"), "comment"]
    assert not any(comment in text for comment in several)
