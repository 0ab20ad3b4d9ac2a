"""Sound calls of the public names of `cemkit.segmentation`, without the clusters."""

from typing import Any

import pandas as pd

from cemkit import LifecycleStages, RFMSegmenter, cohort_table, evaluate_segments, segment_migration
from cemkit.plots import segmentation as plots
from cemkit.segmentation import (
    future_amount,
    stage_durations,
    stage_value_risk,
    standard_stages,
    value_tiers,
)

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5, 6],
        "recency_days": [1, 20, 300, 4, 90, 7],
        "order_count": [9, 3, 1, 4, 1, 2],
        "total_amount": [900.0, 120.0, 15.0, 80.0, 15.0, 30.0],
    }
)
ORDERS = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "bob", "cat"],
        "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]),
        "amount": [20.0, 30.0, 5.0, 8.0],
    }
)
KNOWN = CUSTOMERS.assign(
    alive_probability=[0.9, 0.2, 0.4, None, 0.6, 0.1],
    member_tier=["gold", None, "silver", "黄金", "gold", None],
    overdue=[False, True, False, False, True, False],
)
HISTORY = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 2, 2, 2],
        "as_of": ["2024-01-31", "2024-02-29", "2024-03-31"] * 2,
        "stage": ["growth", "growth", "churned", "growth", "loyalty", "loyalty"],
    }
)
BEFORE = pd.Series(["a", "a", "b", "b"], index=[1, 2, 3, 4])
OUTCOME = pd.Series([1.0, 2.0, 8.0, 9.0], index=[1, 2, 3, 4])
RULES = pd.DataFrame(
    {"stage": ["none", "some"], "order_count": ["0", "1+"], "recency_days": ["any", "any"]}
)
SEGMENTS = pd.DataFrame(
    {
        "segment": ["good", "rest"],
        "recency_score": ["4+", "otherwise"],
        "frequency_score": ["3-5", "otherwise"],
        "monetary_score": ["2+", "otherwise"],
    }
)


def scored(customers: Any, **parameters: Any) -> pd.DataFrame:
    """Fit a segmenter and use each of its methods."""
    segmenter = RFMSegmenter(**parameters).fit(customers)
    segmenter.profile(customers)
    return RFMSegmenter.from_json(segmenter.to_json()).add_to(customers)


def scored_by_others(customers: Any) -> pd.DataFrame:
    """Score customers by those of another day."""
    return RFMSegmenter().fit(CUSTOMERS).add_to(customers)


def staged(people: Any, rules: Any) -> pd.DataFrame:
    """Use each method of the stages."""
    stages = LifecycleStages(rules).fit(people)
    stages.profile(people)
    return LifecycleStages.from_json(stages.to_json()).add_to(people)


CALLS = {
    "plots.rfm_heatmap": (plots.rfm_heatmap, {"scored": RFMSegmenter().fit_transform(CUSTOMERS)}),
    "plots.segment_bars": (
        plots.segment_bars,
        {"profile": RFMSegmenter().fit(CUSTOMERS).profile(CUSTOMERS)},
    ),
    "plots.cluster_profiles": (
        plots.cluster_profiles,
        {"profile": pd.DataFrame({"customers": [3, 4], "mean_clv": [5.0, 8.0]})},
    ),
    "plots.stage_flow": (
        plots.stage_flow,
        {"durations": stage_durations(HISTORY), "order": ["growth", "loyalty", "churned"]},
    ),
    "RFMSegmenter": (
        scored,
        {
            "customers": CUSTOMERS.assign(fans=[1, 2, 3, 4, 5, 6]),
            "n_bins": 5,
            "edges": {"order_count": [1, 2, 3, 4]},
            "segments": "tiers",
            "extra": ["fans"],
        },
    ),
    "RFMSegmenter.rules": (scored, {"customers": CUSTOMERS, "segments": SEGMENTS}),
    "RFMSegmenter.others": (scored_by_others, {"customers": CUSTOMERS}),
    "LifecycleStages": (staged, {"people": CUSTOMERS, "rules": RULES}),
    "LifecycleStages.values": (
        staged,
        {
            "people": KNOWN,
            "rules": pd.DataFrame(
                {
                    "stage": ["none", "top", "ask", "rest"],
                    "order_count": ["0", "1+", "1+", "otherwise"],
                    "alive_probability": ["any", "known and > 0.5", "missing", "any"],
                    "member_tier": ["any", "known and gold|黄金", "any", "any"],
                    "overdue": ["any", "false", "any", "any"],
                }
            ),
        },
    ),
    "standard_stages": (
        standard_stages,
        {"customers": KNOWN, "churned_after_days": 90, "loyal_tiers": ["gold"]},
    ),
    "stage_durations": (stage_durations, {"history": HISTORY}),
    "stage_value_risk": (
        stage_value_risk,
        {
            "customers": KNOWN.assign(stage=["a", "b", "a", "b", None, "a"]),
            "value": "total_amount",
            "risk": "alive_probability",
            "n_tiers": 2,
            "edges": (0.3, 0.6),
        },
    ),
    "value_tiers": (
        value_tiers,
        {"customers": KNOWN, "by": "total_amount", "n_tiers": 2, "names": ["high", "low"]},
    ),
    "ValueTiers.add_to": (
        value_tiers(CUSTOMERS, "total_amount").add_to,
        {"customers": CUSTOMERS.tail(3)},
    ),
    "segment_migration": (
        segment_migration,
        {"before": BEFORE, "after": BEFORE.head(3), "confidence_level": 0.9},
    ),
    "evaluate_segments": (
        evaluate_segments,
        {
            "segments": BEFORE,
            "outcome": OUTCOME,
            "later_segments": BEFORE.tail(3),
            "confidence_level": 0.9,
        },
    ),
    "future_amount": (future_amount, {"orders": ORDERS, "as_of": "2024-01-31", "window_days": 90}),
    "cohort_table": (
        cohort_table,
        {
            "orders": ORDERS,
            "period": "month",
            "measure": "amount",
            "as_of": "2024-06-30",
            "confidence_level": 0.9,
        },
    ),
}

VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ClusterSeparation": [{"customers": 90_000}],
    "ValueTiers": [{"missing": 0}],
    "ClusterCount": [
        {"n_clusters": 1, "reason": "12 customers are too few, at least 16", "smallest": 8}
        | {"n_rows": 12, "n_sampled": 12},
        {"n_rows": 90_000},
        {"convenient_cut": 2},
    ],
}
