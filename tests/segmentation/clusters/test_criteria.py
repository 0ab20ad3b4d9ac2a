"""Criteria against scikit-learn and R's packages cluster and fpc."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from cemkit.segmentation.clusters import criteria
from cemkit.segmentation.clusters.criteria import (
    calinski_harabasz,
    cluster_means,
    davies_bouldin,
    silhouette,
    silhouette_squared,
    squared_distances,
    stratified_rows,
)
from cemkit.segmentation.clusters.partitions import kmeans

IRIS = load_iris().data
LABELS = kmeans(IRIS, 3, 0).labels_


def test_iris_as_in_r() -> None:
    assert sorted(np.bincount(LABELS)) == [38, 50, 62]
    assert silhouette(IRIS, LABELS, 1000, 0) == pytest.approx(0.55281901235641, abs=1e-13)
    assert calinski_harabasz(IRIS, LABELS) == pytest.approx(561.62775662962, rel=1e-12)


def test_ruspini_as_in_r(reference_data: Path) -> None:
    values = pd.read_csv(reference_data / "ruspini.csv").to_numpy(dtype=float)
    labels = kmeans(values, 4, 0).labels_
    assert silhouette(values, labels, 1000, 0) == pytest.approx(0.737656990880662, abs=1e-13)
    assert silhouette_squared(values, labels) == pytest.approx(0.909, abs=5e-4)


@pytest.mark.parametrize("block", [7, 100_000])
def test_against_scikit_learn(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(criteria, "BLOCK", block)
    rng = np.random.default_rng(block)
    values = rng.normal(size=(60, 4)) + 1e4  # far from 0, where dot products would round
    labels = np.r_[rng.integers(0, 4, 59), 4]  # one customer alone
    assert silhouette_squared(values, labels) == pytest.approx(
        silhouette_score(values, labels, metric="sqeuclidean"), abs=1e-9
    )
    assert silhouette(values, labels, 60, 0) == pytest.approx(silhouette_score(values, labels))
    assert calinski_harabasz(values, labels) == pytest.approx(
        calinski_harabasz_score(values, labels)
    )
    assert davies_bouldin(values, labels) == pytest.approx(
        davies_bouldin_score(values - values.mean(axis=0), labels)  # its own products round
    )


def test_the_sampled_silhouette_is_near_the_whole_one_and_keeps_small_clusters() -> None:
    rng = np.random.default_rng(0)
    values = np.r_[
        rng.normal(size=(3000, 2)), rng.normal(size=(900, 2)) + 4, rng.normal(size=(9, 2)) + 20
    ]
    labels = np.repeat([0, 1, 2], [3000, 900, 9])
    drawn = stratified_rows(labels, 600, 1)
    assert np.bincount(labels[drawn]).tolist() == [200, 200, 9]
    whole = silhouette_score(values, labels)
    sampled = [silhouette(values, labels, 600, seed) for seed in range(5)]
    assert np.mean(sampled) == pytest.approx(whole, abs=0.02)


def test_means_and_distances() -> None:
    means = cluster_means(IRIS, LABELS)
    assert means[1] == pytest.approx(IRIS[LABELS == 1].mean(axis=0))
    assert squared_distances(IRIS[:2], means)[1, 2] == pytest.approx(
        ((IRIS[1] - means[2]) ** 2).sum()
    )


def test_identical_members_have_no_spread() -> None:
    values, labels = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 0, 1, 1])
    assert silhouette_squared(values, labels) == 1
    assert calinski_harabasz(values, labels) == np.inf
