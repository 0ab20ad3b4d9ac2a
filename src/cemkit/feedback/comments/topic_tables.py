"""The table of topics: how many comments each has, its scores, and examples."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.feedback.comments.texts import excerpt
from cemkit.feedback.comments.topic_model import TopicModel
from cemkit.feedback.comments.vocabulary import nearest_comments
from cemkit.feedback.measures import NPS_SCALES
from cemkit.proportions.intervals import critical_value, rate_bounds

EXAMPLES = 3


def topic_table(
    model: TopicModel,
    texts: npt.NDArray[np.object_],
    rows: Any,
    topic: npt.NDArray[np.int64],
    scores: Floats | None,
) -> pd.DataFrame:
    """Return one row per topic: its terms, its share of the comments, its scores and examples."""
    size = len(model.names)
    counts = pd.Series(np.bincount(topic[topic >= 0], minlength=size))
    table = pd.DataFrame(
        {
            "topic": model.names,
            "terms": [", ".join(words) for words in model.terms],
            "comments": counts.to_numpy(),
            **topic_shares(counts, pd.Series(len(texts), counts.index), model),
        }
    )
    if scores is not None:
        scored = pd.DataFrame({"topic": topic, "score": scores, "low": scores <= 6})
        means = scored.dropna().groupby("topic")[["score", "low"]].mean().reindex(range(size))
        table["mean_score"] = means["score"].to_numpy(dtype=np.float64)
        if model.scale in NPS_SCALES:
            table["detractors"] = means["low"].to_numpy(dtype=np.float64)
    examples = [_examples(texts, rows, topic, k, model.factors[k]) for k in range(size)]
    for number in range(EXAMPLES):
        table[f"example_{number + 1}"] = [shown_[number] for shown_ in examples]
    return table


def _examples(
    texts: npt.NDArray[np.object_],
    rows: Any,
    topic: npt.NDArray[np.int64],
    which: int,
    factor: Floats,
) -> list[str]:
    """The different comments nearest to a topic; empty texts where there are fewer."""
    first = pd.DataFrame({"text": texts, "topic": topic, "place": np.arange(len(texts))})
    own = first[first["topic"] == which].drop_duplicates("text").sort_values("text")
    nearest = nearest_comments(rows, factor, own["place"].to_numpy(dtype=np.intp), EXAMPLES)
    found = [excerpt(str(texts[k])) for k in nearest]
    return [*found, *[""] * (EXAMPLES - len(found))]


def topic_shares(counts: pd.Series, totals: pd.Series, model: TopicModel) -> dict[str, Floats]:
    """Return shares with their bounds by Wilson; missing where there is no comment."""
    x, n = counts.to_numpy(dtype=np.float64), totals.to_numpy(dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    critical = np.broadcast_to(critical_value(model.confidence_level), n.shape)
    lower, upper = rate_bounds(x, n, critical)
    known = ~np.isnan(n)
    return {
        "share": x / n,
        "lower": np.where(known, lower, np.nan),
        "upper": np.where(known, upper, np.nan),
    }
