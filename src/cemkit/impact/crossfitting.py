"""Cross-fitting: every row is predicted by learners that saw none of its cluster."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone, is_classifier

from cemkit.arrays import Floats
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.targeting.treatment import hashed_order

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


def canonical_order(ids: pd.Index, values: Floats) -> Places:
    """Return the rows by a hash of their id where ids are named, and by their values."""
    if ids.name is None:
        return np.lexsort(values.T[::-1])
    place = np.empty(len(ids), dtype=np.intp)
    distinct = pd.Index(ids.unique(), name=ids.name)
    place[hashed_order(distinct)] = np.arange(len(distinct))
    return np.lexsort((*values.T[::-1], place[distinct.get_indexer(ids)]))


def repeated_folds(
    treated: Mask, cluster: Places, n_folds: int, n_repeats: int, random_state: Any
) -> Places:
    """Return the fold of each row in several random splits, shape (repeats, rows).

    Clusters stay whole, and each fold has its share of those treated.

    Args:
        treated: Which rows are treated, in an order that does not depend on the table's.
        cluster: The cluster of each row, numbered in that order.
        n_folds: Number of folds.
        n_repeats: Number of splits.
        random_state: Seed.
    """
    rng = np.random.default_rng(random_state)
    return np.array([_folds(treated, cluster, n_folds, rng) for _ in range(n_repeats)])


def _folds(treated: Mask, cluster: Places, n_folds: int, rng: np.random.Generator) -> Places:
    share = np.bincount(cluster, weights=treated) / np.bincount(cluster)
    kind = np.where(share == 0, 0, np.where(share == 1, 2, 1))
    fold = np.empty(len(share), dtype=np.intp)
    start = 0
    for which in range(3):
        clusters = rng.permutation(np.flatnonzero(kind == which))
        fold[clusters] = (start + np.arange(len(clusters))) % n_folds
        start += len(clusters)
    return fold[cluster]


def cross_fitted(
    estimator: Any, features: Floats, target: Floats, splits: Places, seen: Mask, *, what: str
) -> Floats:
    """Return a prediction for each row, by learners fitted on rows of `seen` in other folds.

    Args:
        estimator: A scikit-learn regressor, or a classifier of 0 and 1 (the probability of 1).
        features: Shape (rows, terms).
        target: What is predicted.
        splits: The fold of each row, shape (repeats, rows); the prediction is the mean over these.
        seen: Rows that may be used to fit.
        what: What these rows are, for the message where a fold leaves none.
    """
    predicted = np.zeros(len(target))
    for fold in splits:
        for held_out in (fold == number for number in np.unique(fold)):
            training = seen & ~held_out
            if not training.any():
                hint = "all of them are in one fold; lower n_folds, or compare a wider population"
                raise NotEnoughDataError(what, have=int(seen.sum()), need=2, hint=hint)
            predicted[held_out] += _prediction(
                estimator, features[training], target[training], features[held_out]
            )
    if not np.isfinite(predicted).all():
        missing = int(np.count_nonzero(~np.isfinite(predicted)))
        raise DataError(
            f"{type(estimator).__name__} predicts no finite number for {missing:,} of "
            f"{count_text(len(predicted), 'rows')}; give another learner"
        )
    return predicted / len(splits)


def _prediction(estimator: Any, features: Floats, target: Floats, others: Floats) -> Floats:
    """What a learner fitted on some rows expects of others."""
    if is_classifier(estimator) and target.min() == target.max():
        return np.full(len(others), target[0])  # no learner classifies one class
    return expected(clone(estimator).fit(features, target), others)


def expected(learner: Any, features: Floats) -> Floats:
    """Return what a fitted learner expects of each row: its value, or the probability of 1."""
    if is_classifier(learner):
        probability: Floats = learner.predict_proba(features)[:, 1]
        return probability
    return np.asarray(learner.predict(features), dtype=np.float64).reshape(len(features))
