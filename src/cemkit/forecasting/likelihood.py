"""The exact Gaussian likelihood of an ARMA process with regressors and gaps.

Ansley's form: the autoregressive filter turns the covariance matrix into a band, so one banded
Cholesky factor gives the innovations and the determinant. The variance and the regression
coefficients are concentrated out; a missing value is a regression coefficient of its own, with the
determinant that makes the likelihood that of what was observed.

References:
    Ansley (1979), An algorithm for the exact likelihood of a mixed autoregressive-moving average
    process, Biometrika 66. Gomez, Maravall, Pena (1999), Missing observations in ARIMA models:
    skipping approach versus additive outlier approach, Journal of Econometrics 88.

References:
    Kaufman (1975), A variable projection method for solving separable nonlinear least squares
        problems, BIT 15.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dgesv, dpbtrf, dposv, dpotrf, dpotrs, dtbtrs

from cemkit.arrays import Floats
from cemkit.forecasting.polynomials import (
    coefficients_from_partials,
    impulse_response,
    lag_polynomial,
)

LOG_TWO_PI = math.log(2 * math.pi)
SMALLEST_SUM = 1e-300
DIFFERENCE = 1e-5
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ArmaOrder:
    """The orders of a stationary seasonal ARMA process."""

    p: int
    q: int
    seasonal_p: int
    seasonal_q: int
    period: int

    @property
    def size(self) -> int:
        """How many coefficients there are."""
        return self.p + self.q + self.seasonal_p + self.seasonal_q

    @property
    def ar_span(self) -> int:
        """Degree of the autoregressive polynomial."""
        return self.p + self.period * self.seasonal_p

    @property
    def ma_span(self) -> int:
        """Degree of the moving-average polynomial."""
        return self.q + self.period * self.seasonal_q

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """How many coefficients of each kind, in the order in which they are kept."""
        return self.p, self.q, self.seasonal_p, self.seasonal_q

    def parts(self, free: Floats) -> list[list[float]]:
        """Unconstrained numbers, split by kind."""
        values = iter(free.tolist())
        return [[next(values) for _ in range(count)] for count in self.counts]

    def coefficients(self, free: Floats) -> list[list[float]]:
        """Coefficients (ar, ma, seasonal ar, seasonal ma) of polynomials 1 - c1 B - ..."""
        return [coefficients_from_partials(part) for part in self.parts(free)]

    def polynomials(self, free: Floats) -> tuple[Floats, Floats]:
        """The autoregressive and the moving-average polynomial."""
        ar, ma, seasonal_ar, seasonal_ma = self.coefficients(free)
        return (
            lag_polynomial(ar, seasonal_ar, self.period),
            lag_polynomial(ma, seasonal_ma, self.period),
        )


@dataclass(frozen=True, slots=True)
class Whitened:
    """What one banded Cholesky factor gives."""

    innovations: Floats
    log_determinant: float
    band: Floats
    ar: Floats
    ma: Floats


@dataclass(frozen=True, slots=True)
class Profile:
    """The likelihood at one point, with variance and regression concentrated out."""

    residuals: Floats
    effects: Floats
    regressors: Floats
    factor: Floats

    @property
    def total(self) -> float:
        """Sum of the squared residuals."""
        return float(self.residuals @ self.residuals)


class ExactLikelihood:
    """The likelihood of one ARMA order on one (differenced) series."""

    def __init__(self, data: Floats, order: ArmaOrder, n_missing: int = 0) -> None:
        self.data = np.asfortranarray(data, dtype=np.float64)
        self.order = order
        self.n_missing = n_missing
        self.n_observed = len(data) - n_missing

    def whiten(self, free: Floats, ahead: int = 0, data: Floats | None = None) -> Whitened | None:
        """Innovations and determinant; with `ahead`, the factor goes that many rows further."""
        ar, ma = self.order.polynomials(free)
        data = self.data if data is None else data
        n = len(data)
        band = _covariance_band(ar, ma, n + ahead)
        if band is None:
            return None
        band, failed = dpbtrf(band, lower=1, overwrite_ab=1)
        if failed:
            return None
        seen = np.asfortranarray(band[:, :n]) if ahead else band
        innovations, failed = dtbtrs(seen, _filtered(data, ar), uplo="L")
        return Whitened(innovations, 2.0 * float(np.log(seen[0]).sum()), band, ar, ma)

    def profile(self, free: Floats) -> Profile | None:
        """Scaled residuals and regression; None where they cannot be computed."""
        white = self.whiten(free)
        if white is None:
            return None
        residuals, regressors = white.innovations[:, 0], white.innovations[:, 1:]
        if not regressors.shape[1]:
            scale = self._scale(white.log_determinant, regressors)
            return Profile(residuals * scale, np.zeros(0), regressors, regressors[:0])
        factor, effects, failed = dposv(
            regressors.T @ regressors, regressors.T @ residuals, lower=1
        )
        if failed:
            return None
        scale = self._scale(white.log_determinant, factor)
        return Profile(scale * (residuals - regressors @ effects), effects, regressors, factor)

    def slopes(self, free: Floats, at: Profile, *, central: bool) -> Floats | None:
        """Derivatives of the scaled residuals, a column per number in `free`."""
        columns = self.data[:, : 1 + self.n_missing].copy(order="F")
        columns[:, 0] -= self.data[:, 1:] @ at.effects
        slopes = np.empty((len(columns), len(free)))
        for j, value in enumerate(free):
            shift = np.zeros(len(free))
            shift[j] = DIFFERENCE if value <= 0 else -DIFFERENCE
            there = self._residuals_of(columns, free + shift)
            back = self._residuals_of(columns, free - shift) if central else at.residuals
            if there is None or back is None:
                return None
            slopes[:, j] = (there - back) / (shift[j] * (1 + central))
        if len(at.effects):
            explained, _ = dpotrs(at.factor, at.regressors.T @ slopes, lower=1)
            slopes -= at.regressors @ explained
        return slopes

    def _residuals_of(self, columns: Floats, free: Floats) -> Floats | None:
        """Scaled innovations of the first column, the missing values' behind it."""
        white = self.whiten(free, data=columns)
        if white is None:
            return None
        factor = white.innovations[:, 1:]
        if self.n_missing:
            factor, failed = dpotrf(factor.T @ factor, lower=1)
            if failed:
                return None
        residuals: Floats = white.innovations[:, 0] * self._scale(white.log_determinant, factor)
        return residuals

    def _scale(self, log_determinant: float, factor: Floats) -> float:
        """The n-th root of the determinant of what was observed."""
        if self.n_missing:
            log_determinant += 2.0 * float(np.log(np.diag(factor)[: self.n_missing]).sum())
        return math.exp(0.5 * log_determinant / self.n_observed)

    def log_likelihood(self, free: Floats) -> float:
        """The concentrated log-likelihood; minus infinity where it cannot be computed."""
        at = self.profile(free)
        return -math.inf if at is None else self.from_sum_of_squares(at.total)

    def from_sum_of_squares(self, total: float) -> float:
        """The log-likelihood that belongs to a sum of squared scaled residuals."""
        n = self.n_observed
        return -0.5 * n * (LOG_TWO_PI + 1.0 + math.log(max(total, SMALLEST_SUM) / n))


def _filtered(data: Floats, ar: Floats) -> Floats:
    """The autoregressive filter on all rows that have a full past; the first rows stay."""
    span = len(ar) - 1
    if not span:
        return data
    filtered = data.copy(order="F")
    n = len(data)
    for lag in np.flatnonzero(ar[1:]) + 1:
        filtered[span:] += ar[lag] * data[span - lag : n - lag]
    return filtered


def _covariance_band(ar: Floats, ma: Floats, n: int) -> Floats | None:
    """Covariances of the filtered data over sigma^2, in LAPACK's lower band storage."""
    ar_span, ma_span = len(ar) - 1, len(ma) - 1
    width = min(max(ar_span - 1, ma_span), n - 1)
    moving = np.correlate(ma, ma, "full")[ma_span:]
    band = np.empty((width + 1, n), order="F")
    band[:] = _padded(moving, width + 1)[:, None]
    if not ar_span:
        return band
    crossed = _cross_covariances(ar, ma)
    own = _autocovariances(ar, crossed)
    if own is None:
        return None
    first = min(ar_span, n)
    band[:, :first] = np.where(
        _both_unfiltered(ar_span, width, first),
        _padded(own[:ar_span], width + 1)[:, None],
        _padded(crossed, width + 1)[:, None],
    )
    return band


def _padded(values: Floats, length: int) -> Floats:
    padded = np.zeros(length)
    kept = min(len(values), length)
    padded[:kept] = values[:kept]
    return padded


def _cross_covariances(ar: Floats, ma: Floats) -> Floats:
    """Covariances of the moving-average part with the process itself, by lag."""
    if len(ma) == 1:
        return ma
    response = impulse_response(ma, ar, len(ma))
    return np.correlate(ma, response, "full")[len(ma) - 1 :]


def _autocovariances(ar: Floats, crossed: Floats) -> Floats | None:
    """Autocovariances over sigma^2 at lags 0 to the autoregressive span (Yule and Walker)."""
    span = len(ar) - 1
    toeplitz, hankel = _yule_walker_indices(span)
    padded = np.append(ar, 0.0)
    system = padded.take(toeplitz) + padded.take(hankel)
    _, _, own, failed = dgesv(system, _padded(crossed, span + 1), overwrite_a=1, overwrite_b=1)
    return None if failed else own


@lru_cache(maxsize=256)
def _yule_walker_indices(span: int) -> tuple[Indices, Indices]:
    row, column = np.ogrid[: span + 1, : span + 1]
    toeplitz = np.where(row >= column, row - column, span + 1)
    hankel = np.where((row + column <= span) & (column >= 1), row + column, span + 1)
    return toeplitz, hankel


@lru_cache(maxsize=1024)
def _both_unfiltered(ar_span: int, width: int, first: int) -> npt.NDArray[np.bool_]:
    lag, column = np.ogrid[: width + 1, :first]
    both: npt.NDArray[np.bool_] = (lag + column) < ar_span
    return both
