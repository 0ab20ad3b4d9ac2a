"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
  `BetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`; `sales_from_orders`,
  `ARIMAForecaster`, `promotion_regressors`, `fourier_terms`, `holiday_regressors`,
  `forecast_panel`, `backtest`, `simulate_weekly_sales`
- `cemkit.measurement`, what came of it: `promotion_effect`, `holdout_effect`, `promotion_profit`
- `cemkit.proportions`, what came of it: `proportion_test`

Every public name comes from here (`from cemkit import ChurnModel`) and is loaded on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_HOME = {
    "CemkitError": "cemkit.errors",
    "CemkitWarning": "cemkit.errors",
    "ConvergenceError": "cemkit.errors",
    "DataError": "cemkit.errors",
    "MissingColumnsError": "cemkit.errors",
    "MissingDependencyError": "cemkit.errors",
    "NotEnoughDataError": "cemkit.errors",
    "Result": "cemkit.results",
    "ProportionTest": "cemkit.proportions",
    "proportion_test": "cemkit.proportions",
    "load_cdnow": "cemkit.data.datasets",
    "prepare_orders": "cemkit.data.orders",
    "summarize_customers": "cemkit.data.customers",
    "RFMSegmenter": "cemkit.segmentation.rfm",
    "CustomerClusters": "cemkit.segmentation.clusters",
    "ChurnModel": "cemkit.prediction.churn",
    "churn_features": "cemkit.prediction.churn",
    "label_churn": "cemkit.prediction.churn",
    "BetaGeoModel": "cemkit.prediction.clv.purchases",
    "GammaGammaModel": "cemkit.prediction.clv.spend",
    "CustomerLifetimeValue": "cemkit.prediction.clv.value",
    "ARIMAForecaster": "cemkit.prediction.forecasting.forecaster",
    "Backtest": "cemkit.prediction.forecasting.backtesting",
    "backtest": "cemkit.prediction.forecasting.backtesting",
    "forecast_panel": "cemkit.prediction.forecasting.panel",
    "fourier_terms": "cemkit.prediction.forecasting.regressors",
    "holiday_regressors": "cemkit.prediction.forecasting.regressors",
    "promotion_regressors": "cemkit.prediction.forecasting.regressors",
    "sales_from_orders": "cemkit.prediction.forecasting.sales",
    "simulate_weekly_sales": "cemkit.prediction.forecasting.simulation",
    "ForecastSummary": "cemkit.prediction.forecasting.summary",
    "Diagnosis": "cemkit.prediction.forecasting.summary",
    "PromotionEffect": "cemkit.measurement.effects",
    "holdout_effect": "cemkit.measurement.holdout",
    "promotion_effect": "cemkit.measurement.impact",
    "PromotionProfit": "cemkit.measurement.profit",
    "promotion_profit": "cemkit.measurement.profit",
}

__all__ = list(_HOME)

if TYPE_CHECKING:
    from cemkit.data.customers import summarize_customers as summarize_customers
    from cemkit.data.datasets import load_cdnow as load_cdnow
    from cemkit.data.orders import prepare_orders as prepare_orders
    from cemkit.errors import CemkitError as CemkitError
    from cemkit.errors import CemkitWarning as CemkitWarning
    from cemkit.errors import ConvergenceError as ConvergenceError
    from cemkit.errors import DataError as DataError
    from cemkit.errors import MissingColumnsError as MissingColumnsError
    from cemkit.errors import MissingDependencyError as MissingDependencyError
    from cemkit.errors import NotEnoughDataError as NotEnoughDataError
    from cemkit.measurement.effects import PromotionEffect as PromotionEffect
    from cemkit.measurement.holdout import holdout_effect as holdout_effect
    from cemkit.measurement.impact import promotion_effect as promotion_effect
    from cemkit.measurement.profit import PromotionProfit as PromotionProfit
    from cemkit.measurement.profit import promotion_profit as promotion_profit
    from cemkit.prediction.churn import ChurnModel as ChurnModel
    from cemkit.prediction.churn import churn_features as churn_features
    from cemkit.prediction.churn import label_churn as label_churn
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.value import CustomerLifetimeValue as CustomerLifetimeValue
    from cemkit.prediction.forecasting.backtesting import Backtest as Backtest
    from cemkit.prediction.forecasting.backtesting import backtest as backtest
    from cemkit.prediction.forecasting.forecaster import ARIMAForecaster as ARIMAForecaster
    from cemkit.prediction.forecasting.panel import forecast_panel as forecast_panel
    from cemkit.prediction.forecasting.regressors import fourier_terms as fourier_terms
    from cemkit.prediction.forecasting.regressors import holiday_regressors as holiday_regressors
    from cemkit.prediction.forecasting.regressors import (
        promotion_regressors as promotion_regressors,
    )
    from cemkit.prediction.forecasting.sales import sales_from_orders as sales_from_orders
    from cemkit.prediction.forecasting.simulation import (
        simulate_weekly_sales as simulate_weekly_sales,
    )
    from cemkit.prediction.forecasting.summary import Diagnosis as Diagnosis
    from cemkit.prediction.forecasting.summary import ForecastSummary as ForecastSummary
    from cemkit.proportions import ProportionTest as ProportionTest
    from cemkit.proportions import proportion_test as proportion_test
    from cemkit.results import Result as Result
    from cemkit.segmentation.clusters import CustomerClusters as CustomerClusters
    from cemkit.segmentation.rfm import RFMSegmenter as RFMSegmenter


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cemkit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
