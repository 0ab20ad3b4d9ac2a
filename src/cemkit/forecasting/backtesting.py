"""backtest: how good forecasts would have been, from origins that roll through the past."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone
from tqdm import tqdm

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_flag, check_fraction, check_integer
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.forecasting.accuracy import (
    scaled_errors,
    symmetric_percentage_error,
    winkler_score,
)
from cemkit.forecasting.forecaster import (
    ARIMAForecaster,
    check_forecaster,
    check_steps,
)
from cemkit.forecasting.series import (
    FEWEST_POINTS,
    regular_series,
    season_of,
    time_index,
)
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result

NAIVE = "seasonal_naive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest(Result):
    """Accuracy of forecasts from several origins in the past, from `backtest`.

    `table` has one row per model, including the seasonal naive forecast, with `mase, smape, rmsse,
    coverage, winkler_score`, sorted by MASE. `forecasts` has one row per forecast: `model, origin,
    step, actual, forecast, lower, upper`.

    Examples:
        >>> Backtest.__dataclass_fields__.keys() >= {"table", "forecasts"}
        True
    """

    _pictures = ("forecasting.backtest",)

    steps: int
    origins: int
    seasonal_period: int
    intervals: str
    confidence_level: float
    table: pd.DataFrame
    forecasts: pd.DataFrame

    naive: ClassVar[str] = NAIVE


def backtest(
    sales: pd.Series,
    steps: int,
    origins: int = 5,
    *,
    models: Mapping[str, ARIMAForecaster] | None = None,
    X: pd.DataFrame | None = None,
    seasonal_period: Literal["auto"] | int = "auto",
    intervals: Literal["model", "conformal"] = "model",
    confidence_level: float = 0.95,
    progress: bool = False,
) -> Backtest:
    """Forecast from several origins in the past, and compare with the actual sales.

    Args:
        sales: Series of amounts on a regular index.
        steps: Number of periods to forecast from each origin.
        origins: Number of origins, `steps` periods apart. The last forecast ends with the sales.
        models: Forecasters by name; `{"arima": ARIMAForecaster()}` by default. The seasonal naive
            forecast, `"seasonal_naive"`, is always included.
        X: Regressors, one row per period. None for no regressors.
        seasonal_period: Number of periods in the season of the naive forecast and of the error
            scale; `"auto"` as in `ARIMAForecaster`.
        intervals: `"model"` for the intervals of the model, or `"conformal"` to multiply their
            width by the factor that would have given the right coverage at earlier origins. The
            first origins, without enough earlier ones, keep the model's intervals and do not count
            for coverage and score.
        confidence_level: Confidence level of the intervals, as a fraction.
        progress: Whether to show a progress bar.

    Returns:
        A `Backtest`, whose table has one row per model.

    Raises:
        NotEnoughDataError: The history before the first origin is too short, or the origins are
            too few for conformal intervals.
        DataError: All sales to forecast are missing.
        ValueError: A model is called `"seasonal_naive"`.

    References:
        Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world (conformal).

    Examples:
        >>> months = pd.period_range("2015-01", periods=72, freq="M")
        >>> season = 10 + np.sin(np.arange(72) * np.pi / 6) + 0.1 * np.cos(np.arange(72.0) ** 2)
        >>> result = backtest(pd.Series(season, index=months), steps=6, origins=2)
        >>> result.table.columns.tolist()
        ['mase', 'smape', 'rmsse', 'coverage', 'winkler_score']
    """
    check_steps(steps)
    check_integer(origins, "origins", minimum=1)
    check_flag(progress, "progress")
    check_choice(intervals, "intervals", ("model", "conformal"))
    level = check_fraction(confidence_level, "confidence_level")
    series = regular_series(sales)
    period = _season(series, len(series) - origins * steps, seasonal_period)
    cuts = _cuts(len(series), steps, origins, max(FEWEST_POINTS, period + 1))
    if series.iloc[cuts[0] :].isna().all():
        raise DataError(
            "all sales after the first origin are missing, so forecasts cannot be "
            "compared; use an earlier period"
        )
    if intervals == "conformal":
        _check_calibration(steps * (origins - 1), level)
    named = _checked({"arima": ARIMAForecaster()} if models is None else models)

    def ahead(model: ARIMAForecaster | None, past: pd.Series) -> pd.DataFrame:
        if model is None:
            return _naive(past, steps, period, level)
        fitted: ARIMAForecaster = clone(model).fit(past, X=X)
        return fitted.forecast(steps, X=X, confidence_level=level)

    parts = [
        _labelled(name, series, cut, ahead(model, series.iloc[:cut]))
        for name, model in tqdm([*named.items(), (NAIVE, None)], disable=not progress)
        for cut in cuts
    ]
    forecasts = pd.concat(parts, ignore_index=True)
    if intervals == "conformal":
        forecasts = _calibrated(forecasts, level)
    return Backtest(
        steps=steps,
        origins=origins,
        seasonal_period=period,
        intervals=intervals,
        confidence_level=level,
        table=_ranked(forecasts, series, period, level),
        forecasts=forecasts.drop(columns="counts"),
    )


def _checked(models: object) -> dict[str, ARIMAForecaster]:
    if not isinstance(models, Mapping):
        raise TypeError(
            f"models must be forecasters by name, as in {{'a': ...}}, not {shown(models)}"
        )
    if NAIVE in models:
        raise ValueError(f"{NAIVE!r} is the name of the benchmark; give the model another name")
    return {str(name): check_forecaster(model) for name, model in models.items()}


def _season(series: pd.Series, history: int, wanted: Literal["auto"] | int) -> int:
    if not isinstance(wanted, str) or wanted != "auto":
        return check_integer(wanted, "seasonal_period", minimum=1)
    period = season_of(time_index(series))
    return period if history > 2 * period else 1


def _cuts(n: int, steps: int, origins: int, fewest: int) -> list[int]:
    """How many periods lie before each origin."""
    need = origins * steps + fewest
    if n < need:
        raise NotEnoughDataError("points in sales", n, need, hint="use fewer origins or steps")
    return [n - steps * back for back in range(origins, 0, -1)]


def _check_calibration(before: int, level: float) -> None:
    need = math.ceil(round(level / (1 - level), 9))
    if before < need:
        raise NotEnoughDataError(
            "forecasts before the last origin",
            before,
            need,
            hint=f"conformal intervals of {level:g} need that many; use more origins",
        )


def _labelled(name: str, series: pd.Series, cut: int, ahead: pd.DataFrame) -> pd.DataFrame:
    table = ahead.reset_index(drop=True).assign(
        model=name,
        origin=series.index[cut - 1],
        step=np.arange(1, len(ahead) + 1),
        actual=series.to_numpy()[cut : cut + len(ahead)],
        counts=True,
    )
    return table[["model", "origin", "step", "actual", "forecast", "lower", "upper", "counts"]]


def _naive(past: pd.Series, steps: int, period: int, level: float) -> pd.DataFrame:
    """The last season again; its errors grow with the root of the seasons ahead."""
    values = past.ffill().bfill().to_numpy()
    ahead = np.resize(values[-period:], steps)
    spread = float(np.sqrt(np.mean((values[period:] - values[:-period]) ** 2)))
    seasons = 1 + np.arange(steps) // period
    half = critical_value(level) * spread * np.sqrt(seasons)
    return pd.DataFrame({"forecast": ahead, "lower": ahead - half, "upper": ahead + half})


def _calibrated(forecasts: pd.DataFrame, level: float) -> pd.DataFrame:
    parts = [_conformal(one, level) for _, one in forecasts.groupby("model", sort=False)]
    return pd.concat(parts, ignore_index=True)


def _conformal(forecasts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Widen or narrow each origin's intervals by what those before it would have needed."""
    middle = forecasts["forecast"]
    half = np.where(
        forecasts["actual"] >= middle, forecasts["upper"] - middle, middle - forecasts["lower"]
    )
    needed: pd.Series = (forecasts["actual"] - middle).abs() / np.maximum(half, 1e-300)
    parts: list[pd.DataFrame] = []
    before: Floats = np.zeros(0)
    for _, one in forecasts.groupby("origin", sort=False):
        rank = math.ceil((len(before) + 1) * level)
        factor = float(np.sort(before)[rank - 1]) if rank <= len(before) else math.nan
        stretch = 1.0 if math.isnan(factor) else factor
        parts.append(
            one.assign(
                lower=one["forecast"] - stretch * (one["forecast"] - one["lower"]),
                upper=one["forecast"] + stretch * (one["upper"] - one["forecast"]),
                counts=not math.isnan(factor),
            )
        )
        before = np.append(before, needed.loc[one.index].dropna())
    return pd.concat(parts)


def _ranked(forecasts: pd.DataFrame, series: pd.Series, period: int, level: float) -> pd.DataFrame:
    rows = {
        str(name): _scores(one, series, period, level)
        for name, one in forecasts.groupby("model", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model").sort_values("mase")


def _scores(
    forecasts: pd.DataFrame, series: pd.Series, period: int, level: float
) -> dict[str, float]:
    scaled = []
    for origin, one in forecasts.groupby("origin", sort=False):
        history = series.loc[:origin].to_numpy()
        actual, ahead = one["actual"].to_numpy(), one["forecast"].to_numpy()
        if np.isnan(actual).all():
            continue
        scaled.append(scaled_errors(actual, ahead, history, period))
    mase, rmsse = np.mean(scaled, axis=0)
    seen = forecasts[forecasts["counts"] & forecasts["actual"].notna()]
    inside = seen["actual"].between(seen["lower"], seen["upper"])
    bounds = [seen[name].to_numpy() for name in ("actual", "lower", "upper")]
    actual, predicted = forecasts["actual"].to_numpy(), forecasts["forecast"].to_numpy()
    return {
        "mase": float(mase),
        "smape": symmetric_percentage_error(actual, predicted),
        "rmsse": float(rmsse),
        "coverage": float(inside.mean()) if len(seen) else math.nan,
        "winkler_score": winkler_score(*bounds, confidence_level=level) if len(seen) else math.nan,
    }
