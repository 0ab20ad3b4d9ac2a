"""Box and Cox's power of a series, and what is predicted on its scale brought back.

References:
    Box, Cox (1964), An analysis of transformations, Journal of the Royal Statistical Society B
        26.
"""

import math
from collections.abc import Sequence

import numpy as np

from cemkit.arrays import Floats
from cemkit.forecasting.differencing import (
    difference,
    is_identified,
    ordinary_differences,
    seasonal_differences,
)
from cemkit.forecasting.likelihood import ArmaOrder
from cemkit.forecasting.model import ArimaOrder, Observations
from cemkit.forecasting.search import OrderSearch, Wanted

POWERS = (0.0, 0.5, 1.0)
LARGEST_POWER = 2.0  # below 0 levels have an upper end, beyond which all is infinite
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(30)


def to_power(values: Floats, power: float) -> Floats:
    """(y^power - 1) / power, the logarithm at 0, and the values themselves at 1."""
    if power == 1:
        return values
    return np.log(values) if power == 0 else (values**power - 1) / power


def from_power(values: Floats, power: float) -> Floats:
    """The inverse of `to_power`; 0 below its range, infinite above that of a negative power."""
    if power == 1:
        return values
    with np.errstate(over="ignore", divide="ignore"):  # what is infinite is refused later
        if power == 0:
            return np.exp(values)
        back: Floats = np.maximum(power * values + 1, 0.0) ** (1 / power)
    return back


def mean_from_power(mean: Floats, variance: Floats, power: float) -> Floats:
    """The mean, in levels, of values that are normal on the scale of the power."""
    if power == 1:
        return mean
    if power == 0.5:
        return (mean / 2 + 1) ** 2 + variance / 4
    with np.errstate(over="ignore"):
        if power == 0:
            return np.exp(mean + variance / 2)
        spread = np.sqrt(variance)[:, None] * NODES
        levels = from_power(mean[:, None] + spread, power) @ WEIGHTS
    means: Floats = levels / WEIGHTS.sum()
    return means


def likeliest_power(
    values: Floats, regressors: Floats, period: int, powers: Sequence[float] = POWERS
) -> float:
    """The power under which a small ARIMA model makes the series likeliest."""
    d, seasonal_d = differences_of(to_power(values, 0.5), regressors, period)
    seasonal = int(period > 1)
    arma = ArmaOrder(1, 1, 0, seasonal, period)
    # The first values are given, not modelled, so they have no part in the Jacobian.
    modelled = values[d + seasonal_d * period :]
    jacobian = float(np.nansum(np.log(modelled)))

    def log_likelihood(power: float) -> float:
        seen = Observations.of(to_power(values, power), regressors)
        search = OrderSearch(seen, d, seasonal_d, period, Wanted())
        order = ArimaOrder(arma, d, seasonal_d, constant=search.may_have_constant)
        value = search.fitted(order).log_likelihood + (power - 1) * jacobian
        return value if math.isfinite(value) else -math.inf

    return max(powers, key=log_likelihood)


def differences_of(
    values: Floats,
    regressors: Floats,
    period: int,
    *,
    d: int | None = None,
    seasonal_d: int | None = None,
) -> tuple[int, int]:
    """D and D of a series, after what a least-squares fit of the regressors explains."""
    columns = np.column_stack([Observations.of(values, regressors).missing, regressors])
    series = _filled(values)
    if regressors.shape[1]:
        design = np.column_stack([np.ones(len(series)), regressors])
        series = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
    if seasonal_d is None:
        seasonal_d = seasonal_differences(series, period)
        if not is_identified(columns, d or 0, seasonal_d, period):
            seasonal_d = 0
    if d is not None:
        return d, seasonal_d
    d = ordinary_differences(difference(series, 0, seasonal_d, period))
    while d and not is_identified(columns, d, seasonal_d, period):
        d -= 1
    return d, seasonal_d


def _filled(values: Floats) -> Floats:
    seen = np.isfinite(values)
    places = np.arange(len(values))
    return values if seen.all() else np.interp(places, places[seen], values[seen])
