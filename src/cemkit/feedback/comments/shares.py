"""sentiment_shares: the share of positive comments in a group, corrected for the model's errors."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_fraction
from cemkit.errors import CemkitWarning, DataError
from cemkit.feedback.answers import check_period, split_columns
from cemkit.feedback.comments.groups import grouped
from cemkit.feedback.comments.sentiment import CommentSentiment
from cemkit.feedback.comments.texts import check_responses
from cemkit.formats import count_text, part_of
from cemkit.proportions.intervals import critical_value

MADE = ("comments", "unknown", "counted", "share", "lower", "upper", "cut")
FEW = 10  # comments of a group, whose interval says little


def sentiment_shares(
    model: CommentSentiment,
    responses: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    period: str | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the share of positive comments in each group, by the adjusted count.

    The mean of the model's probabilities is not this share, because it is biased towards the share
    in the training data. The adjusted count corrects the number of comments classified as positive
    by the model's out-of-fold error rates: `(counted / comments - fpr) / (tpr - fpr)`.

    Each comment counts, also if another customer wrote the same. It counts as positive or negative,
    whatever its score; comments with a score of 7 or 8 are not corrected for. The share is valid
    for comments like those in the training data.

    Args:
        model: Fitted `CommentSentiment` to apply.
        responses: Table with a column `comment`, and the columns to split by.
        by: Columns to split by. Comments without a label are left out and counted in a warning.
        period: `"week"`, `"month"`, `"quarter"` or `"year"` to split by `response_date`.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        One row per group with a comment, in order: the columns of `by`, `period`, then

        - `comments`: comments with an n-gram that the model knows; `unknown` counts the others.
        - `counted`: comments classified as positive.
        - `share`, `lower`, `upper`: the adjusted share and its bounds by the delta method over the
          three rates, within [0, 1]; missing where a group has no known comment.
        - `cut`: whether the share lay outside [0, 1] and was set to its end.

    Raises:
        DataError: The model cannot separate positive from negative comments, or no response has a
            comment.
        MissingColumnsError: A column is missing.

    Warns:
        CemkitWarning: The model knows few of the n-grams, a group has fewer than 10 comments, or
            comments have no label.

    References:
        Forman (2008), Quantifying counts and costs via classification, Data Mining and Knowledge
        Discovery 17.

    Examples:
        >>> from cemkit.feedback import CommentSentiment, simulate_comments
        >>> answers = simulate_comments(1500, random_state=1).table
        >>> model = CommentSentiment().fit(answers["comment"], answers["score"])
        >>> sentiment_shares(model, answers, by="touchpoint")[["touchpoint", "share"]].round(2)
          touchpoint  share
        0   delivery   0.51
        1      price   0.66
        2    product   0.64
        3    service   0.65
    """
    if not isinstance(model, CommentSentiment):
        raise TypeError(f"model must be a fitted CommentSentiment, not {type(model).__name__}")
    critical = float(critical_value(check_fraction(confidence_level, "confidence_level")))
    names = split_columns(by, (*MADE, "period"))
    table = check_responses(responses, ["comment"])
    groups, labels = grouped(table, names, check_period(period))
    rated = model.add_to(pd.DataFrame({"comment": table["comment"].array}))
    _check_separates(model, critical)
    has_comment = rated["sentiment_known"].notna().to_numpy()
    if not has_comment.any():
        raise DataError("no response has a comment; look at the column 'comment'")
    _warn_of_ungrouped(int((has_comment & (groups < 0)).sum()))
    known = rated["sentiment"].notna().to_numpy()
    positive = (rated["sentiment"] > 0.5).to_numpy()
    sums = {
        "comments": known,
        "unknown": has_comment & ~known,
        "counted": positive,
    }
    for name, flags in sums.items():
        labels[name] = np.bincount(groups[flags & (groups >= 0)], minlength=len(labels))
    labels = labels[labels["comments"] + labels["unknown"] > 0].reset_index(drop=True)
    _warn_of_few(labels)
    return labels.assign(**_adjusted(model, labels, critical))


def _adjusted(model: CommentSentiment, table: pd.DataFrame, critical: float) -> dict[str, Floats]:
    """The adjusted share of each group with its bounds, and whether it was cut."""
    n = table["comments"].to_numpy(dtype=np.float64)
    known = n > 0
    n = np.where(known, n, np.nan)
    counted = table["counted"].to_numpy(dtype=np.float64)
    negatives, positives = model.class_counts_.astype(np.float64)
    hit, false = model.true_positive_rate_, model.false_positive_rate_
    share = (counted / n - false) / (hit - false)
    inside = np.clip(share, 0.0, 1.0)
    variance = (
        _variance(counted, n, critical)
        + inside**2 * _variance(hit * positives, positives, critical)
        + (1 - inside) ** 2 * _variance(false * negatives, negatives, critical)
    )
    half = critical * np.sqrt(variance) / (hit - false)
    return {
        "share": inside,
        "lower": np.clip(share - half, 0.0, 1.0),
        "upper": np.clip(share + half, 0.0, 1.0),
        "cut": (share != inside) & known,
    }


def _variance(count: Floats | float, n: Floats | float, critical: float) -> Floats:
    """The variance of a rate, which is not 0 where nothing or everything was counted."""
    more = critical**2
    rate = (np.asarray(count) + more / 2) / (np.asarray(n) + more)  # Agresti, Coull
    variance: Floats = rate * (1 - rate) / n
    return variance


def _check_separates(model: CommentSentiment, critical: float) -> None:
    negatives, positives = model.class_counts_.tolist()
    hit, false = model.true_positive_rate_, model.false_positive_rate_
    error = np.sqrt(
        _variance(hit * positives, positives, critical)
        + _variance(false * negatives, negatives, critical)
    )
    if hit - false <= 2 * critical * error:
        raise DataError(
            f"the model classifies {hit:.0%} of positive and {false:.0%} of negative "
            "comments as positive, which is too similar for shares; train on more or "
            "longer comments"
        )


def _warn_of_ungrouped(count: int) -> None:
    if count:
        warnings.warn(
            f"{count_text(count, 'comments have no group or date and are')} left out; name their "
            "group to count them",
            CemkitWarning,
            stacklevel=3,
        )


def _warn_of_few(table: pd.DataFrame) -> None:
    few = int((table["comments"] < FEW).sum())
    if few:
        warnings.warn(
            f"{part_of(few, len(table), 'groups have')} fewer than {FEW} comments; their "
            "intervals are too wide for a verdict",
            CemkitWarning,
            stacklevel=3,
        )
