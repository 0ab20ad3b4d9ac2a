"""choose_k: every criterion on data whose answer is known."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs

from cemkit import CustomerClusters, choose_k
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation.clusters.choice import found_groups, mixture_bic

EVERY = [
    *[
        "dip_p_value",
        "inertia",
        "silhouette_squared",
        "silhouette",
        "davies_bouldin",
        "calinski_harabasz",
    ],
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
    assert result.sentence() == (
        "75 customers form 4 clusters: there is a valley between any two (dip test, p < 0.001)."
    )
    assert result.sentence("zh").startswith("75 位客户分为 4 个群体：任意两个群体之间都有低谷")
    assert result.convenient_cut is None
    assert "jaccard_by_cluster" not in str(result)


def test_noise_is_one_cluster() -> None:
    noise = pd.DataFrame(np.random.default_rng(0).uniform(size=(500, 3)))
    result = choose_k(noise, range(1, 6))
    assert result.n_clusters == 1
    assert result.p_value is None
    assert result.sentence().startswith(
        "500 customers form one cluster: no split leaves a valley between two groups (dip test, "
        "1% level), so they look like one continuum. If you need groups, "
    )
    assert "没有可分辨的群体" in result.sentence("zh")
    assert result.picks["dip"] == 1
    assert result.picks["elbow"] != 1  # an elbow finder never says one


@pytest.mark.parametrize("correlation", [0.6, 0.95])
def test_a_long_cloud_is_a_continuum_with_a_convenient_cut(correlation: float) -> None:
    # Half of a long cloud is found again in the other half: prediction strength picks 2 or more.
    covariance = [[1, correlation], [correlation, 1]]
    values = np.random.default_rng(4).multivariate_normal([0, 0], covariance, 1_000)
    result = choose_k(pd.DataFrame(values, columns=["a", "b"]), range(1, 5), sample_size=800)
    assert result.n_clusters == 1
    assert result.convenient_cut == result.picks["prediction_strength"]
    assert result.convenient_cut > 1
    strength = f"{result.table.loc[result.convenient_cut, 'prediction_strength']:.2f}"
    assert result.sentence().endswith(
        "This was judged on a random sample of 800. If you need groups, "
        f"{result.convenient_cut} are a convenient cut (prediction strength {strength}); they "
        "were not found in the data."
    )
    assert result.sentence("zh").endswith(
        f"判断基于随机抽取的 800 位客户。如果需要分组，可以方便地切成 {result.convenient_cut} 组"
        f"（预测强度 {strength}），但这些组不是从数据中发现的。"
    )


def test_the_answer_does_not_depend_on_the_numbers_that_are_judged() -> None:
    values, _ = make_blobs(59, centers=3, n_features=3, random_state=3)
    features = pd.DataFrame(values, columns=list("abc"))
    for ks in ([1], [2], [4, 5], range(1, 6)):
        result = choose_k(features, ks)
        assert result.n_clusters == 3
        assert result.table.index.tolist() == list(ks)
    assert CustomerClusters().fit(features).n_clusters_ == 3
    assert len(found_groups(values, 0).centers) == 3


def test_the_result_is_the_same_in_any_order_of_rows() -> None:
    values, _ = make_blobs(300, centers=3, random_state=1)
    features = pd.DataFrame(np.round(values), columns=["a", "b"])
    shuffled = features.sample(frac=1, random_state=2)
    one, other = (choose_k(table, [1, 3], sample_size=200) for table in (features, shuffled))
    pd.testing.assert_frame_equal(one.table, other.table)
    assert one.sentence() == other.sentence()


def test_too_few_customers_are_said_to_be_too_few() -> None:
    result = choose_k(pd.DataFrame({"a": [1.0, 2.0, 90.0, 91.0, 92.0]}), [1])
    assert result.n_clusters == 1
    assert "5 customers are too few to tell groups apart, which takes at least 16" in (
        result.sentence()
    )
    assert "至少需要 16 位" in result.sentence("zh")


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


def test_a_weak_cut_is_said_to_be_weak() -> None:
    noise = pd.DataFrame(np.random.default_rng(1).uniform(size=(200, 2)))
    result = choose_k(noise, [4, 5])
    assert result.n_clusters == 1
    assert result.convenient_cut == result.table["prediction_strength"].idxmax()
    assert result.picks["prediction_strength"] is None
    assert "below 0.8: other customers may be cut elsewhere" in result.sentence()
    assert "低于 0.8：换一批客户，切法可能不同" in result.sentence("zh")


def test_as_many_clusters_as_customers() -> None:
    for n in range(2, 11):
        result = choose_k(pd.DataFrame({"a": np.arange(n) ** 2.0}), range(1, n + 1))
        assert result.n_clusters in range(1, n + 1)
        assert set(result.picks.values()) <= {None, *range(1, n + 1)}
    assert np.isnan(result.table.loc[10, "jaccard_lowest"])  # no draw of 10 had 10 distinct ones


def test_a_sample_with_few_distinct_customers() -> None:
    features = pd.DataFrame({"order_count": [1.0] * 9990 + list(range(2, 12))})
    assert choose_k(features, range(1, 11), sample_size=100).n_clusters == 1


def test_the_bic_of_one_gaussian_is_that_of_its_formula() -> None:
    values, _ = make_blobs(300, centers=3, random_state=2, cluster_std=0.5)
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
    with pytest.raises(ValueError, match="k is empty; give the numbers"):
        choose_k(features, [])
    with pytest.raises(TypeError, match=r"k must be a list of numbers.*, not 3"):
        choose_k(features, 3)
    with pytest.raises(ValueError, match="sample_size must be at least 6, not 5"):
        choose_k(features, [1, 2, 3], sample_size=5)
    with pytest.raises(NotEnoughDataError, match="need at least 2 customers, got 1"):
        choose_k(features.head(1), [1])
    with pytest.raises(NotEnoughDataError, match="customers.*, got 3"):
        choose_k(features)
    with pytest.raises(NotEnoughDataError, match="customers.*, got 3"):
        choose_k(features, itertools.count(1))
    with pytest.raises(TypeError, match="k must be a list of numbers"):
        choose_k(features, np.array(3))
    with pytest.raises(TypeError, match="progress must be True or False"):
        choose_k(features, [1], progress="no")
    with pytest.raises(ValueError, match="random_state must be at least 0, not -1"):
        choose_k(features, [1], random_state=-1)
    with pytest.raises(DataError, match="no feature is left: there is no column"):
        choose_k(pd.DataFrame({"customer_id": [1, 2, 3]}), [1])
    with pytest.raises(DataError, match=r"a has values up to 1e.200, too large to compute with"):
        choose_k(features.assign(a=[1.0, 2.0, 1e200]), [1])
    with pytest.raises(DataError, match="b has 1 below"):
        choose_k(features, [1], skew="log")
    with pytest.raises(DataError, match="a contains infinity"):
        choose_k(features.assign(a=[1, 2, np.inf]), [1])
    with pytest.raises(ValueError, match="skew must be one of 'log', not 'sqrt'"):
        choose_k(features, [1], skew="sqrt")


def test_more_clusters_than_the_rows_carry_are_refused_at_once() -> None:
    features = pd.DataFrame(np.random.default_rng(0).normal(size=(200, 2)))
    with pytest.raises(ValueError, match=r"up to 149, but 200 .* at most k=25 .*range\(1, 26\)"):
        choose_k(features, range(1, 150))
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(9000, 2)))
    with pytest.raises(
        ValueError, match=r"5,000 sampled customers carry at most k=50 .*; lower the largest k"
    ):
        choose_k(many, [2, 51])
    assert choose_k(features.head(20), [2, 10], sample_size=20).table.index.tolist() == [2, 10]


def test_too_few_distinct_customers_are_told_in_the_arguments_words() -> None:
    features = pd.DataFrame({"a": [1.0, 2.0, 3.0] * 20})
    with pytest.raises(NotEnoughDataError, match="lower the largest k"):
        choose_k(features)
    with pytest.raises(NotEnoughDataError, match="lower n_clusters"):
        CustomerClusters(4).fit(features)
