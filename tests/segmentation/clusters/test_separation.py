"""ClusterSeparation against scikit-learn's silhouettes and principal components."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_samples
from sklearn.preprocessing import StandardScaler

from cemkit import CustomerClusters
from cemkit.errors import NotEnoughDataError

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.gamma(1, [1.0, 100.0, 3.0], (300, 3)), columns=["a", "b", "c"])
X.index = pd.Index([f"客户{number}" for number in range(300)], name="customer_id")


def test_silhouettes_and_axes_are_those_of_scikit_learn() -> None:
    clusters = CustomerClusters(3).fit(X)
    found = clusters.separation(X)
    scaled, labels = StandardScaler().fit_transform(X), clusters.predict(X)
    theirs = silhouette_samples(scaled, labels)
    np.testing.assert_allclose(found.points["silhouette"], theirs, atol=1e-12)
    assert found.points.index.equals(X.index)
    assert found.silhouette == pytest.approx(theirs.mean())
    pca = PCA(2).fit(scaled)
    assert found.explained_share == pytest.approx(pca.explained_variance_ratio_.sum())
    np.testing.assert_allclose(
        np.abs(found.points[["first", "second"]]), np.abs(pca.transform(scaled)), atol=1e-9
    )
    shares = pd.Series(theirs < 0).groupby(labels).mean()
    np.testing.assert_allclose(found.table["nearer_to_another"], shares)
    assert found.table["customers"].sum() == 300
    assert found.table["name"].tolist() == clusters.profile(X)["name"].tolist()


def test_a_sample_has_as_many_of_each_cluster_and_a_mean_near_that_of_all() -> None:
    clusters = CustomerClusters(3).fit(X)
    found, all_ = clusters.separation(X, n_sampled=90), clusters.separation(X)
    assert found.n_sampled <= 90 < found.customers == 300
    assert found.silhouette == pytest.approx(all_.silhouette, abs=0.1)
    assert "sampled" in found.sentence()
    assert "抽样" in found.sentence("zh")
    assert found.points.equals(clusters.separation(X, n_sampled=90).points)


def test_one_feature_has_one_axis() -> None:
    found = CustomerClusters(2).fit(X[["b"]]).separation(X)
    assert found.explained_share == 1
    assert (found.points["second"] == 0).all()


def test_customers_of_one_cluster_alone_have_no_silhouette() -> None:
    clusters = CustomerClusters(3).fit(X)
    own = X[clusters.predict(X) == 1]
    with pytest.raises(NotEnoughDataError, match="clusters with a customer"):
        clusters.separation(own)
    two = clusters.separation(X[clusters.predict(X) > 0])
    assert two.table.index.tolist() == [1, 2]
