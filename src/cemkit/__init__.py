"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
  `ParetoNBDModel`, `BetaGeoModel`, `ModifiedBetaGeoModel`, `BetaGeoBinomialModel`,
  `ShiftedBetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`, `compare_purchase_models`,
  `purchase_calibration`, `purchase_tracking`, `likelihood_ratio_test`, `bootstrap_parameters`,
  `simple_value`, `discounted_cash_flows`; `ARIMAForecaster`
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
    "ModifiedBetaGeoModel": "cemkit.prediction.clv.purchases",
    "ParetoNBDModel": "cemkit.prediction.clv.purchases",
    "BetaGeoBinomialModel": "cemkit.prediction.clv.discrete",
    "ShiftedBetaGeoModel": "cemkit.prediction.clv.contracts",
    "simple_value": "cemkit.prediction.clv.cash_flows",
    "discounted_cash_flows": "cemkit.prediction.clv.cash_flows",
    "PurchaseModelComparison": "cemkit.prediction.clv.comparison",
    "LikelihoodRatioTest": "cemkit.prediction.clv.comparison",
    "compare_purchase_models": "cemkit.prediction.clv.comparison",
    "purchase_calibration": "cemkit.prediction.clv.comparison",
    "likelihood_ratio_test": "cemkit.prediction.clv.comparison",
    "purchase_tracking": "cemkit.prediction.clv.tracking",
    "GammaGammaModel": "cemkit.prediction.clv.spend",
    "bootstrap_parameters": "cemkit.prediction.clv.uncertainty",
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
    from cemkit.prediction.churn import ChurnModel as ChurnModel
    from cemkit.prediction.churn import churn_features as churn_features
    from cemkit.prediction.churn import label_churn as label_churn
    from cemkit.prediction.clv.cash_flows import discounted_cash_flows as discounted_cash_flows
    from cemkit.prediction.clv.cash_flows import simple_value as simple_value
    from cemkit.prediction.clv.comparison import LikelihoodRatioTest as LikelihoodRatioTest
    from cemkit.prediction.clv.comparison import PurchaseModelComparison as PurchaseModelComparison
    from cemkit.prediction.clv.comparison import compare_purchase_models as compare_purchase_models
    from cemkit.prediction.clv.comparison import likelihood_ratio_test as likelihood_ratio_test
    from cemkit.prediction.clv.comparison import purchase_calibration as purchase_calibration
    from cemkit.prediction.clv.contracts import ShiftedBetaGeoModel as ShiftedBetaGeoModel
    from cemkit.prediction.clv.discrete import BetaGeoBinomialModel as BetaGeoBinomialModel
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.purchases import ModifiedBetaGeoModel as ModifiedBetaGeoModel
    from cemkit.prediction.clv.purchases import ParetoNBDModel as ParetoNBDModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.tracking import purchase_tracking as purchase_tracking
    from cemkit.prediction.clv.uncertainty import bootstrap_parameters as bootstrap_parameters
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
