"""Logistic regression by Newton's method, in blocks of rows that stay in the processor's cache.

scikit-learn's newton-cholesky ends at the same estimates (to 1e-13), but takes half as long again
for 1,000,000 x 20 and copies the rows (docs/benchmarks.md); it does not refuse outcomes that are
separated, and leaves the second derivatives, which errors need, to be computed.
"""

import dataclasses
import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, LinAlgWarning, solve
from scipy.special import expit
from threadpoolctl import threadpool_limits

from cemkit.arrays import Floats
from cemkit.errors import ConvergenceError

BLOCK = 8192  # rows; 20 columns of them are 1.3 MB
SAMPLE = 50_000  # rows that the start is found on
MAX_STEPS = 50
STEP_TOLERANCE = 1e-8  # in log-odds; the error after a Newton step this small is its square
SEPARATED = 1e-9  # the mean deviance of a fit that tells every row's outcome


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LogisticFit:
    """The optimum and what there is to know about it, in units of the scaled features."""

    parameters: Floats
    log_likelihood: float
    information: Floats
    mean_density: float
    density_gradient: Floats
    steps: int


@dataclasses.dataclass(slots=True)
class _Sums:
    log_likelihood: float
    gradient: Floats
    information: Floats
    density: float
    density_gradient: Floats


def fit_logistic(
    matrix: Floats,
    outcome: Floats,
    weights: Floats | None,
    center: Floats,
    scale: Floats,
    *,
    penalty: float,
) -> LogisticFit:
    """Maximise the log-likelihood - penalty / 2 * sum of squared coefficients."""
    data = _Data(
        matrix, outcome, np.ones(len(outcome)) if weights is None else weights, center, scale
    )
    ridge = np.r_[0.0, np.full(matrix.shape[1], penalty)]
    with threadpool_limits(1):  # threads cost more than they bring on blocks this small
        start = _start(data, ridge) if len(outcome) >= 4 * SAMPLE else np.zeros(len(ridge))
        parameters, sums, steps = _climb(start, data, ridge)
    total = float(data.weights.sum())
    return LogisticFit(
        parameters=parameters,
        log_likelihood=sums.log_likelihood,
        information=sums.information,
        mean_density=sums.density / total,
        density_gradient=sums.density_gradient / total,
        steps=steps,
    )


class _Data(NamedTuple):
    matrix: Floats
    outcome: Floats
    weights: Floats
    center: Floats
    scale: Floats


def _start(data: _Data, ridge: Floats) -> Floats:
    """Near the optimum of many rows: that of some, then steps with their second derivatives."""
    skip = len(data.outcome) // SAMPLE
    every = slice(None, None, skip)
    some = data._replace(
        matrix=data.matrix[every], outcome=data.outcome[every], weights=data.weights[every]
    )
    # The small penalty gives every sample an optimum.
    small = ridge / skip + np.r_[1e-6, np.ones(len(ridge) - 1)]
    point, sums, _ = _climb(np.zeros(len(ridge)), some, small)
    curvature, size, reach = skip * (sums.information + np.diag(small)), _sizes(sums), 1.0
    for _ in range(12):
        step = _newton_step(curvature, _gradient(point, data), point, ridge)
        before, reach = reach, np.abs(step * size).max()
        if reach > before:
            break
        point = point + step
        if reach < STEP_TOLERANCE * (1 + np.abs(point * size).max()):
            break
    return point


def _climb(point: Floats, data: _Data, ridge: Floats) -> tuple[Floats, _Sums, int]:
    """Newton's method, each step halved until it leads up."""
    sums = _sums(point, data)
    size = _sizes(sums)
    for count in range(1, MAX_STEPS + 1):
        step = _newton_step(sums.information, sums.gradient, point, ridge)
        if np.abs(step * size).max() < STEP_TOLERANCE * (1 + np.abs(point * size).max()):
            return point + step, sums, count
        floor = _objective(sums, point, ridge) - 1e-9 * (1 + abs(sums.log_likelihood))
        ahead = _sums(point + step, data)
        while _objective(ahead, point + step, ridge) < floor:
            step = step / 2
            ahead = _sums(point + step, data)
        point, sums = point + step, ahead
        if not ridge.any() and -2 * sums.log_likelihood < SEPARATED * data.weights.sum():
            break
    raise ConvergenceError(
        "the coefficients grow without bound, because the features perfectly "
        "predict some outcomes; set penalty above 0"
    )


def _sizes(sums: _Sums) -> Floats:
    """The root mean square of each term: by so much its parameter moves a usual row's log-odds."""
    sizes: Floats = np.sqrt(np.diag(sums.information) / sums.information[0, 0])
    return sizes


def _objective(sums: _Sums, point: Floats, ridge: Floats) -> float:
    return sums.log_likelihood - float(ridge @ point**2) / 2


def _newton_step(information: Floats, gradient: Floats, point: Floats, ridge: Floats) -> Floats:
    matrix = information + np.diag(ridge)
    size = np.sqrt(np.maximum(np.diag(matrix), np.finfo(float).tiny))
    with warnings.catch_warnings():
        warnings.simplefilter("error", LinAlgWarning)
        try:
            step: Floats = solve(
                matrix / np.outer(size, size), (gradient - ridge * point) / size, assume_a="pos"
            )
        except (LinAlgError, LinAlgWarning) as error:
            raise ConvergenceError(
                "the coefficients are not identified: some features are constant, are "
                "linear combinations of others, or perfectly predict the outcome; leave "
                "them out or set penalty > 0"
            ) from error
    scaled: Floats = step / size
    return scaled


def _gradient(point: Floats, data: _Data) -> Floats:
    slopes = point[1:] / data.scale
    probability = expit(data.matrix @ slopes + (point[0] - data.center @ slopes))
    residual = data.weights * (data.outcome - probability)
    total = residual.sum()
    gradient: Floats = np.r_[total, (residual @ data.matrix - total * data.center) / data.scale]
    return gradient


def _sums(point: Floats, data: _Data) -> _Sums:
    terms = len(point)
    sums = _Sums(0.0, np.zeros(terms), np.zeros((terms, terms)), 0.0, np.zeros(terms))
    features = np.empty((BLOCK, terms))
    features[:, 0] = 1
    size = 1 / data.scale
    for first in range(0, len(data.outcome), BLOCK):
        block = slice(first, first + BLOCK)
        rows = features[: len(data.outcome[block])]
        np.subtract(data.matrix[block], data.center, out=rows[:, 1:])
        rows[:, 1:] *= size
        _add_block(sums, rows, data.outcome[block], data.weights[block], point)
    return sums


def _add_block(sums: _Sums, rows: Floats, outcome: Floats, weights: Floats, point: Floats) -> None:
    log_odds = rows @ point
    margin = np.where(outcome > 0, log_odds, -log_odds)
    probability = expit(log_odds)
    density = weights * probability * (1 - probability)
    half = rows * np.sqrt(density)[:, None]
    loss = np.log1p(np.exp(-np.abs(margin))) - np.minimum(margin, 0)
    sums.log_likelihood -= float(weights @ loss)
    sums.gradient += (weights * (outcome - probability)) @ rows
    sums.information += half.T @ half
    sums.density += float(density.sum())
    sums.density_gradient += (density * (1 - 2 * probability)) @ rows


def score_and_information(
    point: Floats, matrix: Floats, outcome: Floats, center: Floats, scale: Floats
) -> tuple[Floats, Floats]:
    """Return the gradient of the log-likelihood and minus its second derivatives at a point."""
    sums = _sums(point, _Data(matrix, outcome, np.ones(len(outcome)), center, scale))
    return sums.gradient, sums.information


def state_of(fit: LogisticFit) -> dict[str, Any]:
    """Return the fit as plain lists and numbers."""
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in dataclasses.asdict(fit).items()
    }
