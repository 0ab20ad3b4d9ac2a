"""Sound calls of the public names of `cemkit.proportions`."""

from typing import Any

import cemkit

PAIR = {"successes": [14, 29], "trials": [100, 110], "labels": ["A", "B"]}
LEVEL = {"confidence_level": 0.9}
CALLS = {
    "proportion_test": (
        cemkit.proportion_test,
        {
            **PAIR,
            **LEVEL,
            "test": "z",
            "method": "newcombe",
            "lift_method": "katz",
            "alternative": "greater",
        },
    ),
    "proportion_effects": (
        cemkit.proportions.proportion_effects,
        {
            "control_successes": [14, 5],
            "control_trials": [100, 90],
            "successes": [29, 7],
            "trials": [110, 80],
            "test": "unpooled",
            "correction": "holm",
            "alternative": "two-sided",
            **LEVEL,
        },
    ),
    "compare_proportions": (
        cemkit.compare_proportions,
        {
            "successes": [14, 29, 30],
            "trials": [100, 110, 90],
            "labels": ["A", "B", "C"],
            "correction": "bonferroni",
            **LEVEL,
        },
    ),
    "proportion_interval": (
        cemkit.proportion_interval,
        {"successes": 3, "trials": 40, "method": "jeffreys", **LEVEL},
    ),
    "one_proportion_test": (
        cemkit.proportions.one_proportion_test,
        {
            "successes": 3,
            "trials": 40,
            "expected_rate": 0.1,
            "test": "exact",
            "alternative": "less",
            **LEVEL,
        },
    ),
    "noninferiority_test": (
        cemkit.proportions.noninferiority_test,
        {**PAIR, "allowed_difference": 0.05, **LEVEL},
    ),
    "equivalence_test": (
        cemkit.proportions.equivalence_test,
        {**PAIR, "allowed_difference": 0.3, **LEVEL},
    ),
    "adjust_p_values": (
        cemkit.proportions.adjust_p_values,
        {"p_values": [0.01, 0.2, 0.04], "correction": "hochberg"},
    ),
    "sample_size": (
        cemkit.sample_size,
        {
            "control": 0.1,
            "treatment": 0.15,
            "power": 0.8,
            "allocation": 1.0,
            "arms": 3,
            "daily_customers": 100,
            "method": "pooled",
            "alternative": "greater",
            **LEVEL,
        },
    ),
    "sample_power": (
        cemkit.proportions.sample_power,
        {"control": 0.1, "treatment": 0.15, "n_per_arm": 500, "allocation": 0.5, "arms": 2},
    ),
    "sample_power, means": (
        cemkit.proportions.sample_power,
        {"control": 0.0, "treatment": 1.0, "n_per_arm": 20, "standard_deviation": 2.0},
    ),
    "minimum_detectable_effect": (
        cemkit.proportions.minimum_detectable_effect,
        {"control": 0.1, "n_per_arm": 500, "power": 0.8, "alternative": "two-sided"},
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "MarginTest": [{"question": "equivalent"}, {"shown": False}],
    "OneProportionTest": [{"detected": True}],
    "ProportionTest": [{"winner": None}, {"difference": 1e-9, "difference_lower": -1e-9}],
    "SampleSize": [{"allowed_difference": 0.02}, {"days": None}],
}
