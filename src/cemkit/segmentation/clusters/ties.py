"""Tied values spread, so that the steps of a discrete feature do not look like gaps."""

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats

ALIKE = 2  # values count as neighbours when held by at least a quarter as many rows (powers of 2)
SKEWED = 2.0  # a value is spread at most so much further to one side than to the other


def spread_ties(values: Floats, rng: np.random.Generator) -> Floats:
    """Draw tied values of each feature evenly from their surroundings."""
    spread = values.copy()
    for at in range(values.shape[1]):
        levels, place, count = np.unique(values[:, at], return_inverse=True, return_counts=True)
        below, above = _reach(levels, count)
        tied = count[place] > 1
        here = place[tied]
        spread[tied, at] = rng.uniform(levels[here] - below[here], levels[here] + above[here])
    return spread


def _reach(levels: Floats, count: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """How far each value is spread to either side."""
    weight = np.log2(count).astype(int)
    below, above = np.zeros(len(levels)), np.zeros(len(levels))
    for kind in np.unique(weight[weight > 0]):
        own = np.flatnonzero(weight == kind)
        like = np.flatnonzero(weight >= kind - ALIKE)
        place = np.searchsorted(like, own)
        padded = np.concatenate([[-np.inf], levels[like], [np.inf]])
        below[own] = (levels[own] - padded[place]) / 2
        above[own] = (padded[place + 2] - levels[own]) / 2
    narrow = np.minimum(below, above)
    narrow = np.where(np.isfinite(narrow), narrow, 0.0)  # nothing alike on either side
    return np.minimum(below, SKEWED * narrow), np.minimum(above, SKEWED * narrow)
