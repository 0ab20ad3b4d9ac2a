"""Sound calls of the public names of targeting: uplift, curves, policies, offers."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit import (
    UpliftModel,
    allocate_offers,
    offer_profit,
    policy_value,
    qini_score,
    uplift_curve,
)
from cemkit.plots import targeting as plots

RNG = np.random.default_rng(0)
N = 60
IDS = pd.Index(range(100, 100 + N), name="customer_id")
X = pd.DataFrame({"recency_days": RNG.uniform(0, 100, N), "orders": RNG.poisson(3, N)}, index=IDS)
TREATED = pd.Series(np.arange(N) % 2, index=IDS)
Y = pd.Series(RNG.normal(TREATED * X["recency_days"] / 100, 0.1), index=IDS)
VARIANT = pd.Series(np.array(["none", "mail", "coupon"])[np.arange(N) % 3], index=IDS)
SCORE = pd.Series(RNG.normal(size=N), index=IDS)
TRIAL = {
    "uplift": SCORE,
    "outcome": Y,
    "treatment": TREATED,
    "positive": None,
    "treated": None,
    "n_resamples": 5,
    "confidence_level": 0.9,
    "random_state": 0,
    "progress": False,
}
EXPERIMENT = pd.DataFrame(
    {
        "customer_id": IDS,
        "variant": np.where(TREATED == 1, "offer", "none"),
        "amount": Y.to_numpy(),
        "pre_amount": X["recency_days"].to_numpy(),
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "churn_probability": RNG.uniform(0.1, 0.9, N),
        "expected_mean_amount": RNG.gamma(2.0, 20.0, N),
    },
    index=IDS,
)
OFFERS = pd.DataFrame(
    {
        "offer": ["mail", "coupon"],
        "kind": ["none", "percentage"],
        "discount": [None, 0.1],
        "contact_cost": [0.1, 1.0],
    }
)
LEVELS = pd.DataFrame(
    {"offer": "coupon", "by": "tier", "level": ["gold", "silver"], "discount": [0.2, 0.1]}
)
PROFITS = offer_profit(CUSTOMERS, OFFERS, 0.05, margin=0.5, uplift_standard_error=0.01)


def fit(X: Any, y: Any, treatment: Any, **parameters: Any) -> UpliftModel:
    return UpliftModel(**parameters).fit(X, y, treatment)


CALLS = {
    "UpliftModel.fit": (
        fit,
        {
            "X": X,
            "y": Y,
            "treatment": TREATED,
            "learner": "t",
            "propensity": 0.5,
            "n_folds": 3,
            "n_repeats": 1,
            "allow_sensitive": [],
            "random_state": 0,
            "positive": None,
            "treated": None,
            "control": None,
        },
    ),
    "UpliftModel.fit of several offers": (
        fit,
        {
            "X": X,
            "y": Y,
            "treatment": VARIANT,
            "learner": "dr",
            "propensity": {"none": 0.3, "mail": 0.3, "coupon": 0.4},
            "control": "none",
        },
    ),
    "UpliftModel.policy": (
        lambda customers: fit(X, Y, VARIANT, control="none", propensity=1 / 3).policy(customers),
        {"customers": X},
    ),
    "UpliftModel.add_to": (
        lambda customers: fit(X, Y, TREATED, learner="t", propensity=0.5).add_to(customers),
        {"customers": X},
    ),
    "allocate_offers": (
        allocate_offers,
        {
            "profit_table": PROFITS,
            "budget": 20.0,
            "capacities": {"coupon": 10},
            "max_per_customer": 2,
            "max_share": 0.3,
            "confidence_level": 0.9,
        },
    ),
    "offer_profit": (
        offer_profit,
        {
            "customers": CUSTOMERS,
            "offers": OFFERS,
            "uplift": {"mail": 0.01, "coupon": 0.05},
            "margin": 0.5,
            "uplift_standard_error": 0.01,
            "uplift_of": "conversion",
        },
    ),
    "offer_profit with levels": (
        offer_profit,
        {
            "customers": CUSTOMERS.assign(tier=["gold", "silver"] * (N // 2)),
            "offers": OFFERS.assign(discount=None),
            "uplift": {"mail": 2.0, "coupon": "churn_probability"},
            "margin": 0.5,
            "uplift_of": "amount",
            "levels": LEVELS,
        },
    ),
    "policy_value": (
        policy_value,
        {
            "policy": pd.Series("offer", index=IDS),
            "experiment": EXPERIMENT,
            "propensity": 0.5,
            "outcome": "amount",
            "positive": None,
            "covariates": ["pre_amount"],
            "confidence_level": 0.9,
        },
    ),
    "qini_score": (qini_score, TRIAL),
    "uplift_curve": (uplift_curve, TRIAL),
    "plots.profit_by_share": (
        plots.profit_by_share,
        {
            "profit_table": pd.DataFrame(
                {"customer_id": [1, 1, 2], "offer": ["a", "b", "a"], "profit": [3.0, 1.0, -1.0]}
            ),
            "currency": "$",
        },
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "OfferAllocation": [{"best_rule": "nobody"}, {"best_rule": "top churn risk gets mail"}],
    "PolicyValue": [{"advantage_upper": -0.01}, {"is_constant": False}],
    "QiniScore": [{"qini_lower": 0.01}, {"qini_upper": -0.01}],
}
