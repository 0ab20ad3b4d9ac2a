"""What a fitted forecaster says of itself: its coefficients, and whether its errors are noise.

References:
    Ljung, Box (1978), On a measure of lack of fit in time series models, Biometrika 65.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import t as student

from cemkit.arrays import Floats
from cemkit.forecasting.model import ArimaModel
from cemkit.forecasting.polynomials import smallest_root
from cemkit.forecasting.series import TimeIndex
from cemkit.forecasting.state_space import placed_innovations
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSummary(Result):
    """Orders, fit and coefficients of a model, from `ARIMAForecaster.summary`.

    `table` has one row per coefficient with `estimate, standard_error, lower, upper, p_value`. The
    likelihood and the AICc are on the scale of the power, as in R.

    Examples:
        >>> ForecastSummary.__dataclass_fields__.keys() >= {"model", "aicc", "table"}
        True
    """

    model: str
    n: int
    n_missing: int
    power: float
    log_likelihood: float
    aicc: float
    models_averaged: int
    notes: str
    confidence_level: float
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Result):
    """Residual checks and roots of a model, from `ARIMAForecaster.diagnose`.

    A small `ljung_box_p_value` means that the errors are still correlated, and a small
    `normality_p_value` (Jarque-Bera) that they are not normal. Roots are given as distances from
    the origin in units of the backshift operator; those of a seasonal factor are m-th roots.

    `table` has one row per `lag` with the autocorrelation of the errors and the bounds `lower,
    upper` that contain 95 % of autocorrelations of noise. `errors` has one row per period of the
    sales: `error`, the sales minus the one-step forecast, divided by its standard deviation.

    Examples:
        >>> Diagnosis.__dataclass_fields__.keys() >= {"ljung_box_p_value", "smallest_ar_root"}
        True
    """

    _pictures = ("forecasting.residuals",)

    lags: int
    ljung_box: float
    ljung_box_p_value: float
    normality: float
    normality_p_value: float
    smallest_ar_root: float
    smallest_ma_root: float
    table: pd.DataFrame
    errors: pd.DataFrame


def coefficient_table(model: ArimaModel, names: list[str], confidence_level: float) -> pd.DataFrame:
    """Estimates, standard errors, t intervals and p values of every coefficient."""
    fit, order = model.regression, model.order
    n_missing = model.observations.missing.shape[1]
    labels = [*model.arma_names(), *([order.constant_name] if order.constant else []), *names]
    estimates = np.concatenate([model.arma_values(model.free), fit.effects[n_missing:]])
    variances = np.concatenate(
        [
            np.diag(model.arma_covariance()),
            fit.variance * np.diag(fit.precision)[n_missing:],
        ]
    )
    errors = np.sqrt(np.maximum(variances, 0.0))
    half = float(student.ppf(0.5 + confidence_level / 2, model.degrees)) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * student.sf(np.abs(estimates / errors), model.degrees)
    table = pd.DataFrame(
        {
            "estimate": estimates,
            "standard_error": errors,
            "lower": estimates - half,
            "upper": estimates + half,
            "p_value": p_values,
        },
        index=pd.Index(labels, name="coefficient"),
    )
    # A regressor may be called variance, too; it keeps its row.
    variance = pd.DataFrame(
        {"estimate": [fit.variance]}, pd.Index(["variance"], name="coefficient")
    )
    return pd.concat([table, variance])


def diagnose_model(model: ArimaModel, season: int, index: TimeIndex) -> Diagnosis:
    """Ljung and Box's and Jarque and Bera's tests of the innovations, and the roots."""
    places, residuals = placed_innovations(model)
    n, k = len(residuals), model.order.arma.size
    lags = max(min(2 * season if season > 1 else 10, n // 5), k + 1)
    correlations = _autocorrelations(residuals, lags)
    box = float(n * (n + 2) * (correlations**2 / (n - np.arange(1, lags + 1))).sum())
    bound = critical_value(0.95) / np.sqrt(n)
    normality = _jarque_bera(residuals)
    ar, ma, seasonal_ar, seasonal_ma = model.order.arma.coefficients(model.free)
    period = model.order.arma.period
    return Diagnosis(
        lags=lags,
        ljung_box=box,
        ljung_box_p_value=float(chi2.sf(box, lags - k)),
        normality=normality,
        normality_p_value=float(chi2.sf(normality, 2)),
        smallest_ar_root=min(smallest_root(ar), smallest_root(seasonal_ar) ** (1 / period)),
        smallest_ma_root=min(smallest_root(ma), smallest_root(seasonal_ma) ** (1 / period)),
        table=pd.DataFrame(
            {"autocorrelation": correlations, "lower": -bound, "upper": bound},
            pd.RangeIndex(1, lags + 1, name="lag"),
        ),
        errors=pd.DataFrame({"error": residuals}, index=index[places]),
    )


def _autocorrelations(residuals: Floats, lags: int) -> Floats:
    """Of each lag from 1 on."""
    centred = residuals - residuals.mean()
    products = np.array([centred[k:] @ centred[:-k] for k in range(1, lags + 1)])
    correlations: Floats = products / (centred @ centred)
    return correlations


def _jarque_bera(residuals: Floats) -> float:
    centred = residuals - residuals.mean()
    variance = (centred**2).mean()
    skewness = (centred**3).mean() / variance**1.5
    kurtosis = (centred**4).mean() / variance**2
    return float(len(residuals) / 6 * (skewness**2 + (kurtosis - 3) ** 2 / 4))
