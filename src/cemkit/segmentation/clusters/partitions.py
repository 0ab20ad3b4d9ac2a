"""Fast, reproducible partitions of scaled features.

References:
    Bachem, Lucic, Krause (2018), Scalable k-means clustering via lightweight coresets, KDD.
"""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from cemkit.arrays import Floats
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

Labels = npt.NDArray[np.int32]

MANY = 50_000  # rows above which K-means starts on a coreset
STARTS = 10
CORESET = 20_000
TRIED = 3  # of the best starts, on all rows
DIFFERENT = 1.0005  # inertias further apart than this are of different clusters
WARD_LIMIT = 20_000
LARGEST_K = 50
ALWAYS_K = 10  # judged however few the rows are
ROWS_PER_K = 8  # as many as the smallest group that can be found


def kmeans(values: Floats, k: int, random_state: int | None, start: Floats | None = None) -> KMeans:
    """K-means at the best of many starts, in about the time of one."""
    if start is not None:
        return KMeans(k, init=start, n_init=1, random_state=random_state).fit(values)
    if len(values) <= MANY:
        return KMeans(k, n_init=STARTS, random_state=random_state).fit(values)
    centers = _best_start(values, k, np.random.default_rng(random_state))
    return KMeans(k, init=centers, n_init=1, random_state=random_state).fit(values)


def coreset(values: Floats, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """A weighted sample on which any centres have nearly the inertia they have on all rows."""
    away = np.square(values - values.mean(axis=0)).sum(axis=1)
    chance = 0.5 / len(values) + 0.5 * away / max(away.sum(), np.finfo(np.float64).tiny)
    ends = np.cumsum(chance)
    rows = np.searchsorted(ends, rng.random(size) * ends[-1], side="right")
    return values[rows], 1 / (size * chance[rows])


def _best_start(values: Floats, k: int, rng: np.random.Generator) -> Floats:
    rows, weights = coreset(values, CORESET, rng)
    with threadpool_limits(1), warnings.catch_warnings():  # few rows are faster on one thread
        # A coreset may miss one of the few distinct customers; the run on all rows finds it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits = [
            KMeans(k, n_init=1, random_state=seed).fit(rows, sample_weight=weights)
            for seed in rng.integers(2**31, size=STARTS).tolist()
        ]
    fits.sort(key=lambda fit: fit.inertia_)
    tried = fits[:1]
    for fit in fits:
        if len(tried) < TRIED and fit.inertia_ > tried[-1].inertia_ * DIFFERENT:
            tried.append(fit)
    by_row = np.ascontiguousarray(values)  # else each score would copy them
    best: Floats = max(tried, key=lambda fit: fit.score(by_row)).cluster_centers_
    return best


def gaussian_mixture(
    values: Floats, k: int, random_state: int | None, start: Floats | None = None
) -> GaussianMixture:
    """A mixture of `k` Gaussians with full covariances, fitted by expectation-maximisation."""
    return new_mixture(k, random_state).set_params(means_init=start).fit(values)


def new_mixture(k: int, random_state: int | None) -> GaussianMixture:
    """A mixture of `k` Gaussians, not fitted yet."""
    return GaussianMixture(k, max_iter=500, random_state=random_state)


def ward(values: Floats, k: int) -> Labels:
    """The labels of Ward's hierarchical clustering cut at `k` clusters."""
    if len(values) > WARD_LIMIT:
        raise DataError(
            "method='ward' holds the distances between all pairs of its "
            f"{count_text(len(values), 'rows')}, and is sensible up to {WARD_LIMIT:,}; use "
            "method='kmeans', or fit on a sample and predict the rest"
        )
    if len(values) == 1:
        return np.zeros(1, dtype=np.int32)
    labels: Labels = AgglomerativeClustering(k, linkage="ward").fit_predict(values)
    return labels.astype(np.int32)


def sample_rows(values: Floats, size: int, random_state: int | None) -> Floats:
    """All rows where there are at most `size`, else a random sample of that size."""
    if len(values) <= size:
        return values
    chosen = np.random.default_rng(random_state).choice(len(values), size, replace=False)
    return values[np.sort(chosen)]


def in_order(values: Floats) -> Floats:
    """Return the rows sorted, so that what follows does not depend on their order."""
    ordered: Floats = values[np.lexsort(values.T[::-1])]
    return ordered


def check_distinct(values: Floats, k: int, remedy: str = "lower n_clusters") -> None:
    """Raise unless there are at least `k` distinct rows, so that `k` clusters can exist."""
    if len(values) < k:
        raise NotEnoughDataError("customers (n_samples)", len(values), k, remedy)
    if distinct_rows(values[:10_000], k) < k and distinct_rows(values, k) < k:
        distinct = distinct_rows(values, k)
        raise NotEnoughDataError("customers that differ", distinct, k, remedy)


def distinct_rows(values: Floats, enough: int) -> int:
    """The number of distinct rows, counted no further than `enough`."""
    return min(int((~pd.DataFrame(values).duplicated()).sum()), enough)


def check_carried(largest: int, rows: int) -> None:
    """Raise where a k is more than the rows carry, before hundreds of fits are spent on each."""
    most = max(ALWAYS_K, min(LARGEST_K, rows // ROWS_PER_K))
    if largest > most:
        raise ValueError(
            f"k goes up to {largest:,}, but {count_text(rows, 'sampled customers carry')} at most "
            f"k={most} ({ROWS_PER_K} customers per cluster, at most {LARGEST_K} clusters); lower "
            f"the largest k, as in range(1, {most + 1})"
        )
