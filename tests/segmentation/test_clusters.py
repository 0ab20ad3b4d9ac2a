"""CustomerClusters against R's k-means on iris, and on planted groups."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from cemkit import CustomerClusters, NotEnoughDataError


def test_iris_as_r_kmeans_on_scaled_columns() -> None:
    # R: kmeans(scale(iris[, 1:4]), 3, nstart = 50)$tot.withinss is 138.8884, with R's n - 1.
    clusters = CustomerClusters(n_clusters=3).fit(load_iris().data)
    assert clusters.inertia_ * 149 / 150 == pytest.approx(138.8884, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_planted_groups_are_found_and_read_in_their_units(seed: int) -> None:
    centers = np.array([[10.0, 5000.0], [200.0, 100.0], [400.0, 2500.0]])
    rng = np.random.default_rng(seed)
    planted = rng.integers(0, 3, 300)
    features = pd.DataFrame(
        centers[planted] + rng.normal(0, [5, 50], (300, 2)),
        columns=["recency_days", "total_amount"],
    )
    clusters = CustomerClusters(n_clusters=3, random_state=seed).fit(features)
    assert adjusted_rand_score(planted, clusters.labels_) > 0.99
    found = clusters.centers().sort_values("recency_days")
    assert found.columns.tolist() == ["recency_days", "total_amount"]
    np.testing.assert_allclose(found, centers, atol=30)


def test_constant_features_and_equal_customers_are_one_cluster() -> None:
    clusters = CustomerClusters(n_clusters=1).fit(np.ones((4, 2)))
    assert clusters.labels_.tolist() == [0, 0, 0, 0]
    assert clusters.cluster_centers_.tolist() == [[1.0, 1.0]]


def test_fewer_customers_than_clusters() -> None:
    with pytest.raises(NotEnoughDataError, match=r"2 customers .*takes at least 4; lower n_cl"):
        CustomerClusters(n_clusters=4).fit([[1.0], [2.0]])


@pytest.mark.parametrize(
    ("n_clusters", "error"), [(0, ValueError), (2.5, TypeError), (True, TypeError)]
)
def test_how_many_clusters_must_be_a_count(n_clusters: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="n_clusters must be"):
        CustomerClusters(n_clusters=n_clusters).fit([[1.0], [2.0]])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_features(value: float) -> None:
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        CustomerClusters(n_clusters=1).fit([[1.0], [value]])
