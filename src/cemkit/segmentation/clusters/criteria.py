"""How well a partition separates the customers: criteria that look at it as it is.

References:
    Davies, Bouldin (1979), A cluster separation measure, IEEE TPAMI 1.
    Calinski, Harabasz (1974), A dendrite method for cluster analysis, Communications in
        Statistics 3.
    Rousseeuw (1987), Silhouettes, Journal of Computational and Applied Mathematics 20.
"""

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from cemkit.arrays import Floats
from cemkit.segmentation.clusters.partitions import Labels

BLOCK = 100_000  # rows whose distances to all centres are held at a time


def silhouette_squared(values: Floats, labels: Labels) -> float:
    """The mean silhouette under squared Euclidean distance, exact for all rows in O(n k)."""
    sizes = np.bincount(labels)
    centers = cluster_means(values, labels)
    spread = np.bincount(labels, weights=_to_own(values, labels, centers)) / sizes
    total = 0.0
    for start in range(0, len(values), BLOCK):
        rows, own = values[start : start + BLOCK], labels[start : start + BLOCK]
        means = squared_distances(rows, centers) + spread
        total += _silhouettes(means, own, sizes).sum()
    return float(total / len(values))


def silhouette(values: Floats, labels: Labels, size: int, random_state: int | None) -> float:
    """The mean silhouette under Euclidean distance, on at most `size` rows."""
    chosen = stratified_rows(labels, size, random_state)
    own, sizes = labels[chosen], np.bincount(labels)
    silhouettes = row_silhouettes(values[chosen], own)
    by_cluster = np.bincount(own, weights=silhouettes) / np.bincount(own)
    return float(np.average(by_cluster, weights=sizes))


def row_silhouettes(rows: Floats, own: Labels) -> Floats:
    """The silhouette of each row under Euclidean distance; every cluster has a row."""
    drawn = np.bincount(own)
    members = np.eye(len(drawn))[own] / drawn
    means = np.concatenate([cdist(block, rows) @ members for block in _blocks(rows, 1000)])
    return _silhouettes(means, own, drawn)


def calinski_harabasz(values: Floats, labels: Labels) -> float:
    """Variance between clusters over variance within, each per degree of freedom."""
    k, n = labels.max() + 1, len(values)
    within = _to_own(values, labels, cluster_means(values, labels)).sum()
    total = ((values - values.mean(axis=0)) ** 2).sum()
    return float((total - within) / (k - 1) / (within / (n - k))) if within > 0 else np.inf


def davies_bouldin(values: Floats, labels: Labels) -> float:
    """The mean over clusters of the likeness to their most alike neighbour; less is better."""
    centers = cluster_means(values, labels)
    distance = np.sqrt(_to_own(values, labels, centers))
    spread = np.bincount(labels, weights=distance) / np.bincount(labels)
    apart = cdist(centers, centers)
    np.fill_diagonal(apart, np.inf)
    return float(((spread + spread[:, None]) / apart).max(axis=1).mean())


def cluster_means(values: Floats, labels: Labels) -> Floats:
    """The mean of each cluster, shape (k, features)."""
    sums = [np.bincount(labels, weights=column) for column in values.T]
    means: Floats = np.column_stack(sums) / np.bincount(labels)[:, None]
    return means


def squared_distances(values: Floats, centers: Floats) -> Floats:
    """Squared distances from each row to each centre, without the rounding of the dot product."""
    distances: Floats = cdist(values, centers, "sqeuclidean")
    return distances


def stratified_rows(labels: Labels, size: int, random_state: int | None) -> npt.NDArray[np.intp]:
    """Up to `size` row numbers, the same number from each cluster or all of a smaller one."""
    if len(labels) <= size:
        return np.arange(len(labels))
    shuffled = np.random.default_rng(random_state).permutation(len(labels))
    k = labels.max() + 1
    drawn = [shuffled[labels[shuffled] == cluster][: size // k] for cluster in range(k)]
    return np.sort(np.concatenate(drawn))


def _to_own(values: Floats, labels: Labels, centers: Floats) -> Floats:
    own: Floats = ((values - centers[labels]) ** 2).sum(axis=1)
    return own


def _blocks(values: Floats, rows: int) -> list[Floats]:
    return [values[start : start + rows] for start in range(0, len(values), rows)]


def _silhouettes(means: Floats, own: Labels, sizes: npt.NDArray[np.intp]) -> Floats:
    """Silhouettes from mean distances to each cluster, of which a row's own includes itself."""
    here = np.arange(len(own))
    others = sizes[own] - 1
    within = means[here, own] * sizes[own] / np.maximum(others, 1)
    means[here, own] = np.inf
    nearest = means.min(axis=1)
    larger = np.maximum(within, nearest)
    alone = (others == 0) | (larger == 0)
    return np.where(alone, 0.0, (nearest - within) / np.where(alone, 1.0, larger))
