"""Covariances of ratings and of their resamples, and what follows from them for each driver."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from cemkit.arrays import Floats
from cemkit.errors import DataError
from cemkit.feedback.patterns import Incomplete, em_estimate, resampled_covariances
from cemkit.feedback.shapley import COLLINEAR, correlations, shapley_r_squared
from cemkit.proportions.resampling import bootstrap_weights, one_thread, percentile_interval

CHUNK = 1_000_000  # weights of customers held at once, over all resamples


class DriverFit(NamedTuple):
    """The covariance of the ratings, that of each resample, and the steps of EM."""

    covariance: Floats
    resampled: list[Floats]
    iterations: int


def fitted(values: Floats, draws: Iterator[Floats], touchpoints: list[str]) -> DriverFit:
    """Covariances of standardised ratings of touchpoints that do not determine each other."""
    fit = _covered(values, draws)
    _check_not_collinear(correlations(fit.covariance), touchpoints)
    return fit


def _covered(values: Floats, draws: Iterator[Floats]) -> DriverFit:
    """Covariances of standardised ratings: by EM where some are missing, else as they are."""
    if not np.isnan(values).any():
        with one_thread():
            resampled = list(_covariances(values, draws))
        return DriverFit(values.T @ values / len(values), resampled, 0)
    data = Incomplete.of(values)
    estimate = em_estimate(data)
    with one_thread():
        resampled = list(resampled_covariances(data, estimate, draws))
    return DriverFit(estimate.covariance, resampled, estimate.steps)


def explained(fit: DriverFit) -> tuple[Floats, Floats]:
    """What each touchpoint explains of the overall score, and the same in each resample."""
    parts = shapley_r_squared(correlations(fit.covariance)[None])[0]
    return parts, np.concatenate([shapley_r_squared(part) for part in fit.resampled])


def own_effects(fit: DriverFit, values: Floats, level: float) -> dict[str, Floats]:
    """Standardised coefficients, by HC3 of complete values, else between percentiles."""
    if np.isnan(values).any():
        drawn = np.concatenate(list(map(_coefficients, fit.resampled)))
        lower, upper = percentile_interval(drawn, level)
    else:
        lower, upper = _hc3_interval(values, level)
    own_effect = _coefficients(fit.covariance[None])[0]
    return {"own_effect": own_effect, "own_effect_lower": lower, "own_effect_upper": upper}


def standardised(values: Floats) -> Floats:
    """Values less their mean, over their standard deviation, column by column."""
    return np.asarray((values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0))


def resample_weights(
    n: int, n_resamples: int, random_state: int, *, progress: bool
) -> Iterator[Floats]:
    """How often each customer is drawn, for some resamples at a time."""
    held: list[Floats] = []
    for weights in bootstrap_weights([np.arange(n)], n_resamples, random_state, progress=progress):
        held.append(weights)
        if len(held) * n >= CHUNK:
            yield np.array(held)
            held = []
    if held:
        yield np.array(held)


def _covariances(values: Floats, draws: Iterable[Floats]) -> Iterator[Floats]:
    """The covariance matrices of resamples of complete ratings."""
    n, size = values.shape
    rows, columns = np.tril_indices(size)
    products = values[:, rows] * values[:, columns]
    for weights in draws:
        means = weights @ values / n
        sums = weights @ products / n - means[:, rows] * means[:, columns]
        matrices = np.zeros((len(weights), size, size))
        matrices[:, rows, columns] = sums
        matrices[:, columns, rows] = sums
        yield matrices


def _coefficients(covariance: Floats) -> Floats:
    """Standardised coefficients of the drivers, of shape (m, p)."""
    matrices = correlations(covariance)
    inverse = np.linalg.pinv(matrices[:, :-1, :-1], rcond=COLLINEAR, hermitian=True)
    return np.asarray((inverse @ matrices[:, :-1, -1:])[..., 0])


def _hc3_interval(values: Floats, level: float) -> tuple[Floats, Floats]:
    """Coefficients of complete standardised ratings, less and plus their HC3 reach."""
    x, y = values[:, :-1], values[:, -1]
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ (x.T @ y)
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x) + 1 / len(x)  # that of the constant
    error = (y - x @ coefficients) / np.maximum(1 - leverage, 1e-12)
    weighted = x * error[:, None]
    variance = np.diagonal(inverse @ (weighted.T @ weighted) @ inverse)
    half = stdtrit(len(x) - x.shape[1] - 1, (1 + level) / 2) * np.sqrt(variance)
    return coefficients - half, coefficients + half


def _check_not_collinear(matrix: Floats, touchpoints: list[str]) -> None:
    among = matrix[:-1, :-1]
    values, vectors = np.linalg.eigh(among)
    if values[0] < COLLINEAR * len(among):
        involved = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-3)
        names = ", ".join(repr(touchpoints[at]) for at in involved)
        raise DataError(f"{names} are linear combinations of each other; leave one of them out")
