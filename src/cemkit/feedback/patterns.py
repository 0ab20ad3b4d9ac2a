"""Means and covariances from answers that are missing in patterns: EM, and its resamples.

The E-step needs one matrix per pattern of missing answers, not one per customer. Resamples are not
fitted anew: near the estimate the EM map is linear in the weights of the customers, so one Newton
step from the estimate gives the estimate of each resample (up to terms of the order of 1 / n).

References:
    Dempster, Laird, Rubin (1977), Maximum likelihood from incomplete data via the EM algorithm,
        Journal of the Royal Statistical Society B 39.
    Meng, Rubin (1991), Using EM to obtain asymptotic variance-covariance matrices: the SEM
        algorithm, Journal of the American Statistical Association 86.
"""

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import ConvergenceError

MAX_STEPS = 500
WARM_STEPS = 30  # of plain EM, before Newton's steps
TOLERANCE = 1e-9  # of the largest change of a parameter, in standard deviations
DIFFERENCE = 1e-5  # of a parameter, for the derivative of the EM map
LEAST_VARIANCE = 1e-8  # of standardised answers, below which drivers are collinear
SMALLEST_VARIANCE = 1e-12  # added to each, so that one who is always alike has a logarithm


@dataclasses.dataclass(frozen=True, kw_only=True)
class Incomplete:
    """Standardised answers, 0 where missing, with the pattern of each customer."""

    scores: Floats
    there: npt.NDArray[np.bool_]
    patterns: npt.NDArray[np.bool_]
    pattern: npt.NDArray[np.int64]

    @classmethod
    def of(cls, scores: Floats) -> "Incomplete":
        """The answers of a table with NaN where they are missing."""
        there = ~np.isnan(scores)
        patterns, pattern = np.unique(there, axis=0, return_inverse=True)
        return cls(
            scores=np.where(there, scores, 0.0),
            there=there,
            patterns=patterns,
            pattern=pattern.reshape(-1),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Estimate:
    """The maximum likelihood estimate, its parameters, and how many steps it took."""

    parameters: Floats
    steps: int

    @property
    def covariance(self) -> Floats:
        """The covariance matrix."""
        return unpacked(self.parameters)[1]


def em_estimate(data: Incomplete) -> Estimate:
    """Maximise the likelihood of a multivariate normal: EM, then Newton's steps on its map."""
    size = data.scores.shape[1]
    parameters, last = packed(np.zeros(size), np.eye(size)), np.inf
    inverse: Floats | None = None
    for step in range(1, MAX_STEPS + 1):
        change = _mapped(data, parameters[None])[0] - parameters
        moved = float(np.abs(change).max())
        if moved < TOLERANCE:
            return Estimate(parameters=parameters, steps=step)
        if moved > last:  # a Newton step led away; plain EM never loses likelihood
            inverse = None
        elif step >= WARM_STEPS and step % 10 == 0:
            inverse = _newton_matrix(data, parameters)
        parameters, last = parameters + (change if inverse is None else inverse @ change), moved
        _check_variances(parameters)
    raise ConvergenceError(
        f"EM did not settle within {MAX_STEPS} steps: too few customers rated the same "
        "touchpoints; leave out the touchpoints with the fewest answers"
    )


def resampled_covariances(
    data: Incomplete, estimate: Estimate, draws: Iterable[Floats]
) -> Iterator[Floats]:
    """Yield the covariance matrices of resamples, whose weights count each customer in each."""
    parameters, size = estimate.parameters, data.scores.shape[1]
    mean, covariance = unpacked(parameters)
    expected, cross = _expected(data, mean, covariance)
    products, newton = cross.reshape(len(cross), -1), _newton_matrix(data, parameters)
    for weights in draws:
        n = weights.sum(axis=1)[:, None]
        shift = weights @ expected / n
        moments = (weights @ products / n).reshape(-1, size, size)
        moments -= shift[:, :, None] * shift[:, None, :]
        change = packed(mean + shift, moments) - parameters
        yield unpacked(parameters + change @ newton.T)[1]


def packed(mean: Floats, covariance: Floats) -> Floats:
    """Means and the Cholesky factor, its diagonal as logarithms: any numbers are a covariance."""
    size = mean.shape[-1]
    factor = np.linalg.cholesky(covariance + SMALLEST_VARIANCE * np.eye(size))
    rows, columns = np.tril_indices(size)
    flat = factor[..., rows, columns]
    diagonal = rows == columns
    flat = np.where(diagonal, np.log(np.where(diagonal, flat, 1.0)), flat)
    return np.concatenate([mean, flat], axis=-1)


def unpacked(parameters: Floats) -> tuple[Floats, Floats]:
    """The means and the covariance matrix of `packed` parameters."""
    size = int((np.sqrt(9 + 8 * parameters.shape[-1]) - 3) / 2 + 0.5)
    rows, columns = np.tril_indices(size)
    flat = parameters[..., size:]
    diagonal = rows == columns
    flat = np.where(diagonal, np.exp(np.where(diagonal, flat, 0.0)), flat)
    factor = np.zeros((*parameters.shape[:-1], size, size))
    factor[..., rows, columns] = flat
    return parameters[..., :size], factor @ np.swapaxes(factor, -1, -2)


def _expected(data: Incomplete, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Each customer's expected distance from the mean, and expected products of distances."""
    fill, left = _regressions(data.patterns, covariance)
    distance = np.where(data.there, data.scores - mean, 0.0)
    expected = np.einsum("nij,nj->ni", fill[data.pattern], distance)
    cross = expected[:, :, None] * expected[:, None, :] + left[data.pattern]
    return expected, cross


def _regressions(patterns: npt.NDArray[np.bool_], covariance: Floats) -> tuple[Floats, Floats]:
    """For each pattern, what fills in from the answers that are there, and the covariance left."""
    both = patterns[..., :, None] & patterns[..., None, :]
    size = patterns.shape[-1]
    padded = np.where(both, covariance[..., None, :, :], np.eye(size))
    inverse = np.where(both, np.linalg.inv(padded), 0.0)
    fill = covariance[..., None, :, :] @ inverse
    return fill, covariance[..., None, :, :] - fill @ covariance[..., None, :, :]


def _mapped(data: Incomplete, parameters: Floats) -> Floats:
    """One EM step from each of several parameters."""
    steps = []
    for mean, covariance in zip(*unpacked(parameters), strict=True):
        expected, cross = _expected(data, mean, covariance)
        shift = expected.mean(axis=0)
        steps.append(packed(mean + shift, cross.mean(axis=0) - np.outer(shift, shift)))
    return np.array(steps)


def _newton_matrix(data: Incomplete, parameters: Floats) -> Floats:
    """What a Newton step multiplies the change of an EM step by."""
    size = len(parameters)
    moves = DIFFERENCE * np.eye(size)
    ahead, behind = _mapped(data, parameters + moves), _mapped(data, parameters - moves)
    slope = (ahead - behind).T / (2 * DIFFERENCE)
    return np.asarray(np.linalg.inv(np.eye(size) - slope))


def _check_variances(parameters: Floats) -> None:
    finite = bool(np.isfinite(parameters).all())
    if not finite or np.linalg.eigvalsh(unpacked(parameters)[1])[0] < LEAST_VARIANCE:
        raise ConvergenceError(
            "EM finds touchpoints that determine each other exactly where they were rated "
            "together; leave out one of them, or those with the fewest answers"
        )
