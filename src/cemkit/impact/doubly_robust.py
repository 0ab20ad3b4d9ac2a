"""Augmented inverse-probability weighting: effects with their influence on each row.

References:
    Robins, Rotnitzky, Zhao (1994), Estimation of regression coefficients when some regressors are
        not always observed, JASA 89; Chernozhukov and others (2018), Double/debiased machine
        learning for treatment and structural parameters, Econometrics Journal 21.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from cemkit.arrays import Floats
from cemkit.impact.bands import p_values

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


class Effect(NamedTuple):
    """A mean effect with its interval."""

    value: float
    error: float
    lower: float
    upper: float
    p_value: float
    treated_mean: float  # with the treatment
    control_mean: float  # without it, of the same customers


def weights_of(propensity: Floats, treated: Mask, estimand: str) -> Floats:
    """Return the weight of each row: those of the two groups then stand for the same customers."""
    if estimand == "att":
        return np.where(treated, 1.0, propensity / (1 - propensity))
    return np.where(treated, 1 / propensity, 1 / (1 - propensity))


def weighted_effect(
    outcome: Floats,
    treated: Mask,
    weights: Floats,
    expected: tuple[Floats, Floats],
    *,
    cluster: Places,
    level: float,
    estimand: str,
) -> Effect:
    """Return the mean effect on all rows (`"ate"`) or on those treated (`"att"`).

    Args:
        outcome: Outcome of each row.
        treated: Whether each row was treated.
        weights: As `weights_of` gives them.
        expected: The outcome that learners expect with the treatment, and without.
        cluster: Rows of one cluster may depend on each other.
        level: Confidence level.
        estimand: Whom the effect is about.
    """
    about = treated if estimand == "att" else np.ones(len(treated), dtype=bool)
    share = about / about.mean()
    means, influences = [], []
    for arm, model in ((treated, expected[0]), (~treated, expected[1])):
        weight = np.where(arm, weights, 0.0)
        weight = weight / weight.mean()
        error = float(np.mean(weight * (outcome - model)))
        base = float(np.mean(share * model))
        means.append(base + error)
        influences.append(share * (model - base) + weight * (outcome - model - error))
    value = means[0] - means[1]
    error, clusters = _error(influences[0] - influences[1], cluster)
    critical = float(-stdtrit(clusters - 1, (1 - level) / 2))
    p_value = p_values(np.array([value]), np.array([error]), np.array([clusters - 1.0]))
    return Effect(
        value,
        error,
        value - critical * error,
        value + critical * error,
        float(p_value[0]),
        means[0],
        means[1],
    )


def _error(influence: Floats, cluster: Places) -> tuple[float, int]:
    """The standard error of a mean of influences, and how many clusters it rests on."""
    sums = np.bincount(cluster, weights=influence)
    clusters = len(sums)
    return float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum())) / len(influence), clusters
