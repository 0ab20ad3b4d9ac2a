"""What a score is: the class of each answer, and which numbers a scale allows."""

import dataclasses
import warnings
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_integer
from cemkit.checks.options import shown
from cemkit.data.responses import LEAST_PROMOTER, MOST_DETRACTOR
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text

MEASURES = ("nps", "csat", "ces")
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}
CLASSES = {"nps": ("promoters", "passives", "detractors"), "csat": ("top", "rest"), "ces": ()}
NPS_SCALES = ((0, 10), (1, 10))
SURE = 200  # answers among which some would be 0 on a scale that begins there
SUSPICIOUS = 30  # answers among which some would be high
OTHER_SCALES = (5, 7)  # where the other scales end


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measure:
    """A kind of score: its name, its scale, and for satisfaction how many top scores count."""

    name: str
    scale: tuple[int, int]
    top: int = 2

    def classes(self, scores: Floats) -> Floats:
        """The value of each answer, of which the score is the mean."""
        if self.name == "nps":
            return np.asarray((scores >= LEAST_PROMOTER).astype(float) - (scores <= MOST_DETRACTOR))
        if self.name == "csat":
            return np.asarray(scores > self.scale[1] - self.top, dtype=np.float64)
        return scores

    @property
    def span(self) -> tuple[float, float]:
        """The least and the largest value that the score can take."""
        return {"nps": (-1.0, 1.0), "csat": (0.0, 1.0)}.get(self.name, self.scale)


def checked_measure(name: str, scale: Any = None, top: int = 2) -> Measure:
    """A measure whose scale and top scores have been checked."""
    check_choice(name, "measure", MEASURES)
    low, high = SCALES[name] if scale is None else checked_scale(scale)
    if name == "nps" and (low, high) not in NPS_SCALES:
        raise ValueError(
            "a net promoter score needs scale=(0, 10), or (1, 10) if 0 was not offered, "
            f"not {(low, high)}; use csat or ces for other scales"
        )
    check_integer(top, "top", minimum=1, maximum=high - low)
    return Measure(name=name, scale=(low, high), top=top)


def checked_scale(scale: Any) -> tuple[int, int]:
    """Return the ends of a scale as two whole numbers, the smaller one first."""
    if isinstance(scale, str) or not isinstance(scale, tuple | list) or len(scale) != 2:
        raise TypeError(f"scale must be the lowest and the highest score, not {shown(scale)}")
    low, high = (check_integer(end, "each end of scale", minimum=-1000) for end in scale)
    if low >= high:
        raise ValueError(f"scale must be the lowest score, then the highest, not {shown(scale)}")
    return low, high


def score_numbers(values: pd.Series, name: str = "score") -> Floats:
    """The scores as floats, missing ones as NaN; text, flags and infinite values are refused."""
    if values.dtype == object:
        values = values.where(values.notna(), np.nan).infer_objects()
    dtype = values.dtype
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    if values.isna().all():
        return np.full(len(values), np.nan)
    if not is_number or pd.api.types.is_complex_dtype(dtype):
        first = shown(values.dropna().iloc[0])
        raise DataError(
            f"{name} must hold numbers, not {dtype} (such as {first}); convert it first, as with "
            "pandas.to_numeric"
        )
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = int(np.isinf(numbers).sum())
    if infinite:
        raise DataError(
            f"{name} has {count_text(infinite, 'infinite values')}; correct or leave out those rows"
        )
    return np.asarray(numbers)


def check_on_scale(scores: Floats, measure: Measure) -> None:
    """Raise where a known score is outside the scale or fractional; warn of another scale."""
    low, high = measure.scale
    off = (scores < low) | (scores > high)
    if off.any():
        raise DataError(
            f"{count_text(int(off.sum()), 'scores are')} off the scale {low} to {high}, such as "
            f"{scores[off][0]:g}; correct them, choose the question, or pass the scale that was "
            "asked, as in scale=(1, 10)"
        )
    broken = scores != np.floor(scores)
    if broken.any():
        raise DataError(
            f"{count_text(int(broken.sum()), 'scores are')} fractional, such as "
            f"{scores[broken][0]:g}; {measure.name} takes single answers in whole numbers, not "
            "means"
        )
    if len(scores):
        _warn_of_other_scale(scores, measure)


def _warn_of_other_scale(scores: Floats, measure: Measure) -> None:
    low, high = measure.scale
    n, least, most = len(scores), int(scores.min()), int(scores.max())
    if measure.name == "nps" and (low, least, most) == (0, 1, 10) and n >= SURE:
        _warn(
            f"none of {count_text(n, 'scores')} is 0, and some are 1: where 1 to 10 was asked, "
            "pass scale=(1, 10), whose net promoter score is not comparable with that of 0 to 10"
        )
    ends = [end for end in OTHER_SCALES if most <= end < high]
    if least >= 1 and ends and high > OTHER_SCALES[0] and n >= SUSPICIOUS:
        _warn(
            f"none of {count_text(n, 'scores')} is above {most} on a scale that ends at {high}: "
            f"this looks like 1 to {ends[0]}; choose the question, or the measure and scale that "
            "were asked"
        )


def _warn(message: str) -> None:
    warnings.warn(message, CemkitWarning, stacklevel=2)
