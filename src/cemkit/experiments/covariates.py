"""Effects adjusted for what was known of customers before the experiment (CUPED).

References:
    Deng, Xu, Kohavi, Walker (2013), Improving the sensitivity of online controlled experiments
        by utilizing pre-experiment data, WSDM.
    Deng, Knoblich, Lu (2018), Applying the delta method in metric analytics, KDD.
"""

import dataclasses
import warnings
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import CemkitWarning, DataError
from cemkit.experiments.effects import SIDES, Effects, checked_denominator, effects_of_means
from cemkit.formats import count_text

ROUNDING = 1e-10  # of a mean: what the sums leave of the spread of a column that has none
DEPENDENT = 1e-10  # of the largest eigenvalue of the covariates' correlations


def adjusted_metric(
    pairs: pd.DataFrame, metric: str | tuple[str, str], covariates: Sequence[str]
) -> Effects:
    """Means or ratios adjusted by the slopes on covariates that both arms share."""
    columns = (metric,) if isinstance(metric, str) else metric
    arms = {side: Arm(pairs, side, columns, covariates) for side in SIDES}
    _check_vary(list(arms.values()), " / ".join(columns))
    fit = _Fit(arms[SIDES[0]], arms[SIDES[1]])
    kind = "" if isinstance(metric, str) else "delta method, "
    effects = effects_of_means(
        pairs,
        [(fit.adjusted(arm), fit.residual_variance(arm)) for arm in fit.arms],
        f"cuped on {', '.join(covariates)}, {kind}welch t, fieller",
        fit.shared_error(),
        fit.rank,
    )
    if isinstance(metric, str):
        return effects
    below = pairs[f"{metric[1]} mean"].to_numpy(np.float64)
    return dataclasses.replace(effects, exposed=effects.exposed * below)


def _check_vary(arms: Sequence["Arm"], metric: str) -> None:
    """Raise where no covariate adjusts anything; warn of those that do not in some comparison."""
    flat = np.logical_and.reduce(
        [np.einsum("pii->pi", arm.spread) <= (ROUNDING * arm.means) ** 2 for arm in arms]
    )
    if not flat.any():
        return
    names = [repr(z) for z, no in zip(arms[0].covariates, flat.T, strict=True) if no.any()]
    what = (
        f"{', '.join(names)} has the same value for all customers of an arm, so as a covariate of "
        f"{metric!r}"
    )
    if flat.all():
        raise DataError(f"{what} it adjusts nothing; leave it out")
    warnings.warn(
        f"{what} it adjusts nothing in {int(flat.any(axis=1).sum()):,} of "
        f"{count_text(len(flat), 'comparisons')}",
        CemkitWarning,
        stacklevel=4,
    )


class Arm:
    """The moments of one arm: of the metric, made linear where it is a ratio, and covariates."""

    def __init__(
        self, pairs: pd.DataFrame, side: str, columns: Sequence[str], covariates: Sequence[str] = ()
    ) -> None:
        self.pairs, self.side, self.covariates = pairs, side, covariates
        self.rows = self.of("rows")
        self.value, self.weights = self._linear(columns)

    def of(self, name: str) -> Floats:
        """A moment of the arm."""
        return self.pairs[f"{self.side}{name}"].to_numpy(np.float64)

    def _linear(self, columns: Sequence[str]) -> tuple[Floats, Mapping[str, Floats]]:
        """The metric, and how much each column moves it."""
        means = [self.of(f"{name} mean") for name in columns]
        if len(columns) == 1:
            return means[0], {columns[0]: np.ones_like(means[0])}
        below = checked_denominator(means[1], *columns)
        ratio = means[0] / below
        return ratio, {columns[0]: 1 / below, columns[1]: -ratio / below}

    def cov(self, one: str, other: str) -> Floats:
        """Covariance of two columns, or the variance of one."""
        if one == other:
            return self.of(f"{one} var")
        name = f"{one} {other} cov"
        return self.of(name if f"{self.side}{name}" in self.pairs else f"{other} {one} cov")

    @cached_property
    def variance(self) -> Floats:
        """Of the metric."""
        return self.crossed_with(self)

    def crossed_with(self, other: "Arm") -> Floats:
        """Covariance of the metric with another one of the same customers."""
        theirs = other.weights.items()
        return np.asarray(
            sum(w * v * self.cov(a, b) for a, w in self.weights.items() for b, v in theirs)
        )

    @cached_property
    def crossed(self) -> Floats:
        """Covariances of the metric with each covariate, a row per comparison."""
        parts = [sum(w * self.cov(a, z) for a, w in self.weights.items()) for z in self.covariates]
        return np.stack([np.asarray(part) for part in parts], axis=-1)

    @cached_property
    def spread(self) -> Floats:
        """Covariance matrix of the covariates, one per comparison."""
        rows = [np.stack([self.cov(a, b) for b in self.covariates], -1) for a in self.covariates]
        return np.stack(rows, axis=-2)

    @cached_property
    def means(self) -> Floats:
        """Of the covariates."""
        return np.stack([self.of(f"{z} mean") for z in self.covariates], axis=-1)


class _Fit:
    """The slopes of a metric on its covariates within both arms, with their errors."""

    def __init__(self, control: Arm, treated: Arm) -> None:
        self.arms = (control, treated)
        self.total = control.rows + treated.rows
        spread = self._summed("spread", [arm.rows - 1 for arm in self.arms])
        self.inverse, self.rank = _pseudo_inverse(spread)
        crossed = self._summed("crossed", [arm.rows - 1 for arm in self.arms])
        self.slopes = np.einsum("pij,pj->pi", self.inverse, crossed)

    def _summed(self, name: str, weights: Sequence[Floats]) -> Floats:
        parts = [getattr(arm, name) for arm in self.arms]
        shape = (-1,) + (1,) * (parts[0].ndim - 1)
        return np.asarray(sum(w.reshape(shape) * p for w, p in zip(weights, parts, strict=True)))

    @cached_property
    def centre(self) -> Floats:
        """Means of the covariates over both arms."""
        weighted = self._summed("means", [arm.rows for arm in self.arms])
        return np.asarray(weighted / self.total[:, None])

    def adjusted(self, arm: Arm) -> Floats:
        """The metric at the centre, which is taken as known."""
        return np.asarray(arm.value - _dot(self.slopes, arm.means - self.centre))

    def residual_variance(self, arm: Arm) -> Floats:
        """Variance about the slopes, which have taken degrees of freedom of both arms together."""
        explained = 2 * _dot(self.slopes, arm.crossed) - _quadratic(arm.spread, self.slopes)
        degrees = self.total - 2
        variance = np.maximum(arm.variance - explained, 0.0)
        return np.asarray(variance * degrees / np.maximum(degrees - self.rank, 1.0))

    def shared_error(self) -> tuple[Floats, Floats, Floats]:
        """What the errors of centre and slopes add to both variances, and to the covariance."""
        own = self._summed("spread", [arm.rows / self.total**2 for arm in self.arms])
        common = _quadratic(own, self.slopes)
        with_centre = [
            _dot(self.slopes, arm.crossed - np.einsum("pij,pj->pi", arm.spread, self.slopes))
            / self.total
            for arm in self.arms
        ]
        noise = self._summed(
            "spread", [(arm.rows - 1) * self.residual_variance(arm) for arm in self.arms]
        )
        errors = self.inverse @ noise @ self.inverse
        one, other = (arm.means - self.centre for arm in self.arms)
        return (
            common + 2 * with_centre[0] + _quadratic(errors, one),
            common + 2 * with_centre[1] + _quadratic(errors, other),
            common + sum(with_centre) + _dot(one, np.einsum("pij,pj->pi", errors, other)),
        )


def _pseudo_inverse(matrices: Floats) -> tuple[Floats, Floats]:
    """Inverses of covariance matrices, covariates without a spread of their own left out."""
    scale = np.sqrt(np.einsum("pii->pi", matrices))
    unit = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    scaled = matrices * unit[:, :, None] * unit[:, None, :]
    inverse = np.linalg.pinv(scaled, rcond=DEPENDENT, hermitian=True)
    values = np.linalg.eigvalsh(scaled)
    largest = np.maximum(values[:, -1:], np.finfo(np.float64).tiny)
    rank = (values > DEPENDENT * largest).sum(axis=1).astype(np.float64)
    return inverse * unit[:, :, None] * unit[:, None, :], rank


def _dot(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("pi,pi->p", one, other))


def _quadratic(matrices: Floats, vectors: Floats) -> Floats:
    return np.asarray(np.einsum("pi,pij,pj->p", vectors, matrices, vectors))
