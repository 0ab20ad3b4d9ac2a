"""Whether the likelihood says where a parameter is, or would take an end of its range as well."""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.clv.purchases.fitting import (
    EDGE,
    FLAT_TOGETHER,
    Derivatives,
    Maximum,
    flat_ties,
    maximize,
)
from cemkit.errors import ConvergenceError

# Above this standard error of a coordinate the likelihood is followed to the ends of its range. One
# that falls by less than half the 95 % quantile of chi-squared there does not say where it is.
DOUBTFUL_ERROR = 1.0
NEGLIGIBLE_FALL = 1.92


def without_open_ends(
    derivatives: Callable[[Floats], Derivatives], start: npt.ArrayLike, logs: npt.NDArray[np.bool_]
) -> Maximum:
    """Return the maximum; coordinates that may as well lie at an end of their range are unknown."""
    best = maximize(derivatives, start)
    doubtful = logs & ~best.unknown & (np.diag(best.covariance) > DOUBTFUL_ERROR**2)
    unknown = best.unknown.copy()
    for at in np.flatnonzero(doubtful):
        unknown[at] = any(_is_open(derivatives, best, int(at), end) for end in EDGE)
    spread = np.sqrt(np.diag(best.covariance))
    together = np.abs(best.covariance / np.outer(spread, spread)) > FLAT_TOGETHER
    unknown |= doubtful & (together & unknown).any(axis=1)  # known only together with an open one
    ties = np.zeros(best.covariance.shape) if best.ties is None else best.ties
    ties = ties + flat_ties(best.covariance, unknown & ~best.unknown)
    covariance = np.where(unknown | unknown[:, None], np.nan, best.covariance)
    return dataclasses.replace(best, covariance=covariance, unknown=unknown, ties=ties)


def _is_open(
    derivatives: Callable[[Floats], Derivatives], best: Maximum, at: int, end: float
) -> bool:
    """Whether the likelihood hardly falls as one coordinate goes to an end of its range."""
    others = np.arange(len(best.point)) != at
    enough = best.log_likelihood - NEGLIGIBLE_FALL

    def of_others(point: Floats) -> Derivatives:
        value, gradient, hessian = derivatives(np.insert(point, at, end))
        return value, gradient[others], hessian[np.ix_(others, others)]

    if not others.any():
        return derivatives(np.array([end]))[0] >= enough
    try:
        there = maximize(of_others, best.point[others], tolerance=1e-3, enough=enough)
    except ConvergenceError:  # stuck below, or without a value there
        return False
    return there.log_likelihood >= enough
