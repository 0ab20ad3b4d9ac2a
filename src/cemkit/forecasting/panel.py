"""forecast_panel: one forecast per series of a table, thousands of them in one call."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed
from tqdm import tqdm

from cemkit.checks import check_flag, check_fraction, check_frame, check_integer, unknown_labels
from cemkit.checks.options import shown
from cemkit.errors import CemkitError, DataError
from cemkit.forecasting.forecaster import ARIMAForecaster, check_forecaster, check_steps
from cemkit.forecasting.series import TimeIndex, following, regular_series, time_index

MOST_JOBS = 1024
Regressors = pd.DataFrame | Mapping[object, pd.DataFrame] | None


def forecast_panel(
    sales: pd.DataFrame,
    steps: int,
    *,
    forecaster: ARIMAForecaster | None = None,
    X: Regressors = None,
    confidence_level: float = 0.95,
    n_jobs: int = 1,
    progress: bool = False,
) -> pd.DataFrame:
    """Fit and forecast every column separately; a column that fails is reported.

    Args:
        sales: Table with one column per series on one regular index, such as the result of
            `sales_from_orders(..., by=...)`. Missing values before a series begins are left out.
        steps: Number of periods to forecast.
        forecaster: Forecaster with the settings; `ARIMAForecaster()` by default. It is not changed.
        X: Regressors for the periods of the fit and of the forecast: one table for all series, or a
            dict by column name. Columns without an entry have no regressors.
        confidence_level: Confidence level of each interval, as a fraction.
        n_jobs: Number of processes; -1 for one per core.
        progress: Whether to show a progress bar.

    Returns:
        One row per series and period: `series, period, forecast, lower, upper, model, error`. If a
        series failed, its numbers are missing and `error` gives the reason; otherwise `error` is
        empty.

    Raises:
        TypeError: `sales` is not a DataFrame.
        DataError: The index is irregular, two columns have the same name, or X has regressors for a
            column that is not there.

    Examples:
        >>> weeks = pd.period_range("2024-01-01", periods=30, freq="W-SUN")
        >>> table = pd.DataFrame({"tea": np.sin(np.arange(30.0)), "flat": 1.0}, index=weeks)
        >>> ahead = forecast_panel(table, 2)
        >>> ahead[ahead["series"] == "flat"]["error"].iloc[0]
        'sales are 1 in every period, and a constant series cannot be modelled; check the data'
    """
    if isinstance(sales, pd.DataFrame):  # names of several levels are names, too
        sales = sales.set_axis(pd.Index(list(sales.columns), tupleize_cols=False), axis=1)
    check_frame(sales, "sales")
    check_steps(steps)
    level = check_fraction(confidence_level, "confidence_level")
    check_flag(progress, "progress")
    check_jobs(n_jobs)
    if not (X is None or isinstance(X, pd.DataFrame | Mapping)):
        raise TypeError(f"X must be a DataFrame or one per column name, not {shown(X)}")
    settings = ARIMAForecaster() if forecaster is None else check_forecaster(forecaster)
    index = time_index(regular_series(pd.Series(0.0, index=sales.index)))
    future = following(index, steps)
    names = list(sales.columns)
    if isinstance(X, Mapping) and (unknown := unknown_labels(X, names)):
        raise DataError(
            f"X has regressors for {unknown}, which are not columns of sales; correct the names"
        )

    def one(name: object) -> dict[str, Any]:
        # The data of one series go to a process, not the table.
        own = pd.Series(sales[name].to_numpy(), index=index)
        return {"series": own, "X": X if X is None or isinstance(X, pd.DataFrame) else X.get(name)}

    run = delayed(_forecast_one)
    jobs = (
        run(name, forecaster=settings, future=future, confidence_level=level, **one(name))
        for name in names
    )
    done = Parallel(n_jobs=n_jobs, return_as="generator")(jobs)
    parts: list[pd.DataFrame] = list(tqdm(done, total=len(names), disable=not progress))
    return pd.concat(parts, ignore_index=True)


def check_jobs(n_jobs: int) -> int:
    """Return `n_jobs`, when it is a number of processes, or -1 for one per core."""
    if check_integer(n_jobs, "n_jobs", minimum=-1, maximum=MOST_JOBS) == 0:
        raise ValueError("n_jobs must be 1 or more, or -1 for one per core, not 0")
    return n_jobs


def _forecast_one(
    name: object,
    *,
    series: pd.Series,
    X: pd.DataFrame | None,
    forecaster: ARIMAForecaster,
    future: TimeIndex,
    confidence_level: float,
) -> pd.DataFrame:
    table = pd.DataFrame({"series": [name] * len(future), "period": future})
    model, error = "", ""
    numbers = pd.DataFrame(np.nan, index=future, columns=["forecast", "lower", "upper"])
    try:
        fitted = clone(forecaster).fit(series.loc[series.first_valid_index() :], X=X)
        numbers = fitted.forecast(len(future), X=X, confidence_level=confidence_level)
        model = str(fitted.members_[0].model.order)
    except (CemkitError, ValueError, TypeError, ArithmeticError) as failure:
        error = str(failure)
    for column in numbers:
        table[column] = numbers[column].to_numpy()
    return table.assign(model=model, error=error)
