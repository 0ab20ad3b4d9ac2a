"""The reduction of a panel to its cohorts, against sums over its units."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cemkit.errors import NotEnoughDataError
from cemkit.impact.cohort_means import means_of_cohorts
from cemkit.impact.panels import Panel

RNG = np.random.default_rng(0)
START = np.repeat([1, 2, 4], [5, 7, 9])
PANEL = Panel(RNG.normal(size=(21, 4)), START, np.arange(21) // 3, pd.RangeIndex(4), 0)


def influences(panel: Panel) -> np.ndarray:
    """What each unit adds to each parameter: cohort by cohort, means and then the share."""
    columns = []
    for start in np.unique(panel.start):
        own = panel.start == start
        mean = panel.outcome[own].mean(axis=0)
        columns += [*((panel.outcome - mean) * own[:, None] / own.sum()).T]
        columns.append((own - own.mean()) / len(own))
    return np.column_stack(columns)


def corrections(clusters: np.ndarray, total: int) -> np.ndarray:
    parts = [np.r_[np.full(4, k / (k - 1)), total / (total - 1)] for k in clusters]
    return np.sqrt(np.concatenate(parts))


def test_means_and_sizes_are_those_of_the_cohorts() -> None:
    found = means_of_cohorts(PANEL, clustered=False)
    assert found.starts.tolist() == [1, 2, 4]
    assert found.sizes.tolist() == [5, 7, 9]
    assert found.shares.sum() == 1
    assert_allclose(found.means[1], PANEL.outcome[5:12].mean(axis=0))


def test_covariance_is_the_sum_over_units_of_their_influences() -> None:
    found = means_of_cohorts(PANEL, clustered=False)
    scale = corrections(found.sizes, 21)
    scaled = influences(PANEL) * scale
    assert_allclose(found.covariance, scaled.T @ scaled, atol=1e-12)


def test_covariance_over_clusters_sums_within_each_first() -> None:
    found = means_of_cohorts(PANEL, clustered=True)
    assert found.clusters.tolist() == [2, 3, 3]  # cluster 1 holds units of two cohorts
    assert found.n_clusters == 7
    sums = np.array([influences(PANEL)[PANEL.cluster == c].sum(axis=0) for c in range(7)])
    scaled = sums * corrections(found.clusters, 7)
    assert_allclose(found.covariance, scaled.T @ scaled, atol=1e-12)


def test_each_unit_as_a_cluster_is_no_cluster() -> None:
    alone = PANEL._replace(cluster=np.arange(21))
    one, other = (means_of_cohorts(alone, clustered=flag).covariance for flag in (True, False))
    assert_allclose(one, other, atol=1e-12)


def test_a_cohort_of_one_is_refused() -> None:
    lonely = PANEL._replace(start=np.r_[3, START[1:]])
    with pytest.raises(NotEnoughDataError, match="2 units with first_treated=3, got 1"):
        means_of_cohorts(lonely, clustered=False)
    with pytest.raises(NotEnoughDataError, match="2 clusters with first_treated=1, got 1"):
        means_of_cohorts(PANEL._replace(cluster=np.maximum(np.arange(21) // 5, 0)), clustered=True)
