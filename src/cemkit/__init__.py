"""cemkit: from a table of orders to decisions about customers, with the evidence.

The loop, and where each step lives:

- `cemkit.data`, what customers did: `load_cdnow`, `prepare_orders`, `summarize_customers`
- `cemkit.segmentation`, who they are: `RFMSegmenter`, `CustomerClusters`
- `cemkit.prediction`, what they will do: `label_churn`, `churn_features`, `ChurnModel`;
  `BetaGeoModel`, `GammaGammaModel`, `CustomerLifetimeValue`; `ARIMAForecaster`
- `cemkit.promotion`, what to offer, to whom: `fire_triggers`, `return_coupons`, `issue_coupons`,
  `build_audience`, `render_messages`, `export_actions`
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
    "audit_triggers": "cemkit.promotion.triggers",
    "fire_triggers": "cemkit.promotion.triggers",
    "Coupon": "cemkit.promotion.coupons",
    "return_coupon": "cemkit.promotion.coupons",
    "return_coupons": "cemkit.promotion.coupons",
    "CouponLedger": "cemkit.promotion.coupon_codes",
    "coupon_ledger": "cemkit.promotion.coupon_codes",
    "issue_coupons": "cemkit.promotion.coupon_codes",
    "redeem_coupons": "cemkit.promotion.coupon_codes",
    "verify_coupons": "cemkit.promotion.coupon_codes",
    "ConsentCheck": "cemkit.promotion.consent",
    "check_consent": "cemkit.promotion.consent",
    "Audience": "cemkit.promotion.audience",
    "build_audience": "cemkit.promotion.audience",
    "parity": "cemkit.promotion.fairness",
    "Message": "cemkit.promotion.messages",
    "render_message": "cemkit.promotion.messages",
    "render_messages": "cemkit.promotion.messages",
    "ExportedActions": "cemkit.promotion.export",
    "export_actions": "cemkit.promotion.export",
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
    from cemkit.promotion.audience import Audience as Audience
    from cemkit.promotion.audience import build_audience as build_audience
    from cemkit.promotion.consent import ConsentCheck as ConsentCheck
    from cemkit.promotion.consent import check_consent as check_consent
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
    from cemkit.promotion.triggers import audit_triggers as audit_triggers
    from cemkit.promotion.triggers import fire_triggers as fire_triggers
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
