"""ARIMAForecaster: sales to come, by an ARIMA model whose order is searched."""

import itertools
import warnings
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted
from statsmodels.tools.sm_exceptions import ConvergenceWarning, InterpolationWarning
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

from cemkit.checks import check_fraction, check_integer
from cemkit.errors import ConvergenceError, DataError, NotEnoughDataError

Order = tuple[int, int, int]

LARGEST_ORDER = 3
KPSS_CRITICAL = 0.463  # at 5 %
SEASONAL_STRENGTH = 0.64  # above it R's auto.arima takes a seasonal difference, too
FEWEST = 10


class ARIMAForecaster(BaseEstimator):
    """Forecast a regular series by the ARIMA model of least AICc.

    The number of differences comes from the KPSS test, a seasonal difference from the strength of
    the season; then autoregressive and moving-average orders up to three (seasonal ones up to one)
    are tried, and the model of least AICc is kept.

    Args:
        seasonal_period: Periods in a season, such as 12 for months; 1 for none.
        order: `(p, d, q)`, or `"auto"`.
        seasonal_order: `(P, D, Q)`, or `"auto"`.

    Attributes:
        order_: `(p, d, q)`.
        seasonal_order_: `(P, D, Q)`.
        aicc_: Corrected Akaike information criterion.
        log_likelihood_: At the maximum.
        params_: The coefficients and the variance.
        standard_errors_: Of the same.

    References:
        Hyndman, Khandakar (2008), Automatic time series forecasting: the forecast package for R,
        Journal of Statistical Software 27.

    Examples:
        >>> days = pd.period_range("1871", periods=40, freq="Y")
        >>> sales = pd.Series([100.0 + (7 * year) % 13 for year in range(40)], index=days)
        >>> ARIMAForecaster(order=(1, 0, 0)).fit(sales).forecast(2).columns.tolist()
        ['forecast', 'lower', 'upper']
    """

    def __init__(
        self,
        seasonal_period: int = 1,
        order: Literal["auto"] | Order = "auto",
        seasonal_order: Literal["auto"] | Order = "auto",
    ) -> None:
        self.seasonal_period = seasonal_period
        self.order = order
        self.seasonal_order = seasonal_order

    def fit(self, sales: pd.Series, y: object = None) -> Self:
        """Choose the order and estimate the coefficients.

        Args:
            sales: Amounts on a regular PeriodIndex or DatetimeIndex, in order of time.
            y: Ignored.

        Raises:
            TypeError: `sales` is no Series on such an index.
            DataError: The index is irregular or out of order, or values are missing or infinite.
            NotEnoughDataError: The series is too short for its season.
            ConvergenceError: No model could be fitted.
        """
        period = check_integer(self.seasonal_period, "seasonal_period", minimum=1)
        series = _regular(sales)
        need = max(FEWEST, 2 * period + 5)
        if len(series) < need:
            raise NotEnoughDataError("points in sales", have=len(series), need=need)
        fits = [
            fit
            for order, seasonal in self._candidates(series.to_numpy(), period)
            if (fit := _fitted(series, order, seasonal, period)) is not None
        ]
        if not fits:
            raise ConvergenceError("no ARIMA model could be fitted to sales; name an order")
        best = min(fits, key=lambda fit: fit.aicc)
        self.order_ = best.model.order
        self.seasonal_order_ = best.model.seasonal_order[:3]
        self.aicc_ = float(best.aicc)
        self.log_likelihood_ = float(best.llf)
        self.params_ = best.params
        self.standard_errors_ = best.bse
        self.sarimax_ = best
        return self

    def forecast(self, steps: int, *, confidence_level: float = 0.95) -> pd.DataFrame:
        """The next `steps` periods.

        Args:
            steps: How many.
            confidence_level: Of the interval.

        Returns:
            `forecast, lower, upper` on the index that follows that of the fit.
        """
        check_is_fitted(self)
        check_integer(steps, "steps", minimum=1)
        check_fraction(confidence_level, "confidence_level")
        ahead = self.sarimax_.get_forecast(steps)
        mean = ahead.predicted_mean
        half = norm.ppf(0.5 + confidence_level / 2) * ahead.se_mean
        return pd.DataFrame({"forecast": mean, "lower": mean - half, "upper": mean + half})

    def _candidates(self, values: Any, period: int) -> list[tuple[Order, Order]]:
        if self.seasonal_order == "auto":
            seasonal_d = _seasonal_differences(values, period)
            most = 1 if period > 1 else 0
            seasonal = [(p, seasonal_d, q) for p in range(most + 1) for q in range(most + 1)]
        else:
            seasonal_d = self.seasonal_order[1]
            seasonal = [self.seasonal_order]
        if self.order == "auto":
            d = _differences(_seasonally_differenced(values, period, seasonal_d))
            span = range(LARGEST_ORDER + 1)
            regular = [(p, d, q) for p in span for q in span if p + q <= LARGEST_ORDER]
        else:
            regular = [self.order]
        return list(itertools.product(regular, seasonal))


def _regular(sales: pd.Series) -> pd.Series:
    if not isinstance(sales, pd.Series):
        raise TypeError(f"sales must be a pandas Series, not {type(sales).__name__}")
    index = sales.index
    if not isinstance(index, pd.PeriodIndex | pd.DatetimeIndex):
        raise TypeError(f"sales must have a PeriodIndex or DatetimeIndex, not {index.dtype}")
    if not index.is_monotonic_increasing or not index.is_unique:
        raise DataError("sales must be in order of time without repeated dates; sort and sum first")
    if sales.empty:
        raise NotEnoughDataError("points in sales", have=0, need=FEWEST)
    values = sales.to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        raise DataError(
            f"sales has {int((~np.isfinite(values)).sum())} missing or infinite values; fill them"
        )
    if isinstance(index, pd.PeriodIndex):
        if len(index) != len(pd.period_range(index[0], index[-1], freq=index.freq)):
            raise DataError("sales has gaps in its periods; fill them, with 0 where nothing sold")
        return pd.Series(values, index=index)
    regular = pd.DatetimeIndex(index, freq="infer")
    if regular.freq is None:
        raise DataError("sales has irregular dates; resample them to one period first")
    return pd.Series(values, index=regular)


def _seasonal_differences(values: Any, period: int) -> int:
    if period == 1 or len(values) <= 2 * period:
        return 0
    parts = STL(values, period=period, seasonal=11).fit()
    spread = np.var(parts.resid + parts.seasonal)
    return int(spread > 0 and 1 - np.var(parts.resid) / spread > SEASONAL_STRENGTH)


def _seasonally_differenced(values: Any, period: int, times: int) -> Any:
    for _ in range(times):
        values = values[period:] - values[:-period]
    return values


def _differences(values: Any) -> int:
    lags = int(3 * np.sqrt(len(values)) / 13)
    for d in range(2):
        if np.ptp(values) == 0:
            return d
        if _kpss_statistic(values, lags) <= KPSS_CRITICAL:
            return d
        values = np.diff(values)
    return 2


def _kpss_statistic(values: Any, lags: int) -> float:
    with warnings.catch_warnings():
        # Only the p value is interpolated, and the form of the answer is announced to change.
        warnings.simplefilter("ignore", InterpolationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        return float(kpss(values, nlags=lags)[0])


def _fitted(series: pd.Series, order: Order, seasonal: Order, period: int) -> Any:
    trend = "c" if order[1] + seasonal[1] == 0 else "n"
    season = (*seasonal, period) if period > 1 else (0, 0, 0, 0)
    with warnings.catch_warnings():
        # A candidate that does not converge loses by its AICc, and its start values do not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            model = SARIMAX(series, order=order, seasonal_order=season, trend=trend)
            fit = model.fit(disp=False)
        except (np.linalg.LinAlgError, ValueError):
            return None
    return fit if np.isfinite(fit.aicc) else None
