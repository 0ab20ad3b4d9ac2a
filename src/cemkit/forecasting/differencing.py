"""How often to difference: the KPSS test, and the strength of the season.

References:
    Wang, Smith, Hyndman (2006), Characteristic-based clustering for time series data, Data
        Mining and Knowledge Discovery 13.
    Kwiatkowski, Phillips, Schmidt, Shin (1992), Testing the null hypothesis of stationarity
        against the alternative of a unit root, Journal of Econometrics 54.
"""

import math

import numpy as np

from cemkit.arrays import Floats

KPSS_CRITICAL = 0.463  # at 5 %, Kwiatkowski and others (1992)
SEASONAL_STRENGTH = 0.64  # above it R's auto.arima takes a seasonal difference, too
SEASONAL_WINDOW = 11  # as in R's mstl
LARGEST_D = 2
SMALLEST_LEFT = 1e-7
LARGEST_VARIANCE_RATIO = 1.6  # white noise has 2


def difference(data: Floats, d: int, seasonal_d: int, period: int) -> Floats:
    """Data differenced along the first axis: seasonally, then ordinarily."""
    for _ in range(seasonal_d):
        data = data[period:] - data[:-period]
    for _ in range(d):
        data = data[1:] - data[:-1]
    return data


def kpss_statistic(series: Floats, lags: int | None = None) -> float:
    """The KPSS statistic of the hypothesis that the level is stationary; large rejects."""
    n = len(series)
    lags = int(3 * math.sqrt(n) / 13) if lags is None else lags
    centred = series - series.mean()
    variance = centred @ centred
    for lag in range(1, lags + 1):
        variance += 2 * (1 - lag / (lags + 1)) * (centred[lag:] @ centred[:-lag])
    sums = np.cumsum(centred)
    return float((sums @ sums) / (n * variance))


def seasonal_differences(series: Floats, period: int) -> int:
    """0 or 1: whether the season is strong enough for a seasonal difference."""
    if period == 1 or len(series) <= 2 * period or is_constant(series):
        return 0
    remainder, detrended = stl_parts(series, period)
    if seasonal_strength(remainder, detrended) <= SEASONAL_STRENGTH:
        return 0
    changes = np.diff(series)
    calmer = np.var(difference(series, 0, 1, period)) < np.var(detrended)
    return int(calmer or np.var(difference(changes, 0, 1, period)) < np.var(changes))


def ordinary_differences(series: Floats) -> int:
    """0, 1 or 2: the fewest differences after which the KPSS test finds a stationary level."""
    size = size_of(series)
    for d in range(LARGEST_D):
        if is_constant(series, size) or kpss_statistic(series) <= KPSS_CRITICAL:
            return d
        changes = np.diff(series)
        if np.var(changes) > LARGEST_VARIANCE_RATIO * np.var(series):
            return d
        series = changes
    return LARGEST_D


def is_identified(columns: Floats, d: int, seasonal_d: int, period: int) -> bool:
    """Whether differences leave enough of every column to tell it from the others."""
    sizes = np.linalg.norm(columns - columns.mean(axis=0), axis=0)
    left = difference(columns / np.where(sizes > 0, sizes, 1.0), d, seasonal_d, period)
    if len(left) < left.shape[1]:
        return False
    diagonal = np.abs(np.diag(np.linalg.qr(left, mode="r")))
    return bool((diagonal > SMALLEST_LEFT).all())


def is_constant(series: Floats, size: float | None = None) -> bool:
    """Whether all values are the same but for rounding."""
    largest = size_of(series) if size is None else size
    return bool(np.ptp(series) <= 1e-12 * largest)


def size_of(series: Floats) -> float:
    """The largest absolute value."""
    return float(np.abs(series).max())


def seasonal_strength(remainder: Floats, detrended: Floats) -> float:
    """1 less the share of the remainder in the variance of what has no trend."""
    spread = float(np.var(detrended))
    return min(1.0, max(0.0, 1.0 - float(np.var(remainder)) / spread)) if spread > 0 else 0.0


def stl_parts(series: Floats, period: int) -> tuple[Floats, Floats]:
    """The remainder, and the series less its trend; every setting as in R's mstl."""
    from statsmodels.tsa.seasonal import STL  # noqa: PLC0415 - a second to import, and not always due

    trend = math.ceil(1.5 * period / (1 - 1.5 / SEASONAL_WINDOW))
    trend += 1 - trend % 2
    decomposition = STL(
        series,
        period=period,
        seasonal=SEASONAL_WINDOW,
        seasonal_deg=0,
        trend=trend,
        seasonal_jump=math.ceil(SEASONAL_WINDOW / 10),
        trend_jump=math.ceil(trend / 10),
        low_pass_jump=math.ceil((period + 1) / 10),
    )
    parts = decomposition.fit(inner_iter=2, outer_iter=0)
    return parts.resid, parts.resid + parts.seasonal
