"""Scores of comments, and the two classes they make: whose words are a promoter's."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_integer, check_list, check_number, one_label_a_row
from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.feedback.measures import score_numbers
from cemkit.formats import count_text, part_of

Scale = tuple[int, int]
NPS_SCALE = (0, 10)


def check_scale(scale: Any) -> Scale:
    """Return the lowest and the highest score, when they are two numbers in order."""
    ends = check_list(scale, "scale")
    if len(ends) != 2:
        raise ValueError(f"scale must be its two ends, as in (0, 10), not {shown(scale)}")
    low, high = (check_integer(end, "an end of scale", minimum=-1000) for end in ends)
    if low >= high:
        raise ValueError(f"scale must begin with its lower end, not {shown(scale)}")
    return low, high


def check_limits(negative: float, positive: float, scale: Scale) -> tuple[float, float]:
    """Return the highest negative and the lowest positive score, when they part the scale."""
    low, high = check_number(negative, "negative"), check_number(positive, "positive")
    if not scale[0] <= low < high <= scale[1]:
        raise ValueError(
            f"negative must lie below positive, both on the scale {scale[0]} to {scale[1]}, "
            f"not negative={negative!r} and positive={positive!r}"
        )
    return low, high


def read_scores(values: pd.Series, scale: Scale) -> Floats:
    """Return the scores as floats, missing where they are; others than whole ones are refused."""
    scores = score_numbers(values)
    off = (scores < scale[0]) | (scores > scale[1])
    if off.any():
        raise DataError(
            f"{part_of(int(off.sum()), len(scores), 'scores are')} off the scale {scale[0]} "
            f"to {scale[1]}, such as {scores[off][0]:g}; correct them, or give the scale on which "
            "customers answered, as in scale=(1, 100)"
        )
    broken = ~np.isnan(scores) & (scores != np.floor(scores))
    if broken.any():
        raise DataError(
            f"{part_of(int(broken.sum()), len(scores), 'scores are')} fractional, such as "
            f"{scores[broken][0]:g}; take each customer's own answer in whole numbers, because the "
            "mean of several is nobody's answer"
        )
    return scores


def score_classes(scores: Floats, negative: float, positive: float) -> npt.NDArray[np.int64]:
    """Return 1 for positive scores, 0 for negative ones and -1 for those between or missing."""
    return np.select([scores >= positive, scores <= negative], [1, 0], -1).astype(np.int64)


def check_one_question(responses: pd.DataFrame) -> None:
    """Raise where scores answer several questions, which have scales of their own."""
    if "question" not in responses.columns or "score" not in responses.columns:
        return
    with one_label_a_row("question"):
        asked = responses.loc[responses["score"].notna(), "question"].dropna().unique().tolist()
    if len(asked) > 1:
        raise DataError(
            f"the scores answer {count_text(len(asked), 'questions')} "
            f"({', '.join(map(shown, asked[:4]))}), each on a scale of its own; keep one, as in "
            f"responses[responses['question'] == {shown(asked[0])}]"
        )
