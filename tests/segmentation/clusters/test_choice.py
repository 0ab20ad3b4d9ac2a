"""choose_k: every criterion on data whose answer is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

from cemkit import CustomerClusters, DataError, NotEnoughDataError, choose_k
from cemkit.segmentation.clusters.choice import (
    largest_strong,
    mixture_bic,
    mixture_count,
    strong_count,
)

EVERY = [
    *["inertia", "silhouette_squared", "silhouette", "davies_bouldin", "calinski_harabasz"],
    *["bic", "gap", "gap_error", "prediction_strength", "jaccard_lowest"],
]


def test_ruspini_has_four_clusters_by_every_criterion(reference_data: Path) -> None:
    result = choose_k(pd.read_csv(reference_data / "ruspini.csv"), range(1, 8))
    assert result.n_clusters == 4
    agreed = ["silhouette_squared", "silhouette", "prediction_strength"]
    assert {result.picks[name] for name in agreed} == {4}
    assert sorted(result.table.columns) == sorted(EVERY)
    assert result.table.loc[1, "silhouette"] != result.table.loc[1, "silhouette"]
    assert len(result.jaccard_by_cluster[4]) == 4
    assert (result.n_rows, result.n_sampled) == (75, 75)
    assert "75 customers form 4 clusters: 4 is the largest k found again" in result.sentence()
    assert "75 位客户分为 4 个群体" in result.sentence("zh")
    assert "jaccard_by_cluster" not in str(result)


def test_noise_is_one_cluster() -> None:
    noise = pd.DataFrame(np.random.default_rng(0).uniform(size=(500, 3)))
    result = choose_k(noise, range(1, 6))
    assert result.n_clusters == 1
    assert result.reason == "no k above 1 reaches a prediction strength of 0.8"
    assert "没有可分辨的群体" in result.sentence("zh")
    assert result.sentence().startswith("500 customers form one cluster: no k above 1")
    assert "no other number was judged" in choose_k(noise, [1]).sentence()
    assert "只评估了 1 个群体" in choose_k(noise, [1]).sentence("zh")
    assert result.picks["elbow"] != 1  # an elbow finder never says one


def test_auto_is_the_answer_of_choose_k() -> None:
    values, _ = make_blobs(59, centers=3, n_features=3, random_state=3)
    features = pd.DataFrame(values, columns=list("abc"))
    assert CustomerClusters().fit(features).n_clusters_ == 3
    assert choose_k(features, range(1, 6)).n_clusters == 3
    assert strong_count(values, 0) == 3
    assert largest_strong({1: 1.0, 2: 0.9, 3: 0.8, 4: 0.79}) == 3


def test_a_sample_is_stated_and_every_loop_shows_progress(
    capsys: pytest.CaptureFixture[str],
) -> None:
    values, _ = make_blobs(900, centers=3, random_state=0)
    result = choose_k(pd.DataFrame(values), [1, 3], sample_size=200, progress=True)
    assert (result.n_rows, result.n_sampled) == (900, 200)
    assert result.table.index.tolist() == [1, 3]
    assert result.picks["elbow"] is None
    shown = capsys.readouterr().err
    assert all(loop in shown for loop in ("clusters", "gap statistic", "prediction strength"))


def test_where_no_k_is_strong_the_strongest_is_named() -> None:
    noise = pd.DataFrame(np.random.default_rng(1).uniform(size=(200, 2)))
    result = choose_k(noise, [4, 5])
    assert result.n_clusters in {4, 5}
    assert result.reason.startswith("no k reaches a prediction strength of 0.8, and that of")
    assert result.picks["prediction_strength"] is None
    assert "低于 0.8，不够可靠" in result.sentence("zh")


def test_as_many_clusters_as_customers() -> None:
    for n in range(2, 11):
        result = choose_k(pd.DataFrame({"a": np.arange(n) ** 2.0}), range(1, n + 1))
        assert result.n_clusters in range(1, n + 1)
        assert set(result.picks.values()) <= {None, *range(1, n + 1)}
    assert np.isnan(result.table.loc[10, "jaccard_lowest"])  # no draw of 10 had 10 distinct ones


def test_a_sample_with_few_distinct_customers() -> None:
    features = pd.DataFrame({"order_count": [1.0] * 9990 + list(range(2, 12))})
    assert choose_k(features, range(1, 11), sample_size=100).n_clusters == 1


def test_mixtures() -> None:
    values, _ = make_blobs(300, centers=3, random_state=2, cluster_std=0.5)
    assert mixture_count(values, 0) == 3
    n, log_likelihood = len(values), -0.5 * np.log(2 * np.pi * values.var(axis=0)).sum() - 1
    one = values.copy()
    covariance = np.cov(one.T, ddof=0)
    log_likelihood = -0.5 * (2 * np.log(2 * np.pi) + np.linalg.slogdet(covariance)[1] + 2)
    assert mixture_bic(values, 1, 0) == pytest.approx(
        -2 * n * log_likelihood + 5 * np.log(n), rel=1e-5
    )


def test_bad_input() -> None:
    features = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [-1.0, 0.0, 1.0]})
    with pytest.raises(ValueError, match="k must be at least 1, not 0"):
        choose_k(features, [0, 1])
    with pytest.raises(ValueError, match="k names no number of clusters"):
        choose_k(features, [])
    with pytest.raises(TypeError, match=r"k names the numbers to judge.*, not 3"):
        choose_k(features, 3)
    with pytest.raises(ValueError, match="sample_size must be at least 6, not 5"):
        choose_k(features, [1, 2, 3], sample_size=5)
    with pytest.raises(NotEnoughDataError, match="1 customers, but it takes at least 2"):
        choose_k(features.head(1), [1])
    with pytest.raises(NotEnoughDataError, match="3 customers"):
        choose_k(features)
    with pytest.raises(DataError, match="b has 1 below"):
        choose_k(features, [1], skew="log")
    with pytest.raises(DataError, match="a has 0 missing and 1 infinite"):
        choose_k(features.assign(a=[1, 2, np.inf]), [1])
    with pytest.raises(ValueError, match="skew must be one of 'log', not 'sqrt'"):
        choose_k(features, [1], skew="sqrt")
