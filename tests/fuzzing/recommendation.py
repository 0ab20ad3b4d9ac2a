"""Sound calls of the public names of repurchase cycles and next products."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cemkit import CrossSell, RepurchaseCycle
from cemkit.plots import recommendation as plots
from cemkit.recommendation import (
    association_table,
    evaluate_cycles,
    evaluate_recommendations,
    next_upgrade,
    upgrade_paths,
)

RANDOM = np.random.default_rng(0)
ORDERS = pd.DataFrame(
    {
        "customer_id": RANDOM.integers(0, 30, 400),
        "order_date": pd.Timestamp("2024-01-01")
        + pd.to_timedelta(RANDOM.integers(0, 200, 400), "D"),
        "amount": RANDOM.gamma(2, 10, 400).round(2),
        "product": RANDOM.choice(["tea", "pot", "mug", "jug"], 400),
        "quantity": RANDOM.integers(1, 4, 400),
    }
)
AS_OF = "2024-06-30"
CROSS_SELL = CrossSell(min_customers=1).fit(ORDERS, as_of=AS_OF)
CYCLE = RepurchaseCycle(by="product").fit(ORDERS, as_of=AS_OF)
PAIRS = CYCLE.cycles_.reset_index()[["customer_id", "product"]]


def _cross_sell(orders: Any, as_of: Any, **options: Any) -> Any:
    return CrossSell(**options).fit(orders, as_of=as_of).recommend(k=2)


def _cycle(orders: Any, as_of: Any, **options: Any) -> Any:
    return RepurchaseCycle(**options).fit(orders, as_of=as_of).cycles_


CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "CrossSell.fit": (
        _cross_sell,
        {
            "orders": ORDERS,
            "as_of": AS_OF,
            "method": "lift",
            "half_life_days": 90,
            "min_customers": 2,
        },
    ),
    "CrossSell.recommend": (
        CROSS_SELL.recommend,
        {"customers": [1, 2], "k": 2, "new_only": False},
    ),
    "CrossSell.recommend_table": (CROSS_SELL.recommend, {"customers": PAIRS.head(1)}),
    "CrossSell.popular": (CROSS_SELL.popular, {"customers": [1, 2], "k": 2, "new_only": False}),
    "RepurchaseCycle.fit": (
        _cycle,
        {
            "orders": ORDERS,
            "as_of": AS_OF,
            "by": "product",
            "min_gaps": 10,
            "confidence_level": 0.8,
        },
    ),
    "RepurchaseCycle.predict": (CYCLE.predict, {"orders": ORDERS, "as_of": "2024-07-31"}),
    "RepurchaseCycle.add_to": (
        CYCLE.add_to,
        {"customers": PAIRS.drop_duplicates("customer_id")},
    ),
    "RepurchaseCycle.buying_probability": (
        CYCLE.buying_probability,
        {"orders": ORDERS, "as_of": AS_OF, "window_days": 30},
    ),
    "evaluate_cycles": (
        evaluate_cycles,
        {
            "orders": ORDERS,
            "as_of": AS_OF,
            "window_days": 20,
            "by": "product",
            "data_until": "2024-12-31",
            "confidence_level": 0.9,
        },
    ),
    "evaluate_recommendations": (
        evaluate_recommendations,
        {
            "orders": ORDERS,
            "as_of": AS_OF,
            "window_days": 19,
            "model": CrossSell(min_customers=1),
            "k": 2,
            "new_only": False,
            "data_until": "2024-12-31",
            "confidence_level": 0.9,
        },
    ),
    "association_table": (
        association_table,
        {"orders": ORDERS, "as_of": AS_OF, "min_customers": 2, "confidence_level": 0.9},
    ),
    "upgrade_paths": (
        upgrade_paths,
        {"orders": ORDERS, "as_of": AS_OF, "min_customers": 2, "confidence_level": 0.9},
    ),
    "upgrade_paths.ladder": (
        upgrade_paths,
        {"orders": ORDERS, "as_of": AS_OF, "ladder": ["tea", "mug", "pot"], "min_customers": 2},
    ),
    "next_upgrade": (
        next_upgrade,
        {
            "orders": ORDERS,
            "as_of": AS_OF,
            "ladder": pd.DataFrame({"product": ["tea", "pot", "jug"], "level": [1, 2, 2]}),
            "min_customers": 2,
            "confidence_level": 0.9,
        },
    ),
    "plots.repurchase_cycles": (
        plots.repurchase_cycles,
        {"cycles": CYCLE.cycles_, "as_of": AS_OF, "longest_days": 365},
    ),
}
