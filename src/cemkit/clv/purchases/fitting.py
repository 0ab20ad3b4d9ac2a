"""Maximum likelihood: damped Newton steps, warm starts and parameters on the edge."""

import dataclasses
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import ConvergenceError

Derivatives = tuple[float, Floats, Floats]

LARGEST_STEP = 1.0  # in log-parameters: a factor of e per pass
SMALLEST_SHARE = 1e-6  # of a step, before the search along it gives up
TOLERANCE = 1e-9  # log-likelihood that a further step promises
LAST_STEP = 2e-5  # in log-parameters
# Log-parameters beyond which the likelihood is taken to be flat; above, rounding sets in.
EDGE = (-12.0, 9.0)
EDGE_WIDTH = 1e-6
ROUNDING = 1e-9  # of a log-likelihood
FLATTEST = 1e-10  # curvature that is more than rounding, as a share of the greatest
# Standard error of a log-parameter beyond which its interval, a factor of 6 million wide, says
# nothing: the likelihood is flat there, and no parabola.
WIDEST_ERROR = 4.0
# A coordinate that moves by more than this share of one at its edge goes wherever that one goes.
# Where the others have a limit, it is about e^-9.
TIED = 0.1
FLAT_TOGETHER = 0.98  # correlation of two coordinates that are only known together


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Maximum:
    """Where a log-likelihood is greatest."""

    point: Floats
    log_likelihood: float
    covariance: Floats
    unknown: npt.NDArray[np.bool_]
    ties: Floats | None = None

    def without_wide(self, logs: npt.NDArray[np.bool_]) -> "Maximum":
        """The same with log-parameters whose interval would say nothing as unknown, too."""
        wide = self.unknown | (logs & (np.diag(self.covariance) > WIDEST_ERROR**2))
        ties = np.zeros(self.covariance.shape) if self.ties is None else self.ties
        ties = ties + flat_ties(self.covariance, wide & ~self.unknown)
        covariance = np.where(wide | wide[:, None], np.nan, self.covariance)
        return dataclasses.replace(self, covariance=covariance, unknown=wide, ties=ties)

    def moved(self, matrix: Floats) -> "Maximum":
        """The same in other coordinates: the matrix times these."""
        unknown = np.abs(matrix) @ self.unknown > 0
        covariance = matrix @ np.where(np.isnan(self.covariance), 0.0, self.covariance) @ matrix.T
        covariance[unknown] = covariance[:, unknown] = np.nan
        return Maximum(
            point=matrix @ self.point,
            log_likelihood=self.log_likelihood,
            covariance=(covariance + covariance.T) / 2,
            unknown=unknown,
            ties=self.ties,
        )


def maximize(
    derivatives: Callable[[Floats], Derivatives],
    start: npt.ArrayLike,
    *,
    at_start: Derivatives | None = None,
    tolerance: float = TOLERANCE,
    last_step: float = LAST_STEP,
    enough: float = np.inf,
    passes: int = 200,
) -> Maximum:
    """The maximum of a smooth function, by Newton steps that never go downhill."""
    point = np.clip(np.asarray(start, dtype=np.float64), *EDGE)
    value, gradient, hessian = at_start or derivatives(point)
    for _ in range(passes):
        step, free = _ascent(point, gradient, hessian)
        promised = float(gradient @ step)
        if promised < tolerance or np.abs(step).max() < last_step or value >= enough:
            covariance, ties = _covariance(hessian, free)
            return Maximum(
                point=np.clip(point + step, *EDGE),
                log_likelihood=value + promised / 2,
                covariance=covariance,
                unknown=np.isnan(np.diag(covariance)),
                ties=ties,
            )
        step *= min(1.0, LARGEST_STEP / float(np.abs(step).max()), _room(point, step))
        point, (value, gradient, hessian) = _uphill(derivatives, point, step, value)
    raise ConvergenceError(
        f"no maximum of the likelihood in {passes} passes; the logarithms of the parameters were "
        f"{point.round(4).tolist()}; check the table for extreme rows"
    )


def thinned(counts: Floats, share: float) -> Floats:
    """The counts of a systematic sample of the customers, in the order of the rows."""
    return np.diff(np.floor(np.cumsum(counts) * share), prepend=0.0)


def _ascent(
    point: Floats, gradient: Floats, hessian: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """A step uphill, and which coordinates are free: those it does not push over the edge."""
    free = np.full(len(point), True)
    while True:
        step = np.zeros_like(gradient)
        step[free] = _newton_step(gradient[free], hessian[np.ix_(free, free)])
        outward = (_at(point, EDGE[0]) & (step < 0)) | (_at(point, EDGE[1]) & (step > 0))
        if not outward.any():
            return step, free
        free &= ~outward


def _newton_step(gradient: Floats, hessian: Floats) -> Floats:
    # Away from the maximum the Hessian may be indefinite; absolute eigenvalues still point uphill.
    if not len(gradient):
        return gradient
    values, vectors = np.linalg.eigh(-hessian)
    curvature = np.maximum(np.abs(values), FLATTEST * max(1.0, np.abs(values).max()))
    step: Floats = vectors @ ((vectors.T @ gradient) / curvature)
    return step


def _at(point: Floats, edge: float) -> npt.NDArray[np.bool_]:
    return np.abs(point - edge) < EDGE_WIDTH


def _room(point: Floats, step: Floats) -> float:
    """The share of a step after which the first coordinate meets its edge."""
    moving = step != 0
    edge = np.where(step > 0, EDGE[1], EDGE[0])
    return float(((edge - point)[moving] / step[moving]).min(initial=np.inf))


def _uphill(
    derivatives: Callable[[Floats], Derivatives], point: Floats, step: Floats, value: float
) -> tuple[Floats, Derivatives]:
    share = 1.0
    slack = ROUNDING * max(1.0, abs(value))  # rounding must not stop the last step
    while share > SMALLEST_SHARE:
        there = np.clip(point + share * step, *EDGE)
        tried = derivatives(there)
        if np.isfinite(tried[0]) and tried[0] >= value - slack:
            return there, tried
        share /= 4
    raise ConvergenceError(
        "the likelihood stopped rising where the logarithms of the parameters were "
        f"{point.round(4).tolist()}; check the table for extreme rows"
    )


def _covariance(hessian: Floats, free: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The inverse of the information of what is identified, and what follows those at an edge."""
    covariance, ties = np.full(hessian.shape, np.nan), np.zeros(hessian.shape)
    if not free.any():
        return covariance, ties
    values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    inverse = vectors / np.maximum(values, FLATTEST * max(1.0, np.abs(values).max())) @ vectors.T
    covariance[np.ix_(free, free)] = (inverse + inverse.T) / 2
    # With those at the edge moved by one, the maximum over the others moves by this.
    follows = inverse @ hessian[np.ix_(free, ~free)]
    ties[np.ix_(free, ~free)] = np.where(np.abs(follows) > TIED, follows, 0.0)
    anywhere = np.diag(covariance) > (EDGE[1] - EDGE[0]) ** 2
    ties += flat_ties(covariance, anywhere & ~ties.any(axis=1))
    anywhere |= ties.any(axis=1)
    covariance[anywhere] = covariance[:, anywhere] = np.nan
    return covariance, ties


def flat_ties(covariance: Floats, flat: npt.NDArray[np.bool_]) -> Floats:
    """Moves of each flat coordinate per move of another with which alone it is known."""
    spread = np.sqrt(np.where(flat, np.diag(covariance), np.nan))
    correlation = covariance / np.outer(spread, spread)
    np.fill_diagonal(correlation, 0.0)
    together = np.abs(correlation) > FLAT_TOGETHER
    ties: Floats = np.where(together, correlation * spread[:, None] / spread, 0.0)
    return ties
