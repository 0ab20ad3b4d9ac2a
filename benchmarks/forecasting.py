"""Automatic ARIMA: CPU seconds and MASE against statsforecast, pmdarima and a statsmodels grid.

    OMP_NUM_THREADS=1 python benchmarks/forecasting.py [number of weekly series]

The classical series are read from the folder that CEMKIT_REFERENCE_DATA names; without it only the
simulated weekly series are run.
"""

import itertools
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import (
    ARIMAForecaster,
    forecast_panel,
    fourier_terms,
    promotion_regressors,
    simulate_weekly_sales,
)

WEEKS, AHEAD, SEASON = 156, 13, 52
Forecast = tuple[np.ndarray, np.ndarray, np.ndarray]
Model = Callable[[pd.Series, int, int, pd.DataFrame | None], Forecast]


def cemkit_model(**settings: object) -> Model:
    def run(sales: pd.Series, steps: int, period: int, X: pd.DataFrame | None) -> Forecast:
        ahead = ARIMAForecaster(period, **settings).fit(sales, X=X).forecast(steps, X=X)
        return tuple(ahead[name].to_numpy() for name in ("forecast", "lower", "upper"))

    return run


def statsforecast_model(log: bool) -> Model:
    from statsforecast.arima import auto_arima_f, forecast_arima

    def run(sales: pd.Series, steps: int, period: int, X: pd.DataFrame | None) -> Forecast:
        y = np.log(sales.to_numpy()) if log else sales.to_numpy()
        n = len(y)
        if X is not None:  # its own way with a long season
            X = X.join(fourier_terms(X.index, period=period, harmonics=3))
        past, future = (None, None) if X is None else (X.to_numpy()[:n], X.to_numpy()[n:])
        fit = auto_arima_f(y, period=1 if X is not None else period, xreg=past)
        ahead = forecast_arima(fit, steps, xreg=future, level=[95])
        parts = [np.asarray(ahead[name]).ravel() for name in ("mean", "lower", "upper")]
        return tuple(np.exp(part) if log else part for part in parts)

    return run


def pmdarima_model() -> Model:
    from pmdarima import auto_arima

    def run(sales: pd.Series, steps: int, period: int, _: None) -> Forecast:
        fit = auto_arima(sales.to_numpy(), m=period, seasonal=period > 1)
        mean, ends = fit.predict(steps, return_conf_int=True)
        return np.asarray(mean), ends[:, 0], ends[:, 1]

    return run


def statsmodels_model() -> Model:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def run(sales: pd.Series, steps: int, period: int, _: None) -> Forecast:
        found = ARIMAForecaster(period).fit(sales)  # for d and D alone
        d, seasonal_d = found.order_[1], found.seasonal_order_[1]
        best = None
        season = range(2) if period > 1 else range(1)
        for p, q, sp, sq in itertools.product(range(3), range(3), season, season):
            seasonal = (sp, seasonal_d, sq, period) if period > 1 else (0, 0, 0, 0)
            fit = SARIMAX(sales.to_numpy(), order=(p, d, q), seasonal_order=seasonal).fit(disp=0)
            best = fit if best is None or fit.aicc < best.aicc else best
        ahead = best.get_forecast(steps)
        ends = ahead.conf_int()
        return ahead.predicted_mean, ends[:, 0], ends[:, 1]

    return run


def measured(
    model: Model, cases: list[tuple[pd.Series, int, int, pd.DataFrame | None]]
) -> dict[str, float]:
    """CPU seconds a series, mean MASE and coverage of the 95 % intervals."""
    errors, covered, seconds = [], [], 0.0
    for sales, steps, period, X in cases:
        past, actual = sales.iloc[:-steps], sales.iloc[-steps:].to_numpy()
        start = time.process_time()
        mean, lower, upper = model(past, steps, period, X)
        seconds += time.process_time() - start
        scale = np.abs(past.to_numpy()[period:] - past.to_numpy()[:-period]).mean()
        errors.append(np.abs(actual - mean).mean() / scale)
        covered.append(np.mean((actual >= lower) & (actual <= upper)))
    return {
        "mase": float(np.mean(errors)),
        "coverage": float(np.mean(covered)),
        "cpu_seconds": seconds / len(cases),
    }


def classical(folder: Path) -> list[tuple[pd.Series, int, int, None]]:
    """Each series from three origins, a season (or eight periods) apart."""
    cases = []
    for path in sorted((folder / "series").glob("*.csv")):
        values, period = np.loadtxt(path), int(path.stem.split("__")[1])
        steps = period if period > 1 else 8
        index = pd.period_range("1900-01", periods=len(values), freq="M")
        for back in range(3):
            sales = pd.Series(values, index=index).iloc[: len(values) - back * steps]
            if len(sales) - steps >= 2 * period + 10:
                cases.append((sales, steps, period, None))
    return cases


def weekly(count: int) -> list[tuple[pd.Series, int, int, pd.DataFrame]]:
    cases = []
    for seed in range(count):
        made = simulate_weekly_sales(n_weeks=WEEKS + AHEAD, random_state=seed)
        X = promotion_regressors(made.sales.index, made.promotions)
        cases.append((made.sales, AHEAD, SEASON, X))
    return cases


def table(models: dict[str, Model], cases: list) -> pd.DataFrame:
    for model in models.values():  # warm up: compile, and import
        model(cases[0][0].iloc[: -cases[0][1]], *cases[0][1:])
    return pd.DataFrame({name: measured(model, cases) for name, model in models.items()}).T.round(4)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    warnings.simplefilter("ignore")
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if folder:
        cases = classical(Path(folder))
        fast = {"cemkit": cemkit_model(), "cemkit, power": cemkit_model(power="auto")}
        fast |= {"statsforecast": statsforecast_model(log=False)}
        print(f"{len(cases)} forecasts of classical series\n{table(fast, cases)}\n")
        few = [case for case in cases if len(case[0]) < 130][::4]
        slow = {"cemkit": cemkit_model(), "pmdarima": pmdarima_model()}
        slow |= {"statsmodels grid": statsmodels_model()}
        print(f"{len(few)} of them, for the slow\n{table(slow, few)}\n")
    cases = weekly(count)
    models = {
        "cemkit": cemkit_model(power=0.0),
        "cemkit, average": cemkit_model(power=0.0, search="average"),
        "statsforecast": statsforecast_model(log=True),
    }
    print(f"{count} weekly series with promotions\n{table(models, cases)}\n")


def panel() -> None:
    """1,000 weekly series with promotions on two cores."""
    made = [simulate_weekly_sales(n_weeks=WEEKS + AHEAD, random_state=seed) for seed in range(1000)]
    sales = pd.DataFrame({i: one.sales.iloc[:WEEKS] for i, one in enumerate(made)})
    X = {i: promotion_regressors(one.sales.index, one.promotions) for i, one in enumerate(made)}
    start = time.perf_counter()
    ahead = forecast_panel(sales, AHEAD, forecaster=ARIMAForecaster(power=0.0), X=X, n_jobs=2)
    failed = (ahead["error"] != "").sum()
    print(f"1,000 weekly series: {time.perf_counter() - start:.1f} s, {failed} rows failed")


if __name__ == "__main__":
    panel() if sys.argv[1:] == ["panel"] else main()
