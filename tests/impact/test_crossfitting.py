"""Cross-fitting: whole clusters, equal shares of those treated, no row seen by its learner."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.crossfitting import canonical_order, cross_fitted, expected, repeated_folds

RNG = np.random.default_rng(0)


def test_order_is_that_of_ids_and_values_whatever_the_rows() -> None:
    ids, values = pd.Index(RNG.integers(0, 30, 50), name="customer_id"), RNG.normal(size=(50, 2))
    place = RNG.permutation(50)
    for named in (ids, ids.rename(None), ids.astype(str)):
        one = canonical_order(named, values)
        two = canonical_order(named[place], values[place])
        assert (values[one] == values[place][two]).all()


def test_clusters_stay_whole_and_folds_have_their_share_of_those_treated() -> None:
    cluster = np.repeat(np.arange(40), 3)
    treated = cluster < 10
    for fold in repeated_folds(treated, cluster, 5, 4, 0):
        assert all(len(set(fold[cluster == c])) == 1 for c in range(40))
        assert [int(treated[fold == k].sum()) for k in range(5)] == [6] * 5
        assert [int((fold == k).sum()) for k in range(5)] == [24] * 5


def test_splits_differ_and_come_back_with_their_seed() -> None:
    treated, cluster = np.arange(40) < 20, np.arange(40)
    splits = repeated_folds(treated, cluster, 4, 3, 7)
    assert (splits == repeated_folds(treated, cluster, 4, 3, 7)).all()
    assert not (splits[0] == splits[1]).all()


def test_no_row_is_predicted_by_a_learner_that_saw_its_cluster() -> None:
    features = np.repeat(RNG.normal(size=30), 2)[:, None]  # the nearest neighbour is its twin
    cluster, target = np.repeat(np.arange(30), 2), np.repeat(np.arange(30.0), 2)
    splits = repeated_folds(cluster < 15, cluster, 5, 2, 0)
    nearest = KNeighborsRegressor(1)
    every = np.ones(60, dtype=bool)
    assert not (cross_fitted(nearest, features, target, splits, every, what="rows") == target).any()


def test_predictions_are_means_over_splits_and_learn_from_the_rows_given() -> None:
    features = RNG.normal(size=(60, 1))
    seen = np.arange(60) < 40
    target = np.where(seen, 2 * features[:, 0] + 1, 99.0)
    splits = repeated_folds(seen, np.arange(60), 3, 2, 0)
    found = cross_fitted(LinearRegression(), features, target, splits, seen, what="rows")
    assert found == pytest.approx(2 * features[:, 0] + 1)


def test_classifiers_give_probabilities_also_of_one_class() -> None:
    features = RNG.normal(size=(40, 1))
    splits = repeated_folds(np.arange(40) < 20, np.arange(40), 2, 1, 0)
    every = np.ones(40, dtype=bool)
    learner = LogisticRegression()
    constant = cross_fitted(learner, features, np.zeros(40), splits, every, what="rows")
    assert (constant == 0).all()
    fitted = learner.fit(features, features[:, 0] > 0)
    assert expected(fitted, features) == pytest.approx(fitted.predict_proba(features)[:, 1])


def test_predictions_that_are_missing_are_refused() -> None:
    class Silent(LinearRegression):
        def predict(self, X: np.ndarray) -> np.ndarray:
            return np.full(len(X), np.nan)

    fold, every = np.array([[0, 0, 1, 1]]), np.ones(4, dtype=bool)
    with pytest.raises(DataError, match="Silent predicts no finite number for 4 of 4 rows"):
        cross_fitted(Silent(), np.zeros((4, 1)), np.zeros(4), fold, every, what="rows")


def test_rows_of_one_fold_alone_cannot_be_predicted() -> None:
    fold = np.array([[0, 0, 1, 1]])
    with pytest.raises(NotEnoughDataError, match="all of them are in one fold"):
        cross_fitted(
            LinearRegression(), np.zeros((4, 1)), np.zeros(4), fold, fold[0] == 0, what="rows"
        )
