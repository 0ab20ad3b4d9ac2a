"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
  `BetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`; `ARIMAForecaster`
- `cemkit.proportions`, what every step measures with: `proportion_test`, `proportion_interval`,
  `rate_test`, `compare_proportions`, `noninferiority_test`, `equivalence_test`; `sample_size`,
  `proportion_power`, `mean_power`, `minimum_detectable_effect`; `proportion_effects`,
  `adjust_p_values`
- `cemkit.measurement`, what came of it: `assign_variants`, `sample_ratio_test`,
  `experiment_table`, `compare_variants`, `effect_by_day`; `sequential_bounds`,
  `sequential_p_value`, `sequential_critical`, `always_valid_p_value`, `always_valid_critical`

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
    "ProportionTest": "cemkit.proportions.comparison",
    "proportion_effects": "cemkit.proportions.comparison",
    "proportion_test": "cemkit.proportions.comparison",
    "adjust_p_values": "cemkit.proportions.corrections",
    "MarginTest": "cemkit.proportions.margins",
    "equivalence_test": "cemkit.proportions.margins",
    "noninferiority_test": "cemkit.proportions.margins",
    "ProportionInterval": "cemkit.proportions.one_sample",
    "RateTest": "cemkit.proportions.one_sample",
    "proportion_interval": "cemkit.proportions.one_sample",
    "rate_test": "cemkit.proportions.one_sample",
    "SampleSize": "cemkit.proportions.planning",
    "mean_power": "cemkit.proportions.planning",
    "minimum_detectable_effect": "cemkit.proportions.planning",
    "proportion_power": "cemkit.proportions.planning",
    "sample_size": "cemkit.proportions.planning",
    "ProportionComparison": "cemkit.proportions.several",
    "compare_proportions": "cemkit.proportions.several",
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
    "assign_variants": "cemkit.measurement.experiments.assignment",
    "effect_by_day": "cemkit.measurement.experiments.daily",
    "ExperimentReadout": "cemkit.measurement.experiments.readout",
    "compare_variants": "cemkit.measurement.experiments.readout",
    "SampleRatioTest": "cemkit.measurement.experiments.sample_ratio",
    "sample_ratio_test": "cemkit.measurement.experiments.sample_ratio",
    "always_valid_critical": "cemkit.measurement.experiments.sequential",
    "always_valid_p_value": "cemkit.measurement.experiments.sequential",
    "sequential_bounds": "cemkit.measurement.experiments.sequential",
    "sequential_critical": "cemkit.measurement.experiments.sequential",
    "sequential_p_value": "cemkit.measurement.experiments.sequential",
    "experiment_table": "cemkit.measurement.experiments.table",
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
    from cemkit.measurement.experiments.assignment import assign_variants as assign_variants
    from cemkit.measurement.experiments.daily import effect_by_day as effect_by_day
    from cemkit.measurement.experiments.readout import ExperimentReadout as ExperimentReadout
    from cemkit.measurement.experiments.readout import compare_variants as compare_variants
    from cemkit.measurement.experiments.sample_ratio import SampleRatioTest as SampleRatioTest
    from cemkit.measurement.experiments.sample_ratio import sample_ratio_test as sample_ratio_test
    from cemkit.measurement.experiments.sequential import (
        always_valid_critical as always_valid_critical,
    )
    from cemkit.measurement.experiments.sequential import (
        always_valid_p_value as always_valid_p_value,
    )
    from cemkit.measurement.experiments.sequential import sequential_bounds as sequential_bounds
    from cemkit.measurement.experiments.sequential import sequential_critical as sequential_critical
    from cemkit.measurement.experiments.sequential import sequential_p_value as sequential_p_value
    from cemkit.measurement.experiments.table import experiment_table as experiment_table
    from cemkit.prediction.churn import ChurnModel as ChurnModel
    from cemkit.prediction.churn import churn_features as churn_features
    from cemkit.prediction.churn import label_churn as label_churn
    from cemkit.prediction.clv.purchases import BetaGeoModel as BetaGeoModel
    from cemkit.prediction.clv.spend import GammaGammaModel as GammaGammaModel
    from cemkit.prediction.clv.value import CustomerLifetimeValue as CustomerLifetimeValue
    from cemkit.prediction.forecasting.forecaster import ARIMAForecaster as ARIMAForecaster
    from cemkit.proportions.comparison import ProportionTest as ProportionTest
    from cemkit.proportions.comparison import proportion_effects as proportion_effects
    from cemkit.proportions.comparison import proportion_test as proportion_test
    from cemkit.proportions.corrections import adjust_p_values as adjust_p_values
    from cemkit.proportions.margins import MarginTest as MarginTest
    from cemkit.proportions.margins import equivalence_test as equivalence_test
    from cemkit.proportions.margins import noninferiority_test as noninferiority_test
    from cemkit.proportions.one_sample import ProportionInterval as ProportionInterval
    from cemkit.proportions.one_sample import RateTest as RateTest
    from cemkit.proportions.one_sample import proportion_interval as proportion_interval
    from cemkit.proportions.one_sample import rate_test as rate_test
    from cemkit.proportions.planning import SampleSize as SampleSize
    from cemkit.proportions.planning import mean_power as mean_power
    from cemkit.proportions.planning import minimum_detectable_effect as minimum_detectable_effect
    from cemkit.proportions.planning import proportion_power as proportion_power
    from cemkit.proportions.planning import sample_size as sample_size
    from cemkit.proportions.several import ProportionComparison as ProportionComparison
    from cemkit.proportions.several import compare_proportions as compare_proportions
    from cemkit.results import Result as Result
    from cemkit.segmentation.clusters import CustomerClusters as CustomerClusters
    from cemkit.segmentation.rfm import RFMSegmenter as RFMSegmenter


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cemkit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
