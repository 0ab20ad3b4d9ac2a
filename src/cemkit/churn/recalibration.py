"""From scores to probabilities: Platt's sigmoid or isotonic regression.

References:
    Platt (1999), Probabilistic outputs for support vector machines. Zadrozny, Elkan (2002),
        Transforming classifier scores into accurate multiclass probability estimates, KDD.
"""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from cemkit.arrays import Floats
from cemkit.churn.logistic import fit_logistic
from cemkit.errors import NotEnoughDataError

FOLDS = 5
Calibration = Literal["sigmoid", "isotonic"]


class Recalibration(NamedTuple):
    """A rising curve from scores to probabilities."""

    method: Calibration
    x: list[float]
    y: list[float]

    @property
    def slope(self) -> float:
        """Log-odds per unit of score; 1, that of none, for a curve that has many."""
        return self.y[1] if self.method == "sigmoid" else 1.0

    def probability(self, score: Floats) -> Floats:
        """The probability at each score."""
        if self.method == "sigmoid":
            curved: Floats = expit(self.y[0] + self.y[1] * score)
            return curved
        return np.interp(score, self.x, self.y)


def folds_of(outcome: Floats) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Return five folds of rows to fit and to score, with equal shares of events."""
    rarer = int(min(outcome.sum(), (1 - outcome).sum()))
    if rarer < FOLDS:
        raise NotEnoughDataError(
            "customers of the rarer outcome", rarer, FOLDS, "set calibrate=None"
        )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return list(folds.split(outcome[:, None], outcome))


def recalibrate(method: Calibration, score: Floats, outcome: Floats) -> Recalibration:
    """The curve that fits outcomes to scores which were made without looking at them."""
    if method == "isotonic":
        curve = IsotonicRegression(out_of_bounds="clip").fit(score, outcome)
        return Recalibration(method, curve.X_thresholds_.tolist(), curve.y_thresholds_.tolist())
    # scikit-learn has the sigmoid for a classifier only, not for scores (CalibratedClassifierCV).
    # Platt's targets keep the slope finite where the scores separate the outcomes.
    ones = outcome.sum()
    targets = np.where(outcome > 0, (ones + 1) / (ones + 2), 1 / (len(outcome) - ones + 2))
    rows = np.r_[score, score][:, None]
    sides = np.r_[np.ones(len(score)), np.zeros(len(score))]
    fit = fit_logistic(
        rows, sides, np.r_[targets, 1 - targets], np.zeros(1), np.ones(1), penalty=0.0
    )
    return Recalibration(method, [], fit.parameters.tolist())
