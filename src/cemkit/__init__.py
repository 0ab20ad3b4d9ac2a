"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
  `BetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`; `ARIMAForecaster`;
  `RepurchaseCycle`, `evaluate_cycles`; `CrossSell`, `evaluate_recommendations`,
  `association_table`, `upgrade_paths`
- `cemkit.promotion`, what to offer, to whom: `UpliftModel`, `uplift_curve`, `qini_score`;
  `offer_profit`, `allocate_offers`, `policy_value`
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
    "association_table": "cemkit.prediction.associations",
    "upgrade_paths": "cemkit.prediction.associations",
    "CrossSell": "cemkit.prediction.recommendation",
    "RecommendationScore": "cemkit.prediction.recommendation",
    "evaluate_recommendations": "cemkit.prediction.recommendation",
    "CycleScore": "cemkit.prediction.repurchase",
    "RepurchaseCycle": "cemkit.prediction.repurchase",
    "evaluate_cycles": "cemkit.prediction.repurchase",
    "UpliftModel": "cemkit.promotion.targeting.uplift",
    "UpliftCurve": "cemkit.promotion.targeting.curves",
    "QiniScore": "cemkit.promotion.targeting.curves",
    "uplift_curve": "cemkit.promotion.targeting.curves",
    "qini_score": "cemkit.promotion.targeting.curves",
    "offer_profit": "cemkit.promotion.targeting.profit",
    "OfferAllocation": "cemkit.promotion.targeting.allocation",
    "allocate_offers": "cemkit.promotion.targeting.allocation",
    "PolicyValue": "cemkit.promotion.targeting.policy",
    "policy_value": "cemkit.promotion.targeting.policy",
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
    from cemkit.prediction.associations import association_table as association_table
    from cemkit.prediction.associations import upgrade_paths as upgrade_paths
    from cemkit.prediction.churn import ChurnModel as ChurnModel
    from cemkit.prediction.churn import churn_features as churn_features
    from cemkit.prediction.churn import label_churn as label_churn
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.value import CustomerLifetimeValue as CustomerLifetimeValue
    from cemkit.prediction.forecasting.forecaster import ARIMAForecaster as ARIMAForecaster
    from cemkit.prediction.recommendation import CrossSell as CrossSell
    from cemkit.prediction.recommendation import RecommendationScore as RecommendationScore
    from cemkit.prediction.recommendation import (
        evaluate_recommendations as evaluate_recommendations,
    )
    from cemkit.prediction.repurchase import CycleScore as CycleScore
    from cemkit.prediction.repurchase import RepurchaseCycle as RepurchaseCycle
    from cemkit.prediction.repurchase import evaluate_cycles as evaluate_cycles
    from cemkit.promotion.targeting.allocation import OfferAllocation as OfferAllocation
    from cemkit.promotion.targeting.allocation import allocate_offers as allocate_offers
    from cemkit.promotion.targeting.curves import QiniScore as QiniScore
    from cemkit.promotion.targeting.curves import UpliftCurve as UpliftCurve
    from cemkit.promotion.targeting.curves import qini_score as qini_score
    from cemkit.promotion.targeting.curves import uplift_curve as uplift_curve
    from cemkit.promotion.targeting.policy import PolicyValue as PolicyValue
    from cemkit.promotion.targeting.policy import policy_value as policy_value
    from cemkit.promotion.targeting.profit import offer_profit as offer_profit
    from cemkit.promotion.targeting.uplift import UpliftModel as UpliftModel
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
