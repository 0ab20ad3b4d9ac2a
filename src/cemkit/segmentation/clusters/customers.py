"""CustomerClusters: clusters found on scaled features and read in the original units."""

import dataclasses
import warnings
from collections.abc import Collection, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import ClusterMixin
from sklearn.metrics import pairwise_distances_argmin
from sklearn.utils.validation import check_is_fitted, validate_data

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_choice,
    check_columns,
    check_frame,
    check_integer,
    check_random_state,
    warn_of_constants,
)
from cemkit.checks.options import shown
from cemkit.data.encoding import FeatureEncoding, takes_names
from cemkit.data.score_columns import ScoreColumns
from cemkit.data.sensitive import check_sensitive
from cemkit.described import Described, left_out_text
from cemkit.errors import CemkitWarning
from cemkit.formats import count_text
from cemkit.segmentation.clusters.choice import check_seed, found_groups
from cemkit.segmentation.clusters.criteria import cluster_means
from cemkit.segmentation.clusters.description import (
    ClusterRules,
    cluster_names,
    describe_centers,
    find_rules,
)
from cemkit.segmentation.clusters.partitions import (
    Labels,
    check_distinct,
    gaussian_mixture,
    kmeans,
    ward,
)
from cemkit.segmentation.clusters.saved_clusters import clusters_from_json, clusters_to_json
from cemkit.segmentation.clusters.scaling import FeatureScaler
from cemkit.segmentation.clusters.separation import ClusterSeparation, separation_of
from cemkit.segmentation.profiles import describe_groups

MOST_SAMPLED = 50_000
METHODS = ["kmeans", "gaussian_mixture", "ward"]


class CustomerClusters(ClusterMixin, Described):
    """Clusters of similar customers, on features scaled to mean 0 and standard deviation 1.

    It takes the customer table as it is. Each category becomes an indicator, and missing numbers
    count as the mean. Columns that cannot describe new customers are left out and listed in
    `ignored_columns_`:

    - dates (turn them into days before `as_of` to use them),
    - identifiers and free text: text of which at least 95 % of the values differ, and distinct
      whole numbers whose name ends in `id`,
    - text with too many levels (group them to use them),
    - columns without a value.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have a missing
    cluster.

    Args:
        n_clusters: Number of clusters, or `"auto"` for the number that `choose_k` finds. With
            `"auto"`, `"kmeans"` and `"gaussian_mixture"` start at the centres found. If `choose_k`
            finds one cluster, all customers are in it, and a warning says so. Give a number to cut
            such customers into groups anyway.
        method: `"kmeans"`, `"gaussian_mixture"` (for groups of different shape and spread), or
            `"ward"` (hierarchical, for at most 20,000 customers).
        features: Names of the columns to use. None uses all of them.
        skew: `"log"` clusters on log(1 + x), for counts and amounts with a long right tail. None
            uses the values as they are.
        random_state: Seed of the random numbers. With the same row order and seed the clusters are
            the same on each run.
        allow_sensitive: Sensitive columns, such as `age` or `gender`, that may be used as features.

    Attributes:
        n_clusters_: Number of clusters.
        cluster_centers_: Centres in the original units, of shape (n_clusters_, n_terms): the mean
            of each feature or indicator. With `skew="log"` they are back-transformed means of
            logarithms.
        labels_: Cluster of each row of the fit, 0 to n_clusters_ - 1.
        inertia_: Sum of squared distances to the centres, in scaled units.
        kmeans_: The fitted scikit-learn KMeans, in scaled units (`"kmeans"`).
        mixture_: The fitted scikit-learn GaussianMixture, in scaled units (`"gaussian_mixture"`).
        scaler_: Transformation of features to scaled units and back.
        encoding_: Encoding of features as terms (numbers and indicators).
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: Number of customers left out of the fit, by reason.
        n_features_in_: Number of features used.
        feature_names_in_: Names of the features, when fitted on a DataFrame.

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
        self,
        n_clusters: int | Literal["auto"] = "auto",
        *,
        method: Literal["kmeans", "gaussian_mixture", "ward"] = "kmeans",
        features: Sequence[str] | None = None,
        skew: Literal["log"] | None = None,
        random_state: int | None = 0,
        allow_sensitive: Collection[str] = (),
    ) -> None:
        self.n_clusters = n_clusters
        self.method = method
        self.features = features
        self.skew = skew
        self.random_state = random_state
        self.allow_sensitive = allow_sensitive

    def fit(self, X: Any, y: object = None) -> Self:
        """Find the clusters.

        Args:
            X: Features, one row per customer. `customer_id` may be the index or a column and is not
                used as a feature. An array must hold numbers without missing values.
            y: Ignored.

        Returns:
            The fitted object itself.

        Raises:
            NotEnoughDataError: There are fewer customers, or fewer distinct ones, than clusters.
            DataError: A sensitive column is among the features, text holds numbers, values are
                below 0 with `skew="log"`, or there are too many rows for `"ward"`.
            ValueError: Values are infinite, or missing in an array, or `n_clusters` is below 1.

        Warns:
            CemkitWarning: A feature has the same value for every customer, a column has too many
                levels or no value, or `n_clusters="auto"` finds one cluster among customers who
                differ.
        """
        fresh = type(self)(**self.get_params(deep=False))
        fresh._learn(X)
        kept = {name: value for name, value in vars(self).items() if not name.endswith("_")}
        # At once and at the end: a fit that is refused or interrupted leaves the model as it was.
        self.__dict__ = kept | vars(fresh)
        return self

    def predict(self, X: Any) -> Labels:
        """Return the cluster of each row, from 0 to n_clusters_ - 1.

        This is the cluster with the nearest centre, or the most probable component of a mixture.
        """
        check_is_fitted(self)
        rows = self._rows(X)
        return np.asarray(rows.spread(self._labels(self._matrix(rows.table))))

    def centers(self) -> pd.DataFrame:
        """Return the centres in original units: one row per cluster, one column per term."""
        check_is_fitted(self)
        index = pd.RangeIndex(self.n_clusters_, name="cluster")
        return pd.DataFrame(self.cluster_centers_, index=index, columns=self.encoding_.terms)

    @property
    def ignored_columns_(self) -> dict[str, str]:
        """Columns left out of the fit, each with its reason."""
        return dict(self.encoding_.ignored)

    def _facts(self) -> dict[str, Any]:
        table, sizes = self.centers().reset_index(), {}
        if hasattr(self, "labels_"):  # a model read from JSON has none
            known = self.labels_[~np.isnan(self.labels_)].astype(np.int64)
            table.insert(1, "customers", np.bincount(known, minlength=self.n_clusters_))
            sizes = {"customers": len(known)}
        return {
            **sizes,
            "left_out": left_out_text(self.left_out_),
            "n_clusters": self.n_clusters_,
            "features": tuple(self.encoding_.columns),
            "ignored_columns": tuple(self.ignored_columns_) or "none",
            "table": table,
        }

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the column `cluster` added; features are found by name."""
        rows, terms = self._terms(customers)
        return rows.added({"cluster": self._labels(terms.to_numpy())})

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        return ScoreColumns(self.encoding_.reads(), {"cluster": "whole"})

    def profile(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Describe and name each cluster.

        Args:
            customers: Table with the features of the fit, for the same or other customers.

        Returns:
            One row per cluster with

            - `name`, from the features in which its centre differs from the mean: half a standard
              deviation is high or low, two are very high or very low. It is the same for any
              customers.
            - `description`, the same with numbers of these customers.
            - `customers` and their `share`; `revenue_share` where `total_amount` is a feature.
            - the median and mean of each feature.
        """
        _, table = self._terms(customers)
        order = pd.RangeIndex(self.n_clusters_, name="cluster")
        groups = pd.Series(self._labels(table.to_numpy()), index=table.index)
        profile = describe_groups(table, groups, order)
        means = profile[[f"mean_{name}" for name in table.columns]].to_numpy()
        names = cluster_names(self._centers, self.cluster_centers_, list(table.columns))
        profile.insert(0, "name", names)
        profile.insert(1, "description", describe_centers(self._centers, means, table.mean()))
        return profile

    def rules(self, customers: pd.DataFrame, max_depth: int = 3) -> ClusterRules:
        """Approximate the clusters by simple rules, and measure how often the rules are right.

        Args:
            customers: Table with the features of the fit.
            max_depth: Largest number of conditions per rule. Fewer are easier to remember but less
                accurate.

        Returns:
            A `ClusterRules`, whose table has one row per rule.
        """
        check_integer(max_depth, "max_depth", minimum=1)
        _, table = self._terms(customers)
        return find_rules(table, self._labels(table.to_numpy()), max_depth)

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that assigns each customer to a cluster in the database.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id` and the features of the fit, one row per
                customer, with its schema where needed, as in `"shop.customers"`.

        Returns:
            A query that returns `customer_id` and `cluster`. Missing numbers and new categories
            count as in `add_to`. `cluster` is NULL

            - for customers who never ordered, if the fit used `order_count` and `recency_days` or
              left such customers out.
            - where `add_to` raises an error: for infinite numbers, and for values below 0 with
              `skew="log"`.

        Raises:
            TypeError: The fit was on an array, so the features have no names.
            ValueError: The dialect is unknown, or `table` is not a name.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.segmentation.clusters.sql_clusters import cluster_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        return cluster_query(self, table, dialect).sql(dialect)

    def separation(
        self, customers: pd.DataFrame, *, n_sampled: int = 5000, random_state: int = 0
    ) -> ClusterSeparation:
        """Measure how well the clusters are separated, and map customers on two principal axes.

        Args:
            customers: Table with the features of the fit, for the same or other customers.
            n_sampled: Largest number of customers to compute silhouettes for, the same number from
                each cluster. The time grows with its square.
            random_state: Seed of the sample.

        Returns:
            A `ClusterSeparation`, which draws `silhouettes` and a `cluster_map`.

        Raises:
            NotEnoughDataError: Fewer than two clusters have a customer.
        """
        size = check_integer(n_sampled, "n_sampled", minimum=10, maximum=MOST_SAMPLED)
        _, table = self._terms(customers)
        values = table.to_numpy()
        scaled = pd.DataFrame(self.scaler_.scaled(values), table.index, table.columns)
        names = cluster_names(self._centers, self.cluster_centers_, list(table.columns))
        return separation_of(
            scaled,
            self._labels(values),
            pd.Series(names, pd.RangeIndex(self.n_clusters_)),
            max(size, self.n_clusters_),
            check_random_state(random_state),
        )

    def to_json(self) -> str:
        """Return parameters, scales and centres as JSON text, which `from_json` reads back exactly.

        `labels_` is not included, because it belongs to the rows of the fit.
        """
        check_is_fitted(self)
        return clusters_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return fitted clusters from the text of `to_json`.

        Raises:
            DataError: The text is not saved CustomerClusters.
        """
        model: Self = clusters_from_json(cls, text)
        return model

    def _rows(self, X: Any) -> Customers:
        """The customers who ordered, with the columns of `features` alone."""
        rows = Customers.of(X, "X")
        if self.features is None:
            return rows
        return dataclasses.replace(rows, table=_columns(rows.table, self.features))

    def _terms(self, customers: pd.DataFrame) -> tuple[Customers, pd.DataFrame]:
        """The customers who ordered, and their terms by name."""
        check_is_fitted(self)
        if not hasattr(self, "feature_names_in_"):
            raise TypeError("the fit was on an array; fit on a DataFrame to find features by name")
        check_columns(check_frame(customers, "customers").columns, self.encoding_.columns)
        rows = Customers.of(customers)
        terms = self.encoding_.matrix(rows.table, "F")
        return rows, pd.DataFrame(terms, index=rows.table.index, columns=self.encoding_.terms)

    def _matrix(self, X: Any) -> Floats:
        """The terms of features as the fit saw them."""
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            X = X.drop(columns=[name for name in self.encoding_.ignored if name in X])
            validate_data(self, X, skip_check_array=True, reset=False)
            return self.encoding_.matrix(X, "F")
        values = validate_data(self, X, dtype=np.float64, reset=False)
        return self.encoding_.matrix(pd.DataFrame(values, columns=self.encoding_.columns))

    def _labels(self, values: Floats) -> Labels:
        scaled = self.scaler_.scaled(values)
        if self.method == "kmeans":
            labels: Labels = self.kmeans_.predict(scaled)
        elif self.method == "gaussian_mixture":
            labels = self.mixture_.predict(scaled)
        else:
            labels = pairwise_distances_argmin(scaled, self._centers)
        return labels.astype(np.int32)

    def _fit_encoding(self, X: Any) -> Floats:
        if not takes_names(X):
            values = validate_data(self, X, dtype=np.float64)
            self.encoding_, values = FeatureEncoding.of_numbers(values)
            return values
        self.encoding_ = FeatureEncoding.of(X, every_level=True)
        check_sensitive(self.encoding_.columns, self.allow_sensitive)
        X = X[self.encoding_.columns]
        validate_data(self, X, skip_check_array=True)
        return self.encoding_.matrix(X, "F")

    def _learn(self, X: Any) -> None:
        """Set every fitted attribute of a model that has none yet."""
        check_choice(self.method, "method", METHODS)
        if self.skew is not None:
            check_choice(self.skew, "skew", ["log"])
        check_seed(self.random_state)
        rows = self._rows(X)
        values = self._fit_encoding(rows.table)
        self.left_out_ = rows.left_out()
        self.scaler_ = FeatureScaler(values, self.skew, self.encoding_.terms)
        scaled = self.scaler_.scaled(values)
        k, start = self._count(scaled)
        check_distinct(scaled, k)
        without_term = [name for name, own in self.encoding_.terms_of().items() if not own]
        same = dict.fromkeys(without_term, np.zeros(len(scaled)))
        warn_of_constants(dict(zip(self.encoding_.terms, scaled.T, strict=True)) | same)
        labels = self._partition(scaled, k, start)
        self.labels_ = np.asarray(rows.spread(labels))
        self.n_clusters_ = k
        self.inertia_ = self._inertia(scaled, labels)
        self.cluster_centers_ = self.scaler_.original(self._centers)

    def _count(self, scaled: Floats) -> tuple[int, Floats | None]:
        """The number of clusters, and the centres to start from where they were found."""
        if not isinstance(self.n_clusters, str) or self.n_clusters != "auto":
            return check_integer(self.n_clusters, "n_clusters", minimum=1), None
        centers = found_groups(scaled, self.random_state).centers
        if len(centers) == 1 and (scaled != scaled[0]).any():
            warnings.warn(
                "n_clusters='auto' finds no separate groups among "
                f"{count_text(len(scaled), 'customers')}, so all are in one cluster; to cut them "
                "into groups that are convenient, though not found, name a number, as in "
                "n_clusters=4 (choose_k suggests one)",
                CemkitWarning,
                stacklevel=4,
            )
        return len(centers), centers

    def _partition(self, scaled: Floats, k: int, start: Floats | None) -> Labels:
        if self.method == "kmeans":
            self.kmeans_ = kmeans(scaled, k, self.random_state, start)
            labels: Labels = self.kmeans_.labels_
            self._centers: Floats = self.kmeans_.cluster_centers_
        elif self.method == "gaussian_mixture":
            self.mixture_ = gaussian_mixture(scaled, k, self.random_state, start)
            labels = self.mixture_.predict(scaled)
            self._centers = self.mixture_.means_
        else:
            labels = ward(scaled, k)
            self._centers = cluster_means(scaled, labels)
        return labels.astype(np.int32)

    def _inertia(self, scaled: Floats, labels: Labels) -> float:
        if self.method == "kmeans":
            return float(self.kmeans_.inertia_)
        return float(np.square(scaled - self._centers[labels]).sum())


def _columns(X: Any, features: Sequence[str]) -> pd.DataFrame:
    if isinstance(features, str) or not isinstance(features, Collection):
        raise TypeError(f"features must be a list of column names, not {shown(features)}")
    if not len(features):
        raise ValueError("features must name at least one column; leave it None to use all")
    if not isinstance(X, pd.DataFrame):
        raise TypeError(f"features needs column names, so X must be a DataFrame, not {type(X)}")
    check_columns(X.columns, features)
    return X[list(features)]
