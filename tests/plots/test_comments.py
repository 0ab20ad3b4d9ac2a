"""Pictures of comments show what the results hold."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import MissingColumnsError, NotEnoughDataError
from cemkit.feedback import comment_topics, distinctive_terms, simulate_comments
from cemkit.plots import comments

ANSWERS = simulate_comments(1500, language="en", random_state=1).table
FOUND = distinctive_terms(ANSWERS)
TOPICS = comment_topics(ANSWERS, 4)


def test_terms_of_the_first_group_stand_to_the_left() -> None:
    ax = comments.distinctive_terms(FOUND, most=5)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    sides = ("detractor", "promoter")
    groups = [FOUND.table[FOUND.table["group"] == name].head(5) for name in sides]
    rows = pd.concat(groups)
    assert labels == rows["term"].tolist()
    marks = [line for line in ax.get_lines() if line.get_label().startswith("more frequent")]
    drawn = np.concatenate([line.get_xdata() for line in marks])
    signs = np.where(rows["group"] == "detractor", -1, 1)
    np.testing.assert_allclose(drawn, signs * rows["difference"])
    assert FOUND.plot().get_xlabel().startswith("difference in the share of comments with a term")


def test_nothing_found_is_nothing_to_draw() -> None:
    mixed = ANSWERS.assign(group=np.arange(len(ANSWERS)) % 2)
    nothing = distinctive_terms(mixed, group="group", first=0, second=1)
    with pytest.raises(NotEnoughDataError, match="No term differs in frequency"):
        comments.distinctive_terms(nothing)


def test_topics_are_drawn_the_largest_first() -> None:
    ax = comments.topics(TOPICS)
    shares = ax.collections[1].get_offsets()[:, 0]
    np.testing.assert_allclose(shares, np.sort(TOPICS.table["share"])[::-1])
    np.testing.assert_allclose(
        np.sort(ax.collections[1].get_array()), np.sort(TOPICS.table["mean_score"])
    )
    bare = TOPICS.transform(ANSWERS[["comment"]])
    assert len(comments.topics(bare).get_lines()) == 1
    with pytest.raises(NotEnoughDataError, match="need at least 1 comment"):
        comments.topics(type(TOPICS).from_json(TOPICS.to_json()))


def test_trends_are_those_of_the_table() -> None:
    ax = TOPICS.plot("topic_trends", period="quarter", most=2)
    assert len(ax.get_lines()) == 2
    name = ax.get_lines()[0].get_label()
    trend = TOPICS.trend("quarter")
    np.testing.assert_allclose(
        ax.get_lines()[0].get_ydata(), trend.loc[trend["topic"] == name, "share"]
    )
    assert ax.get_title() == "2 largest of 4 topics"
    with pytest.raises(MissingColumnsError, match="response_date"):
        comments.topic_trends(TOPICS.transform(ANSWERS[["comment"]]))
