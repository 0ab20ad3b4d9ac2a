"""choose_k: how many clusters there are, by every criterion, and which answer to trust."""

import dataclasses
import warnings
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cemkit.checks import (
    by_customer,
    check_choice,
    check_frame,
    check_integer,
    finite_values,
    warn_of_constants,
)
from cemkit.errors import NotEnoughDataError
from cemkit.results import Language, Result
from cemkit.segmentation.clusters.criteria import (
    calinski_harabasz,
    davies_bouldin,
    silhouette,
    silhouette_squared,
)
from cemkit.segmentation.clusters.partitions import (
    Matrix,
    check_distinct,
    gaussian_mixture,
    kmeans,
    sample_rows,
)
from cemkit.segmentation.clusters.resampling import (
    bootstrap_jaccard,
    gap_statistic,
    prediction_strength,
)
from cemkit.segmentation.clusters.scaling import FeatureScaler

SAMPLE = 5_000  # rows for the criteria that resample or compare pairs
STRONG = 0.8  # prediction strength of clusters that are there (Tibshirani, Walther 2005)
STABLE = 0.75  # Jaccard coefficient of a stable cluster (Hennig 2007)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClusterCount(Result):
    """How many clusters `choose_k` finds.

    Attributes:
        n_clusters: The number to use; 1 says that there are no groups to tell apart.
        reason: Why this one.
        picks: The number that each criterion picks; None where it picks none.
        n_rows: Customers; inertia, `silhouette_squared`, Davies-Bouldin and Calinski-Harabasz
            are computed on all of them.
        n_sampled: Customers on which every other criterion is computed.
        jaccard_by_cluster: For each k, the bootstrap Jaccard of each cluster, largest first.
        table: One row per k, missing where a criterion is not defined (at k = 1, mostly).

    Examples:
        >>> features = pd.DataFrame({"total_amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> choose_k(features, range(1, 4)).picks["silhouette"]
        2
    """

    n_clusters: int
    reason: str
    picks: dict[str, int | None]
    n_rows: int
    n_sampled: int
    jaccard_by_cluster: dict[int, tuple[float, ...]]
    table: pd.DataFrame

    def sentence(self, language: Language = "en") -> str:
        """The answer in words."""
        check_choice(language, "language", ["en", "zh"])
        strength = self.table["prediction_strength"].loc[self.n_clusters]
        if language == "zh":
            if len(self.table) == 1:
                return f"{self.n_rows:,} 位客户：只评估了 {self.n_clusters} 个群体，没有比较。"
            if self.n_clusters == 1:
                return f"{self.n_rows:,} 位客户没有可分辨的群体：任何划分都不能在另一半客户中重现。"
            weak = "" if strength >= STRONG else f"，低于 {STRONG}，不够可靠"
            return (
                f"{self.n_rows:,} 位客户分为 {self.n_clusters} 个群体"
                f"（预测强度 {strength:.2f}，以另一半客户检验{weak}）。"
            )
        clusters = "one cluster" if self.n_clusters == 1 else f"{self.n_clusters} clusters"
        return f"{self.n_rows:,} customers form {clusters}: {self.reason}."

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
    """Judge each number of clusters by every criterion, and say which to use.

    The answer is the largest k whose prediction strength is at least 0.8: the most groups that
    come back in customers who took no part in finding them. One cluster is a possible answer.

    Args:
        features: Numeric columns, one row per customer, scaled here; `customer_id` may be the index
            or a column.
        k: Numbers of clusters to judge.
        skew: `"log"` for features with a long right tail, as in `CustomerClusters`.
        sample_size: Customers in the criteria that resample or compare pairs; the others use all.
            At least twice the largest k, since clusters are looked for in halves of them.
        random_state: Seed.
        progress: Whether to show a progress bar.

    Returns:
        A table indexed by k, every criterion on K-means clusters but for `bic`:

        - `inertia`, and by it the elbow: the k furthest from the line between the ends,
        - `silhouette_squared`, exact, and `silhouette` under Euclidean distance, on a sample that
          holds small clusters whole,
        - `gap, gap_error`: picked where first `gap(k) >= gap(k + 1) - gap_error(k + 1)`; beside it
          the first and the global maximum,
        - `prediction_strength`,
        - `davies_bouldin` (less is better), `calinski_harabasz`,
        - `bic` of a Gaussian mixture (less is better),
        - `jaccard_lowest`, the bootstrap Jaccard of the least stable cluster: picked is the
          largest k with all of them at 0.75 or more.

    Raises:
        NotEnoughDataError: There are fewer distinct customers than the largest k, or only one.
        DataError: Values are missing, infinite or not numbers, or below 0 with `skew="log"`.
        TypeError: `k` is one number.
        ValueError: A k is below 1, or none is given; the sample is too small.

    Warns:
        CemkitWarning: A feature is the same for everyone.

    References:
        Tibshirani, Walther, Hastie (2001); Tibshirani, Walther (2005); Hennig (2007).

    Examples:
        >>> features = pd.DataFrame({"total_amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> print(choose_k(features, range(1, 4)).sentence())
        60 customers form 2 clusters: ...
    """
    if not isinstance(k, Iterable):
        raise TypeError(f"k names the numbers to judge, as in range(1, 11), not {k!r}")
    ks = sorted({check_integer(number, "k", minimum=1) for number in k})
    if not ks:
        raise ValueError("k names no number of clusters; give some, as in range(1, 11)")
    check_integer(sample_size, "sample_size", minimum=2 * ks[-1])
    if "customer_id" in check_frame(features, "features").columns:
        features = by_customer(features, "features")
    values = _scaled(features, skew)
    if len(values) == 1:
        raise NotEnoughDataError("customers", have=1, need=2, hint="there is nothing to compare")
    check_distinct(values, ks[-1])
    warn_of_constants(dict(zip(map(str, features.columns), values.T, strict=True)))
    sample = sample_rows(values, sample_size, random_state)
    rows, jaccards = {}, {}
    for number in tqdm(ks, desc="clusters", disable=not progress):
        rows[number] = _partition_criteria(values, number, sample_size, random_state)
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
    return ClusterCount(
        n_clusters=largest_strong(strengths),
        reason=_reason(strengths),
        picks=_picks(table),
        n_rows=len(values),
        n_sampled=len(sample),
        jaccard_by_cluster=jaccards,
        table=table,
    )


def largest_strong(strengths: dict[int, float]) -> int:
    """The largest k whose prediction strength is at least 0.8, else the k of the greatest.

    Args:
        strengths: Prediction strength by k.

    Examples:
        >>> largest_strong({1: 1.0, 2: 0.95, 3: 0.81, 4: 0.6})
        3
    """
    strong = [k for k, strength in strengths.items() if strength >= STRONG]
    return max(strong) if strong else max(strengths, key=lambda k: strengths[k])


def strong_count(values: Matrix, random_state: int | None) -> int:
    """The number of clusters by the rule of `choose_k` alone, without its other criteria.

    Args:
        values: Shape (n, features), scaled. Up to ten clusters are looked for, and no more than
            leave ten rows for each.
        random_state: Seed.

    Examples:
        >>> strong_count(np.array([[0.0], [0.1], [9.0], [9.1]] * 5), random_state=0)
        2
    """
    most = max(1, min(10, len(values) // 10))
    sample = sample_rows(values, SAMPLE, random_state)
    return largest_strong(prediction_strength(sample, range(1, most + 1), random_state))


def mixture_count(values: Matrix, random_state: int | None) -> int:
    """The number of Gaussians with the least BIC, of up to ten.

    Args:
        values: Shape (n, features), scaled; no more components than leave ten rows for each.
        random_state: Seed.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> values = np.concatenate([rng.normal(0, 1, (50, 1)), rng.normal(9, 1, (50, 1))])
        >>> mixture_count(values, random_state=0)
        2
    """
    most = max(1, min(10, len(values) // 10))
    sample = sample_rows(values, SAMPLE, random_state)
    return min(range(1, most + 1), key=lambda k: mixture_bic(sample, k, random_state))


def mixture_bic(values: Matrix, k: int, random_state: int | None) -> float:
    """The Bayesian information criterion of a mixture of `k` Gaussians; less is better.

    Args:
        values: Shape (n, features), scaled.
        k: How many components.
        random_state: Seed.

    Examples:
        >>> mixture_bic(np.array([[-1.0], [1.0]] * 20), 1, random_state=0)
        120.8929
    """
    with threadpool_limits(1), warnings.catch_warnings():
        # A sample may hold fewer distinct customers than components.
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture: GaussianMixture = gaussian_mixture(values, k, random_state)
        return float(mixture.bic(values))


def _scaled(features: pd.DataFrame, skew: Literal["log"] | None) -> Matrix:
    if skew is not None:
        check_choice(skew, "skew", ["log"])
    names = [str(name) for name in features.columns]
    values = np.column_stack(
        [finite_values(features.iloc[:, at], name) for at, name in enumerate(names)]
    )
    return FeatureScaler(values, skew, names).scaled(values)


def _partition_criteria(
    values: Matrix, k: int, sample_size: int, random_state: int | None
) -> dict[str, float]:
    fitted = kmeans(values, k, random_state)
    labels = fitted.labels_
    separated = 1 < k < len(values)
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


def _elbow(k: npt.NDArray[np.int64], inertia: Matrix) -> int | None:
    if len(k) < 3:
        return None
    line = inertia[0] + (inertia[-1] - inertia[0]) * (k - k[0]) / (k[-1] - k[0])
    return int(k[(line - inertia).argmax()])


def _reason(strengths: dict[int, float]) -> str:
    k = largest_strong(strengths)
    if len(strengths) == 1:
        return f"no other number was judged (prediction strength {strengths[k]:.2f})"
    if strengths[k] < STRONG:
        return (
            f"no k reaches a prediction strength of {STRONG}, and that of {k} is the greatest "
            f"({strengths[k]:.2f})"
        )
    if k == 1:
        return f"no k above 1 reaches a prediction strength of {STRONG}"
    return (
        f"{k} is the largest k found again in the other half of the customers (prediction "
        f"strength {strengths[k]:.2f}, at least {STRONG})"
    )
