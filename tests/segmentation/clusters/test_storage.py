import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

from cemkit import CustomerClusters

FEATURES = pd.DataFrame(
    np.exp(make_blobs(200, centers=3, random_state=5)[0] / 4), columns=["recency_days", "额"]
)


@pytest.mark.parametrize("skew", [None, "log"])
@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture", "ward"])
def test_the_round_trip_is_exact(method: str, skew: str | None) -> None:
    names = list(FEATURES.columns)
    clusters = CustomerClusters(np.int64(3), method=method, features=names, skew=skew)
    clusters.fit(FEATURES.assign(channel="shop"))
    again = CustomerClusters.from_json(clusters.to_json())
    assert again.get_params() == clusters.get_params()
    assert again.predict(FEATURES).tolist() == clusters.predict(FEATURES).tolist()
    pd.testing.assert_frame_equal(again.centers(), clusters.centers(), check_exact=True)
    pd.testing.assert_frame_equal(again.profile(FEATURES), clusters.profile(FEATURES))
    assert again.rules(FEATURES).fidelity == clusters.rules(FEATURES).fidelity
    assert again.to_json() == clusters.to_json()
    assert not hasattr(again, "labels_")


def test_clusters_of_an_array_and_one_cluster_come_back() -> None:
    clusters = CustomerClusters(1).fit(FEATURES.to_numpy())
    again = CustomerClusters.from_json(clusters.to_json())
    assert set(again.predict(FEATURES.to_numpy())) == {0}
    assert again.cluster_centers_.tolist() == clusters.cluster_centers_.tolist()
    assert not hasattr(again, "feature_names_in_")
