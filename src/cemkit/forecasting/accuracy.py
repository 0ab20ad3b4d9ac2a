"""Measures of forecast errors and of intervals."""

import numpy as np

from cemkit.forecasting.polynomials import FloatArray


def scaled_errors(
    actual: FloatArray, forecast: FloatArray, history: FloatArray, period: int
) -> tuple[float, float]:
    """MASE and RMSSE: errors over those of the seasonal naive forecast in the history.

    Args:
        actual: What came.
        forecast: What was forecast.
        history: What the forecast was made from; NaN where a value is missing.
        period: Periods in a season; 1 for none.

    Returns:
        NaN twice where the history never changes.

    References:
        Hyndman, Koehler (2006), Another look at measures of forecast accuracy, International
        Journal of Forecasting 22.

    Examples:
        >>> history = np.array([1.0, 2.0, 4.0])
        >>> scaled_errors(np.array([5.0]), np.array([4.0]), history, 1)[0].__round__(4)
        0.6667
    """
    changes = history[period:] - history[:-period]
    scale, square = np.nanmean(np.abs(changes)), np.nanmean(changes**2)
    if not scale > 0:
        return float("nan"), float("nan")
    errors = actual - forecast
    return float(np.nanmean(np.abs(errors)) / scale), float(np.sqrt(np.nanmean(errors**2) / square))


def symmetric_percentage_error(actual: FloatArray, forecast: FloatArray) -> float:
    """SMAPE as a fraction, from 0 to 2; a period in which both are 0 counts as no error.

    Args:
        actual: What came.
        forecast: What was forecast.

    References:
        Makridakis (1993), Accuracy measures: theoretical and practical concerns, International
        Journal of Forecasting 9.

    Examples:
        >>> symmetric_percentage_error(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
        0.5
    """
    size = np.abs(actual) + np.abs(forecast)
    errors = 2 * np.abs(actual - forecast) / np.where(size > 0, size, 1.0)
    return float(np.nanmean(errors))


def winkler_score(
    actual: FloatArray, lower: FloatArray, upper: FloatArray, *, confidence_level: float
) -> float:
    """Mean width of the intervals, plus 2 / (1 - level) times the distance of what falls outside.

    Args:
        actual: What came.
        lower: Lower bounds.
        upper: Upper bounds.
        confidence_level: Of the intervals.

    References:
        Winkler (1972), A decision-theoretic approach to interval estimation, Journal of the
        American Statistical Association 67.

    Examples:
        >>> ends = np.array([0.0]), np.array([2.0])
        >>> winkler_score(np.array([3.0]), *ends, confidence_level=0.5)
        6.0
    """
    outside = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    return float(np.nanmean(upper - lower + 2 / (1 - confidence_level) * outside))
