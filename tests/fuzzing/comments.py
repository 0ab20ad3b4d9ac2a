"""Sound calls of the comments of `cemkit.feedback`, and of the pictures of them."""

from typing import Any

import pandas as pd

from cemkit.data import mask_personal_data
from cemkit.feedback import (
    CommentSentiment,
    comment_topics,
    distinctive_terms,
    sentiment_shares,
    simulate_comments,
)

ANSWERS = simulate_comments(260, random_state=3).table
MANY = simulate_comments(750, random_state=4).table
MODEL = CommentSentiment().fit(MANY["comment"], MANY["score"])
TOPICS = comment_topics(ANSWERS, 3, min_comments=5)
CUSTOMERS = pd.DataFrame({"order_count": 1}, index=pd.Index(range(1, 40), name="customer_id"))
TEXTS = pd.Series(["打13800138000找我", "ann@x.org", None])


def fit_and_rate(X: Any, y: Any, later: Any, **parameters: Any) -> pd.DataFrame:
    """Fit a model and rate other comments."""
    return CommentSentiment(**parameters).fit(X, y).add_to(later)


def topics_of(responses: Any, later: Any, names: Any, period: Any) -> tuple[Any, ...]:
    """Apply topics to other comments, rename them, and look at their trends."""
    found = TOPICS.transform(later)
    return found, found.rename(names), found.trend(period), TOPICS.transform(responses)


CALLS = {
    "mask_personal_data": (mask_personal_data, {"comments": TEXTS, "kinds": ["phone"]}),
    "CommentSentiment": (
        fit_and_rate,
        {
            "X": ANSWERS["comment"],
            "y": ANSWERS["score"],
            "later": ANSWERS.head(30),
            "negative": 6,
            "positive": 9,
            "ngram_range": (1, 2),
            "min_comments": 3,
            "C": 4.0,
            "scale": (0, 10),
            "analyzer": str.split,
        },
    ),
    "CommentSentiment.add_to": (
        MODEL.add_to,
        {"table": CUSTOMERS, "responses": ANSWERS, "as_of": "2023-06-30"},
    ),
    "CommentSentiment.predict": (MODEL.predict, {"X": ANSWERS["comment"]}),
    "CommentSentiment.from_json": (CommentSentiment.from_json, {"text": MODEL.to_json()}),
    "sentiment_shares": (
        sentiment_shares,
        {
            "model": MODEL,
            "responses": ANSWERS,
            "by": ["touchpoint"],
            "period": "quarter",
            "confidence_level": 0.9,
        },
    ),
    "distinctive_terms": (
        distinctive_terms,
        {
            "responses": ANSWERS,
            "group": "score",
            "first": "detractor",
            "second": "promoter",
            "by": "question",
            "min_comments": 5,
            "correction": "benjamini-hochberg",
            "confidence_level": 0.9,
            "max_terms": 5,
            "analyzer": str.split,
        },
    ),
    "comment_topics": (
        comment_topics,
        {
            "responses": ANSWERS,
            "n_topics": 3,
            "min_comments": 5,
            "n_terms": 4,
            "random_state": 1,
            "scale": (0, 10),
            "confidence_level": 0.9,
            "analyzer": str.split,
        },
    ),
    "CommentTopics": (
        topics_of,
        {
            "responses": ANSWERS[["comment"]],
            "later": ANSWERS.head(60),
            "names": {TOPICS.names[0]: "delivery"},
            "period": "month",
        },
    ),
    "simulate_comments": (
        simulate_comments,
        {
            "n_comments": 10,
            "language": "zh",
            "positive": 0.5,
            "noise": 0.2,
            "start_date": "2024-01-01",
            "n_days": 30,
            "random_state": 1,
        },
    ),
}
NOTHING = {"found": 0, "table": pd.DataFrame()}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "DistinctiveTerms": [NOTHING],
    "CommentTopics": [{"comments": 0}, {"unassigned": 0}],
}
