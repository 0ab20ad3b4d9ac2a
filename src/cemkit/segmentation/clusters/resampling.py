"""Criteria that ask whether clusters are more than chance, and whether they come back.

References:
    Hennig (2007), Cluster-wise assessment of cluster stability, Computational Statistics & Data
        Analysis 52.
    Tibshirani, Walther, Hastie (2001), Estimating the number of clusters in a data set via the
        gap statistic, JRSS B 63.
    Tibshirani, Walther (2005), Cluster validation by prediction strength, Journal of
        Computational and Graphical Statistics 14.
"""

import warnings
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from cemkit.arrays import Floats
from cemkit.segmentation.clusters.partitions import Labels

STARTS = 3
SPLITS = 10
REFERENCES = 30
BOOTSTRAPS = 30


def prediction_strength(
    values: Floats, ks: Iterable[int], random_state: int | None, splits: int = SPLITS
) -> dict[int, float]:
    """How surely the clusters of one half of the customers are found again in the other."""
    rng = np.random.default_rng(random_state)
    halves = [np.array_split(rng.permutation(len(values)), 2) for _ in range(splits)]
    with threadpool_limits(1):  # fits of a few thousand rows are faster on one thread
        return {
            k: float(np.mean([_strength(values[a], values[b], k) for a, b in halves])) for k in ks
        }


def gap_statistic(
    values: Floats, ks: Iterable[int], random_state: int | None, references: int = REFERENCES
) -> dict[int, tuple[float, float]]:
    """How far the inertia lies below that of data without clusters, with its standard error."""
    rng = np.random.default_rng(random_state)
    low, high = values.min(axis=0), values.max(axis=0)
    boxes = [rng.uniform(low, high, values.shape) for _ in range(references)]
    gaps = {}
    with threadpool_limits(1):
        for k in ks:
            chance = [_log_inertia(box, k) for box in boxes]
            error = np.std(chance) * np.sqrt(1 + 1 / references)
            gaps[k] = float(np.mean(chance) - _log_inertia(values, k)), float(error)
    return gaps


def bootstrap_jaccard(
    values: Floats, k: int, random_state: int | None, bootstraps: int = BOOTSTRAPS
) -> tuple[float, ...]:
    """How much of each cluster comes back when the customers are drawn anew."""
    rng = np.random.default_rng(random_state)
    n = len(values)
    found = []
    with threadpool_limits(1):
        original = _fit(values, k).labels_
        for _ in range(bootstraps):
            drawn = np.unique(rng.integers(n, size=n))
            if len(drawn) < k:
                continue
            found.append(_best_matches(original[drawn], _fit(values[drawn], k).labels_, k))
    scores = np.reshape(found, (-1, k))
    times = np.isfinite(scores).sum(axis=0)
    mean = np.where(times > 0, np.nansum(scores, axis=0) / np.maximum(times, 1), np.nan)
    order = np.argsort(-np.bincount(original, minlength=k), kind="stable")
    return tuple(float(value) for value in mean[order])


def _fit(values: Floats, k: int) -> KMeans:
    with warnings.catch_warnings():
        # A half or a draw with fewer distinct customers than clusters counts as weak, no more.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=STARTS, random_state=0).fit(values)


def _log_inertia(values: Floats, k: int) -> float:
    return float(np.log(max(_fit(values, k).inertia_, np.finfo(float).tiny)))


def _strength(one: Floats, other: Floats, k: int) -> float:
    if k == 1:
        return 1.0
    if min(len(one), len(other)) < k:
        return 0.0
    first, second = _fit(one, k), _fit(other, k)
    strengths = (
        _weakest_cluster(first.labels_, second.predict(one), k),
        _weakest_cluster(second.labels_, first.predict(other), k),
    )
    return float(np.mean(strengths))


def _weakest_cluster(own: Labels, given: Labels, k: int) -> float:
    together = _crossed(own, given, k)
    sizes = together.sum(axis=1)
    pairs = (together * (together - 1)).sum(axis=1)
    return float((pairs / np.maximum(sizes * (sizes - 1), 1)).min())


def _best_matches(original: Labels, found: Labels, k: int) -> Floats:
    both = _crossed(original, found, k)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    best: Floats = (both / np.maximum(either, 1)).max(axis=1)
    return np.where(both.sum(axis=1) > 0, best, np.nan)


def _crossed(rows: Labels, columns: Labels, k: int) -> npt.NDArray[np.int64]:
    counts = np.bincount(rows.astype(np.int64) * k + columns, minlength=k * k)
    return counts.reshape(k, k)
