"""Separation: whether any combination of features tells outcomes without a single exception.

References:
    Albert, Anderson (1984), On the existence of maximum likelihood estimates in logistic
        regression models, Biometrika 71. Konis (2007), Linear programming algorithms for
        detecting separated data in binary logistic regression models, thesis, Oxford; R's
        detectseparation.
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from cemkit.arrays import Floats
from cemkit.churn.logistic import LogisticFit

MARGIN = 1e-7  # in standard deviations: what lies closer to the boundary lies on it
ROWS = 1000  # that the linear program begins with, and gains in each round
FRUGALITY = 1e-6  # so that a coefficient that tells nothing stays at 0


class Separation(NamedTuple):
    """Which outcomes some combination of the terms tells, and which terms it needs."""

    kind: Literal["none", "quasi", "complete"]
    customers: int
    terms: npt.NDArray[np.bool_]


class _Terms(NamedTuple):
    matrix: Floats
    side: Floats  # 1 with the outcome, -1 without
    center: Floats
    scale: Floats

    def margins(self, direction: Floats) -> Floats:
        """How far each row lies on its own outcome's side."""
        slopes = direction[1:] / self.scale
        margins: Floats = self.side * (self.matrix @ slopes + (direction[0] - self.center @ slopes))
        return margins

    def mean(self, rows: npt.NDArray[np.bool_]) -> Floats:
        """The mean over all rows of the margins' derivatives, those outside `rows` being 0."""
        side = self.side * rows
        total = side.sum()
        sums = (side @ self.matrix - total * self.center) / self.scale
        mean: Floats = np.r_[total, sums] / len(side)
        return mean

    def of(self, rows: npt.NDArray[np.intp]) -> Floats:
        """The margins' derivatives of some rows."""
        terms = (self.matrix[rows] - self.center) / self.scale
        derivatives: Floats = self.side[rows, None] * np.column_stack([np.ones(len(rows)), terms])
        return derivatives


def find_separation(matrix: Floats, churned: Floats, center: Floats, scale: Floats) -> Separation:
    """Separation by all terms together, found by linear programs (Konis 2007)."""
    terms = _Terms(matrix, np.where(churned > 0, 1.0, -1.0), center, scale)
    still_open = np.ones(len(churned), dtype=bool)
    direction = np.zeros(matrix.shape[1] + 1)
    while still_open.any():
        step = _separating(terms, still_open)
        told = still_open & (terms.margins(step) > MARGIN)
        if not told.any():
            break
        direction += step
        still_open &= ~told
    customers = int((~still_open).sum())
    kind: Literal["quasi", "complete"] = "quasi" if still_open.any() else "complete"
    return Separation(kind if customers else "none", customers, np.abs(direction[1:]) > MARGIN)


def _separating(terms: _Terms, still_open: npt.NDArray[np.bool_]) -> Floats:
    """The direction that gains most on open rows, no row on the wrong side; 0 if there is none."""
    gain = terms.mean(still_open)
    rows = np.arange(0, len(still_open), max(1, len(still_open) // ROWS))
    while True:
        direction = _best(gain, terms.of(rows))
        margins = terms.margins(direction)
        wrong = np.setdiff1d(np.flatnonzero(margins < -MARGIN), rows)
        if len(wrong) == 0:
            return direction
        worst = np.argpartition(margins[wrong], min(ROWS, len(wrong)) - 1)[:ROWS]
        rows = np.r_[rows, wrong[worst]]


def _best(gain: Floats, derivatives: Floats) -> Floats:
    """Maximise gain @ direction where derivatives @ direction >= 0, every part within [-1, 1]."""
    slopes = derivatives[:, 1:]
    found = linprog(
        np.r_[-gain[0], FRUGALITY - gain[1:], FRUGALITY + gain[1:]],
        A_ub=np.hstack([-derivatives[:, :1], -slopes, slopes]),
        b_ub=np.zeros(len(derivatives)),
        bounds=[(-1, 1), *[(0, 1)] * (2 * slopes.shape[1])],
        options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
    )
    if found.x is None:  # the solver met numerical trouble: nothing is claimed
        return np.zeros(derivatives.shape[1])
    intercept, rising, falling = np.split(found.x, [1, 1 + slopes.shape[1]])
    direction: Floats = np.r_[intercept, rising - falling]
    return direction


def proves_overlap(fit: LogisticFit, furthest: Floats, penalty: float) -> bool:
    """Whether a fit with a penalty proves that there is an optimum without one, at no cost."""
    gradient = np.r_[0.0, penalty * fit.parameters[1:]]
    step = np.linalg.lstsq(fit.information, gradient, rcond=1e-12)[0]
    left = np.abs(fit.information @ step - gradient).max()
    solved = left <= 1e-6 * np.abs(gradient).max()
    return bool(solved and np.abs(step) @ np.r_[1.0, furthest] < 1)
