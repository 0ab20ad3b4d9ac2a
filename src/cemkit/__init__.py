"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `suggest_window`, `label_churn`, `churn_features`,
  `snapshots`, `check_leakage`, `ChurnModel`, `evaluate_churn`, `retention_profit`,
  `expected_maximum_profit`, `campaign_profit`, `retention_profit_scorer`, `drift`, `model_card`;
  `BetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`; `ARIMAForecaster`
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
    "ChurnModel": "cemkit.prediction.churn.model",
    "churn_features": "cemkit.prediction.churn.features",
    "label_churn": "cemkit.prediction.churn.labels",
    "snapshots": "cemkit.prediction.churn.features",
    "suggest_window": "cemkit.prediction.churn.labels",
    "check_leakage": "cemkit.prediction.churn.leakage",
    "evaluate_churn": "cemkit.prediction.churn.evaluation",
    "retention_profit": "cemkit.prediction.churn.profit",
    "expected_maximum_profit": "cemkit.prediction.churn.profit",
    "retention_profit_scorer": "cemkit.prediction.churn.profit",
    "campaign_profit": "cemkit.prediction.churn.profit",
    "drift": "cemkit.prediction.churn.stability",
    "model_card": "cemkit.prediction.churn.card",
    "BetaGeoModel": "cemkit.prediction.clv.purchases",
    "GammaGammaModel": "cemkit.prediction.clv.spend",
    "CustomerLifetimeValue": "cemkit.prediction.clv.value",
    "ARIMAForecaster": "cemkit.prediction.forecasting.forecaster",
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
    from cemkit.prediction.churn.card import model_card as model_card
    from cemkit.prediction.churn.evaluation import evaluate_churn as evaluate_churn
    from cemkit.prediction.churn.features import churn_features as churn_features
    from cemkit.prediction.churn.features import snapshots as snapshots
    from cemkit.prediction.churn.labels import label_churn as label_churn
    from cemkit.prediction.churn.labels import suggest_window as suggest_window
    from cemkit.prediction.churn.leakage import check_leakage as check_leakage
    from cemkit.prediction.churn.model import ChurnModel as ChurnModel
    from cemkit.prediction.churn.profit import campaign_profit as campaign_profit
    from cemkit.prediction.churn.profit import expected_maximum_profit as expected_maximum_profit
    from cemkit.prediction.churn.profit import retention_profit as retention_profit
    from cemkit.prediction.churn.profit import retention_profit_scorer as retention_profit_scorer
    from cemkit.prediction.churn.stability import drift as drift
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.value import CustomerLifetimeValue as CustomerLifetimeValue
    from cemkit.prediction.forecasting.forecaster import ARIMAForecaster as ARIMAForecaster
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
