"""CustomerClusters: K-means on scaled features, read in the original units."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from cemkit.checks import check_columns, check_integer
from cemkit.errors import NotEnoughDataError


class CustomerClusters(ClusterMixin, BaseEstimator):
    """Group customers by K-means, each feature scaled to mean 0 and standard deviation 1.

    Args:
        n_clusters: How many groups.
        n_init: Starts of K-means; the one with the least inertia is kept.
        random_state: Seed of the starts. For a given row order and seed the clusters are the same
            on each run.

    Attributes:
        cluster_centers_: Shape (n_clusters, n_features), in the original units.
        labels_: Cluster of each row of the fit, 0 to n_clusters - 1.
        inertia_: Sum of squared distances to the centres, in scaled units.
        kmeans_: The fitted scikit-learn estimator, in scaled units.
        scaler_: The fitted scaler.
        n_features_in_: Number of features.
        feature_names_in_: Their names, where the fit saw a DataFrame.

    Examples:
        >>> features = pd.DataFrame(
        ...     {
        ...         "recency_days": [1, 2, 3, 90, 91, 92],
        ...         "total_amount": [500.0, 510.0, 505.0, 20.0, 25.0, 15.0],
        ...     }
        ... )
        >>> clusters = CustomerClusters(n_clusters=2).fit(features)
        >>> sorted(clusters.cluster_centers_.round(0).tolist())
        [[2.0, 505.0], [91.0, 20.0]]
    """

    def __init__(
        self, n_clusters: int = 4, *, n_init: int = 10, random_state: int | None = 0
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: object = None) -> Self:
        """Find the clusters.

        Args:
            X: Numeric features, one row per customer, none missing.
            y: Ignored.

        Raises:
            NotEnoughDataError: There are fewer customers than clusters.
            ValueError: Values are missing or infinite, or `n_clusters` is below 1.
        """
        check_integer(self.n_clusters, "n_clusters", minimum=1)
        values = validate_data(self, X, dtype=np.float64)
        if len(values) < self.n_clusters:
            raise NotEnoughDataError(
                "customers (n_samples)", len(values), self.n_clusters, "lower n_clusters"
            )
        self.scaler_ = StandardScaler().fit(values)
        self.kmeans_ = KMeans(self.n_clusters, n_init=self.n_init, random_state=self.random_state)
        self.labels_ = self.kmeans_.fit_predict(self.scaler_.transform(values))
        self.inertia_ = float(self.kmeans_.inertia_)
        self.cluster_centers_ = self.scaler_.inverse_transform(self.kmeans_.cluster_centers_)
        return self

    def predict(self, X: Any) -> npt.NDArray[np.int32]:
        """The nearest cluster of each row, 0 to n_clusters - 1."""
        check_is_fitted(self)
        values = validate_data(self, X, dtype=np.float64, reset=False)
        labels: npt.NDArray[np.int32] = self.kmeans_.predict(self.scaler_.transform(values))
        return labels

    def centers(self) -> pd.DataFrame:
        """The centres in original units: one row per cluster, one column per feature."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        index = pd.RangeIndex(self.n_clusters, name="cluster")
        return pd.DataFrame(self.cluster_centers_, index=index, columns=names)

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `cluster` added, from the features of the fit by name."""
        check_is_fitted(self)
        check_columns(customers.columns, self.feature_names_in_)
        return customers.assign(cluster=self.predict(customers[list(self.feature_names_in_)]))
