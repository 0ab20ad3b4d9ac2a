"""One ARIMA model with its estimates: what it says of the series, and of the periods to come.

References:
    Hurvich, Tsai (1989), Regression and time series model selection in small samples,
        Biometrika 76.
    Cooper, Thompson (1977), A note on the estimation of the parameters of the autoregressive-
        moving average process, Biometrika 64.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cemkit.arrays import Floats
from cemkit.forecasting.differencing import difference
from cemkit.forecasting.estimation import maximize
from cemkit.forecasting.likelihood import ArmaOrder, ExactLikelihood, Whitened
from cemkit.forecasting.polynomials import difference_polynomial, impulse_response

FEWEST_DEGREES = 3
HESSIAN_STEP = 1e-4


@dataclass(frozen=True, slots=True)
class ArimaOrder:
    """The orders of an ARIMA model, and whether it has a mean (or, differenced, a drift)."""

    arma: ArmaOrder
    d: int
    seasonal_d: int
    constant: bool

    @property
    def order(self) -> tuple[int, int, int]:
        """(p, d, q)."""
        return self.arma.p, self.d, self.arma.q

    @property
    def seasonal_order(self) -> tuple[int, int, int]:
        """(P, D, Q)."""
        return self.arma.seasonal_p, self.seasonal_d, self.arma.seasonal_q

    @property
    def constant_name(self) -> str:
        """What the constant is called: mean, or drift where there are differences."""
        return "drift" if self.d + self.seasonal_d else "mean"

    def constant_column(self, first: int, last: int) -> Floats:
        """The regressor, in levels, whose coefficient is the constant."""
        periods = np.arange(first, last, dtype=np.float64)
        if self.d + self.seasonal_d == 0:
            return np.ones_like(periods)
        return periods if self.d else periods / self.arma.period

    def __str__(self) -> str:
        text = "ARIMA({},{},{})".format(*self.order)
        if any(self.seasonal_order):
            text += "({},{},{})[{}]".format(*self.seasonal_order, self.arma.period)
        return f"{text} with {self.constant_name}" if self.constant else text


@dataclass(frozen=True, slots=True)
class Observations:
    """A series in levels, its regressors, and where it has gaps."""

    values: Floats
    missing: Floats
    regressors: Floats

    @classmethod
    def of(cls, values: Floats, regressors: Floats) -> "Observations":
        """From values with NaN where one is missing."""
        gaps = np.flatnonzero(np.isnan(values))
        missing = np.zeros((len(values), len(gaps)))
        missing[gaps, np.arange(len(gaps))] = 1.0
        return cls(np.nan_to_num(values), missing, regressors)

    def differenced(self, order: ArimaOrder) -> Floats:
        """Series, missing values, constant and regressors, differenced as the order says."""
        return difference(self.columns(order), order.d, order.seasonal_d, order.arma.period)

    def columns(self, order: ArimaOrder) -> Floats:
        """The same in levels."""
        n = len(self.values)
        constant = [order.constant_column(0, n)] if order.constant else []
        return np.column_stack([self.values, self.missing, *constant, self.regressors])


@dataclass(frozen=True, slots=True)
class Regression:
    """Generalised least squares at given ARMA coefficients."""

    effects: Floats
    precision: Floats
    residuals: Floats
    variance: float


class ArimaModel:
    """An ARIMA model at given coefficients, fitted to given observations."""

    def __init__(self, order: ArimaOrder, free: Floats, observations: Observations) -> None:
        self.order = order
        self.free = free
        self.observations = observations

    @cached_property
    def likelihood(self) -> ExactLikelihood:
        """The exact likelihood of this order on these observations."""
        data = self.observations.differenced(self.order)
        return ExactLikelihood(data, self.order.arma, self.observations.missing.shape[1])

    @cached_property
    def log_likelihood(self) -> float:
        """Exact, of the differenced series that was observed."""
        return self.likelihood.log_likelihood(self.free)

    @property
    def n_parameters(self) -> int:
        """ARMA coefficients, constant, regressors and the variance."""
        n_effects = int(self.order.constant) + int(self.observations.regressors.shape[1])
        return self.order.arma.size + n_effects + 1

    @property
    def aicc(self) -> float:
        """Akaike's information criterion, corrected for short series."""
        return corrected_aic(self.log_likelihood, self.n_parameters, self.likelihood.n_observed)

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the intervals."""
        return max(self.likelihood.n_observed - self.n_parameters, FEWEST_DEGREES)

    @cached_property
    def regression(self) -> Regression:
        """Estimates of missing values, constant and regressors, and the residual variance."""
        innovations = self._whitened(0).innovations
        residuals, regressors = innovations[:, 0], innovations[:, 1:]
        precision = np.linalg.inv(regressors.T @ regressors).astype(np.float64)
        effects = precision @ (regressors.T @ residuals)
        residuals = residuals - regressors @ effects
        left = max(self.likelihood.n_observed - self.n_parameters + 1, 1)
        return Regression(effects, precision, residuals, float(residuals @ residuals) / left)

    def _whitened(self, ahead: int) -> Whitened:
        white = self.likelihood.whiten(self.free, ahead)
        if white is None:  # the fit came from a likelihood that could be computed
            raise np.linalg.LinAlgError("the covariance matrix of the series is singular")
        return white

    def predict(self, steps: int, future: Floats) -> tuple[Floats, Floats]:
        """Mean and covariance of the next periods, given all that was observed."""
        white = self._whitened(steps)
        levels = self._extended_columns(white, steps)
        differences = difference_polynomial(
            self.order.d, self.order.seasonal_d, self.order.arma.period
        )
        response = impulse_response(np.ones(1), np.convolve(white.ar, differences), steps)
        errors = _lower_toeplitz(response) @ _trailing_factor(white.band, steps)
        unexplained = self._future_columns(steps, future) - levels[:, 1:]
        fit = self.regression
        covariance = errors @ errors.T + unexplained @ fit.precision @ unexplained.T
        return levels[:, 0] + unexplained @ fit.effects, fit.variance * covariance

    def _future_columns(self, steps: int, future: Floats) -> Floats:
        n = len(self.observations.values)
        unseen = np.zeros((steps, self.observations.missing.shape[1]))
        constant = [self.order.constant_column(n, n + steps)] if self.order.constant else []
        return np.column_stack([unseen, *constant, future])

    def _extended_columns(self, white: Whitened, steps: int) -> Floats:
        """The linear predictor applied to the series and to each of its regressors."""
        data, n = self.likelihood.data, len(self.likelihood.data)
        moving = _banded_rows(white.band, white.innovations, n, steps)
        stationary = _continued(data, moving, white.ar)
        differences = difference_polynomial(
            self.order.d, self.order.seasonal_d, self.order.arma.period
        )
        return _continued(self.observations.columns(self.order), stationary, differences)

    def restricted(self) -> "ArimaModel":
        """The same orders at the coefficients of greatest restricted likelihood (REML)."""
        data = self.likelihood.data
        # The restricted likelihood treats every regressor as the exact one treats a gap.
        restricted = ExactLikelihood(data, self.order.arma, data.shape[1] - 1)
        free, _ = maximize(restricted, [self.free, np.zeros(self.order.arma.size)])
        return ArimaModel(self.order, free, self.observations)

    def arma_covariance(self) -> Floats:
        """Covariance of the coefficients (ar, ma, seasonal ar, seasonal ma), from the Hessian."""
        k = self.order.arma.size
        if not k:
            return np.zeros((0, 0))
        hessian = _hessian(self.likelihood.log_likelihood, self.free)
        slopes = np.column_stack(
            [
                (self.arma_values(self.free + step) - self.arma_values(self.free - step))
                / (2 * HESSIAN_STEP)
                for step in np.eye(k) * HESSIAN_STEP
            ]
        )
        covariance: Floats = slopes @ np.linalg.pinv(-hessian) @ slopes.T
        return covariance

    def arma_values(self, free: Floats) -> Floats:
        """The coefficients in the usual signs."""
        ar, ma, seasonal_ar, seasonal_ma = self.order.arma.coefficients(free)
        return np.array([*ar, *(-c for c in ma), *seasonal_ar, *(-c for c in seasonal_ma)])

    def arma_names(self) -> list[str]:
        """Their names: ar1, ..., ma1, ..., sar1, ..., sma1, ..."""
        kinds = zip(("ar", "ma", "sar", "sma"), self.order.arma.counts, strict=True)
        return [f"{kind}{i}" for kind, count in kinds for i in range(1, count + 1)]


def corrected_aic(log_likelihood: float, n_parameters: int, n: int) -> float:
    """AICc; infinite where there are too few observations for it."""
    if n <= n_parameters + 1:
        return math.inf
    return -2 * log_likelihood + 2 * n_parameters * n / (n - n_parameters - 1)


def _lower_toeplitz(first_column: Floats) -> Floats:
    steps = len(first_column)
    row, column = np.ogrid[:steps, :steps]
    return np.where(row >= column, first_column[row - column], 0.0)


def _trailing_factor(band: Floats, steps: int) -> Floats:
    """The last rows and columns of a Cholesky factor in band storage."""
    row, column = np.ogrid[:steps, :steps]
    lag = row - column
    inside = (lag >= 0) & (lag < len(band))
    last = band[:, band.shape[1] - steps :]
    return np.where(inside, last[np.where(inside, lag, 0), column], 0.0)


def _banded_rows(band: Floats, innovations: Floats, n: int, steps: int) -> Floats:
    """What the factor's rows after the n-th make of the innovations seen."""
    rows = np.zeros((steps, innovations.shape[1]))
    width = len(band) - 1
    for step in range(min(steps, width)):
        columns = np.arange(max(0, n + step - width), n)
        rows[step] = band[n + step - columns, columns] @ innovations[columns]
    return rows


def _continued(past: Floats, input_: Floats, polynomial: Floats) -> Floats:
    """Rows after the past whose filter by the polynomial is the input."""
    n = len(past)
    rows = np.concatenate([past, input_])
    lags = np.flatnonzero(polynomial[1:]) + 1
    for i in range(n, len(rows)):
        seen = lags[lags <= i]
        rows[i] -= polynomial[seen] @ rows[i - seen]
    return rows[n:]


def _hessian(function: Callable[[Floats], float], at: Floats) -> Floats:
    steps = np.eye(len(at)) * HESSIAN_STEP

    def second(i: Floats, j: Floats) -> float:
        return (
            function(at + i + j)
            - function(at + i - j)
            - function(at - i + j)
            + function(at - i - j)
        ) / (4 * HESSIAN_STEP**2)

    hessian: Floats = np.array([[second(i, j) for j in steps] for i in steps])
    symmetric: Floats = (hessian + hessian.T) / 2
    return symmetric
