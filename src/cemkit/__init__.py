"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `prepare_orders`, `audit_orders`, `net_returns`,
  `merge_channels`, `summarize_customers`, `from_lifetimes`, `to_lifetimes`; `profile_table`;
  `purchase_histories`, `spend_histories`, `cell_sums`, `sales_per_period`; `pseudonymize`,
  `consented`, `find_personal_data`, `suppress_small_cells`; `load_cdnow`, `simulate_orders`,
  `simulate_experiment`, `simulate_sales`, `simulate_events`, `simulate_responses`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
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
    "prepare_orders": "cemkit.data.orders",
    "OrderAudit": "cemkit.data.audit",
    "audit_orders": "cemkit.data.audit",
    "NetReturns": "cemkit.data.returns",
    "net_returns": "cemkit.data.returns",
    "summarize_customers": "cemkit.data.customers",
    "from_lifetimes": "cemkit.data.lifetimes_tables",
    "to_lifetimes": "cemkit.data.lifetimes_tables",
    "ChannelMerge": "cemkit.data.channels",
    "merge_channels": "cemkit.data.channels",
    "TableProfile": "cemkit.data.profile",
    "profile_table": "cemkit.data.profile",
    "consented": "cemkit.data.privacy",
    "find_personal_data": "cemkit.data.privacy",
    "pseudonymize": "cemkit.data.privacy",
    "SuppressedTable": "cemkit.data.suppression",
    "suppress_small_cells": "cemkit.data.suppression",
    "PurchaseProcess": "cemkit.data.simulation",
    "Simulation": "cemkit.data.simulation",
    "simulate_orders": "cemkit.data.simulation",
    "simulate_events": "cemkit.data.campaign_simulation",
    "simulate_experiment": "cemkit.data.campaign_simulation",
    "simulate_responses": "cemkit.data.campaign_simulation",
    "simulate_sales": "cemkit.data.campaign_simulation",
    "cell_sums": "cemkit.data.reductions",
    "purchase_histories": "cemkit.data.reductions",
    "sales_per_period": "cemkit.data.reductions",
    "spend_histories": "cemkit.data.reductions",
    "load_cdnow": "cemkit.data.datasets",
    "RFMSegmenter": "cemkit.segmentation.rfm",
    "CustomerClusters": "cemkit.segmentation.clusters",
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
    from cemkit.data.audit import OrderAudit as OrderAudit
    from cemkit.data.audit import audit_orders as audit_orders
    from cemkit.data.campaign_simulation import simulate_events as simulate_events
    from cemkit.data.campaign_simulation import simulate_experiment as simulate_experiment
    from cemkit.data.campaign_simulation import simulate_responses as simulate_responses
    from cemkit.data.campaign_simulation import simulate_sales as simulate_sales
    from cemkit.data.channels import ChannelMerge as ChannelMerge
    from cemkit.data.channels import merge_channels as merge_channels
    from cemkit.data.customers import summarize_customers as summarize_customers
    from cemkit.data.datasets import load_cdnow as load_cdnow
    from cemkit.data.lifetimes_tables import from_lifetimes as from_lifetimes
    from cemkit.data.lifetimes_tables import to_lifetimes as to_lifetimes
    from cemkit.data.orders import prepare_orders as prepare_orders
    from cemkit.data.privacy import consented as consented
    from cemkit.data.privacy import find_personal_data as find_personal_data
    from cemkit.data.privacy import pseudonymize as pseudonymize
    from cemkit.data.profile import TableProfile as TableProfile
    from cemkit.data.profile import profile_table as profile_table
    from cemkit.data.reductions import cell_sums as cell_sums
    from cemkit.data.reductions import purchase_histories as purchase_histories
    from cemkit.data.reductions import sales_per_period as sales_per_period
    from cemkit.data.reductions import spend_histories as spend_histories
    from cemkit.data.returns import NetReturns as NetReturns
    from cemkit.data.returns import net_returns as net_returns
    from cemkit.data.simulation import PurchaseProcess as PurchaseProcess
    from cemkit.data.simulation import Simulation as Simulation
    from cemkit.data.simulation import simulate_orders as simulate_orders
    from cemkit.data.suppression import SuppressedTable as SuppressedTable
    from cemkit.data.suppression import suppress_small_cells as suppress_small_cells
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
    from cemkit.segmentation.clusters import CustomerClusters as CustomerClusters
    from cemkit.segmentation.rfm import RFMSegmenter as RFMSegmenter


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'cemkit' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
