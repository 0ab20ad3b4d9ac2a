"""Comments: training and five folds, distinctive terms and topics, against scikit-learn by hand.

Needs the reference data: set CEMKIT_REFERENCE_DATA to the folder with the reviews.
"""

import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from cemkit.data import mask_personal_data
from cemkit.feedback import CommentSentiment, comment_topics, distinctive_terms

TURNS = 3


def reviews(folder: Path) -> pd.DataFrame:
    """Return 10,000 Chinese reviews: 6,000 of hotels and 4,000 of takeaways."""
    parts = [
        pd.read_parquet(folder / f"{name}_reviews_zh.parquet") for name in ("hotel", "takeaway")
    ]
    table = pd.concat([parts[0], parts[1].head(4000)], ignore_index=True)
    table = table.rename(columns={"review": "comment"})
    return table.sample(frac=1, random_state=0, ignore_index=True)  # for the pipeline's folds


def ours(table: pd.DataFrame) -> float:
    """Train and measure out of fold, with masking and cleaning."""
    return CommentSentiment(0, 1).fit(table["comment"], table["label"]).accuracy_


def by_hand(table: pd.DataFrame) -> float:
    """What scikit-learn's users write: characters to 1-2-grams, and a pipeline in each fold."""
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=8.0, solver="liblinear"),
    )
    pipeline.fit(table["comment"], table["label"])
    predicted = cross_val_predict(pipeline, table["comment"], table["label"], cv=5)
    return float(np.mean(predicted == table["label"]))


def main() -> None:
    """Print the rows."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        sys.exit(print("CEMKIT_REFERENCE_DATA does not name the folder of reference data"))
    warnings.simplefilter("ignore")
    table = reviews(Path(folder)).head(sized(10_000, 1_000))
    letters = int(table["comment"].str.len().sum())
    data = f"{len(table):,} Chinese reviews of hotels and takeaways, {letters:,} characters"
    found: dict[str, float] = {}

    def mine() -> None:
        found["ours"] = ours(table)

    def theirs() -> None:
        found["peer"] = by_hand(table)

    one, other = in_turns(mine, theirs, rounds=TURNS)
    report(
        "comments, trained and cross-validated in five folds, masked and cleaned",
        data,
        one,
        megabytes=peak_megabytes(),
        peer="scikit-learn pipeline on characters by hand, without masking",
        peer_seconds=other,
        note=f"Accuracy {found['ours']:.3f} out of fold; the peer {found['peer']:.3f}.",
    )
    contrast: dict[str, Any] = {"group": "label", "first": 0, "second": 1}
    jobs: dict[str, Callable[[], Any]] = {
        "`mask_personal_data`": lambda: mask_personal_data(table["comment"]),
        "distinctive terms": lambda: distinctive_terms(table, **contrast),
        "topics": lambda: comment_topics(table),
    }
    for job, call in jobs.items():
        report(job, data, in_turns(call, rounds=TURNS)[0], megabytes=peak_megabytes())


if __name__ == "__main__":
    main()
