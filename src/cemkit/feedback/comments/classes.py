"""Scores of comments, and the two classes they make: whose words are a promoter's."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_list, check_number
from cemkit.checks.options import shown
from cemkit.errors import DataError

Scale = tuple[float, float]
NPS_SCALE = (0, 10)


def check_scale(scale: Any) -> Scale:
    """Return the lowest and the highest score, when they are two numbers in order."""
    ends = check_list(scale, "scale")
    if len(ends) != 2:
        raise ValueError(f"scale must be its two ends, as in (0, 10), not {shown(scale)}")
    low, high = (check_number(end, "scale") for end in ends)
    if low >= high:
        raise ValueError(f"scale must begin with its lower end, not {shown(scale)}")
    return low, high


def check_limits(negative: float, positive: float, scale: Scale) -> tuple[float, float]:
    """Return the highest negative and the lowest positive score, when they part the scale."""
    low, high = check_number(negative, "negative"), check_number(positive, "positive")
    if not scale[0] <= low < high <= scale[1]:
        raise ValueError(
            f"negative must lie below positive, both on the scale {scale[0]:g} to {scale[1]:g}, "
            f"not negative={negative!r} and positive={positive!r}"
        )
    return low, high


def read_scores(values: pd.Series, scale: Scale) -> Floats:
    """Return the scores as floats, missing where they are; others than whole ones are refused."""
    dtype = values.dtype
    if values.isna().all():
        return np.full(len(values), math.nan)
    if not pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_complex_dtype(dtype):
        raise DataError(
            f"scores must be numbers, not {dtype} (first value {shown(values.dropna().iloc[0])}); "
            "convert them with pandas.to_numeric"
        )
    scores = values.to_numpy(dtype=np.float64, na_value=math.nan)
    off = ~np.isnan(scores) & ~((scores >= scale[0]) & (scores <= scale[1]))
    if off.any():
        raise DataError(
            f"{int(off.sum()):,} of {len(scores):,} scores lie off the scale {scale[0]:g} to "
            f"{scale[1]:g}, such as {scores[off][0]:g} in row {int(off.argmax())}; correct them, "
            "or give the scale on which customers answered, as in scale=(1, 100)"
        )
    fractional = ~np.isnan(scores) & (scores != np.floor(scores))
    if fractional.any():
        raise DataError(
            f"{int(fractional.sum()):,} of {len(scores):,} scores are fractional, such as "
            f"{scores[fractional][0]:g} in row {int(fractional.argmax())}; take each customer's "
            "own answer, because the mean of several is nobody's answer"
        )
    return scores


def score_classes(scores: Floats, negative: float, positive: float) -> npt.NDArray[np.int64]:
    """Return 1 for positive scores, 0 for negative ones and -1 for those between or missing."""
    return np.select([scores >= positive, scores <= negative], [1, 0], -1).astype(np.int64)


def check_one_question(responses: pd.DataFrame) -> None:
    """Raise where scores answer several questions, which have scales of their own."""
    if "question" not in responses.columns or "score" not in responses.columns:
        return
    asked = responses.loc[responses["score"].notna(), "question"].dropna().unique().tolist()
    if len(asked) > 1:
        raise DataError(
            f"the scores answer {len(asked)} questions ({', '.join(map(shown, asked[:4]))}), each "
            "on a scale of its own; keep one, as in responses[responses['question'] == "
            f"{shown(asked[0])}]"
        )
