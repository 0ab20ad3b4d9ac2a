"""P values and critical values, by how often an experiment is looked at."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from cemkit.arrays import Floats
from cemkit.checks import check_choice
from cemkit.experiments.sequential import (
    BOUNDS,
    Bound,
    always_valid_critical_value,
    always_valid_p_value,
    sequential_critical_value,
    sequential_p_value,
)

Looks = tuple[int, int] | Literal["any"] | None

FARTHEST = 1e100  # of a critical value where the quantile of t overflows


class Inference:
    """From statistics to two-sided p values, and from alpha to the reach of the intervals."""

    def __init__(self, looks: Looks, bound: Bound, effective_size: Floats) -> None:
        check_choice(bound, "bound", BOUNDS)
        self.looks = looks
        self.bound: Bound = bound
        self.effective_size = effective_size
        if looks is None:
            self.name = "one, at the end"
        elif isinstance(looks, str) and looks == "any":
            self.name = "any time, mixture sequential"
        elif isinstance(looks, tuple) and len(looks) == 2:
            self.name = f"{looks[0]} of {looks[1]}, {bound}"
        else:
            raise ValueError(f"looks must be None, (look, planned looks) or 'any', not {looks!r}")

    def p_values(self, statistic: Floats, degrees_of_freedom: Floats) -> Floats:
        """Two-sided p values of t, or of z where the degrees of freedom are infinite."""
        z = np.abs(statistic)
        normal, degrees = _finite(degrees_of_freedom)
        if isinstance(self.looks, tuple):
            same_tail = -ndtri(stdtr(degrees, -z))  # the bounds are those of z
            z = np.where(normal, z, same_tail)
            return sequential_p_value(z, *self.looks, bound=self.bound)
        if self.looks == "any":
            return always_valid_p_value(z, self.effective_size)
        return np.asarray(2 * np.where(normal, ndtr(-z), stdtr(degrees, -z)))

    def critical(self, degrees_of_freedom: Floats, alpha: float | Floats) -> Floats:
        """The statistic that has the p value alpha."""
        normal, degrees = _finite(degrees_of_freedom)
        if isinstance(self.looks, tuple):
            z = sequential_critical_value(alpha, *self.looks, bound=self.bound)
            t = np.fmin(np.abs(stdtrit(degrees, ndtr(-z))), FARTHEST)
            return np.asarray(np.where(normal, z, t))
        if self.looks == "any":
            return always_valid_critical_value(alpha, self.effective_size)
        return np.asarray(-np.where(normal, ndtri(alpha / 2), stdtrit(degrees, alpha / 2)))


def _finite(degrees_of_freedom: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    normal = np.isinf(degrees_of_freedom)
    return normal, np.where(normal, 1.0, degrees_of_freedom)
