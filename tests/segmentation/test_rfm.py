"""RFMSegmenter: the minimum-rank rule, its ties, and the rule table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from cemkit import (
    DataError,
    MissingColumnsError,
    NotEnoughDataError,
    RFMSegmenter,
    load_cdnow,
    summarize_customers,
)
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS

ANY = pd.DataFrame(
    {
        "segment": ["All"],
        "recency_score": ["any"],
        "frequency_score": ["any"],
        "monetary_score": ["any"],
    }
)


def table(
    order_count: object, recency_days: object = 1, total_amount: object = 1.0
) -> pd.DataFrame:
    return pd.DataFrame(
        {"recency_days": recency_days, "order_count": order_count, "total_amount": total_amount}
    )


def test_published_tie_example() -> None:
    # 540 once-buyers, 200 twice, 260 with 3 to 54 orders give F in {1, 3, 4, 5}.
    counts = [1] * 540 + [2] * 200 + [3 + i // 5 for i in range(260)]
    scores = RFMSegmenter(segments=ANY).fit_transform(table(counts))["frequency_score"]
    assert sorted(set(scores)) == [1, 3, 4, 5]
    assert set(scores[:540]) == {1}
    assert set(scores[540:740]) == {3}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), min_size=7, max_size=60),
    st.integers(2, 7),
    st.sampled_from([0.25, 1.0, 1024.0]),
)
def test_scores_are_the_minimum_rank_rule_in_any_unit(
    values: list[int], n_bins: int, unit: float
) -> None:
    customers = table(values, recency_days=values, total_amount=np.array(values) * unit)
    scores = RFMSegmenter(n_bins=n_bins, segments=ANY).fit_transform(customers)
    n = len(values)
    for column, sign in (("recency_score", -1), ("frequency_score", 1), ("monetary_score", 1)):
        rank = rankdata(sign * np.array(values), method="min").astype(int)
        assert scores[column].tolist() == ((rank - 1) * n_bins // n + 1).tolist()


def test_new_customers_are_scored_against_those_of_the_fit() -> None:
    segmenter = RFMSegmenter(segments=ANY).fit(table(range(1, 11)))
    scores = segmenter.transform(table([0, 1, 3, 10, 99]))["frequency_score"]
    assert scores.tolist() == [1, 1, 2, 5, 5]


def test_every_cdnow_customer_has_one_segment() -> None:
    customers = summarize_customers(load_cdnow(), as_of="1998-06-30")
    segments = RFMSegmenter().fit(customers).predict(customers)
    assert segments.notna().all()
    assert set(segments) <= set(CLASSIC_SEGMENTS["segment"])


def test_identical_customers_share_their_segment() -> None:
    scored = RFMSegmenter().fit(table([1] * 5)).add_to(table([1] * 5))
    assert len(set(scored["segment"])) == 1
    assert (scored[["recency_score", "frequency_score", "monetary_score"]] == 1).all(axis=None)


def test_first_match_wins() -> None:
    rules = pd.concat([ANY.assign(segment="Top", frequency_score="3"), ANY], ignore_index=True)
    segmenter = RFMSegmenter(n_bins=3, segments=rules).fit(table([1, 2, 3]))
    assert segmenter.predict(table([3, 1])).tolist() == ["Top", "All"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (ANY.assign(recency_score="2-5"), "no segment rule holds recency_score 1, "),
        (pd.concat([ANY, ANY]), r"segment rule 2 \('All'\) is unreachable"),
        (ANY.assign(recency_score="high"), "a rule's cell is a score, a range .*, not 'high'"),
        (ANY.assign(recency_score="4-6"), "the scores '4-6' of a rule lie outside 1 to 5"),
    ],
)
def test_bad_rules_are_refused(rules: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RFMSegmenter(segments=rules).fit(table(range(5)))


def test_classic_segments_need_five_bins() -> None:
    with pytest.raises(ValueError, match="the classic segments need n_bins=5, not 4"):
        RFMSegmenter(n_bins=4).fit(table(range(5)))


def test_too_few_customers() -> None:
    with pytest.raises(NotEnoughDataError, match="3 customers, but it takes at least 5; lower n"):
        RFMSegmenter().fit(table([1, 2, 3]))


def test_missing_values_and_columns() -> None:
    with pytest.raises(DataError, match="order_count has 1 missing and 0 infinite values"):
        RFMSegmenter().fit(table([1, 2, 3, np.nan, 5]))
    with pytest.raises(
        MissingColumnsError, match=r"missing column 'order_count'.*summarize_custom"
    ):
        RFMSegmenter().fit(table(range(5)).drop(columns="order_count"))
