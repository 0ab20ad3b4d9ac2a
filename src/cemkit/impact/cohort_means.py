"""A panel reduced to its cohorts: sizes, mean outcomes by period and their joint covariance.

The mean of a cohort in a period, and the share of the cohort, are all that group-time effects are
made of. Their covariance is found once, over units or clusters; any effect is then a linear
combination, and its variance a product with that covariance, however many units there are.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError
from cemkit.impact.panels import Panel, Places


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CohortMeans:
    """Cohorts in the order of their first treated period, the never treated last.

    Parameters are, for each cohort, its mean in each period and then its share of all units; the
    covariance is of all of these, shape (cohorts * (periods + 1),) * 2.
    """

    starts: Places  # place of the first treated period; the number of periods for never
    sizes: Places  # units
    clusters: Places  # of each cohort
    n_clusters: int
    means: Floats  # shape (cohorts, periods)
    covariance: Floats

    @property
    def shares(self) -> Floats:
        """The share of each cohort among all units."""
        shares: Floats = self.sizes / self.sizes.sum()
        return shares


def means_of_cohorts(panel: Panel, *, clustered: bool) -> CohortMeans:
    """Reduce a panel to the means of its cohorts."""
    starts, cohort = np.unique(panel.start, return_inverse=True)
    cohort = cohort.reshape(-1)
    sizes = np.bincount(cohort).astype(np.intp)
    parts = [panel.outcome[cohort == place] for place in range(len(starts))]
    means = np.array([part.mean(axis=0) for part in parts])
    pairs = np.unique(np.column_stack([cohort, panel.cluster]), axis=0) if clustered else None
    clusters = sizes if pairs is None else np.bincount(pairs[:, 0]).astype(np.intp)
    _check_clusters(starts, clusters, panel, clustered)
    found = CohortMeans(
        starts=starts.astype(np.intp),
        sizes=sizes,
        clusters=clusters,
        n_clusters=len(np.unique(panel.cluster)),
        means=means,
        covariance=np.empty(0),
    )
    covariance = _over_clusters(panel, cohort, found) if clustered else _over_units(parts, found)
    return dataclasses.replace(found, covariance=covariance)


def _check_clusters(starts: Places, clusters: Places, panel: Panel, clustered: bool) -> None:
    few = clusters < 2
    if few.any():
        place = int(starts[int(few.argmax())])
        name = "never" if place == len(panel.periods) else str(panel.periods[place])
        raise NotEnoughDataError(
            f"{'clusters' if clustered else 'units'} with first_treated={name}",
            have=int(clusters[few][0]),
            need=2,
            hint="a single one has no variance to measure; leave it out, or use longer periods, so "
            "that it joins the units treated next to it",
        )


def _over_units(parts: list[Floats], found: CohortMeans) -> Floats:
    """The covariance where units are independent: that of each cohort's own mean, and of shares."""
    cohorts, periods = found.means.shape
    covariance = np.zeros((cohorts, periods + 1, cohorts, periods + 1))
    for place, part in enumerate(parts):
        centred = part - found.means[place]
        own = centred.T @ centred / (len(part) - 1) / len(part)
        covariance[place, :periods, place, :periods] = own
    shares = found.shares
    units = int(found.sizes.sum())
    spread = (np.diag(shares) - np.outer(shares, shares)) / (units - 1)
    covariance[:, periods, :, periods] = spread
    return covariance.reshape((cohorts * (periods + 1),) * 2)


def _over_clusters(panel: Panel, cohort: npt.NDArray[np.intp], found: CohortMeans) -> Floats:
    """The covariance where clusters are: of the sums that each cluster adds to the parameters."""
    cohorts, periods = found.means.shape
    _, cluster = np.unique(panel.cluster, return_inverse=True)
    cluster = cluster.reshape(-1)
    sums = np.zeros((found.n_clusters, cohorts, periods + 1))
    own = np.sqrt(found.clusters / (found.clusters - 1)) / found.sizes
    parts = (panel.outcome - found.means[cohort]) * own[cohort][:, None]
    cell = cluster * cohorts + cohort
    cells = found.n_clusters * cohorts
    for period in range(periods):
        added = np.bincount(cell, weights=parts[:, period], minlength=cells)
        sums[:, :, period] = added.reshape(found.n_clusters, cohorts)
    counts = np.bincount(cell, minlength=cells).reshape(found.n_clusters, cohorts)
    expected = counts.sum(axis=1, keepdims=True) * found.shares
    scale = np.sqrt(found.n_clusters / (found.n_clusters - 1)) / len(cohort)
    sums[:, :, periods] = (counts - expected) * scale
    flat = sums.reshape(found.n_clusters, -1)
    covariance: Floats = flat.T @ flat
    return covariance
