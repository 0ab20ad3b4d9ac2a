"""Comments: training and five folds, distinctive terms and topics, against scikit-learn by hand.

Needs the reference data: set CEMKIT_REFERENCE_DATA to the folder with the reviews.
"""

import os
import platform
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

import cemkit
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


def timed(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds by the clock and of the processor, and the answer."""
    clock, processor = time.perf_counter(), time.process_time()
    answer = call()
    return time.perf_counter() - clock, time.process_time() - processor, answer


def row(name: str, calls: dict[str, Callable[[], Any]]) -> None:
    """Print the medians of several turns, one after the other."""
    taken: dict[str, list[tuple[float, float, Any]]] = {who: [] for who in calls}
    for _ in range(TURNS):
        for who, call in calls.items():
            taken[who].append(timed(call))
    for who, turns in taken.items():
        clock, processor = (statistics.median(turn[k] for turn in turns) for k in (0, 1))
        print(f"{name}, {who}: {clock:.2f} s by the clock, {processor:.2f} s CPU; {turns[-1][2]}")


def main() -> None:
    """Print the rows."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        sys.exit(print("CEMKIT_REFERENCE_DATA does not name the folder of reference data"))
    warnings.simplefilter("ignore")
    table = reviews(Path(folder))
    letters = int(table["comment"].str.len().sum())
    print(f"{len(table):,} comments, {letters:,} characters")
    row(
        "train and five folds",
        {
            "cemkit": lambda: f"accuracy {ours(table):.4f}",
            "scikit-learn pipeline": lambda: f"accuracy {by_hand(table):.4f}",
        },
    )
    row("mask", {"cemkit": lambda: mask_personal_data(table["comment"]).str.contains(r"\[").sum()})
    contrast: dict[str, Any] = {"group": "label", "first": 0, "second": 1}
    row(
        "distinctive terms",
        {"cemkit": lambda: f"{distinctive_terms(table, **contrast).tested:,} tested"},
    )
    row("topics", {"cemkit": lambda: f"{comment_topics(table).topics} topics"})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak {peak:.2f} GB, all of these together")
    print(
        f"Python {platform.python_version()}, cemkit {cemkit.__version__}, "
        f"scikit-learn {sklearn.__version__}"
    )


if __name__ == "__main__":
    main()
