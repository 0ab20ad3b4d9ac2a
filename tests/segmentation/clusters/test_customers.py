import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from cemkit import CustomerClusters, choose_k, customer_table, load_cdnow, prepare_orders
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError

COLUMNS = ["recency_days", "order_count", "total_amount"]


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return customer_table(prepare_orders(load_cdnow("sample")), as_of="1998-06-30")


@pytest.mark.filterwarnings("ignore:Skipping check check_array_api_input")
@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")  # constant features are told
def test_scikit_learns_checks_pass_whole_at_the_defaults() -> None:
    check_estimator(CustomerClusters())


@pytest.mark.parametrize("seed", range(20))
def test_planted_clusters_are_found(seed: int) -> None:
    centers = np.random.default_rng(seed).permutation(6)[:, None] * [3.0, 9.0, -6.0]
    values, planted = make_blobs(240, centers=centers[: 2 + seed % 4], random_state=seed)
    clusters = CustomerClusters(random_state=seed).fit(values)
    assert adjusted_rand_score(clusters.labels_, planted) > 0.95


@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture", "ward"])
def test_methods_agree_on_clear_clusters_and_score_new_customers(method: str) -> None:
    values, planted = make_blobs(150, centers=[[0, 0], [9, 9], [-9, 9]], random_state=1)
    features = pd.DataFrame(values, columns=["a", "b"])
    clusters = CustomerClusters(3, method=method).fit(features)
    assert adjusted_rand_score(clusters.labels_, planted) == 1
    assert (clusters.predict(features) == clusters.labels_).all()
    means = features.groupby(clusters.labels_).mean()
    np.testing.assert_allclose(clusters.centers(), means, atol=1e-3)
    new = clusters.add_to(pd.DataFrame({"b": [9.0, 0.0], "a": [-9.0, 0.0]}))
    assert new["cluster"].nunique() == 2


def test_k_means_is_that_of_scikit_learn_on_scaled_features(cdnow: pd.DataFrame) -> None:
    features = cdnow[COLUMNS]
    clusters = CustomerClusters(4).fit(features)
    expected = KMeans(4, n_init=10, random_state=0).fit(StandardScaler().fit_transform(features))
    assert clusters.labels_.tolist() == expected.labels_.tolist()
    assert clusters.inertia_ == pytest.approx(expected.inertia_)


def test_a_change_of_unit_by_a_power_of_two_changes_nothing(cdnow: pd.DataFrame) -> None:
    features = cdnow[COLUMNS]
    scaled = features * [2.0**-3, 2.0**5, 2.0**10]
    one, other = CustomerClusters(4).fit(features), CustomerClusters(4).fit(scaled)
    assert one.labels_.tolist() == other.labels_.tolist()
    np.testing.assert_array_equal(
        one.cluster_centers_ * [2.0**-3, 2.0**5, 2.0**10], other.cluster_centers_
    )


def test_features_pick_columns_by_name(cdnow: pd.DataFrame) -> None:
    chosen = CustomerClusters(3, features=COLUMNS).fit(cdnow)
    assert (
        chosen.predict(cdnow).tolist() == CustomerClusters(3).fit_predict(cdnow[COLUMNS]).tolist()
    )
    added = chosen.add_to(cdnow)
    assert list(added.columns) == [*cdnow.columns, "cluster"]
    assert added.index.equals(cdnow.index)
    assert clone(chosen).features == COLUMNS


def test_a_cluster_keeps_its_name_with_other_customers(cdnow: pd.DataFrame) -> None:
    clusters = CustomerClusters(15, features=COLUMNS).fit(cdnow)
    whole, one = clusters.profile(cdnow), clusters.profile(cdnow.head(1))
    assert whole["name"].str.contains("(", regex=False).any()  # told apart by a number
    assert one["name"].tolist() == whole["name"].tolist()
    assert whole["name"].is_unique
    assert (one["description"] == "nobody").tolist() == (one["customers"] == 0).tolist()


def test_an_id_in_a_column_is_no_feature(cdnow: pd.DataFrame) -> None:
    features = cdnow[COLUMNS].head(400)
    indexed, column = CustomerClusters(3).fit(features), features.reset_index()
    assert column["customer_id"].dtype.kind == "i"
    clusters = CustomerClusters(3).fit(column)
    assert list(clusters.feature_names_in_) == COLUMNS
    assert clusters.predict(column).tolist() == indexed.labels_.tolist()
    assert clusters.add_to(column)["cluster"].tolist() == indexed.labels_.tolist()
    pd.testing.assert_frame_equal(choose_k(column, [1, 2]).table, choose_k(features, [1, 2]).table)


def test_the_log_tames_a_long_tail_and_centres_come_back(cdnow: pd.DataFrame) -> None:
    clusters = CustomerClusters(3, skew="log").fit(cdnow[COLUMNS])
    assert (np.bincount(clusters.labels_) / len(cdnow)).min() > 0.05
    first = np.log1p(cdnow[COLUMNS][clusters.labels_ == 0]).mean()
    np.testing.assert_allclose(clusters.cluster_centers_[0], np.expm1(first), rtol=0.02)


@pytest.mark.parametrize("data", ["cdnow_customers", "online_retail_customers"])
def test_every_customer_has_one_cluster_with_a_name(
    data: str, request: pytest.FixtureRequest
) -> None:
    customers = request.getfixturevalue(data)
    clusters = CustomerClusters(5, features=COLUMNS).fit(customers)
    added = clusters.add_to(customers)
    assert added.index.equals(customers.index)
    assert added["cluster"].tolist() == clusters.labels_.tolist()
    profile = clusters.profile(customers)
    assert profile["customers"].sum() == len(customers)
    assert profile["customers"].tolist() == np.bincount(clusters.labels_, minlength=5).tolist()
    assert profile["name"].is_unique
    assert profile["revenue_share"].sum() == pytest.approx(1)
    rules = clusters.rules(customers, max_depth=4)
    assert rules.fidelity > 0.9
    assert clusters.rules(customers, max_depth=1).fidelity < rules.fidelity


def test_customers_of_cdnow_are_a_continuum_and_a_warning_says_so(cdnow: pd.DataFrame) -> None:
    for skew in (None, "log"):
        with pytest.warns(CemkitWarning, match="'auto' finds no separate groups among 2,357"):
            clusters = CustomerClusters(skew=skew).fit(cdnow[COLUMNS])
        assert clusters.n_clusters_ == 1
        assert clusters.add_to(cdnow)["cluster"].eq(0).all()


@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture"])
def test_auto_finds_tight_groups_beside_a_feature_of_noise(method: str) -> None:
    # K-means with 3 clusters and any start divides the noise instead.
    rng = np.random.default_rng(5)
    planted = rng.integers(3, size=600)
    logs = np.column_stack([planted + rng.normal(2, 0.1, 600), rng.normal(4, 1, 600).clip(0)])
    values = pd.DataFrame(np.expm1(logs), columns=["order_count", "total_amount"])
    clusters = CustomerClusters(method=method, skew="log").fit(values)
    assert clusters.n_clusters_ == 3
    assert adjusted_rand_score(clusters.labels_, planted) > 0.99
    assert choose_k(values, [1], skew="log").n_clusters == 3


class Interruption(BaseException):
    """What a user or a scheduler sends."""


@pytest.mark.parametrize("method", ["kmeans", "gaussian_mixture", "ward"])
def test_a_refused_or_interrupted_refit_leaves_the_model_as_it_was(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, _ = make_blobs(60, centers=3, n_features=2, random_state=3)
    features = pd.DataFrame(values, columns=["a", "b"])
    model = CustomerClusters(3, method=method).fit(features)
    before, state = model.predict(features).tolist(), dict(vars(model))
    for bad in (features.assign(c=values[:, 0]).head(2), features.head(2), features.assign(b="1")):
        with pytest.raises(DataError):
            model.fit(bad)
        assert vars(model) == state
    with monkeypatch.context() as patch:

        def interrupt(*_: object) -> float:
            raise Interruption

        patch.setattr(CustomerClusters, "_inertia", interrupt)
        with pytest.raises(Interruption):
            model.fit(features.rename(columns={"b": "other"}).assign(more=1.0 + values[:, 0]))
    assert vars(model) == state
    assert model.predict(features).tolist() == before


def test_a_refit_forgets_what_the_fit_before_set() -> None:
    values, _ = make_blobs(60, centers=3, n_features=2, random_state=3)
    model = CustomerClusters(3).fit(pd.DataFrame(values, columns=["a", "b"]))
    model.set_params(method="ward").fit(values)
    assert not hasattr(model, "kmeans_")
    assert not hasattr(model, "feature_names_in_")


def test_bad_input(cdnow: pd.DataFrame) -> None:
    features = cdnow[COLUMNS]
    with pytest.raises(NotFittedError):
        CustomerClusters().predict(features)
    with pytest.raises(NotFittedError):
        CustomerClusters().profile(features)
    with pytest.raises(ValueError, match="n_clusters must be at least 1, not 0"):
        CustomerClusters(0).fit(features)
    with pytest.raises(TypeError, match="n_clusters must be a whole number, not 'many'"):
        CustomerClusters("many").fit(features)
    with pytest.raises(TypeError, match="n_clusters must be a whole number, not 2.5"):
        CustomerClusters(2.5).fit(features)
    with pytest.raises(TypeError, match="n_clusters must be a whole number, not True"):
        CustomerClusters(True).fit(features)
    with pytest.raises(ValueError, match="method must be one of"):
        CustomerClusters(method="dbscan").fit(features)
    with pytest.raises(NotEnoughDataError, match="at least 4 .*; lower n_clusters"):
        CustomerClusters(4).fit(features.head(3))
    with pytest.raises(NotEnoughDataError, match="customers that differ, got 1"):
        CustomerClusters(2).fit(features.head(1).loc[lambda one: one.index.repeat(9)])
    with pytest.raises(ValueError, match="NaN"):
        CustomerClusters(2).fit(features.assign(total_amount=np.nan).to_numpy())
    with pytest.raises(ValueError, match="infinity"):
        CustomerClusters(2).fit(features.assign(total_amount=np.inf))
    with pytest.raises(DataError, match="order_count has 2,357 below"):
        CustomerClusters(2, skew="log").fit(-features)
    with pytest.raises(MissingColumnsError, match="did you mean 'order_count'"):
        CustomerClusters(2, features=["order_cuont"]).fit(features)
    with pytest.raises(TypeError, match="features needs column names, so X must be a DataFrame"):
        CustomerClusters(2, features=COLUMNS).fit(features.to_numpy())
    with pytest.raises(TypeError, match="must be a list of column names, not 'total_amount'"):
        CustomerClusters(2, features="total_amount").fit(features)
    with pytest.raises(TypeError, match="must be a list of column names, not <list_iterator"):
        CustomerClusters(2, features=iter(COLUMNS)).fit(features)
    with pytest.raises(ValueError, match="features must name at least one column"):
        CustomerClusters(2, features=[]).fit(features)
    with pytest.raises(DataError, match="order_count is text that holds numbers in 100.0% of its"):
        CustomerClusters(2).fit(features.astype({"order_count": "str"}))
    fitted = CustomerClusters(2).fit(features)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(features.rename(columns={"order_count": "orders"}))
    with pytest.raises(MissingColumnsError, match="order_count"):
        fitted.add_to(features.drop(columns="order_count"))
    with pytest.raises(TypeError, match="the fit was on an array"):
        CustomerClusters(2).fit(features.to_numpy()).profile(features)


def test_identical_customers_are_one_cluster_and_a_constant_feature_is_told() -> None:
    same = pd.DataFrame({"a": [3.0] * 40, "b": [1.0] * 40})
    with pytest.warns(CemkitWarning, match="a, b has the same value for every customer"):
        clusters = CustomerClusters().fit(same)
    assert clusters.n_clusters_ == 1
    assert clusters.cluster_centers_.tolist() == [[3.0, 1.0]]
    with pytest.warns(CemkitWarning, match="^a, b, plan has the same value for every customer"):
        CustomerClusters().fit(same.assign(plan="x"))
    values, planted = make_blobs(90, centers=[[0], [9]], random_state=0)
    features = pd.DataFrame({"a": values[:, 0], "b": 1.0})
    with pytest.warns(CemkitWarning, match="^b has the same value for every customer"):
        clusters = CustomerClusters().fit(features)
    assert adjusted_rand_score(clusters.labels_, planted) == 1
    with pytest.warns(CemkitWarning, match="^b has the same value for every customer"):
        assert choose_k(features, [1, 2]).n_clusters == 2


def test_iris_as_r_kmeans_on_scaled_columns() -> None:
    # R: kmeans(scale(iris[, 1:4]), 3, nstart = 50)$tot.withinss is 138.8884, with R's n - 1.
    clusters = CustomerClusters(3).fit(load_iris().data)
    assert clusters.inertia_ * 149 / 150 == pytest.approx(138.8884, abs=1e-3)


def test_centres_are_read_in_the_units_of_the_features() -> None:
    planted = np.array([[10.0, 5000.0], [200.0, 100.0], [400.0, 2500.0]])
    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        np.repeat(planted, 100, axis=0) + rng.normal(0, [5, 50], (300, 2)),
        columns=["recency_days", "total_amount"],
    )
    found = CustomerClusters(3).fit(features).centers().sort_values("recency_days")
    assert found.columns.tolist() == ["recency_days", "total_amount"]
    np.testing.assert_allclose(found, planted, atol=30)
