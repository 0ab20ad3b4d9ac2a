"""choose_k: how many clusters there are, and what every criterion says."""

import dataclasses
import warnings
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_choice,
    check_flag,
    check_frame,
    check_integer,
    warn_of_constants,
)
from cemkit.data.encoding import FeatureEncoding
from cemkit.errors import NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result
from cemkit.segmentation.clusters.criteria import (
    calinski_harabasz,
    davies_bouldin,
    silhouette,
    silhouette_squared,
)
from cemkit.segmentation.clusters.groups import Groups, find_groups
from cemkit.segmentation.clusters.partitions import (
    Labels,
    check_carried,
    check_distinct,
    gaussian_mixture,
    in_order,
    kmeans,
    sample_rows,
)
from cemkit.segmentation.clusters.resampling import (
    bootstrap_jaccard,
    gap_statistic,
    prediction_strength,
)
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.segmentation.clusters.ties import spread_ties
from cemkit.segmentation.clusters.valleys import LEVEL, valley_p_value

SAMPLE = 5_000  # rows for the criteria that resample or compare pairs
STRONG = 0.8  # prediction strength of clusters that come back (Tibshirani, Walther 2005)
STABLE = 0.75  # Jaccard coefficient of a stable cluster (Hennig 2007)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClusterCount(Result):
    """The number of clusters in the data, from `choose_k`.

    Attributes:
        n_clusters: Number of clusters found. 1 means that no valley was found and the customers
            form a continuum.
        reason: Reason for this number, in words.
        p_value: Largest p-value of a valley between two of the clusters; None for one cluster.
        convenient_cut: Suggested number of groups for cutting a continuum, where groups are needed:
            the largest k above 1 with a prediction strength of at least 0.8, else the k above 1
            with the highest. None where clusters were found or no k above 1 was evaluated.
        picks: Number of clusters that each criterion picks, `dip` first; None where it picks none.
        n_rows: Number of customers. Inertia, `silhouette_squared`, Davies-Bouldin and
            Calinski-Harabasz are computed on all of them.
        n_sampled: Number of sampled customers, on which the answer and all other criteria are
            computed.
        smallest: Smallest number of sampled customers that can be found as a cluster.
        jaccard_by_cluster: For each k, the bootstrap Jaccard of each cluster, largest first.
        table: One row per k and one column per criterion, listed in `choose_k`. Values are missing
            where a criterion is not defined, mostly at k = 1.

    Examples:
        >>> features = pd.DataFrame({"total_amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> choose_k(features, range(1, 4)).picks["silhouette"]
        2
    """

    _pictures = ("segmentation.cluster_count",)

    n_clusters: int
    reason: str
    p_value: float | None
    convenient_cut: int | None
    picks: dict[str, int | None]
    n_rows: int
    n_sampled: int
    smallest: int
    jaccard_by_cluster: dict[int, tuple[float, ...]]
    table: pd.DataFrame

    level: ClassVar[float] = LEVEL
    strong: ClassVar[float] = STRONG

    @property
    def largest_p(self) -> str:
        """The largest p-value as shown in sentences."""
        return _shown(self.p_value)

    @property
    def too_few(self) -> bool:
        """Whether there are too few customers for two clusters."""
        return self.n_sampled < 2 * self.smallest

    @property
    def cut_strength(self) -> float:
        """The prediction strength of the convenient cut."""
        return float(self.table["prediction_strength"].to_dict()[self.convenient_cut])

    def _strength(self, k: int) -> float:
        return float(self.table["prediction_strength"].loc[k])

    def _scalars(self) -> dict[str, Any]:
        scalars = Result._scalars(self)
        del scalars["jaccard_by_cluster"]  # in short it is the table's last column
        return scalars


def choose_k(
    features: pd.DataFrame,
    k: Iterable[int] = range(1, 11),
    *,
    skew: Literal["log"] | None = None,
    sample_size: int = SAMPLE,
    random_state: int | None = 0,
    progress: bool = False,
) -> ClusterCount:
    """Find the number of clusters, and compare it with other criteria for each k.

    Two groups are separate clusters if there is a valley between them: few customers lie in
    between, by Hartigan's dip test. One cluster is a possible answer. The other criteria often pick
    several clusters where there is a continuum, because customer features are correlated and the
    halves of an elongated cloud are reproducible in any sample. They are in `table` for comparison.

    A valley counts if the dip is significant at 1 % and at least 0.06, as between two normal groups
    of similar size 4.5 standard deviations apart. Groups that overlap more count as one. Groups
    smaller than `ClusterCount.smallest` are not found: 1 % of the sampled customers, at least 8,
    and at least 2 per feature. The steps of a discrete feature do not count as valleys. A value
    that many customers share, such as no spend, is a group if a valley separates it from the rest.

    Args:
        features: The customer table, one row per customer, encoded as in `CustomerClusters` and
            scaled; `customer_id` may be the index or a column. Customers who never ordered are left
            out.
        k: Numbers of clusters for which the other criteria are computed, at most 50 and one for
            each 8 sampled customers (10 always). They affect the time but not the answer: each k
            takes about 180 fits to the sample.
        skew: `"log"` clusters on log(1 + x), for features with a long right tail, as in
            `CustomerClusters`. None uses the values as they are.
        sample_size: Number of customers in the random sample, on which the answer and all criteria
            that resample or compare pairs are computed. The other criteria use all customers. At
            least twice the largest k, because the sample is split into halves.
        random_state: Seed of the sample. With the same seed the result is the same in any row
            order.
        progress: Whether to show a progress bar.

    Returns:
        A `ClusterCount`. Its table is indexed by k. All criteria except `bic` are computed on
        K-means clusters:

        - `dip_p_value`: the largest p-value of a valley between a cluster and its nearest one. The
          answer does not use this column, because K-means can miss clusters if a feature is noise.
          - `inertia`. Its elbow is the k furthest from the line between the ends.
          - `silhouette_squared` with squared distances, exact, and `silhouette` with Euclidean
            distances, on a sample that includes small clusters entirely.
          - `gap, gap_error`. The pick is the first k with `gap(k) >= gap(k + 1) - gap_error(k +
            1)`; the first and the global maximum are picks of their own.
          - `prediction_strength`. The pick is the largest k with 0.8 or more.
          - `davies_bouldin` (lower is better) and `calinski_harabasz` (higher is better).
          - `bic` of a Gaussian mixture (lower is better).
          - `jaccard_lowest`, the bootstrap Jaccard of the least stable cluster. The pick is the
            largest k with 0.75 or more.

    Raises:
        NotEnoughDataError: There are fewer distinct customers than the largest k, or only one.
        DataError: Values are infinite, text holds numbers, or values lie below 0 with
            `skew="log"`.
        TypeError: `k` is a single number.
        ValueError: A k is below 1 or too large for the sample, no k is given, or the sample is too
            small.

    Warns:
        CemkitWarning: A feature has the same value for every customer, or a column has too many
            levels or no value.

    References:
        Hartigan, Hartigan (1985); Tibshirani, Walther, Hastie (2001); Tibshirani, Walther (2005);
        Hennig (2007).

    Examples:
        >>> features = pd.DataFrame({"total_amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> print(choose_k(features, range(1, 4)).sentence())
        60 customers form 2 clusters: there is a valley between any two (dip test, p < 0.001).
    """
    table = Customers.of(check_frame(features, "features"), "features").table
    ks = _numbers(k, len(table))
    check_integer(sample_size, "sample_size", minimum=2 * ks[-1])
    check_carried(ks[-1], min(len(table), sample_size))
    check_seed(random_state)
    check_flag(progress, "progress")
    encoding = FeatureEncoding.of(table, every_level=True)
    values = _scaled(encoding, table, skew)
    if len(values) == 1:
        raise NotEnoughDataError("customers", have=1, need=2, hint="there is nothing to compare")
    check_distinct(values, ks[-1], "lower the largest k")
    warn_of_constants(dict(zip(encoding.terms, values.T, strict=True)))
    sample = sample_rows(values, sample_size, random_state)
    groups = find_groups(sample, random_state)
    judged, jaccards = _criteria(values, sample, ks, random_state, progress)
    found = len(groups.centers)
    cut = _convenient_cut(ks, judged["prediction_strength"].tolist())
    return ClusterCount(
        n_clusters=found,
        reason=_reason(groups, len(sample)),
        p_value=groups.p_value,
        convenient_cut=cut if found == 1 else None,
        picks={"dip": found, **_picks(judged)},
        n_rows=len(values),
        n_sampled=len(sample),
        smallest=groups.smallest,
        jaccard_by_cluster=jaccards,
        table=judged,
    )


def found_groups(values: Floats, random_state: int | None) -> Groups:
    """Return the groups of `choose_k`, without its other criteria."""
    return find_groups(sample_rows(in_order(values), SAMPLE, random_state), random_state)


def check_seed(random_state: int | None) -> None:
    """Raise unless the seed is None or a whole number that numpy takes."""
    if random_state is not None:
        check_integer(random_state, "random_state", minimum=0, maximum=2**32 - 1)


def mixture_bic(values: Floats, k: int, random_state: int | None) -> float:
    """The Bayesian information criterion of a mixture of `k` Gaussians; less is better."""
    with threadpool_limits(1), warnings.catch_warnings():
        # A sample may hold fewer distinct customers than components.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture: GaussianMixture = gaussian_mixture(values, k, random_state)
        return float(mixture.bic(values))


def _numbers(k: Iterable[int], rows: int) -> list[int]:
    if not isinstance(k, Iterable) or (isinstance(k, np.ndarray) and not k.ndim):
        raise TypeError(f"k must be a list of numbers of clusters, as in range(1, 11), not {k!r}")
    ks = set()
    for number in k:  # which may never end
        ks.add(check_integer(number, "k", minimum=1))
        if number > rows:
            raise NotEnoughDataError("customers (n_samples)", rows, number, "lower the largest k")
    if not ks:
        raise ValueError("k is empty; give the numbers of clusters to compare, as in range(1, 11)")
    return sorted(ks)


def _scaled(
    encoding: FeatureEncoding, features: pd.DataFrame, skew: Literal["log"] | None
) -> Floats:
    if skew is not None:
        check_choice(skew, "skew", ["log"])
    values = in_order(encoding.matrix(features))
    return FeatureScaler(values, skew, encoding.terms).scaled(values)


def _criteria(
    values: Floats, sample: Floats, ks: list[int], random_state: int | None, progress: bool
) -> tuple[pd.DataFrame, dict[int, tuple[float, ...]]]:
    rows, jaccards = {}, {}
    spread = spread_ties(sample, np.random.default_rng(random_state))
    for number in tqdm(ks, desc="clusters", disable=not progress):
        fitted = kmeans(values, number, random_state)
        rows[number] = {"dip_p_value": _weakest_valley(spread, fitted.predict(sample))}
        rows[number] |= _partition_criteria(values, fitted, len(sample), random_state)
        rows[number]["bic"] = mixture_bic(sample, number, random_state)
        jaccards[number] = bootstrap_jaccard(sample, number, random_state)
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("k")
    bar = partial(tqdm, ks, disable=not progress)
    gaps = gap_statistic(sample, bar(desc="gap statistic"), random_state)
    strengths = prediction_strength(sample, bar(desc="prediction strength"), random_state)
    table["gap"] = [gaps[number][0] for number in ks]
    table["gap_error"] = [gaps[number][1] for number in ks]
    table["prediction_strength"] = [strengths[number] for number in ks]
    table["jaccard_lowest"] = [np.min(jaccards[number]) for number in ks]
    return table, jaccards


def _weakest_valley(values: Floats, labels: Labels) -> float:
    """Return the largest p-value of a valley between a cluster and its nearest one."""
    cells = [values[labels == number] for number in np.unique(labels)]
    if len(cells) == 1:
        return np.nan
    centers = np.array([cell.mean(axis=0) for cell in cells])
    apart = cdist(centers, centers)
    np.fill_diagonal(apart, np.inf)
    return max(valley_p_value(cells[a], cells[b]) for a, b in enumerate(apart.argmin(axis=1)))


def _partition_criteria(
    values: Floats, fitted: KMeans, sample_size: int, random_state: int | None
) -> dict[str, float]:
    labels = fitted.labels_
    separated = 1 < fitted.n_clusters < len(values)
    return {
        "inertia": float(fitted.inertia_),
        "silhouette_squared": silhouette_squared(values, labels) if separated else np.nan,
        "silhouette": silhouette(values, labels, sample_size, random_state)
        if separated
        else np.nan,
        "davies_bouldin": davies_bouldin(values, labels) if separated else np.nan,
        "calinski_harabasz": calinski_harabasz(values, labels) if separated else np.nan,
    }


def _picks(table: pd.DataFrame) -> dict[str, int | None]:
    k = table.index.to_numpy()
    gap, error = table["gap"].to_numpy(), table["gap_error"].to_numpy()
    picks = {
        "elbow": _elbow(k, table["inertia"].to_numpy()),
        "gap": _first(k[:-1][gap[:-1] >= gap[1:] - error[1:]]),
        "gap_first_maximum": _first(k[:-1][gap[:-1] >= gap[1:]]),
        "gap_global_maximum": int(k[gap.argmax()]),
        "prediction_strength": _last(k[table["prediction_strength"].to_numpy() >= STRONG]),
        "jaccard": _last(k[table["jaccard_lowest"].to_numpy() >= STABLE]),
        "bic": int(k[table["bic"].to_numpy().argmin()]),
    }
    for name in ("silhouette_squared", "silhouette", "calinski_harabasz", "davies_bouldin"):
        known = table[name].dropna()
        if known.empty:
            picks[name] = None
            continue
        best = known.argmin() if name == "davies_bouldin" else known.argmax()
        picks[name] = int(known.index.to_numpy()[best])
    return picks


def _first(k: npt.NDArray[np.int64]) -> int | None:
    return int(k[0]) if len(k) else None


def _last(k: npt.NDArray[np.int64]) -> int | None:
    return int(k[-1]) if len(k) else None


def _elbow(k: npt.NDArray[np.int64], inertia: Floats) -> int | None:
    if len(k) < 3:
        return None
    line = inertia[0] + (inertia[-1] - inertia[0]) * (k - k[0]) / (k[-1] - k[0])
    return int(k[(line - inertia).argmax()])


def _convenient_cut(ks: list[int], strengths: list[float]) -> int | None:
    """Return the largest k above 1 that is strong, else the strongest."""
    above = {k: strength for k, strength in zip(ks, strengths, strict=True) if k > 1}
    strong = [k for k, strength in above.items() if strength >= STRONG]
    return max(strong) if strong else max(above, key=lambda k: above[k], default=None)


def _reason(groups: Groups, n_sampled: int) -> str:
    if len(groups.centers) > 1:
        return f"there is a valley between any two (dip test, {_shown(groups.p_value)})"
    if n_sampled < 2 * groups.smallest:
        return (
            f"{count_text(n_sampled, 'customers are')} too few to tell groups apart, which takes "
            f"at least {2 * groups.smallest:,}"
        )
    return (
        f"no split leaves a valley between two groups (dip test, {LEVEL:.0%} level), so they "
        "look like one continuum"
    )


def _shown(p_value: float | None) -> str:
    """Return the largest p-value as a sentence has it."""
    largest = 1.0 if p_value is None else p_value
    return "p < 0.001" if largest < 0.001 else f"p ≤ {np.ceil(largest * 1000) / 1000:.3f}"
