"""Automatic ARIMA against statsforecast, pmdarima and a statsmodels grid; panels on two cores.

    OMP_NUM_THREADS=1 python benchmarks/forecasting.py PART [number of series]

PART is `classical` (against statsforecast), `pmdarima` or `statsmodels` (the shorter of these
series against peers that take seconds for each), `weekly` (simulated sales with promotions),
`stores` (weekly sales of orange juice in every second store, the last 3 origins of 8 weeks) or
`panel`. Models run in turns on each forecast, on one thread. CPU seconds are per forecast; the
Winkler score is that of 95 % intervals over the scale of MASE. The series are read from the folder
that CEMKIT_REFERENCE_DATA names.
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
from rows import peak_megabytes, report, sized

from cemkit import ARIMAForecaster, forecast_panel
from cemkit.forecasting import fourier_terms, promotion_regressors, simulate_weekly_sales
from cemkit.forecasting.accuracy import winkler_score

WEEKS, AHEAD, SEASON = 156, 13, 52
Case = tuple[pd.Series, int, int, pd.DataFrame | None]  # sales, steps, season, regressors
Forecast = tuple[np.ndarray, np.ndarray, np.ndarray]
SEARCHES = {
    "cemkit": "the default",
    "cemkit, power": "power chosen",
    "cemkit, average": 'power chosen, `search="average"`',
    "cemkit, stepwise": '`search="stepwise"`',
}
Model = Callable[[pd.Series, int, int, pd.DataFrame | None], Forecast]


def cemkit_model(**settings: object) -> Model:
    def run(sales: pd.Series, steps: int, period: int, X: pd.DataFrame | None) -> Forecast:
        ahead = ARIMAForecaster(period, **settings).fit(sales, X=X).forecast(steps, X=X)
        return tuple(ahead[name].to_numpy() for name in ("forecast", "lower", "upper"))

    return run


def automatic_model(**settings: object) -> Model:
    """The season is found by the forecaster, where there are two of them."""

    def run(sales: pd.Series, steps: int, *_: object) -> Forecast:
        ahead = ARIMAForecaster(**settings).fit(sales).forecast(steps)
        return tuple(ahead[name].to_numpy() for name in ("forecast", "lower", "upper"))

    return run


def statsforecast_model(log: bool) -> Model:
    from statsforecast.arima import auto_arima_f, forecast_arima

    def run(sales: pd.Series, steps: int, period: int, X: pd.DataFrame | None) -> Forecast:
        sales = sales.interpolate(limit_direction="both")  # it takes no missing values
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
    """A grid of p, q <= 2 and P, Q <= 1; d and D are those that cemkit finds."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def run(sales: pd.Series, steps: int, period: int, _: None) -> Forecast:
        found = ARIMAForecaster(period).fit(sales)
        d, seasonal_d = found.order_[1], found.seasonal_order_[1]
        season = range(2) if period > 1 else range(1)
        fits = []
        for p, q, sp, sq in itertools.product(range(3), range(3), season, season):
            seasonal = (sp, seasonal_d, sq, period) if period > 1 else (0, 0, 0, 0)
            model = SARIMAX(sales.to_numpy(), order=(p, d, q), seasonal_order=seasonal)
            fits.append(model.fit(disp=0))
        ahead = min(fits, key=lambda fit: fit.aicc).get_forecast(steps)
        ends = ahead.conf_int()
        return ahead.predicted_mean, ends[:, 0], ends[:, 1]

    return run


def measured(model: Model, case: Case) -> dict[str, float]:
    """CPU seconds, MASE, coverage and scaled Winkler score of one forecast."""
    sales, steps, period, X = case
    past, actual = sales.iloc[:-steps], sales.iloc[-steps:].to_numpy()
    start = time.process_time()
    mean, lower, upper = model(past, steps, period, X)
    seconds = time.process_time() - start
    scale = np.nanmean(np.abs(past.to_numpy()[period:] - past.to_numpy()[:-period]))
    seen = ~np.isnan(actual)
    return {
        "cpu_seconds": seconds,
        "mase": np.nanmean(np.abs(actual - mean)) / scale,
        "coverage": np.mean(((actual >= lower) & (actual <= upper))[seen]),
        "winkler": winkler_score(actual, lower, upper, confidence_level=0.95) / scale,
    }


def compare(title: str, models: dict[str, Model], cases: list[Case]) -> None:
    """Run all models on each case in turn, after one warm-up; `times` is the CPU of a peer's."""
    warnings.simplefilter("ignore")
    for model in models.values():
        measured(model, cases[0])
    rows = [(name, measured(model, case)) for case in cases for name, model in models.items()]
    table = pd.DataFrame([row for _, row in rows], index=[name for name, _ in rows])
    means = table.groupby(level=0, sort=False).mean()
    ours = means.index.str.startswith("cemkit")
    for name, mine in means[ours].iterrows():
        for peer, theirs in means[~ours].iterrows():
            report(
                f"automatic ARIMA, {SEARCHES[name]}",
                f"{len(cases)} forecasts, {title}",
                mine["cpu_seconds"],
                megabytes=peak_megabytes(),
                peer=peer,
                peer_seconds=theirs["cpu_seconds"],
                note=f"{quality(mine)}; {peer} {quality(theirs)}.",
            )


def quality(means: pd.Series) -> str:
    """The error of the forecasts and the coverage of their intervals."""
    return f"MASE {means['mase']:.3f}, 95 % intervals cover {100 * means['coverage']:.1f} %"


def classical_cases() -> list[Case]:
    """Each series from three origins, a season (or eight periods) apart."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        raise SystemExit("the classical series are read from the folder CEMKIT_REFERENCE_DATA")
    cases: list[Case] = []
    for path in sorted((Path(folder) / "series").glob("*.csv")):
        values, period = np.loadtxt(path), int(path.stem.split("__")[1])
        steps = period if period > 1 else 8
        index = pd.period_range("1900-01", periods=len(values), freq="M")
        for back in range(3):
            sales = pd.Series(values, index=index).iloc[: len(values) - back * steps]
            cases.append((sales, steps, period, None))
    return cases


def weekly_cases(count: int) -> list[Case]:
    """156 weeks to fit, 13 to forecast."""
    cases: list[Case] = []
    for seed in range(count):
        made = simulate_weekly_sales(n_weeks=WEEKS + AHEAD, random_state=seed)
        X = promotion_regressors(made.sales.index, made.promotions)
        cases.append((made.sales, AHEAD, SEASON, X))
    return cases


def store_cases() -> list[Case]:
    """All brands of every second store together, in weeks from Thursday to Wednesday."""
    lines = pd.read_parquet(Path(os.environ["CEMKIT_REFERENCE_DATA"]) / "orange_juice.parquet")
    sold = np.exp(lines["logmove"]).groupby([lines["week"], lines["store"]]).sum().unstack()
    sold = sold.reindex(range(sold.index.min(), sold.index.max() + 1))
    sold.index = pd.period_range("1990-06-14", periods=len(sold), freq="W-WED")  # week 40
    cases: list[Case] = []
    for store in list(sold)[::2]:
        sales = sold[store].loc[sold[store].first_valid_index() :]
        for back in (2, 1, 0):
            part = sales.iloc[: len(sales) - 8 * back]
            if part.iloc[-8:].notna().any() and part.iloc[:-8].notna().sum() >= SEASON + 8:
                cases.append((part, 8, SEASON, None))
    return cases


def stores(count: int | None) -> None:
    models = {
        "cemkit": automatic_model(),
        "cemkit, stepwise": automatic_model(search="stepwise"),
        "statsforecast": statsforecast_model(log=False),
    }
    compare("weekly orange juice per store", models, store_cases()[:count])


def classical(count: int | None) -> None:
    models = {
        "cemkit": cemkit_model(),
        "cemkit, power": cemkit_model(power="auto"),
        "cemkit, average": cemkit_model(power="auto", search="average"),
        "statsforecast": statsforecast_model(log=False),
    }
    compare("classical series", models, classical_cases()[:count])


def shorter_cases(count: int | None) -> list[Case]:
    """The last origin of each classical series of fewer than 200 values, shortest first."""
    cases = sorted(classical_cases()[::3], key=lambda case: len(case[0]))
    return [case for case in cases if len(case[0]) < 200][:count]


def pmdarima(count: int | None) -> None:
    models = {"cemkit": cemkit_model(), "pmdarima": pmdarima_model()}
    compare("shorter classical series, last origin", models, shorter_cases(count))


def statsmodels(count: int | None) -> None:
    models = {"cemkit": cemkit_model(), "statsmodels grid": statsmodels_model()}
    compare("shorter classical series, last origin", models, shorter_cases(count or sized(6, 2)))


def weekly(count: int | None) -> None:
    models = {
        "cemkit": cemkit_model(power=0.0),
        "cemkit, stepwise": cemkit_model(power=0.0, search="stepwise"),
        "statsforecast": statsforecast_model(log=True),
    }
    compare("weekly series with promotions", models, weekly_cases(count or sized(200, 3)))


def panel(count: int | None) -> None:
    """Weekly series with promotions on two cores, the start of the processes included."""
    made = weekly_cases(count or sized(1000, 4))
    sales = pd.DataFrame({i: case[0].iloc[:WEEKS] for i, case in enumerate(made)})
    X = {i: case[3] for i, case in enumerate(made)}
    start = time.perf_counter()
    ahead = forecast_panel(sales, AHEAD, forecaster=ARIMAForecaster(power=0.0), X=X, n_jobs=2)
    seconds, failed = time.perf_counter() - start, int((ahead["error"] != "").sum())
    assert not failed
    data = f"{len(made):,} weekly series of {WEEKS} points with promotions"
    report("`forecast_panel`", data, seconds, note="By the clock, two processes.")


def main() -> None:
    parts = {one.__name__: one for one in (classical, pmdarima, statsmodels, weekly, stores, panel)}
    if len(sys.argv) < 2 or sys.argv[1] not in parts:
        raise SystemExit(f"usage: {sys.argv[0]} {'|'.join(parts)} [number of series]")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else sized(0, 2) or None
    parts[sys.argv[1]](count)


if __name__ == "__main__":
    main()
