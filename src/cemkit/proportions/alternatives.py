"""One-sided and two-sided: what a z says under each alternative."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from cemkit.arrays import Floats
from cemkit.checks import check_choice

Alternative = Literal["two-sided", "greater", "less"]

ALTERNATIVES = ("two-sided", "greater", "less")


def log_p_value(statistic: npt.ArrayLike, alternative: Alternative = "two-sided") -> Floats:
    """The natural logarithm of the p value of a normal statistic, exact in the farthest tail."""
    check_choice(alternative, "alternative", ALTERNATIVES)
    z = np.asarray(statistic, dtype=np.float64)
    if alternative == "two-sided":
        both: Floats = np.minimum(log_ndtr(-np.abs(z)) + np.log(2), 0.0)
        return both
    one: Floats = log_ndtr(-z if alternative == "greater" else z)
    return one
