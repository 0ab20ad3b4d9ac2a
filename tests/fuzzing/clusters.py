"""Sound calls of the public names of `cemkit.segmentation.clusters`."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit import CustomerClusters, choose_k

rng = np.random.default_rng(0)
FEATURES = pd.DataFrame(
    {
        "customer_id": range(40),
        "order_count": np.repeat([2, 9], 20) + rng.integers(2, size=40),
        "total_amount": np.repeat([20.0, 300.0], 20) + rng.normal(0, 2, 40),
    }
)


def fitted(X: Any, **options: Any) -> pd.DataFrame:
    return CustomerClusters(**options).fit(X).centers()


def described(customers: Any, **options: Any) -> str:
    clusters = CustomerClusters(2).fit(FEATURES)
    clusters.add_to(customers)
    clusters.profile(customers)
    return clusters.rules(customers, **options).sentence()


CALLS = {
    "CustomerClusters": (
        fitted,
        {
            "X": FEATURES,
            "n_clusters": 2,
            "method": "kmeans",
            "features": ["order_count", "total_amount"],
            "skew": "log",
            "random_state": 0,
            "allow_sensitive": [],
        },
    ),
    "CustomerClusters.auto": (fitted, {"X": FEATURES, "method": "gaussian_mixture"}),
    "CustomerClusters.rules": (described, {"customers": FEATURES, "max_depth": 2}),
    "CustomerClusters.separation": (
        CustomerClusters(2).fit(FEATURES).separation,
        {"customers": FEATURES, "n_sampled": 20, "random_state": 0},
    ),
    "choose_k": (
        choose_k,
        {
            "features": FEATURES,
            "k": [1, 2],
            "skew": None,
            "sample_size": 40,
            "random_state": 0,
            "progress": False,
        },
    ),
    "ClusterCount.sentence": (choose_k(FEATURES, [1, 2]).sentence, {"language": "en"}),
    "ClusterRules.sentence": (
        CustomerClusters(2).fit(FEATURES).rules(FEATURES).sentence,
        {"language": "zh"},
    ),
}
