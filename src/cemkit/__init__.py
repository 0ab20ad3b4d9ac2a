"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`, `choose_k`,
  `LifecycleStages`, `cohort_table`, `migration`, `evaluate_segments`, `later_amount`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
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
    "CustomerClusters": "cemkit.segmentation.clusters.customers",
    "ClusterCount": "cemkit.segmentation.clusters.choice",
    "ClusterRules": "cemkit.segmentation.clusters.description",
    "choose_k": "cemkit.segmentation.clusters.choice",
    "LifecycleStages": "cemkit.segmentation.stages",
    "SegmentEvaluation": "cemkit.segmentation.evaluation",
    "evaluate_segments": "cemkit.segmentation.evaluation",
    "later_amount": "cemkit.segmentation.evaluation",
    "Migration": "cemkit.segmentation.migrations",
    "migration": "cemkit.segmentation.migrations",
    "CohortTable": "cemkit.segmentation.cohorts",
    "cohort_table": "cemkit.segmentation.cohorts",
    "ChurnModel": "cemkit.prediction.churn",
    "churn_features": "cemkit.prediction.churn",
    "label_churn": "cemkit.prediction.churn",
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
    from cemkit.prediction.churn import ChurnModel as ChurnModel
    from cemkit.prediction.churn import churn_features as churn_features
    from cemkit.prediction.churn import label_churn as label_churn
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.value import CustomerLifetimeValue as CustomerLifetimeValue
    from cemkit.prediction.forecasting.forecaster import ARIMAForecaster as ARIMAForecaster
    from cemkit.proportions import ProportionTest as ProportionTest
    from cemkit.proportions import proportion_test as proportion_test
    from cemkit.results import Result as Result
    from cemkit.segmentation.clusters.choice import ClusterCount as ClusterCount
    from cemkit.segmentation.clusters.choice import choose_k as choose_k
    from cemkit.segmentation.clusters.customers import CustomerClusters as CustomerClusters
    from cemkit.segmentation.clusters.description import ClusterRules as ClusterRules
    from cemkit.segmentation.cohorts import CohortTable as CohortTable
    from cemkit.segmentation.cohorts import cohort_table as cohort_table
    from cemkit.segmentation.evaluation import SegmentEvaluation as SegmentEvaluation
    from cemkit.segmentation.evaluation import evaluate_segments as evaluate_segments
    from cemkit.segmentation.evaluation import later_amount as later_amount
    from cemkit.segmentation.migrations import Migration as Migration
    from cemkit.segmentation.migrations import migration as migration
    from cemkit.segmentation.rfm import RFMSegmenter as RFMSegmenter
    from cemkit.segmentation.stages import LifecycleStages as LifecycleStages


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cemkit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
