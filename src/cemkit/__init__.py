"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `audit_orders`, `cell_sums`, `ChannelMerge`, `consented`,
  `find_personal_data`, `from_lifetimes`, `load_cdnow`, `merge_channels`, `net_returns`,
  `NetReturns`, `prepare_orders`, `profile_table`, `pseudonymize`, `purchase_histories`,
  `PurchaseProcess`, `simulate_events`, `simulate_experiment`, `simulate_orders`,
  `simulate_responses`, `simulate_sales`, `Simulation`, `spend_histories`, `summarize_customers`,
  `suppress_small_cells`, `SuppressedTable`, `TableProfile`, `to_lifetimes`
- `cemkit.segmentation`, who they are: `choose_k`, `ClusterCount`, `ClusterRules`, `cohort_table`,
  `CohortTable`, `CustomerClusters`, `evaluate_segments`, `later_amount`, `LifecycleStages`,
  `Migration`, `migration`, `RFMSegmenter`, `SegmentEvaluation`
- `cemkit.prediction`, what they will do: `ARIMAForecaster`, `association_table`, `Backtest`,
  `backtest`, `BetaGeoBinomialModel`, `BetaGeoModel`, `bootstrap_parameters`, `campaign_profit`,
  `check_leakage`, `churn_features`, `ChurnModel`, `compare_purchase_models`, `CrossSell`,
  `CustomerLifetimeValue`, `CycleScore`, `Diagnosis`, `discounted_cash_flows`, `drift`,
  `evaluate_churn`, `evaluate_cycles`, `evaluate_recommendations`, `expected_maximum_profit`,
  `forecast_panel`, `ForecastSummary`, `fourier_terms`, `GammaGammaModel`, `holiday_regressors`,
  `label_churn`, `likelihood_ratio_test`, `LikelihoodRatioTest`, `model_card`,
  `ModifiedBetaGeoModel`, `ParetoNBDModel`, `promotion_regressors`, `purchase_calibration`,
  `purchase_tracking`, `PurchaseModelComparison`, `RecommendationScore`, `RepurchaseCycle`,
  `retention_profit`, `retention_profit_scorer`, `sales_from_orders`, `ShiftedBetaGeoModel`,
  `simple_value`, `simulate_weekly_sales`, `snapshots`, `suggest_window`, `upgrade_paths`
- `cemkit.promotion`, what to offer, to whom: `allocate_offers`, `Audience`, `audit_triggers`,
  `build_audience`, `check_consent`, `ConsentCheck`, `Coupon`, `coupon_ledger`, `CouponLedger`,
  `export_actions`, `ExportedActions`, `fire_triggers`, `issue_coupons`, `Message`, `offer_profit`,
  `OfferAllocation`, `parity`, `policy_value`, `PolicyValue`, `qini_score`, `QiniScore`,
  `redeem_coupons`, `render_message`, `render_messages`, `return_coupon`, `return_coupons`,
  `uplift_curve`, `UpliftCurve`, `UpliftModel`, `verify_coupons`
- `cemkit.measurement`, what came of it: `always_valid_critical`, `always_valid_p_value`,
  `assign_variants`, `compare_variants`, `effect_by_day`, `experiment_table`, `ExperimentReadout`,
  `holdout_effect`, `promotion_effect`, `promotion_profit`, `PromotionEffect`, `PromotionProfit`,
  `sample_ratio_test`, `SampleRatioTest`, `sequential_bounds`, `sequential_critical`,
  `sequential_p_value`
- `cemkit.proportions`, tests and intervals on counts, for every step: `adjust_p_values`,
  `compare_proportions`, `equivalence_test`, `MarginTest`, `mean_power`,
  `minimum_detectable_effect`, `noninferiority_test`, `proportion_effects`, `proportion_interval`,
  `proportion_power`, `proportion_test`, `ProportionComparison`, `ProportionInterval`,
  `ProportionTest`, `rate_test`, `RateTest`, `sample_size`, `SampleSize`

Every public name comes from here (`from cemkit import ChurnModel`) and is loaded on first use.
Errors are in `cemkit.errors`, plots in `cemkit.plots`.
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
    "proportion_effects": "cemkit.proportions.comparison",
    "proportion_test": "cemkit.proportions.comparison",
    "ProportionTest": "cemkit.proportions.comparison",
    "adjust_p_values": "cemkit.proportions.corrections",
    "equivalence_test": "cemkit.proportions.margins",
    "MarginTest": "cemkit.proportions.margins",
    "noninferiority_test": "cemkit.proportions.margins",
    "proportion_interval": "cemkit.proportions.one_sample",
    "ProportionInterval": "cemkit.proportions.one_sample",
    "rate_test": "cemkit.proportions.one_sample",
    "RateTest": "cemkit.proportions.one_sample",
    "mean_power": "cemkit.proportions.planning",
    "minimum_detectable_effect": "cemkit.proportions.planning",
    "proportion_power": "cemkit.proportions.planning",
    "sample_size": "cemkit.proportions.planning",
    "SampleSize": "cemkit.proportions.planning",
    "compare_proportions": "cemkit.proportions.several",
    "ProportionComparison": "cemkit.proportions.several",
    "audit_orders": "cemkit.data.audit",
    "OrderAudit": "cemkit.data.audit",
    "simulate_events": "cemkit.data.campaign_simulation",
    "simulate_experiment": "cemkit.data.campaign_simulation",
    "simulate_responses": "cemkit.data.campaign_simulation",
    "simulate_sales": "cemkit.data.campaign_simulation",
    "ChannelMerge": "cemkit.data.channels",
    "merge_channels": "cemkit.data.channels",
    "summarize_customers": "cemkit.data.customers",
    "load_cdnow": "cemkit.data.datasets",
    "from_lifetimes": "cemkit.data.lifetimes_tables",
    "to_lifetimes": "cemkit.data.lifetimes_tables",
    "prepare_orders": "cemkit.data.orders",
    "consented": "cemkit.data.consent",
    "find_personal_data": "cemkit.data.privacy",
    "pseudonymize": "cemkit.data.privacy",
    "profile_table": "cemkit.data.profile",
    "TableProfile": "cemkit.data.profile",
    "cell_sums": "cemkit.data.reductions.cells",
    "purchase_histories": "cemkit.data.reductions.histories",
    "spend_histories": "cemkit.data.reductions.histories",
    "net_returns": "cemkit.data.returns",
    "NetReturns": "cemkit.data.returns",
    "PurchaseProcess": "cemkit.data.simulation",
    "simulate_orders": "cemkit.data.simulation",
    "Simulation": "cemkit.data.simulation",
    "suppress_small_cells": "cemkit.data.suppression",
    "SuppressedTable": "cemkit.data.suppression",
    "choose_k": "cemkit.segmentation.clusters.choice",
    "ClusterCount": "cemkit.segmentation.clusters.choice",
    "CustomerClusters": "cemkit.segmentation.clusters.customers",
    "ClusterRules": "cemkit.segmentation.clusters.description",
    "cohort_table": "cemkit.segmentation.cohorts",
    "CohortTable": "cemkit.segmentation.cohorts",
    "evaluate_segments": "cemkit.segmentation.evaluation",
    "later_amount": "cemkit.segmentation.evaluation",
    "SegmentEvaluation": "cemkit.segmentation.evaluation",
    "Migration": "cemkit.segmentation.migrations",
    "migration": "cemkit.segmentation.migrations",
    "RFMSegmenter": "cemkit.segmentation.rfm",
    "LifecycleStages": "cemkit.segmentation.stages",
    "association_table": "cemkit.prediction.associations",
    "upgrade_paths": "cemkit.prediction.associations",
    "model_card": "cemkit.prediction.churn.card",
    "evaluate_churn": "cemkit.prediction.churn.evaluation",
    "churn_features": "cemkit.prediction.churn.features",
    "snapshots": "cemkit.prediction.churn.features",
    "label_churn": "cemkit.prediction.churn.labels",
    "suggest_window": "cemkit.prediction.churn.labels",
    "check_leakage": "cemkit.prediction.churn.leakage",
    "ChurnModel": "cemkit.prediction.churn.model",
    "campaign_profit": "cemkit.prediction.churn.profit",
    "expected_maximum_profit": "cemkit.prediction.churn.profit",
    "retention_profit": "cemkit.prediction.churn.profit",
    "retention_profit_scorer": "cemkit.prediction.churn.profit",
    "drift": "cemkit.prediction.churn.stability",
    "discounted_cash_flows": "cemkit.prediction.clv.cash_flows",
    "simple_value": "cemkit.prediction.clv.cash_flows",
    "compare_purchase_models": "cemkit.prediction.clv.comparison",
    "likelihood_ratio_test": "cemkit.prediction.clv.comparison",
    "LikelihoodRatioTest": "cemkit.prediction.clv.comparison",
    "purchase_calibration": "cemkit.prediction.clv.comparison",
    "PurchaseModelComparison": "cemkit.prediction.clv.comparison",
    "ShiftedBetaGeoModel": "cemkit.prediction.clv.contracts",
    "BetaGeoBinomialModel": "cemkit.prediction.clv.discrete",
    "BetaGeoModel": "cemkit.prediction.clv.purchases",
    "ModifiedBetaGeoModel": "cemkit.prediction.clv.purchases",
    "ParetoNBDModel": "cemkit.prediction.clv.purchases",
    "GammaGammaModel": "cemkit.prediction.clv.spend",
    "purchase_tracking": "cemkit.prediction.clv.tracking",
    "bootstrap_parameters": "cemkit.prediction.clv.uncertainty",
    "CustomerLifetimeValue": "cemkit.prediction.clv.value",
    "CycleScore": "cemkit.prediction.cycle_evaluation",
    "evaluate_cycles": "cemkit.prediction.cycle_evaluation",
    "Backtest": "cemkit.prediction.forecasting.backtesting",
    "backtest": "cemkit.prediction.forecasting.backtesting",
    "ARIMAForecaster": "cemkit.prediction.forecasting.forecaster",
    "forecast_panel": "cemkit.prediction.forecasting.panel",
    "fourier_terms": "cemkit.prediction.forecasting.regressors",
    "holiday_regressors": "cemkit.prediction.forecasting.regressors",
    "promotion_regressors": "cemkit.prediction.forecasting.regressors",
    "sales_from_orders": "cemkit.prediction.forecasting.sales",
    "simulate_weekly_sales": "cemkit.prediction.forecasting.simulation",
    "Diagnosis": "cemkit.prediction.forecasting.summary",
    "ForecastSummary": "cemkit.prediction.forecasting.summary",
    "CrossSell": "cemkit.prediction.recommendation",
    "evaluate_recommendations": "cemkit.prediction.recommendation_evaluation",
    "RecommendationScore": "cemkit.prediction.recommendation_evaluation",
    "RepurchaseCycle": "cemkit.prediction.repurchase",
    "Audience": "cemkit.promotion.audience",
    "build_audience": "cemkit.promotion.audience",
    "check_consent": "cemkit.data.consent",
    "ConsentCheck": "cemkit.data.consent",
    "coupon_ledger": "cemkit.promotion.coupon_codes",
    "CouponLedger": "cemkit.promotion.coupon_codes",
    "issue_coupons": "cemkit.promotion.coupon_codes",
    "redeem_coupons": "cemkit.promotion.coupon_codes",
    "verify_coupons": "cemkit.promotion.coupon_codes",
    "Coupon": "cemkit.promotion.coupons",
    "return_coupon": "cemkit.promotion.coupons",
    "return_coupons": "cemkit.promotion.coupons",
    "export_actions": "cemkit.promotion.export",
    "ExportedActions": "cemkit.promotion.export",
    "parity": "cemkit.promotion.fairness",
    "Message": "cemkit.promotion.messages",
    "render_message": "cemkit.promotion.messages",
    "render_messages": "cemkit.promotion.messages",
    "allocate_offers": "cemkit.promotion.targeting.allocation",
    "OfferAllocation": "cemkit.promotion.targeting.allocation",
    "qini_score": "cemkit.promotion.targeting.curves",
    "QiniScore": "cemkit.promotion.targeting.curves",
    "uplift_curve": "cemkit.promotion.targeting.curves",
    "UpliftCurve": "cemkit.promotion.targeting.curves",
    "policy_value": "cemkit.promotion.targeting.policy",
    "PolicyValue": "cemkit.promotion.targeting.policy",
    "offer_profit": "cemkit.promotion.targeting.profit",
    "UpliftModel": "cemkit.promotion.targeting.uplift",
    "audit_triggers": "cemkit.promotion.triggers",
    "fire_triggers": "cemkit.promotion.triggers",
    "PromotionEffect": "cemkit.measurement.effects",
    "assign_variants": "cemkit.measurement.experiments.assignment",
    "effect_by_day": "cemkit.measurement.experiments.daily",
    "compare_variants": "cemkit.measurement.experiments.readout",
    "ExperimentReadout": "cemkit.measurement.experiments.readout",
    "sample_ratio_test": "cemkit.measurement.experiments.sample_ratio",
    "SampleRatioTest": "cemkit.measurement.experiments.sample_ratio",
    "always_valid_critical": "cemkit.measurement.experiments.sequential",
    "always_valid_p_value": "cemkit.measurement.experiments.sequential",
    "sequential_bounds": "cemkit.measurement.experiments.sequential",
    "sequential_critical": "cemkit.measurement.experiments.sequential",
    "sequential_p_value": "cemkit.measurement.experiments.sequential",
    "experiment_table": "cemkit.measurement.experiments.table",
    "holdout_effect": "cemkit.measurement.holdout",
    "promotion_effect": "cemkit.measurement.impact",
    "promotion_profit": "cemkit.measurement.profit",
    "PromotionProfit": "cemkit.measurement.profit",
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
    from cemkit.data.consent import ConsentCheck as ConsentCheck
    from cemkit.data.consent import check_consent as check_consent
    from cemkit.data.consent import consented as consented
    from cemkit.data.customers import summarize_customers as summarize_customers
    from cemkit.data.datasets import load_cdnow as load_cdnow
    from cemkit.data.lifetimes_tables import from_lifetimes as from_lifetimes
    from cemkit.data.lifetimes_tables import to_lifetimes as to_lifetimes
    from cemkit.data.orders import prepare_orders as prepare_orders
    from cemkit.data.privacy import find_personal_data as find_personal_data
    from cemkit.data.privacy import pseudonymize as pseudonymize
    from cemkit.data.profile import TableProfile as TableProfile
    from cemkit.data.profile import profile_table as profile_table
    from cemkit.data.reductions.cells import cell_sums as cell_sums
    from cemkit.data.reductions.histories import purchase_histories as purchase_histories
    from cemkit.data.reductions.histories import spend_histories as spend_histories
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
    from cemkit.measurement.effects import PromotionEffect as PromotionEffect
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
    from cemkit.measurement.holdout import holdout_effect as holdout_effect
    from cemkit.measurement.impact import promotion_effect as promotion_effect
    from cemkit.measurement.profit import PromotionProfit as PromotionProfit
    from cemkit.measurement.profit import promotion_profit as promotion_profit
    from cemkit.prediction.associations import association_table as association_table
    from cemkit.prediction.associations import upgrade_paths as upgrade_paths
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
    from cemkit.prediction.cycle_evaluation import CycleScore as CycleScore
    from cemkit.prediction.cycle_evaluation import evaluate_cycles as evaluate_cycles
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
    from cemkit.prediction.recommendation import CrossSell as CrossSell
    from cemkit.prediction.recommendation_evaluation import (
        RecommendationScore as RecommendationScore,
    )
    from cemkit.prediction.recommendation_evaluation import (
        evaluate_recommendations as evaluate_recommendations,
    )
    from cemkit.prediction.repurchase import RepurchaseCycle as RepurchaseCycle
    from cemkit.promotion.audience import Audience as Audience
    from cemkit.promotion.audience import build_audience as build_audience
    from cemkit.promotion.coupon_codes import CouponLedger as CouponLedger
    from cemkit.promotion.coupon_codes import coupon_ledger as coupon_ledger
    from cemkit.promotion.coupon_codes import issue_coupons as issue_coupons
    from cemkit.promotion.coupon_codes import redeem_coupons as redeem_coupons
    from cemkit.promotion.coupon_codes import verify_coupons as verify_coupons
    from cemkit.promotion.coupons import Coupon as Coupon
    from cemkit.promotion.coupons import return_coupon as return_coupon
    from cemkit.promotion.coupons import return_coupons as return_coupons
    from cemkit.promotion.export import ExportedActions as ExportedActions
    from cemkit.promotion.export import export_actions as export_actions
    from cemkit.promotion.fairness import parity as parity
    from cemkit.promotion.messages import Message as Message
    from cemkit.promotion.messages import render_message as render_message
    from cemkit.promotion.messages import render_messages as render_messages
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
    from cemkit.promotion.triggers import audit_triggers as audit_triggers
    from cemkit.promotion.triggers import fire_triggers as fire_triggers
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
