"""Groups with valleys between them: split where there is one, merged where there is none."""

import dataclasses
import itertools
import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from cemkit.arrays import Floats
from cemkit.segmentation.clusters.partitions import Labels
from cemkit.segmentation.clusters.ties import spread_ties
from cemkit.segmentation.clusters.valleys import LEVEL, valley_p_value, valley_places

Rows = npt.NDArray[np.intp]
Marks = npt.NDArray[np.bool_]

FEWEST = 8  # rows of a group
PER_FEATURE = 2  # rows of a group: fewer show no direction
SHARE = 0.01  # of the rows, in a group
CELLS = (2, 3, 5, 8)  # of K-means, among which a group may stand alone
STARTS = 3
CONSTANT = 1e-6  # deviation below which a scaled feature is constant


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The groups of some rows."""

    labels: Labels
    centers: Floats
    p_value: float | None
    smallest: int


def find_groups(values: Floats, random_state: int | None) -> Groups:
    """Find the groups that valleys divide; one group where there is no valley."""
    rng = np.random.default_rng(random_state)
    spread = spread_ties(values, rng)
    spread = spread[:, values.std(axis=0) > CONSTANT]
    smallest = smallest_group(*spread.shape)
    search = _Search(spread, smallest, seed=int(rng.integers(2**31)))
    with threadpool_limits(1), warnings.catch_warnings():
        # A part may hold fewer distinct rows than K-means is asked to find cells.
        warnings.simplefilter("ignore", ConvergenceWarning)
        groups, p_value = search.merged(list(search.parts(np.arange(len(values)))))
    groups.sort(key=len, reverse=True)
    labels = np.zeros(len(values), dtype=np.int32)
    for number, rows in enumerate(groups):
        labels[rows] = number
    centers = np.array([values[rows].mean(axis=0) for rows in groups])
    return Groups(labels=labels, centers=centers, p_value=p_value, smallest=smallest)


def smallest_group(rows: int, features: int) -> int:
    """Return how many rows a group needs: 1 % of all, at least 8, and 2 for each feature."""
    return max(FEWEST, PER_FEATURE * features, int(np.ceil(SHARE * rows)))


@dataclasses.dataclass(frozen=True, slots=True)
class _Search:
    """Splits and merges of rows whose ties are spread."""

    values: Floats
    smallest: int
    seed: int

    def parts(self, rows: Rows) -> Iterator[Rows]:
        """Split until no part has a valley around it."""
        inside = self._split(self.values[rows])
        if inside is None:
            yield rows
        else:
            yield from self.parts(rows[inside])
            yield from self.parts(rows[~inside])

    def merged(self, groups: list[Rows]) -> tuple[list[Rows], float | None]:
        """Merge until there is a valley between any two; with the largest of their p-values."""
        while len(groups) > 1:
            scaled = self.values @ _unit_spread(self.values, groups)
            groups = _nearest(scaled, groups)
            p_values = {
                (a, b): valley_p_value(scaled[groups[a]], scaled[groups[b]])
                for a, b in itertools.combinations(range(len(groups)), 2)
            }
            if not p_values:
                break
            (a, b), largest = max(p_values.items(), key=lambda pair: pair[1])
            if largest <= LEVEL:
                return groups, largest
            both = np.concatenate([groups[a], groups[b]])
            groups = [rows for at, rows in enumerate(groups) if at not in {a, b}] + [both]
        return groups, None

    def _split(self, values: Floats) -> Marks | None:
        if len(values) < 2 * self.smallest or not values.shape[1]:
            return None
        cell = self._cell(values)
        return self._side(values) if cell is None else cell

    def _cell(self, values: Floats) -> Marks | None:
        """Mark the largest cell of K-means that has a valley to every other cell."""
        for k in (k for k in CELLS if k == 2 or k * self.smallest <= len(values)):
            found = KMeans(k, n_init=STARTS, random_state=self.seed).fit(values).labels_
            cells: list[Marks] = [found == number for number in range(k)]
            for cell in sorted(cells, key=np.count_nonzero, reverse=True):
                others = [values[other] for other in cells if other is not cell and other.any()]
                if self._large_enough(cell) and all(
                    valley_p_value(values[cell], other) <= LEVEL for other in others
                ):
                    return cell
        return None

    def _side(self, values: Floats) -> Marks | None:
        """Mark one side of a valley along a feature or a principal direction."""
        directions = _directions(values)
        for direction in directions:
            line = values @ direction
            cuts = valley_places(line)
            for cut in cuts:
                below: Marks = line < cut
                level = LEVEL / (len(directions) * len(cuts))  # Bonferroni
                if self._large_enough(below) and (
                    valley_p_value(line[below, None], line[~below, None]) <= level
                ):
                    return below
        return None

    def _large_enough(self, inside: Marks) -> bool:
        count = int(np.count_nonzero(inside))
        return self.smallest <= count <= len(inside) - self.smallest


def _directions(values: Floats) -> Floats:
    """Return lines on which to look for a valley."""
    centred = values - values.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[sizes > CONSTANT * sizes[0]]
    white = axes.T / sizes[sizes > CONSTANT * sizes[0]]
    rows = centred @ white
    _, moments = np.linalg.eigh((rows.T * np.square(rows).sum(axis=1)) @ rows)
    return np.concatenate([np.eye(values.shape[1]), axes, (white @ moments).T])


def _unit_spread(values: Floats, groups: list[Rows]) -> Floats:
    """Return what gives groups unit covariance on average, no group counting more than another."""
    features = values.shape[1]
    within = np.zeros((features, features))
    for rows in groups:
        centred = values[rows] - values[rows].mean(axis=0)
        within += centred.T @ centred / (len(rows) * len(groups))
    share = min(1.0, features * len(groups) / len(values))  # of the diagonal, where rows are few
    own = np.maximum(np.diag(within), CONSTANT**2)
    shrunk = (1 - share) * within + np.diag(share * own + CONSTANT**2)
    variances, axes = np.linalg.eigh(shrunk)
    unit: Floats = axes / np.sqrt(np.maximum(variances, CONSTANT**2))
    return unit


def _nearest(values: Floats, groups: list[Rows]) -> list[Rows]:
    """Move rows to the nearest centre until none moves; groups that lose all rows are left out."""
    start = np.array([values[rows].mean(axis=0) for rows in groups])
    found = KMeans(len(groups), init=start, n_init=1).fit(values).labels_
    moved = [np.flatnonzero(found == number) for number in range(len(groups))]
    return [rows for rows in moved if len(rows)]
