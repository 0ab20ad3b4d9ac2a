"""ForecastComponents: sales and their forecast as trend, season, regressors and remainder.

References:
    Cleveland, Cleveland, McRae, Terpenning (1990), STL: a seasonal-trend decomposition procedure
        based on loess, Journal of Official Statistics 6.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.forecasting.differencing import seasonal_strength, stl_parts
from cemkit.forecasting.power import from_power, to_power
from cemkit.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastComponents(Result):
    """Additive decomposition of sales and forecast, from `ARIMAForecaster.components`.

    The effect of the regressors is that of the (best) model. The rest, sales and forecast as one
    series, is decomposed by STL with the settings of R's `mstl`. STL describes the series, and its
    season can differ from that of the model. Missing values are interpolated for the decomposition.

    Attributes:
        seasonal_period: Number of periods in a season.
        steps: Number of periods forecast.
        seasonal_strength: Strength of the season in the detrended sales, from 0 to 1.
        trend_start, trend_end: Trend at the first and at the last observed period.
        table: One row per period of the sales and of the forecast: `value` (sales, then forecast),
            which is the sum of `trend, season, remainder` and, if the model has regressors,
            `regressors`; and `is_forecast`. `value` and `remainder` are missing where sales are
            missing.

    Examples:
        >>> ForecastComponents.__dataclass_fields__.keys() >= {"seasonal_strength", "table"}
        True
    """

    _pictures = ("forecasting.components",)

    seasonal_period: int
    steps: int
    seasonal_strength: float
    trend_start: float
    trend_end: float
    table: pd.DataFrame


def components_of(
    values: pd.Series, effects: Floats | None, power: float, n_observed: int, season: int
) -> ForecastComponents:
    """The components of sales followed by their forecast.

    `effects` are those of the regressors on the scale of the power; None without regressors.
    """
    if season < 2:
        raise ValueError(
            "components need a season, but the model has none (seasonal_period=1); set "
            "one, as in ARIMAForecaster(seasonal_period=12)"
        )
    given = values.to_numpy(dtype=np.float64)
    regressors = None if effects is None else given - _without(given, effects, power)
    rest = given if regressors is None else given - regressors
    places, seen = np.arange(len(rest)), ~np.isnan(rest)
    remainder, detrended = stl_parts(np.interp(places, places[seen], rest[seen]), season)
    trend = np.interp(places, places[seen], rest[seen]) - detrended
    parts = {"value": given, "trend": trend, "season": detrended - remainder}
    if regressors is not None:
        parts["regressors"] = regressors
    parts["remainder"] = np.where(seen, remainder, np.nan)
    observed = slice(0, n_observed)
    return ForecastComponents(
        seasonal_period=season,
        steps=len(values) - n_observed,
        seasonal_strength=seasonal_strength(remainder[observed], detrended[observed]),
        trend_start=float(trend[0]),
        trend_end=float(trend[n_observed - 1]),
        table=pd.DataFrame(parts, values.index).assign(is_forecast=places >= n_observed),
    )


def _without(values: Floats, effects: Floats, power: float) -> Floats:
    """The values as they would be if the regressors were 0."""
    return from_power(to_power(values, power) - effects, power)
