"""Measures of forecast errors and of intervals.

References:
    Winkler (1972), A decision-theoretic approach to interval estimation, Journal of the
        American Statistical Association 67.
    Makridakis (1993), Accuracy measures: theoretical and practical concerns, International
        Journal of Forecasting 9.
    Hyndman, Koehler (2006), Another look at measures of forecast accuracy, International
        Journal of Forecasting 22.
"""

import numpy as np

from cemkit.arrays import Floats


def scaled_errors(
    actual: Floats, forecast: Floats, history: Floats, period: int
) -> tuple[float, float]:
    """MASE and RMSSE: errors over those of the seasonal naive forecast in the history."""
    changes = history[period:] - history[:-period]
    scale, square = np.nanmean(np.abs(changes)), np.nanmean(changes**2)
    if not scale > 0:
        return float("nan"), float("nan")
    errors = actual - forecast
    return float(np.nanmean(np.abs(errors)) / scale), float(np.sqrt(np.nanmean(errors**2) / square))


def symmetric_percentage_error(actual: Floats, forecast: Floats) -> float:
    """SMAPE as a fraction, from 0 to 2; a period in which both are 0 counts as no error."""
    size = np.abs(actual) + np.abs(forecast)
    errors = 2 * np.abs(actual - forecast) / np.where(size > 0, size, 1.0)
    return float(np.nanmean(errors))


def winkler_score(
    actual: Floats, lower: Floats, upper: Floats, *, confidence_level: float
) -> float:
    """Mean of the interval widths plus 2 / (1 - level) times the distance of values outside."""
    outside = np.maximum(lower - actual, 0) + np.maximum(actual - upper, 0)
    return float(np.nanmean(upper - lower + 2 / (1 - confidence_level) * outside))
