"""The same model in statsmodels, whose Kalman filter steps over missing values."""

import math
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.forecasting.likelihood import Indices
from cemkit.forecasting.model import ArimaModel
from cemkit.forecasting.series import TimeIndex

SMALLEST_DIFFUSE = 1e-8


def statsmodels_result(model: ArimaModel, index: TimeIndex | None = None) -> Any:
    """The model as a statsmodels SARIMAX result at the same coefficients."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415 - a second to import

    order, seen = model.order, model.observations
    n_missing = seen.missing.shape[1]
    values = np.where(seen.missing.any(axis=1), np.nan, seen.values)
    period = order.arma.period
    result = SARIMAX(
        values if index is None else pd.Series(values, index=index),
        exog=seen.regressors if seen.regressors.shape[1] else None,
        order=order.order,
        seasonal_order=(*order.seasonal_order, period) if period > 1 else (0, 0, 0, 0),
        trend="c" if order.constant else "n",
        use_exact_diffuse=True,
    )
    fit = model.regression
    effects = fit.effects[n_missing:].copy()
    if order.constant:
        ar, _ = order.arma.polynomials(model.free)
        effects[0] *= ar.sum()
    return result.smooth([*effects, *model.arma_values(model.free), fit.variance])


def innovations(model: ArimaModel) -> Floats:
    """Observations less their one-step predictions, each over its standard error."""
    return placed_innovations(model)[1]


def placed_innovations(model: ArimaModel) -> tuple[Indices, Floats]:
    """The periods that have such an error, by number, and the errors."""
    fit, n = model.regression, len(model.observations.values)
    if not model.observations.missing.shape[1]:
        errors = fit.residuals / math.sqrt(fit.variance)
        return np.arange(n - len(errors), n), errors
    filtered = statsmodels_result(model).filter_results
    seen = ~filtered.missing[0].astype(bool)
    if filtered.nobs_diffuse:  # nothing predicts the first values, where differences start
        seen &= filtered.forecasts_error_diffuse_cov[0, 0] <= SMALLEST_DIFFUSE
    errors = filtered.forecasts_error[0] / np.sqrt(filtered.forecasts_error_cov[0, 0])
    return np.flatnonzero(seen), errors[seen]
