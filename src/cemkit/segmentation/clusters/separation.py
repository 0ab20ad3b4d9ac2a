"""ClusterSeparation: how far customers lie from the other clusters, and where, on two axes."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.errors import NotEnoughDataError
from cemkit.results import Result
from cemkit.segmentation.clusters.criteria import row_silhouettes, stratified_rows
from cemkit.segmentation.clusters.partitions import Labels


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSeparation(Result):
    """How well clusters are separated, from `CustomerClusters.separation`.

    The silhouette is 1 for a customer far from every other cluster, 0 on the border, and below 0
    for a customer closer to another cluster than to their own. Distances are computed on the scaled
    features, as in the fit.

    Attributes:
        clusters: Number of clusters with a customer.
        customers: Number of customers.
        n_sampled: Number of customers with a silhouette: all, or the same number from each cluster.
        silhouette: Mean silhouette, each cluster weighted by its customers.
        explained_share: Share of the variance of the scaled features that the two axes explain.
        table: One row per cluster: `name`, `customers`, `sampled`, the mean `silhouette` of the
            sampled ones, and `nearer_to_another`, the share of them with a silhouette below 0.
        points: One row per sampled customer: `cluster, silhouette`, and the coordinates on the
            `first` and `second` axis, the principal components of the scaled features of all
            customers.
        axes: One row per term: the weight of each scaled feature in the `first` and `second` axis.

    References:
        Rousseeuw (1987), Silhouettes, Journal of Computational and Applied Mathematics 20.

    Examples:
        >>> from cemkit import CustomerClusters
        >>> features = pd.DataFrame(
        ...     {"amount": [1.0, 2, 3, 90, 91, 92], "orders": [1, 1, 2, 8, 9, 9]}
        ... )
        >>> found = CustomerClusters(2).fit(features).separation(features)
        >>> found.clusters, round(found.silhouette, 2)
        (2, 0.93)
    """

    _pictures = ("segmentation.silhouettes", "segmentation.cluster_map")

    clusters: int
    customers: int
    n_sampled: int
    silhouette: float
    explained_share: float
    table: pd.DataFrame
    points: pd.DataFrame
    axes: pd.DataFrame


def separation_of(
    terms: pd.DataFrame, labels: Labels, names: pd.Series, size: int, random_state: int | None
) -> ClusterSeparation:
    """The separation of clusters of customers, from their scaled terms."""
    present, own = np.unique(labels, return_inverse=True)
    if len(present) < 2:
        raise NotEnoughDataError(
            "clusters with a customer", len(present), 2, "silhouettes compare clusters"
        )
    values = terms.to_numpy()
    chosen = stratified_rows(own.astype(np.int32), size, random_state)
    places, axes, explained = _projected(values)
    points = pd.DataFrame(
        {
            "cluster": labels[chosen],
            "silhouette": row_silhouettes(values[chosen], own[chosen].astype(np.int32)),
            "first": places[chosen, 0],
            "second": places[chosen, 1],
        },
        index=terms.index[chosen],
    )
    table = _by_cluster(points, names.iloc[present.tolist()], np.bincount(own))
    return ClusterSeparation(
        clusters=len(present),
        customers=len(values),
        n_sampled=len(chosen),
        silhouette=float(np.average(table["silhouette"], weights=table["customers"])),
        explained_share=explained,
        table=table,
        points=points,
        axes=pd.DataFrame(axes, pd.Index(terms.columns, name="term"), ["first", "second"]),
    )


def _by_cluster(
    points: pd.DataFrame, names: pd.Series, sizes: npt.NDArray[np.intp]
) -> pd.DataFrame:
    groups = points["silhouette"].groupby(points["cluster"].to_numpy())
    table = pd.DataFrame({"name": names.to_numpy(), "customers": sizes}, index=names.index)
    table["sampled"], table["silhouette"] = groups.size(), groups.mean()
    table["nearer_to_another"] = groups.agg(lambda own: float((own < 0).mean()))
    return table.rename_axis("cluster")


def _projected(values: Floats) -> tuple[Floats, Floats, float]:
    """Places on the two principal axes, the axes, and the share of the variance they show."""
    centred = values - values.mean(axis=0)
    spreads, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    axes = np.zeros((values.shape[1], 2))
    count = min(2, values.shape[1])
    axes[:, :count] = vectors[:, ::-1][:, :count]
    largest = np.abs(axes).argmax(axis=0)
    axes *= np.where(axes[largest, [0, 1]] < 0, -1.0, 1.0)  # of the two directions, one for all
    total = float(spreads.sum())
    return centred @ axes, axes, float(spreads[::-1][:count].sum()) / total if total > 0 else 1.0
