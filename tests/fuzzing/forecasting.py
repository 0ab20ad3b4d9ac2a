"""Sound calls of the public names of `cemkit.forecasting`."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit import ARIMAForecaster, backtest, forecast_panel, sales_from_orders
from cemkit.forecasting import (
    fourier_terms,
    holiday_regressors,
    promotion_regressors,
    simulate_weekly_sales,
)
from cemkit.plots import forecasting as plots

MONTHS = pd.period_range("2020-01", periods=40, freq="M")
SALES = pd.Series(50 + 8 * np.sin(np.arange(40) * 0.5) + np.arange(40.0) ** 2 % 7, MONTHS)
FUTURE = pd.period_range("2020-01", periods=44, freq="M")
TV = pd.DataFrame({"tv": np.arange(44.0) % 5}, FUTURE)
PROMOTIONS = pd.DataFrame(
    {
        "name": ["may"],
        "start_date": ["2021-05-03"],
        "end_date": ["2021-05-20"],
        "recurring": [True],
    }
)
ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3],
        "order_date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-15", "2024-01-28"]),
        "amount": [20.0, 30.0, 5.0, 8.0],
        "category": ["tea", "tea", "milk", "tea"],
    }
)
FITTED = ARIMAForecaster(1, order=(1, 0, 0)).fit(SALES, X=TV)


def fit(sales: Any, X: Any, **settings: Any) -> pd.DataFrame:
    """Fit a forecaster, and forecast where its regressors are known."""
    fitted = ARIMAForecaster(**settings).fit(sales, X=X)
    return fitted.forecast(3, X=X)


def update(sales: Any, X: Any) -> None:
    """Update a forecaster of its own."""
    ARIMAForecaster(1, order=(1, 0, 0)).fit(SALES.iloc[:30], X=TV).update(sales, X=X)


CALLS = {
    "ARIMAForecaster": (
        fit,
        {
            "sales": SALES,
            "X": TV,
            "seasonal_period": 1,
            "order": (1, 0, 0),
            "seasonal_order": (0, 0, 0),
            "power": 0.5,
            "search": "stepwise",
        },
    ),
    "ARIMAForecaster.update": (update, {"sales": SALES.iloc[30:], "X": TV}),
    "ARIMAForecaster.forecast": (FITTED.forecast, {"steps": 2, "X": TV, "confidence_level": 0.9}),
    "ARIMAForecaster.forecast_total": (
        FITTED.forecast_total,
        {"steps": 2, "X": TV, "confidence_level": 0.9, "random_state": 0},
    ),
    "ARIMAForecaster.simulate": (
        FITTED.simulate,
        {"steps": 2, "X": TV, "n_paths": 5, "random_state": 0},
    ),
    "ARIMAForecaster.predictive": (FITTED.predictive, {"steps": 2, "X": TV}),
    "ARIMAForecaster.future_index": (FITTED.future_index, {"steps": 2}),
    "ARIMAForecaster.components": (
        ARIMAForecaster(4, order=(1, 0, 0)).fit(SALES, X=TV).components,
        {"steps": 4, "X": TV},
    ),
    "plots.forecast_fan": (
        plots.forecast_fan,
        {
            "sales": SALES,
            "forecast": FITTED.forecast(2, TV),
            "confidence_level": 0.95,
            "currency": "$",
        },
    ),
    "ARIMAForecaster.summary": (FITTED.summary, {"confidence_level": 0.9}),
    "backtest": (
        backtest,
        {
            "sales": SALES,
            "steps": 2,
            "origins": 2,
            "models": {"ar": ARIMAForecaster(1, order=(1, 0, 0))},
            "X": TV,
            "seasonal_period": 1,
            "intervals": "model",
            "confidence_level": 0.9,
            "progress": False,
        },
    ),
    "forecast_panel": (
        forecast_panel,
        {
            "sales": pd.DataFrame({"tea": SALES, "milk": SALES[::-1].to_numpy()}),
            "steps": 2,
            "forecaster": ARIMAForecaster(1, order=(1, 0, 0)),
            "X": {"tea": TV},
            "confidence_level": 0.9,
            "n_jobs": 1,
            "progress": False,
        },
    ),
    "fourier_terms": (fourier_terms, {"index": MONTHS, "period": 12, "harmonics": 2}),
    "holiday_regressors": (
        holiday_regressors,
        {"index": MONTHS, "country": "CN", "names": ["Double 11"]},
    ),
    "holiday_regressors of a calendar": (
        holiday_regressors,
        {"index": MONTHS, "calendar": PROMOTIONS},
    ),
    "promotion_regressors": (
        promotion_regressors,
        {"index": MONTHS, "promotions": PROMOTIONS, "shape": "pulse", "after": 2},
    ),
    "sales_from_orders": (
        sales_from_orders,
        {
            "orders": ORDERS,
            "period": "week",
            "by": "category",
            "week_start": "monday",
            "partial": "drop",
            "gaps": "zero",
            "net": True,
            "start": "2024-01-01",
            "end": "2024-01-28",
        },
    ),
    "simulate_weekly_sales": (
        simulate_weekly_sales,
        {"n_weeks": 30, "has_dip": True, "random_state": 0},
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "Diagnosis": [{"ljung_box_p_value": 0.001}, {"ljung_box_p_value": 0.0}],
}
