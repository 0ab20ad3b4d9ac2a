"""Sound calls of the public names of churn: features, labels, model, evaluation, profit."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context

from cemkit import (
    ChurnModel,
    evaluate_churn,
    label_churn,
    retention_profit,
    suggest_window,
    training_snapshots,
)
from cemkit.churn import (
    PropensityModel,
    campaign_profit,
    check_leakage,
    evaluate_propensity,
    expected_maximum_profit,
    feature_drift,
    label_first_purchase,
    label_repurchase,
    label_upgrade,
    model_card,
    retention_profit_scorer,
)

RNG = np.random.default_rng(0)
N = 60
IDS = pd.Index(range(100, 100 + N), name="customer_id")
FEATURES = pd.DataFrame(
    {
        "recency_days": RNG.integers(0, 200, N),
        "mean_amount": RNG.gamma(2.0, 10.0, N),
        "channel": RNG.choice(["web", "shop"], N),
    },
    index=IDS,
)
CHURNED = pd.Series((RNG.random(N) < 0.4).astype(int), index=IDS, name="churned")
PROBABILITY = pd.Series(RNG.uniform(0.05, 0.95, N), index=IDS)
COSTS = {"offer_cost": 10.0, "contact_cost": 1.0}
ORDERS = pd.DataFrame(
    {
        "customer_id": np.repeat(np.arange(40), 4),
        "order_date": pd.Timestamp("2024-01-01")
        + pd.to_timedelta(RNG.integers(0, 300, 160), unit="D"),
        "amount": RNG.gamma(2.0, 10.0, 160),
        "channel": RNG.choice(["web", "shop"], 160),
        "product": ["basic", "basic", "basic", "plus"] * 40,
    }
)
ROSTER = pd.DataFrame({"customer_id": [0, 1, 77, 78]})
PEOPLE = pd.DataFrame(
    {"customer_id": np.arange(40), "contract_end": ["2024-12-31"] * 40, "preferred_channel": "web"}
)


def fitted() -> ChurnModel:
    return ChurnModel().fit(FEATURES, CHURNED)


def upgrades(X: Any = FEATURES) -> PropensityModel:
    return PropensityModel(outcome="upgrade").fit(X, CHURNED)


def fit(X: Any, y: Any, **parameters: Any) -> ChurnModel:
    return ChurnModel(**parameters).fit(X, y)


def unnamed(method: Any, *arguments: Any) -> Any:
    """Call without scikit-learn's warning of an X that has no feature names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        return method(*arguments)


def card(evaluation: Any, as_of: Any, window_days: Any, limits: Any) -> Any:
    return model_card(fitted(), evaluation, as_of, window_days, limits)


def scorer(**terms: Any) -> Any:
    with config_context(enable_metadata_routing=True):
        return retention_profit_scorer(**terms)


CALLS = {
    "ChurnModel.fit": (
        fit,
        {
            "X": FEATURES,
            "y": CHURNED,
            "penalty": 1.0,
            "scale": True,
            "calibrate": None,
            "threshold": 0.5,
            "class_weight": None,
            "allow_sensitive": [],
            "positive": None,
        },
    ),
    "ChurnModel.predict_proba": (
        lambda X: unnamed(fitted().predict_proba, X),
        {"X": FEATURES},
    ),
    "PropensityModel.fit": (
        lambda X, y, outcome: PropensityModel(outcome=outcome).fit(X, y).add_to(X),
        {"X": FEATURES, "y": CHURNED.rename("upgraded"), "outcome": "upgrade"},
    ),
    "PropensityModel.coefficients": (
        lambda confidence_level: upgrades().coefficients(confidence_level),
        {"confidence_level": 0.9},
    ),
    "PropensityModel.explain": (
        lambda **arguments: upgrades().explain(**arguments),
        {"customers": FEATURES, "top": 2, "language": "zh"},
    ),
    "PropensityModel.diagnose": (lambda X: upgrades(X).diagnose(), {"X": FEATURES}),
    "evaluate_propensity": (
        evaluate_propensity,
        {
            "happened": CHURNED.rename("upgraded"),
            "probability": PROBABILITY,
            "other_scores": FEATURES[["recency_days"]],
            "outcome": "upgrade",
            "n_resamples": 5,
        },
    ),
    "label_repurchase": (
        label_repurchase,
        {"orders": ORDERS, "as_of": "2024-06-30", "window_days": 60},
    ),
    "label_first_purchase": (
        label_first_purchase,
        {"orders": ORDERS, "people": ROSTER, "as_of": "2024-06-30", "window_days": 60},
    ),
    "label_upgrade": (
        label_upgrade,
        {
            "orders": ORDERS,
            "as_of": "2024-06-30",
            "window_days": 60,
            "ladder": ["basic", "plus"],
            "data_until": "2024-12-31",
        },
    ),
    "ChurnModel.add_to": (lambda customers: fitted().add_to(customers), {"customers": FEATURES}),
    "ChurnModel.explain": (
        lambda **arguments: fitted().explain(**arguments),
        {"customers": FEATURES, "top": 2, "language": "zh"},
    ),
    "ChurnModel.coefficients": (
        lambda confidence_level: fitted().coefficients(confidence_level),
        {"confidence_level": 0.9},
    ),
    "ChurnModel.likelihood_ratio_tests": (
        lambda X, y: unnamed(fit(FEATURES, CHURNED, penalty=0).likelihood_ratio_tests, X, y),
        {"X": FEATURES, "y": CHURNED},
    ),
    "ChurnModel.importance": (
        lambda customers: fitted().importance(customers),
        {"customers": FEATURES},
    ),
    "campaign_profit": (
        campaign_profit,
        {
            "churned": CHURNED,
            "churn_probability": PROBABILITY,
            "clv": pd.Series(200.0, index=IDS),
            "positive": None,
            "acceptance_rate": 0.3,
            **COSTS,
        },
    ),
    "check_leakage": (
        check_leakage,
        {"features": FEATURES, "churned": CHURNED, "plausible_auc": 0.95, "positive": None},
    ),
    "feature_drift": (
        feature_drift,
        {"before": FEATURES, "after": FEATURES.iloc[10:], "n_bins": 5},
    ),
    "evaluate_churn": (
        evaluate_churn,
        {
            "churned": CHURNED,
            "churn_probability": PROBABILITY,
            "other_scores": FEATURES[["recency_days"]],
            "positive": None,
            "threshold": 0.5,
            "confidence_level": 0.9,
            "n_resamples": 5,
            "random_state": 0,
            "progress": False,
        },
    ),
    "expected_maximum_profit": (
        expected_maximum_profit,
        {
            "churned": CHURNED,
            "score": PROBABILITY,
            "positive": None,
            "clv": 200.0,
            "alpha": 6.0,
            "beta": 14.0,
            **COSTS,
        },
    ),
    "label_churn": (
        label_churn,
        {"orders": ORDERS, "as_of": "2024-06-30", "window_days": 60},
    ),
    "model_card": (
        card,
        {
            "evaluation": evaluate_churn(CHURNED, PROBABILITY, n_resamples=5),
            "as_of": "2024-06-30",
            "window_days": 90,
            "limits": ["one shop"],
        },
    ),
    "retention_profit": (
        retention_profit,
        {
            "churn_probability": PROBABILITY,
            "clv": pd.Series(200.0, index=IDS),
            "acceptance_rate": 0.3,
            "stayer_acceptance_rate": 1.0,
            **COSTS,
        },
    ),
    "retention_profit_scorer": (
        scorer,
        {"acceptance_rate": 0.3, "positive": None, **COSTS},
    ),
    "training_snapshots": (
        training_snapshots,
        {
            "orders": ORDERS,
            "dates": ["2024-04-30", "2024-06-30"],
            "window_days": 30,
            "windows": [30],
            "people": PEOPLE,
        },
    ),
    "suggest_window": (suggest_window, {"orders": ORDERS, "as_of": "2024-10-31", "share": 0.6}),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "FeatureImportance": [
        {"outcome": "opened"},
        {"table": pd.DataFrame({"mean_effect": [0.0], "odds_factor": 1.0}, index=["a"])},
    ],
    "ModelCard": [{"outcome": "upgrade"}, {"outcome": "opened"}],
    "PropensityCoefficients": [{"outcome": "first_purchase"}, {"outcome": "opened"}],
    "PropensityEvaluation": [{"outcome": "first_purchase"}, {"outcome": "opened"}],
    "LeakageCheck": [{"table": pd.DataFrame({"suspect": [True, True]}, index=["a", "b"])}],
    "WindowSuggestion": [
        {"window_days": None, "reason": "the data can judge 112 days", "table": pd.DataFrame()}
    ],
}
