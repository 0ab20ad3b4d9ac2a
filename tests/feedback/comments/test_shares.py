"""The adjusted count: true shares on real reviews, its bounds, and groups."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.feedback import CommentSentiment, sentiment_shares, simulate_comments

ANSWERS = simulate_comments(1500, random_state=1).table
MODEL = CommentSentiment().fit(ANSWERS["comment"], ANSWERS["score"])


@pytest.mark.parametrize(
    "name", [pytest.param("hotel_reviews_zh", marks=pytest.mark.exhaustive), "takeaway_reviews_zh"]
)
def test_shares_at_ten_and_ninety_percent_are_true(reference_data: Path, name: str) -> None:
    """Half of the rarer class and as many others train the model; the rest makes the shares."""
    table = pd.read_parquet(reference_data / f"{name}.parquet").rename(
        columns={"review": "comment"}
    )
    table = table.drop_duplicates("comment").sample(frac=1, random_state=0)
    positive, negative = table[table["label"] == 1], table[table["label"] == 0]
    half = min(len(positive), len(negative)) // 2
    learnt = pd.concat([positive[:half], negative[:half]])
    model = CommentSentiment(0, 1).fit(learnt["comment"], learnt["label"])
    positive, negative = positive[half:], negative[half:]
    for share in (0.1, 0.9):
        n = int(min(len(positive) / share, len(negative) / (1 - share)))
        mixed = pd.concat([positive[: round(n * share)], negative[: round(n * (1 - share))]])
        found = sentiment_shares(model, mixed).iloc[0]
        assert abs(found["share"] - share) <= 0.03
        assert found["lower"] <= share <= found["upper"]
        naive = model.predict_proba(mixed["comment"])[:, 1].mean()
        assert abs(naive - share) > 0.1  # the mean probability is far off


def test_the_share_and_its_bounds_are_those_of_the_formula() -> None:
    found = sentiment_shares(MODEL, ANSWERS, confidence_level=0.9).iloc[0]
    n, t, f = len(ANSWERS), MODEL.true_positive_rate_, MODEL.false_positive_rate_
    counted = MODEL.predict(ANSWERS["comment"]).sum()
    assert (found["comments"], found["unknown"], found["counted"]) == (n, 0, counted)
    share = (counted / n - f) / (t - f)
    assert found["share"] == pytest.approx(share)
    # By simulation from the three binomials.
    rng = np.random.default_rng(0)
    negatives, positives = MODEL.class_counts_
    draws = [
        rng.binomial(size, rate, 100_000) / size
        for size, rate in ((n, counted / n), (positives, t), (negatives, f))
    ]
    ends = np.quantile((draws[0] - draws[2]) / (draws[1] - draws[2]), [0.05, 0.95])
    np.testing.assert_allclose([found["lower"], found["upper"]], ends, atol=0.004)


def test_intervals_cover() -> None:
    """Comments drawn with the model's own rates, groups of 60."""
    from cemkit.feedback.comments.shares import _adjusted

    rng = np.random.default_rng(0)
    t, f, sizes = 0.85, 0.1, np.array([300, 300])
    for truth in (0.05, 0.3, 0.8):
        inside = []
        for _ in range(300):
            model = CommentSentiment()
            model.class_counts_ = sizes
            model.true_positive_rate_ = rng.binomial(300, t) / 300
            model.false_positive_rate_ = rng.binomial(300, f) / 300
            counted = rng.binomial(60, truth * t + (1 - truth) * f)
            table = pd.DataFrame({"comments": [60], "counted": [counted]})
            found = _adjusted(model, table, 1.96)
            inside.append(found["lower"][0] <= truth <= found["upper"][0])
        assert np.mean(inside) > 0.92


def test_shares_outside_the_range_are_cut_and_flagged() -> None:
    good = pd.DataFrame({"comment": ["very happy, great quality"] * 30})
    found = sentiment_shares(MODEL, good).iloc[0]
    assert (found["share"], found["upper"], found["cut"]) == (1.0, 1.0, True)
    assert 0.5 < found["lower"] < 1
    assert not sentiment_shares(MODEL, ANSWERS)["cut"].any()


def test_groups_and_periods_add_up() -> None:
    found = sentiment_shares(MODEL, ANSWERS, by=["touchpoint"], period="quarter")
    assert found.columns.tolist()[:2] == ["touchpoint", "period"]
    assert len(found) == 8
    assert found["comments"].sum() == len(ANSWERS)
    assert found["counted"].sum() == sentiment_shares(MODEL, ANSWERS)["counted"].iloc[0]
    one = ANSWERS[(ANSWERS["touchpoint"] == "price") & (ANSWERS["response_date"] < "2023-04-01")]
    alone = sentiment_shares(MODEL, one).iloc[0]
    row = found[found["touchpoint"] == "price"].iloc[0]
    pd.testing.assert_series_equal(row[alone.index], alone, check_names=False)


def test_row_order_changes_nothing() -> None:
    shuffled = ANSWERS.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        sentiment_shares(MODEL, shuffled, by="touchpoint"),
        sentiment_shares(MODEL, ANSWERS, by="touchpoint"),
    )


def test_empty_and_unknown_comments_and_missing_labels() -> None:
    odd = pd.DataFrame(
        {"comment": [None, "вкусно", "very happy"], "touchpoint": ["price", "price", None]}
    )
    table = pd.concat([ANSWERS, odd], ignore_index=True)
    with pytest.warns(CemkitWarning, match="1 comment has no group or date and is left out"):
        found = sentiment_shares(MODEL, table, by="touchpoint").set_index("touchpoint")
    assert found.loc["price", "unknown"] == 1
    assert found["comments"].sum() == len(ANSWERS)


def test_small_groups_are_warned_of() -> None:
    with pytest.warns(CemkitWarning, match="1 of 1 group has fewer than 10 comments"):
        sentiment_shares(MODEL, ANSWERS.head(5))


def test_bad_input() -> None:
    with pytest.raises(TypeError, match="model must be a fitted CommentSentiment, not str"):
        sentiment_shares("model", ANSWERS)  # type: ignore[arg-type]
    with pytest.raises(MissingColumnsError, match="missing column 'shop'"):
        sentiment_shares(MODEL, ANSWERS, by="shop")
    with pytest.raises(ValueError, match="would stand twice"):
        sentiment_shares(MODEL, ANSWERS.assign(share=1), by="share")
    with pytest.raises(DataError, match="no response has a comment"):
        sentiment_shares(MODEL, ANSWERS.assign(comment=None))
    blind = CommentSentiment.from_json(MODEL.to_json())
    blind.true_positive_rate_ = blind.false_positive_rate_ + 0.02
    with pytest.raises(DataError, match="too similar for shares; train on more"):
        sentiment_shares(blind, ANSWERS)
