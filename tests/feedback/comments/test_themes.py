"""comment_topics: planted topics are found, and stay the same topics next month."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from cemkit.data import find_personal_data
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError
from cemkit.feedback import CommentTopics, comment_topics, simulate_comments

ANSWERS = simulate_comments(2000, random_state=1).table
TOPICS = comment_topics(ANSWERS)
LATER = simulate_comments(500, random_state=9).table


def purity(topics: CommentTopics, answers: pd.DataFrame) -> float:
    """The share of comments whose topic is mostly about their touchpoint."""
    both = pd.crosstab(topics.assigned["topic"], answers["touchpoint"])
    return both.max(axis=1).sum() / both.to_numpy().sum()


def test_planted_topics_are_found_in_both_languages() -> None:
    assert purity(TOPICS, ANSWERS) > 0.95
    chinese = TOPICS.table["terms"].str.contains("[一-龥]")
    assert 2 <= chinese.sum() <= 6


def test_next_months_topics_are_the_same_topics() -> None:
    later = TOPICS.transform(LATER)
    assert later.names == TOPICS.names
    assert purity(later, LATER) > 0.95
    pd.testing.assert_frame_equal(later.table[["topic", "terms"]], TOPICS.table[["topic", "terms"]])
    assert later.comments == len(LATER)
    again = TOPICS.transform(ANSWERS)
    pd.testing.assert_frame_equal(again.table, TOPICS.table)
    half = TOPICS.transform(LATER.head(250)).weights
    pd.testing.assert_frame_equal(half, later.weights.head(250))


def test_row_order_changes_nothing() -> None:
    shuffled = comment_topics(ANSWERS.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(shuffled.table, TOPICS.table)
    pd.testing.assert_frame_equal(shuffled.weights.loc[ANSWERS.index], TOPICS.weights)


def test_trends_by_month() -> None:
    trend = TOPICS.trend("month")
    assert trend.groupby("period")["comments"].sum().sum() == TOPICS.comments - TOPICS.unassigned
    months = ANSWERS["response_date"].dt.to_period("M")
    row = trend.iloc[3]
    own = TOPICS.assigned["topic"] == row["topic"]
    assert row["comments"] == (own & (months == row["period"])).sum()
    assert row["all_comments"] == (months == row["period"]).sum()
    lower, upper = proportion_confint(row["comments"], row["all_comments"], method="wilson")
    assert (row["lower"], row["upper"]) == pytest.approx((lower, upper))
    halves = TOPICS.trend("quarter")  # twice as many detractors write about delivery in the second
    words = ("arrived", "快递", "送", "包装")
    delivery = [name for name in TOPICS.names if any(word in name for word in words)]
    share = halves[halves["topic"].isin(delivery)].groupby("period")["share"].sum()
    assert share.iloc[1] > share.iloc[0]


def test_undated_comments_are_counted_and_left_out_of_trends() -> None:
    table = ANSWERS.assign(response_date=ANSWERS["response_date"].where(ANSWERS.index > 99))
    found = TOPICS.transform(table)
    assert found.undated == 100
    everything = found.trend("year").drop_duplicates("period")["all_comments"].sum()
    assert everything == len(ANSWERS) - 100
    bare = TOPICS.transform(ANSWERS[["comment"]])
    assert bare.undated is None
    assert "mean_score" not in bare.table
    with pytest.raises(MissingColumnsError, match="missing column 'response_date'"):
        bare.trend("month")
    with pytest.raises(ValueError, match="period must be one of"):
        TOPICS.trend("day")


def test_topics_get_names_of_your_own() -> None:
    first, second = TOPICS.names[:2]
    renamed = TOPICS.rename({first: "快递"})
    assert (
        renamed.names[0] == renamed.table["topic"].iloc[0] == renamed.weights.columns[0] == "快递"
    )
    assert (renamed.assigned["topic"] == "快递").sum() == TOPICS.table["comments"].iloc[0]
    assert renamed.transform(LATER).names[0] == "快递"
    assert "快递" in renamed.trend("year")["topic"].tolist()
    assert TOPICS.names[0] == first
    swapped = TOPICS.rename({first: second, second: first})
    assert swapped.names[:2] == [second, first]
    assert (swapped.assigned["topic"] == second).sum() == TOPICS.table["comments"].iloc[0]
    with pytest.raises(DataError, match="no topic is named 'x'"):
        TOPICS.rename({"x": "y"})
    with pytest.raises(DataError, match="two topics would have the name"):
        TOPICS.rename({first: second})
    with pytest.raises(TypeError, match="must be text"):
        TOPICS.rename({first: " "})


def test_empty_repeated_and_long_comments_are_counted() -> None:
    odd = pd.DataFrame({"comment": [None, " ", "very fresh " * 9_000], "score": [1, 2, 3]})
    table = pd.concat([ANSWERS, odd], ignore_index=True)
    found = comment_topics(table)
    assert (found.empty, found.cut, found.comments) == (2, 1, len(ANSWERS) + 1)
    assert found.repeated == TOPICS.repeated == len(ANSWERS) - ANSWERS["comment"].nunique()


def test_everything_shown_is_masked() -> None:
    secret = ANSWERS.assign(comment=ANSWERS["comment"] + "，电话13800138000，ann@x.org")
    found = comment_topics(secret)
    assert find_personal_data(found.table).empty
    assert find_personal_data(pd.DataFrame({"text": [str(found), found.to_json()]})).empty


def test_other_comments_are_warned_of() -> None:
    other = pd.DataFrame({"comment": ["Очень вкусно", "Ужасно", "very fresh"]})
    with pytest.warns(CemkitWarning, match="2 of 3 comments have no term of any topic"):
        found = TOPICS.transform(other)
    assert found.assigned["topic"].isna().tolist() == [True, True, False]
    with pytest.warns(CemkitWarning, match="2 of 2 comments have no term of any topic"):
        none = TOPICS.transform(other.head(2))
    assert none.sentence() == f"2 comments, none with a term of the {TOPICS.topics} topics."
    assert none.sentence("zh") == f"2 条评论均不含这 {TOPICS.topics} 个主题的词语。"


def test_scores_on_another_scale() -> None:
    table = ANSWERS.assign(score=ANSWERS["score"] // 3 + 1)
    with pytest.warns(CemkitWarning, match="looks like 1 to 5"):
        comment_topics(table)
    found = comment_topics(table, scale=(1, 5))
    assert "detractors" not in found.table
    assert found.table["mean_score"].between(1, 5).all()


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"n_topics": 1}, ValueError, "n_topics"),
        ({}, {"n_topics": 50, "min_comments": 250}, NotEnoughDataError, "terms in 250 comments"),
        ({"comment": "好"}, {}, NotEnoughDataError, "need at least 100 different comments, got 1"),
        ({"comment": 1}, {}, DataError, "comments must be text"),
        (
            {"score": 11},
            {},
            DataError,
            "2,000 of 2,000 scores are off the scale 0 to 10, such as 11",
        ),
        ({"score": 1.5}, {}, DataError, "fractional"),
        ({"score": "9"}, {}, DataError, "must hold numbers"),
        ({}, {"random_state": -1}, ValueError, "random_state"),
        ({}, {"random_state": np.random.default_rng(0)}, TypeError, "random_state"),
    ],
)
def test_bad_input(
    change: dict[str, Any], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        comment_topics(ANSWERS.assign(**change), **options)
    with pytest.raises(NotEnoughDataError, match="need at least 1 response with a comment, got 0"):
        TOPICS.transform(ANSWERS.assign(comment=None))
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in responses, got 0"):
        TOPICS.transform(pd.DataFrame())


def test_sentences_say_what_is_left_and_who_is_worst() -> None:
    english, chinese = TOPICS.sentence(), TOPICS.sentence("zh")
    assert "lowest mean score" in english
    assert "平均得分最低" in chinese
    assert TOPICS.is_broad() == ("rather than one subject" in english)
    bare = TOPICS.transform(ANSWERS[["comment"]])
    assert bare.lowest_score() is None
    assert "score" not in bare.sentence()


def test_complaints_of_hotel_guests_have_readable_topics(reference_data: Path) -> None:
    table = pd.read_parquet(reference_data / "hotel_reviews_zh.parquet")
    bad = table[table["label"] == 0].rename(columns={"review": "comment"})
    found = comment_topics(bad)
    [noise] = [terms for terms in found.table["terms"] if "隔音" in terms]
    assert "隔壁" in noise
    assert "声音" in noise
    assert found.is_broad()
