"""Sound calls of the path of a campaign: pairs, allocation, hold-out, experiment, uplift, plan."""

import math
from typing import Any

import numpy as np
import pandas as pd

import cemkit
from cemkit.experiments import (
    audience_experiment,
    campaign_ledger,
    hold_out,
    offer_uplifts,
    plan_campaign,
)
from cemkit.promotion import eligible_pairs

RNG = np.random.default_rng(0)
N = 60
DAY, START, END = "2024-03-31", "2024-04-01", "2024-04-30"
IDS = np.arange(100, 100 + N)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": IDS,
        "churn_probability": RNG.uniform(0.2, 0.9, N),
        "expected_mean_amount": RNG.gamma(2, 20, N) + 1,
        "pre_amount": RNG.gamma(1, 20, N),
        "segment": np.tile(["At risk", "New"], N // 2),
    }
)
OFFERS = pd.DataFrame(
    {
        "offer": ["mail", "coupon"],
        "kind": ["none", "percentage"],
        "discount": [None, 0.1],
        "contact_cost": [0.1, 0.3],
        "eligible": [None, "segment = At risk"],
    }
)
PEOPLE = pd.DataFrame({"customer_id": IDS, "preferred_channel": np.tile(["email", "sms"], N // 2)})
CONSENT = pd.DataFrame(
    {
        "customer_id": IDS,
        "channel": PEOPLE["preferred_channel"],
        "purpose": "marketing",
        "granted": True,
        "since": pd.Timestamp("2024-01-01"),
    }
)
PAIRS = {
    "customers": CUSTOMERS,
    "offers": OFFERS,
    "as_of": DAY,
    "people": PEOPLE,
    "consent": CONSENT,
    "suppression": pd.DataFrame({"customer_id": [100]}),
    "contacts": pd.DataFrame(
        {"customer_id": [101], "channel": ["sms"], "contact_date": pd.Timestamp("2024-03-30")}
    ),
    "caps": pd.DataFrame({"max_contacts": [1], "window_days": [7]}),
    "purpose": "marketing",
}
FOUND = eligible_pairs(**PAIRS)
PROFITS = cemkit.offer_profit(CUSTOMERS, OFFERS, 0.1, margin=0.5)
ALLOCATION = {
    "profit_table": PROFITS,
    "eligible": FOUND.table,
    "budget": 20.0,
    "holdout": 0.4,
    "explore": {"coupon": 0.2},
    "random_state": 1,
}
ALLOCATED = cemkit.allocate_offers(**ALLOCATION)
AUDIENCE = hold_out(ALLOCATED, DAY, salt="spring")
COUPONS = AUDIENCE.table.loc[AUDIENCE.table["offer"] == "coupon", ["customer_id", "offer"]]
COUPONS = COUPONS.assign(redeemed_date=pd.Timestamp("2024-04-10"))
ORDERS = pd.DataFrame(
    {
        "customer_id": np.tile(IDS, 2),
        "order_date": pd.Timestamp("2024-04-10"),
        "amount": RNG.gamma(2, 20, 2 * N),
    }
)
EXPERIMENT = {
    "audience": AUDIENCE,
    "orders": ORDERS,
    "start_date": START,
    "end_date": END,
    "prices": "paid",
    "offers": OFFERS,
    "coupons": COUPONS,
    "pre_days": 30,
    "customers": CUSTOMERS[["customer_id", "segment"]],
    "data_until": END,
}
READ = cemkit.compare_variants(
    audience_experiment(**EXPERIMENT).table, {"amount": "mean"}, by="offer"
)
PLAN = {
    "customers": CUSTOMERS,
    "offers": OFFERS,
    "goal": "amount",
    "budget": 20.0,
    "margin": 0.5,
    "power": 0.8,
    "confidence_level": 0.9,
    "holdout": 0.4,
    "pre_correlation": 0.3,
    "eligible": FOUND.table,
}
CALLS = {
    "eligible_pairs": (eligible_pairs, PAIRS),
    "allocate_offers of eligible pairs": (cemkit.allocate_offers, ALLOCATION),
    "hold_out": (
        hold_out,
        {"actions": ALLOCATED.table, "as_of": DAY, "salt": "spring", "share": 0.4, "budget": 9.0},
    ),
    "audience_experiment": (audience_experiment, EXPERIMENT),
    "offer_uplifts": (offer_uplifts, {"readout": READ, "metric": "amount"}),
    "plan_campaign": (plan_campaign, PLAN),
    "plan_campaign of a rate": (plan_campaign, {**PLAN, "goal": "converted", "holdout": None}),
    "campaign_ledger": (campaign_ledger, {"steps": [FOUND, ALLOCATED, AUDIENCE]}),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "CampaignPlan": [
        {"provable": True},
        {"break_even_difference": math.inf, "provable": False},
        {"break_even_difference": 0.0, "provable": True},
        {"detectable_difference": math.nan, "provable": False},
        {"break_even_difference": math.nan, "provable": None},
        {
            "break_even_difference": math.nan,
            "detectable_difference": math.nan,
            "provable": None,
        },
    ],
    "CampaignAudience": [{"budget": None}, {"expected_cost": math.nan}, {"over_budget": 3}],
    "AudienceExperiment": [{"redeemed": None}, {"unused": 2}],
    "EligiblePairs": [{"idle_guards": ["consent"]}],
}
