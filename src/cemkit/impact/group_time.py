"""Effects by group and period (Callaway and Sant'Anna), and their means by event time and so on.

An effect is kept with its gradient in the parameters of `CohortMeans`, so that the covariance of
any effects is a product of gradients and the covariance of the parameters.

References:
    Callaway, Sant'Anna (2021), Difference-in-differences with multiple time periods, Journal of
        Econometrics 225.
"""

import dataclasses
from typing import Self

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.impact.cohort_means import CohortMeans
from cemkit.impact.panels import Places


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Effects, their gradients, and to which cohort (by place) and period (by place) each belongs.

    Means over cohorts have the cohort -1; means over periods have the period -1.
    """

    estimates: Floats
    gradients: Floats  # shape (effects, parameters)
    cohort: Places
    period: Places

    def where(self, rows: npt.NDArray[np.bool_]) -> Self:
        """Some of the effects."""
        return dataclasses.replace(
            self,
            estimates=self.estimates[rows],
            gradients=self.gradients[rows],
            cohort=self.cohort[rows],
            period=self.period[rows],
        )


def group_time_effects(means: CohortMeans, controls: str) -> tuple[Effects, int]:
    """Return the effect of each group in each period, and how many had nobody to compare with.

    ATT(g, t) = the change of group g since g - 1, the last period before its treatment, minus that
    of its controls. Periods before g - 1 show the change that should not be there.
    """
    periods = means.means.shape[1]
    found, without = [], 0
    for group, start in enumerate(means.starts[means.starts < periods]):
        for period in range(periods):
            if period == start - 1:
                continue
            others = _controls(means, controls, max(period, int(start) - 1))
            others[group] = False
            if not others.any():
                without += 1
                continue
            found.append((group, period, *_effect(means, group, period, int(start) - 1, others)))
    rows = list(zip(*found, strict=True)) if found else [()] * 4
    return Effects(
        estimates=np.array(rows[2], dtype=np.float64),
        gradients=np.array(rows[3], dtype=np.float64).reshape(len(found), len(means.covariance)),
        cohort=np.array(rows[0], dtype=np.intp),
        period=np.array(rows[1], dtype=np.intp),
    ), without


def _controls(means: CohortMeans, controls: str, period: int) -> npt.NDArray[np.bool_]:
    if controls == "never_treated":
        return np.asarray(means.starts == means.means.shape[1])
    return np.asarray(means.starts > period)


def _effect(
    means: CohortMeans, group: int, period: int, base: int, others: npt.NDArray[np.bool_]
) -> tuple[float, Floats]:
    """One effect and its gradient."""
    change = means.means[:, period] - means.means[:, base]
    weights = np.where(others, means.shares, 0.0)
    total = weights.sum()
    weights = weights / total
    expected = float(weights @ change)
    gradient = np.zeros((len(change), means.means.shape[1] + 1))
    gradient[group, period], gradient[group, base] = 1.0, -1.0
    gradient[:, period] -= weights
    gradient[:, base] += weights
    gradient[others, -1] = -(change[others] - expected) / total
    return float(change[group]) - expected, gradient.reshape(-1)


def weighted_mean(means: CohortMeans, effects: Effects, *, equally: bool = False) -> Effects:
    """Return the mean of effects, weighted by the shares of their cohorts, or equally."""
    shares = np.ones(len(effects.estimates)) if equally else means.shares[effects.cohort]
    weights = shares / shares.sum()
    value = float(weights @ effects.estimates)
    gradient = weights @ effects.gradients
    if not equally:
        gradient = gradient.reshape(len(means.starts), -1).copy()
        np.add.at(gradient[:, -1], effects.cohort, (effects.estimates - value) / shares.sum())
    cohorts, periods = np.unique(effects.cohort), np.unique(effects.period)
    return Effects(
        estimates=np.array([value]),
        gradients=gradient.reshape(1, -1),
        cohort=cohorts if len(cohorts) == 1 else np.array([-1], dtype=np.intp),
        period=periods if len(periods) == 1 else np.array([-1], dtype=np.intp),
    )


def joined(parts: list[Effects]) -> Effects:
    """Return effects one after the other."""
    return Effects(
        estimates=np.concatenate([part.estimates for part in parts]),
        gradients=np.concatenate([part.gradients for part in parts]),
        cohort=np.concatenate([part.cohort for part in parts]),
        period=np.concatenate([part.period for part in parts]),
    )


def combined(effects: Effects, weights: Floats) -> Effects:
    """Return one linear combination of effects, by weights that are given."""
    return Effects(
        estimates=np.array([weights @ effects.estimates]),
        gradients=(weights @ effects.gradients)[None, :],
        cohort=np.array([-1], dtype=np.intp),
        period=np.array([-1], dtype=np.intp),
    )


def mean_by(means: CohortMeans, effects: Effects, key: Places, *, equally: bool = False) -> Effects:
    """Return the mean of the effects of each value of `key`, in the order of these."""
    parts = [effects.where(key == value) for value in np.unique(key)]
    return joined([weighted_mean(means, part, equally=equally) for part in parts])


def covariance_of(means: CohortMeans, effects: Effects) -> Floats:
    """Return the covariance of effects."""
    covariance: Floats = effects.gradients @ means.covariance @ effects.gradients.T
    return covariance


def degrees_of_freedom(means: CohortMeans, effects: Effects) -> Floats:
    """Return the degrees of freedom of each effect, after Welch and Satterthwaite by cohort."""
    cohorts, periods = means.means.shape
    gradients = effects.gradients.reshape(-1, cohorts, periods + 1)
    blocks = means.covariance.reshape((cohorts, periods + 1) * 2)
    total, spread = np.zeros(len(gradients)), np.zeros(len(gradients))
    for place in range(cohorts):
        own = gradients[:, place, :periods]
        variance = np.einsum("ij,jk,ik->i", own, blocks[place, :periods, place, :periods], own)
        total += variance
        spread += variance**2 / (means.clusters[place] - 1)
    known = spread > 0
    found = np.full(len(total), float(max(means.n_clusters - 1, 1)))
    found[known] = total[known] ** 2 / spread[known]
    return found
