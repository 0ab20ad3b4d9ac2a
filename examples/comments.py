"""What do customers say? Masking, sentiment, shares, distinctive terms and topics of comments.

Run it with `python examples/comments.py`. Where CEMKIT_REFERENCE_DATA names a folder with
`hotel_reviews_zh.parquet`, it reads these Chinese reviews; else it simulates comments in both
languages. With a folder (`python examples/comments.py pictures`) it also draws pictures there, for
which matplotlib needs a font with Chinese characters.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit.data import find_personal_data, mask_personal_data
from cemkit.feedback import (
    CommentSentiment,
    CommentTopics,
    comment_topics,
    distinctive_terms,
    sentiment_shares,
    simulate_comments,
)

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.max_colwidth", 48)
pd.set_option("display.float_format", "{:,.2f}".format)


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def responses() -> pd.DataFrame:
    """Return reviews of hotels, dated and scored for the purpose, or simulated comments."""
    path = Path(os.environ.get("CEMKIT_REFERENCE_DATA", "")) / "hotel_reviews_zh.parquet"
    if not path.is_file():
        return simulate_comments(3000, random_state=1).table
    reviews = pd.read_parquet(path)
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 180, len(reviews)), "D")
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, len(reviews) + 1),
            "response_date": pd.Timestamp("2023-01-01") + days,
            "score": np.where(reviews["label"] == 1, 9, 4),
            "touchpoint": rng.choice(["web", "app"], len(reviews)),
            "comment": reviews["review"],
        }
    )


def main(folder: Path | None = None) -> None:
    """Run every step once."""
    answers = responses()

    heading("1. Personal data")
    notes = pd.Series(["打13800138000找我", "邮箱abc@qq.com", "身份证11010519491231002X"])
    print(mask_personal_data(notes).tolist())
    print(find_personal_data(answers[["comment"]]), "\n(masked before anything is shown below)")

    heading("2. Sentiment, trained on the scores")
    model = CommentSentiment().fit(answers["comment"], answers["score"])
    quality = pd.Series({"accuracy": model.accuracy_, "AUC": model.auc_, "Brier": model.brier_})
    print(quality.to_string())
    print(model.left_out_.to_string())
    restored = CommentSentiment.from_json(model.to_json())
    print(restored.add_to(answers.head(4))[["comment", "score", "sentiment", "sentiment_known"]])

    heading("3. Shares of positive comments")
    print(sentiment_shares(model, answers, by="touchpoint"))

    heading("4. Words that set detractors apart")
    found = distinctive_terms(answers, max_terms=8)
    print(found.sentence("en"))
    print(found.sentence("zh"))
    print(found.table[["term", "group", "comments", "difference", "lower", "upper", "example"]])

    heading("5. Topics, and the same topics next month")
    last = answers["response_date"] >= "2023-06-01"
    topics = comment_topics(answers[~last], 8)
    print(topics.table[["topic", "comments", "share", "mean_score", "example_1"]])
    june = CommentTopics.from_json(topics.to_json()).transform(answers[last])
    print(june.table[["topic", "comments", "share", "lower", "upper"]])
    print(june.sentence())

    if folder is not None:
        folder.mkdir(exist_ok=True)
        pictures = {
            "distinctive_terms": found.plot(most=10),
            "topic_trends": topics.plot("topic_trends"),
            "topics": topics.plot(),
        }
        for name, ax in pictures.items():
            ax.figure.savefig(folder / f"comments_{name}.png", dpi=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
