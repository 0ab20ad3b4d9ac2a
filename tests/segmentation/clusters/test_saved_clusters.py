import functools
import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

from cemkit import CustomerClusters
from cemkit.errors import DataError

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
    assert again.get_params() == clusters.get_params() | {"allow_sensitive": []}
    assert again.ignored_columns_ == clusters.ignored_columns_
    assert again.left_out_.equals(clusters.left_out_)
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"centers": []}, "must have length 0"),
        ({"centers": [[1.0, 2.0], [1.0, 2.0]]}, "n_clusters is 3, but it has 2 centers|must have"),
        ({"encoding.columns": ["recency_days", "recency_days"]}, "without repeated values"),
        ({"encoding.columns": ["a", "b"]}, "features are .*, but the fit saw"),
        ({"encoding.levels": [["x", "y", "z"], None]}, "must be one of its levels"),
        ({"encoding.every_level": 2}, "must be true or false"),
        ({"named": False}, "it has names or levels of features, but named is false"),
        ({"mixture": None}, "its mixture does not go with method='gaussian_mixture'"),
        ({"inertia": -1.0}, "inertia must be a number of at least 0"),
    ],
)
def test_what_no_clusters_wrote_is_refused(changes: dict[str, object], message: str) -> None:
    names = list(FEATURES.columns)
    clusters = CustomerClusters(3, method="gaussian_mixture", features=names).fit(FEATURES)
    state = json.loads(clusters.to_json())
    for path, value in changes.items():
        *way, last = path.split(".")
        functools.reduce(dict.__getitem__, way, state)[last] = value
    text = json.dumps(state)
    with pytest.raises(DataError, match=f"^the saved CustomerClusters is damaged: .*({message})"):
        CustomerClusters.from_json(text)


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("weights_", lambda values: [2 * value for value in values], "must sum to 1|at most 1"),
        ("means_", lambda rows: rows[::-1], "means_ must equal the centers"),
        ("precisions_cholesky_", lambda cube: (-np.array(cube)).tolist(), "positive diagonal"),
        ("covariances_", lambda cube: cube[:2], "must have length 3, the number of clusters"),
    ],
)
def test_a_mixture_that_is_none_is_refused(field: str, change: Callable, message: str) -> None:
    state = json.loads(CustomerClusters(3, method="gaussian_mixture").fit(FEATURES).to_json())
    state["mixture"][field] = change(state["mixture"][field])
    with pytest.raises(DataError, match=message):
        CustomerClusters.from_json(json.dumps(state))


def test_clusters_that_floats_cannot_hold_are_not_fitted() -> None:
    with pytest.raises(DataError, match="too large to compute with; correct them or change the"):
        CustomerClusters(2).fit(FEATURES * 1e100)
