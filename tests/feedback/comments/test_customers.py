"""The sentiment of customers: that of the last day with a comment, seen by then."""

from typing import Any

import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import CommentSentiment, simulate_comments

ANSWERS = simulate_comments(1500, random_state=1).table
MODEL = CommentSentiment().fit(ANSWERS["comment"], ANSWERS["score"])
GOOD, BAD = "very happy, great quality", "very disappointed, rude staff"
RESPONSES = pd.DataFrame(
    [
        (1, "2024-01-01", BAD),
        (1, "2024-01-05", GOOD),
        (1, "2024-01-05", "highly recommend"),
        (1, "2024-02-01", BAD),
        (2, "2024-01-03", BAD),
        (2, "2024-01-04", None),
        (3, None, GOOD),
        (9, "2024-01-04", GOOD),
    ],
    columns=["customer_id", "response_date", "comment"],
)
CUSTOMERS = pd.DataFrame({"order_count": [1, 2, 3]}, index=pd.Index([2, 1, 3], name="customer_id"))


def added(responses: pd.DataFrame = RESPONSES, as_of: Any = "2024-01-31") -> pd.DataFrame:
    return MODEL.add_to(CUSTOMERS, responses, as_of)


def test_the_last_day_with_a_comment_counts_and_nothing_after_as_of() -> None:
    found = added()
    assert found.index.equals(CUSTOMERS.index)
    assert found["order_count"].tolist() == [1, 2, 3]
    rated = MODEL.predict_proba([GOOD, "highly recommend", BAD])[:, 1]
    assert found.loc[1, "sentiment"] == pytest.approx((rated[0] + rated[1]) / 2)
    assert found.loc[2, "sentiment"] == pytest.approx(rated[2])
    days = pd.to_datetime(pd.Series(["2024-01-03", "2024-01-05", None])).tolist()
    assert found["sentiment_date"].tolist()[:2] == days[:2]
    assert pd.isna(found["sentiment_date"].iloc[2])
    assert found.loc[3, ["sentiment", "sentiment_known"]].isna().all()
    assert added(as_of="2024-02-01").loc[1, "sentiment"] == pytest.approx(rated[2])


def test_row_order_and_customers_as_a_column() -> None:
    pd.testing.assert_frame_equal(added(RESPONSES[::-1]), added())
    flat = MODEL.add_to(CUSTOMERS.reset_index(), RESPONSES, "2024-01-31")
    assert flat["sentiment"].equals(added()["sentiment"].reset_index(drop=True))


def test_bad_input() -> None:
    with pytest.raises(DataError, match="customer_id"):
        added(RESPONSES.assign(customer_id=[f"c{k}" for k in range(8)]))
    with pytest.raises(MissingColumnsError, match="missing column 'response_date'"):
        added(RESPONSES.drop(columns="response_date"))
