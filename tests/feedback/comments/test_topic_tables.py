"""The table of topics: Wilson's bounds, the scores of the comments, and different examples."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cemkit.feedback import comment_topics, simulate_comments
from cemkit.feedback.comments.topic_tables import topic_shares

ANSWERS = simulate_comments(2000, random_state=1).table
TOPICS = comment_topics(ANSWERS)


def test_shares_have_wilsons_bounds_and_add_up() -> None:
    table = TOPICS.table
    assert table["comments"].sum() + TOPICS.unassigned == TOPICS.comments == len(ANSWERS)
    lower, upper = proportion_confint(table["comments"], TOPICS.comments, method="wilson")
    np.testing.assert_allclose(table["lower"], lower)
    np.testing.assert_allclose(table["upper"], upper)
    for row in table.itertuples():
        own = ANSWERS[TOPICS.assigned["topic"] == row.topic]
        assert row.mean_score == pytest.approx(own["score"].mean())
        assert row.detractors == pytest.approx((own["score"] <= 6).mean())
        assert {row.example_1, row.example_2, row.example_3} <= {*own["comment"]}


def test_no_comment_has_no_share() -> None:
    shares = topic_shares(pd.Series([0, 1]), pd.Series([0, 2]), TOPICS.model)
    assert shares["share"].tolist() == [pytest.approx(np.nan, nan_ok=True), 0.5]
    assert np.isnan([shares["lower"][0], shares["upper"][0]]).all()


def test_where_there_are_fewer_comments_than_examples_these_are_empty() -> None:
    few = TOPICS.transform(pd.concat([ANSWERS.head(1)] * 3, ignore_index=True)).table
    row = few[few["comments"] == 3].iloc[0]
    assert row["example_1"] == ANSWERS["comment"].iloc[0]
    assert row[["example_2", "example_3"]].tolist() == ["", ""]
