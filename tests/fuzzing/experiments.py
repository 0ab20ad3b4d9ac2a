"""Sound calls of the public names of `cemkit.experiments` and its reductions."""

from typing import Any

import numpy as np
import pandas as pd

import cemkit

RNG = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "customer_id": np.arange(60),
        "variant": ["A", "B", "C"] * 20,
        "segment": ["x", "y"] * 30,
        "city": ["上海"] * 30 + ["北京"] * 30,
        "converted": [0, 1, 0, 1, 1, 0] * 10,
        "amount": RNG.gamma(2, 5, 60),
        "orders": RNG.integers(1, 4, 60),
        "pre_amount": RNG.gamma(2, 5, 60),
    }
)
ASSIGNMENT = DATA[["customer_id", "variant"]]
DAYS = pd.to_datetime(["2024-03-01", "2024-03-05", "2024-02-20", "2024-03-09"])
ORDERS = pd.DataFrame({"customer_id": [1, 2, 2, 4], "order_date": DAYS, "amount": [9.0, 5, 4, 1]})
PEOPLE = pd.DataFrame({"customer_id": np.arange(60), "city": ["x", "y", "z"] * 20})
SHARES = {"A": 0.5, "B": 0.5}
LOOK = {"look": 2, "looks": 4, "bound": "pocock"}
CALLS = {
    "assign_variants": (
        cemkit.assign_variants,
        {
            "customers": PEOPLE,
            "shares": SHARES,
            "salt": "spring",
            "strata": ["city"],
            "existing": pd.DataFrame({"customer_id": [1, 2], "variant": ["A", "B"]}),
            "holdout": 0.1,
            "holdout_salt": "kept",
        },
    ),
    "sample_ratio_test": (
        cemkit.sample_ratio_test,
        {"counts": {"A": 60, "B": 55}, "shares": SHARES, "threshold": 0.01},
    ),
    "experiment_table": (
        cemkit.experiment_table,
        {
            "assignment": ASSIGNMENT,
            "orders": ORDERS,
            "start_date": "2024-03-01",
            "end_date": "2024-03-31",
            "data_until": "2024-03-31",
            "pre_days": 28,
            "customers": PEOPLE,
        },
    ),
    "effect_by_day": (
        cemkit.experiments.effect_by_day,
        {
            "assignment": ASSIGNMENT,
            "orders": ORDERS,
            "start_date": "2024-03-01",
            "end_date": "2024-03-10",
            "data_until": "2024-03-31",
            "control": "A",
            "metric": "amount",
            "confidence_level": 0.9,
        },
    ),
    "compare_variants": (
        cemkit.compare_variants,
        {
            "data": DATA,
            "metrics": {
                "converted": "proportion",
                "amount": "mean",
                "value": ("amount", "orders"),
            },
            "control": "A",
            "by": "segment",
            "pairs": "all",
            "combined": {"B or C": ["B", "C"]},
            "covariates": {"amount": ["pre_amount"]},
            "strata": "city",
            "guardrails": {"amount": -1.0},
            "shares": {"A": 0.4, "B": 0.3, "C": 0.3},
            "looks": (2, 3),
            "bound": "pocock",
            "correction": "holm",
            "confidence_level": 0.9,
        },
    ),
    "effect_by_time_of_day": (
        cemkit.experiments.effect_by_time_of_day,
        {
            "data": DATA.assign(
                event_time=pd.Timestamp("2024-03-01") + pd.to_timedelta(DATA.index * 25, "min")
            ),
            "metrics": {"amount": "mean"},
            "control": "A",
            "time": "event_time",
            "parts": [0, 12],
            "correction": "holm",
            "confidence_level": 0.9,
        },
    ),
    "experiment_plan": (
        cemkit.experiments.experiment_plan,
        {
            "control": 20.0,
            "treatment": 22.0,
            "standard_deviation": 8.0,
            "denominator": (2.0, 1.0, 0.5),
            "cluster_size": 30,
            "intracluster_correlation": 0.02,
            "cluster_variation": 0.4,
            "pre_correlation": 0.3,
            "n_per_arm": 40,
            "allocation": 1.0,
            "arms": 2,
            "daily_customers": 500,
            "window_days": 14,
            "n_simulations": 200,
            "power": 0.8,
            "confidence_level": 0.9,
            "random_state": 1,
        },
    ),
    "always_valid_interval": (
        cemkit.experiments.always_valid_interval,
        {
            "mean": [1.0, 1.2],
            "standard_deviation": 2.0,
            "n": [100, 200],
            "tuned_for": 1000.0,
            "confidence_level": 0.9,
        },
    ),
    "sequential_bounds": (
        cemkit.experiments.sequential_bounds,
        {"looks": 3, "bound": "lan-demets", "fractions": [0.2, 0.5, 1.0], "confidence_level": 0.9},
    ),
    "sequential_p_value": (
        cemkit.experiments.sequential_p_value,
        {"statistic": [1.0, 2.2], **LOOK},
    ),
    "sequential_critical_value": (
        cemkit.experiments.sequential_critical_value,
        {"alpha": 0.05, **LOOK},
    ),
    "always_valid_p_value": (
        cemkit.experiments.always_valid_p_value,
        {"statistic": [1.0, 3.0], "effective_size": 500.0, "tuned_for": 1000.0},
    ),
    "always_valid_critical_value": (
        cemkit.experiments.always_valid_critical_value,
        {"alpha": 0.05, "effective_size": [100, 5000], "tuned_for": 1000.0},
    ),
    "cell_sums": (
        cemkit.data.cell_sums,
        {"table": DATA, "cells": ["variant"], "values": ["converted", "amount"]},
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ExperimentReadout": [
        {"decision": "adopt B", "winner": "B"},
        {"decision": "keep A", "winner": "A"},
        {"decision": "undecided"},
        {"interactions": None},
        {"combined": ("B", "C")},
    ],
    "ExperimentPlan": [
        {"treatment": None},
        {"unit": "customer", "days": None, "power_error": 0.01},
        {"periods": 4, "days": None, "n_treatment": None},
    ],
    "TimeOfDayEffects": [{"differs": True}, {"differs": False}],
    "SampleRatioTest": [{"valid": False}],
}
