from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import AgglomerativeClustering, KMeans

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation.clusters import partitions
from cemkit.segmentation.clusters.partitions import (
    check_distinct,
    coreset,
    distinct_rows,
    gaussian_mixture,
    kmeans,
    sample_rows,
    ward,
)

RNG = np.random.default_rng(5)


def test_inertia_of_ruspini_is_that_of_r(reference_data: Path) -> None:
    values = pd.read_csv(reference_data / "ruspini.csv").to_numpy(dtype=float)
    found = [kmeans(values, k, 0).inertia_ for k in range(1, 9)]
    published = [
        *[244373.866667, 89337.832143, 51063.475046, 12881.051236, 10126.719788],
        *[8575.406876, 7126.198543, 6158.211364],
    ]
    assert found[:5] == pytest.approx(published[:5], rel=1e-9)
    assert found[5:] == pytest.approx(published[5:], rel=0.02)  # R's best of many more starts


@pytest.mark.parametrize(("k", "sigma"), [(3, 1.0), (8, 1.0), (5, 2.0)])
def test_many_rows_reach_the_inertia_of_ten_full_starts(k: int, sigma: float) -> None:
    values = np.random.default_rng(k).lognormal(sigma=sigma, size=(80_000, 3))
    best = KMeans(k, n_init=10, random_state=0).fit(values).inertia_
    fitted = kmeans(values, k, 0)
    assert fitted.inertia_ < 1.001 * best
    assert len(fitted.labels_) == len(values)
    assert np.array_equal(kmeans(values, k, 0).labels_, fitted.labels_)


def test_a_coreset_has_the_inertia_of_all_rows_where_a_plain_sample_has_not() -> None:
    values = np.random.default_rng(1).lognormal(sigma=2, size=(200_000, 2))
    centers = KMeans(4, random_state=0).fit(values[:5000]).cluster_centers_
    every = cdist(values, centers, "sqeuclidean").min(axis=1).sum()
    rows, weights = coreset(values, 20_000, np.random.default_rng(2))
    assert weights.sum() == pytest.approx(len(values), rel=0.02)
    assert weights @ cdist(rows, centers, "sqeuclidean").min(axis=1) == pytest.approx(
        every, rel=0.02
    )
    assert weights @ rows == pytest.approx(values.sum(axis=0), rel=0.02)


def test_one_of_few_distinct_rows_that_the_coreset_may_miss_is_found() -> None:
    values = np.repeat([[0.0], [1.0], [0.4]], [40_000, 40_000, 1], axis=0)
    assert kmeans(values, 3, 0).inertia_ == pytest.approx(0, abs=1e-9)
    assert kmeans(values[:60_000] * 0, 1, 0).inertia_ == 0


def test_ward_is_scikit_learns_and_says_up_to_how_many_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = RNG.normal(size=(60, 2))
    expected = AgglomerativeClustering(3).fit_predict(values)
    assert ward(values, 3).tolist() == expected.tolist()
    assert ward(values[:1], 1).tolist() == [0]
    monkeypatch.setattr(partitions, "WARD_LIMIT", 50)
    with pytest.raises(
        DataError,
        match="holds the distances between all pairs of its 60 rows, .* up to 50; use",
    ):
        ward(values, 3)


def test_mixture_and_samples() -> None:
    values = np.r_[RNG.normal(size=(80, 2)), RNG.normal(size=(40, 2)) + 20]
    assert sorted(gaussian_mixture(values, 2, 0).weights_) == pytest.approx([1 / 3, 2 / 3])
    assert sample_rows(values, 500, 0) is values
    sample = sample_rows(values, 50, 0)
    assert len(np.unique(sample, axis=0)) == 50


def test_too_few_customers_or_too_few_that_differ() -> None:
    with pytest.raises(NotEnoughDataError, match="at least 3 .*; lower n_clusters"):
        check_distinct(np.zeros((2, 1)), 3)
    with pytest.raises(NotEnoughDataError, match="need at least 3 customers that differ, got 2"):
        check_distinct(np.array([[0.0], [1.0]] * 9), 3)
    assert distinct_rows(np.array([[0.0], [1.0]] * 9), 5) == 2
