"""Sound calls of the public names of `cemkit.impact`."""

import math
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, LogisticRegression

import cemkit
from cemkit import impact

RNG = np.random.default_rng(0)
WEEKS = pd.period_range("2022-01-03", periods=60, freq="W-SUN")
SALES = pd.Series(100 + RNG.normal(0, 3, 60), WEEKS)
PROMOTIONS = pd.DataFrame(
    {
        "name": ["a", "b"],
        "start_date": ["2022-06-06", "2022-10-03"],
        "end_date": ["2022-06-12", "2022-10-09"],
        "size": [0.1, 0.2],
        "recurring": [False, None],
    }
)
TREATED = pd.DataFrame(
    {
        "variant": ["control", "offer"] * 20,
        "amount": RNG.gamma(2, 5, 40),
        "after_amount": RNG.gamma(2, 5, 40),
    }
)
EFFECT = cemkit.holdout_effect(TREATED)
CHOSEN = pd.DataFrame(
    {
        "customer_id": np.arange(200) // 2,
        "past": RNG.gamma(2, 5, 200),
        "channel": RNG.choice(["网店", "shop", "app"], 200),
        "joined": RNG.random(200) < 0.4,
        "before": RNG.normal(0, 1, 200),
        "bought": RNG.choice(["yes", "no"], 200),
    }
)
PANEL = pd.DataFrame(
    {
        "shop": np.repeat(np.arange(30), 6),
        "region": np.repeat(np.arange(30) // 2, 6),
        "period": np.tile(pd.period_range("2024-01", periods=6, freq="M"), 30),
        "first_treated": np.repeat(
            pd.PeriodIndex(["2024-03"] * 10 + ["2024-05"] * 10 + ["NaT"] * 10, freq="M"), 6
        ),
        "amount": RNG.gamma(2, 5, 180),
    }
)
CALLS = {
    "holdout_effect": (
        cemkit.holdout_effect,
        {"experiment": TREATED, "control": "control", "confidence_level": 0.9, "random_state": 1},
    ),
    "observational_effect": (
        impact.observational_effect,
        {
            "table": CHOSEN,
            "treatment": "joined",
            "outcome": "bought",
            "covariates": ["past", "channel"],
            "estimand": "ate",
            "placebo_outcome": "before",
            "cluster": "customer_id",
            "estimator": LinearRegression(),
            "propensity_estimator": LogisticRegression(),
            "trim": 0.02,
            "n_folds": 2,
            "n_repeats": 1,
            "confidence_level": 0.9,
            "random_state": 1,
            "positive": "yes",
            "treated": True,
        },
    ),
    "difference_in_differences": (
        impact.difference_in_differences,
        {
            "panel": PANEL,
            "outcome": "amount",
            "unit": "shop",
            "cluster": "region",
            "controls": "not_yet_treated",
            "confidence_level": 0.9,
            "random_state": 1,
        },
    ),
    "promotion_profit": (
        cemkit.promotion_profit,
        {
            "effect": EFFECT,
            "margin": 0.4,
            "discount": 0.1,
            "fixed_cost": 5.0,
            "cannibalised_amount": 1.0,
            "halo_amount": 2.0,
            "confidence_level": 0.9,
        },
    ),
    "promotion_profit of realised costs": (
        cemkit.promotion_profit,
        {
            "effect": EFFECT,
            "margin": 0.4,
            "costs": pd.DataFrame({"offer": ["a", "b"], "cost": [9.0, 4.0], "discount_cost": 0.0}),
        },
    ),
    "promotion_effect": (
        cemkit.promotion_effect,
        {
            "sales": SALES,
            "promotions": PROMOTIONS,
            "method": "regression",
            "after": 1,
            "scale": "additive",
            "X": pd.DataFrame({"price": RNG.normal(1, 0.1, 60)}, WEEKS),
            "seasonal_period": 1,
            "placebos": 1,
            "confidence_level": 0.9,
            "random_state": 1,
        },
    ),
}

PANEL = pd.DataFrame(np.exp(RNG.normal(5, 0.1, (60, 4))), WEEKS, list("ABCD"))
BY_SERIES = PROMOTIONS.assign(series=["A", "B"])
COMMON = {"after": 1, "seasonal_period": 1, "confidence_level": 0.9}
CALLS |= {
    "detectable_lift": (
        impact.detectable_lift,
        {
            "sales": SALES,
            "promotion_length": [7, 14],
            "promotions": PROMOTIONS,
            "margin": 0.4,
            "discount": 0.1,
            "fixed_cost": 5.0,
            "pull_forward_share": 0.1,
            "expected_lift": 0.5,
            "power": 0.9,
            "scale": "additive",
            "X": pd.DataFrame({"price": RNG.normal(1, 0.1, 60)}, WEEKS),
            **COMMON,
        },
    ),
    "promotion_effects": (
        impact.promotion_effects,
        {
            "sales": PANEL,
            "promotions": PROMOTIONS.assign(series=["A", None]),
            "size": "price",
            "regular_price": 1.0,
            "comparison": ["D"],
            "before": 1,
            **COMMON,
        },
    ),
    "promotion_elasticity": (
        impact.promotion_elasticity,
        {
            "sales": SALES,
            "promotions": PROMOTIONS,
            "size": "price",
            "regular_price": 1.0,
            "before": 1,
            "X": pd.DataFrame({"price": RNG.normal(1, 0.1, 60)}, WEEKS),
            **COMMON,
        },
    ),
    "product_cross_effects": (
        impact.product_cross_effects,
        {"sales": PANEL, "promotions": BY_SERIES, "before": 1, "random_state": 1, **COMMON},
    ),
    "worth_repeating": (
        impact.worth_repeating,
        {
            "sales": SALES,
            "promotions": PROMOTIONS.drop(columns="size"),
            "margin": 0.4,
            "discount": 0.1,
            "fixed_cost": 5.0,
            "others": PANEL,
            "other_margin": 0.3,
            "before": 1,
            "X": pd.DataFrame({"price": RNG.normal(1, 0.1, 60)}, WEEKS),
            "placebos": 1,
            "random_state": 1,
            **COMMON,
        },
    ),
}

GONE = {"lift": math.nan, "lift_lower": math.nan, "lift_upper": math.nan}
NOT_MEASURED = {"decline_probability": math.nan}
VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ObservationalEffect": [
        {"effect_lower": 1.0, "effect_upper": 3.0, "left_out_treated": 3, "placebo_lower": 0.1},
        {"effect_lower": 1.0, "effect_upper": 3.0, "estimand": "att", "incomplete_rows": 7},
        {"effect_lower": 1.0, "effect_upper": 3.0, "e_value": math.nan, "e_value_bound": math.nan},
        {"effect_lower": 1.0, "effect_upper": 3.0, "e_value": math.inf, "e_value_bound": 2.0},
        {"binary_outcome": False},
        {"placebo_outcome": None, "placebo_lower": None, "placebo_upper": None},
    ],
    "DifferenceInDifferences": [
        {"effect_lower": 1.0, "effect_upper": 3.0, "controls": "never_treated", "n_groups": 1},
        {"pretrend_terms": 0, "pretrend_p_value": math.nan, "detectable_slope": math.nan},
        {"pretrend_p_value": 0.001, "already_treated": 4},
    ],
    "PromotionEffect": [
        GONE,
        NOT_MEASURED,
        NOT_MEASURED | {"dip_calendar": "not identified"},
        {"lift_calendar": "not identified"},
        {"lift_calendar": "no other year"},
        {"lift_amount": math.nan},
        {"before_amount": -3.0, "before_amount_lower": -5.0, "before_amount_upper": -1.0},
    ],
    "CrossEffects": [{"cannibalised": 3}],
    "DetectableLift": [{"not_identified": 4}],
    "PromotionEffects": [
        {"identified": 0},
        {"mean": math.nan},
        {"effect": "lift"},
    ],
    "PromotionElasticity": [
        {"p_value": math.nan},
        {"p_value": 0.01, "lift_calendar": "not identified"},
        {"lift_calendar": "no other year"},
    ],
    "PromotionVerdict": [
        {"verdict": "repeat"},
        {"verdict": "stop", "lift_calendar": "not identified"},
        {"verdict": "not clear", "lift_calendar": "no other year"},
        {"verdict": "not identified"},
    ],
    "PromotionProfit": [{"break_even_lift": math.nan}, {"break_even_lift": math.inf}],
}
