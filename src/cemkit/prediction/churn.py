"""Churn: labels from a window after `as_of`, features from before it, and a logistic model."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from cemkit.checks import (
    align_outcome,
    by_customer,
    check_as_of,
    check_fraction,
    check_integer,
    check_number,
)
from cemkit.data.customers import summarize_customers
from cemkit.errors import DataError, NotEnoughDataError


def label_churn(
    orders: pd.DataFrame, as_of: str | dt.date | pd.Timestamp, window_days: int
) -> pd.Series:
    """Who bought nothing in the `window_days` after `as_of`, of those who had bought before.

    Args:
        orders: `customer_id, order_date, amount`, reaching past the end of the window.
        as_of: The last day that counts as the past.
        window_days: Length of the outcome window, `as_of < date <= as_of + window_days`.

    Returns:
        `churned`, 1 or 0, on the sorted index `customer_id` of everyone who bought up to `as_of`.

    Raises:
        DataError: The window ends after the last order, or `as_of` lies before the first.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> label_churn(orders, as_of="2024-01-31", window_days=90).to_dict()
        {'ann': 0, 'bob': 1}
    """
    start = check_as_of(as_of)
    end = start + pd.Timedelta(days=check_integer(window_days, "window_days", minimum=1))
    customers = summarize_customers(orders, start).index
    last = orders["order_date"].max()
    if end > last:
        raise DataError(
            f"the window ends on {end:%Y-%m-%d}, after the last order on {last:%Y-%m-%d}; "
            "who buys later would count as churned; choose an earlier as_of or a shorter window"
        )
    day = orders["order_date"].dt.normalize()
    bought = orders.loc[(day > start) & (day <= end) & (orders["amount"] >= 0), "customer_id"]
    return pd.Series((~customers.isin(bought)).astype("int64"), index=customers, name="churned")


def churn_features(
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    windows: Sequence[int] = (30, 90, 365),
) -> pd.DataFrame:
    """What is known of each customer on `as_of`; nothing after that day is looked at.

    Args:
        orders: `customer_id, order_date, amount` and, where present, `order_id`.
        as_of: The last day seen.
        windows: Lengths in days of the windows up to `as_of` in which orders are counted.

    Returns:
        On the sorted index `customer_id`: `recency_days, tenure_days, order_count, total_amount,
        mean_amount`, and for each window `order_days_<days>` (days with a purchase) and
        `amount_<days>` (net amount).

    Raises:
        DataError: `as_of` lies before the first order.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> churn_features(orders, "2024-03-31", windows=[60])[["recency_days", "amount_60"]]
                     recency_days  amount_60
        customer_id
        ann                    30       30.0
        bob                    86        0.0
    """
    end = check_as_of(as_of)
    customers = summarize_customers(orders, end)
    features = customers[
        ["recency_days", "tenure_days", "order_count", "total_amount", "mean_amount"]
    ]
    age = (end - orders["order_date"].dt.normalize()).dt.days
    for window in windows:
        days = check_integer(window, "windows", minimum=1)
        recent = orders.loc[(age >= 0) & (age < days)]
        counted = _window_sums(recent, customers.index)
        features = features.join(counted.add_suffix(f"_{days}"))
    return features


def _window_sums(recent: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    bought = recent[recent["amount"] >= 0]
    days = bought.assign(day=bought["order_date"].dt.normalize())
    days = days.drop_duplicates(["customer_id", "day"])
    sums = pd.DataFrame(
        {
            "order_days": days.groupby("customer_id").size(),
            "amount": recent.groupby("customer_id")["amount"].sum(),
        }
    ).reindex(customers)
    return sums.fillna(0).astype({"order_days": "int64"})  # nothing in the window is a count of 0


class ChurnModel(ClassifierMixin, BaseEstimator):
    """The probability of churn by logistic regression.

    Features are scaled to standard deviation 1 first, so that the penalty weighs them alike.

    Args:
        penalty: Strength of the squared penalty on the coefficients; 0 for none. The objective is
            the negative log-likelihood + penalty / 2 * sum of squared coefficients.
        scale: Whether to scale the features.
        threshold: `predict` answers 1 where the probability lies strictly above it.
        class_weight: As in scikit-learn: None, `"balanced"`, or a weight per class.

    Attributes:
        classes_: The two outcomes, in order; the probability is that of the second.
        coefficients_: Shape (n_features,), log-odds per standard deviation where scaled, else per
            unit.
        intercept_: The log-odds where every (scaled) feature is 0.
        n_features_in_: Number of features.
        feature_names_in_: Their names, where the fit saw a DataFrame.

    Examples:
        >>> features = pd.DataFrame({"recency_days": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8]})
        >>> churned = pd.Series([1, 0, 0, 0, 1, 0, 0, 0, 1, 0], name="churned")
        >>> model = ChurnModel().fit(features, churned)
        >>> model.predict(pd.DataFrame({"recency_days": [4, 50]})).tolist()
        [0, 1]
    """

    def __init__(
        self,
        *,
        penalty: float = 1.0,
        scale: bool = True,
        threshold: float = 0.5,
        class_weight: str | dict[Any, float] | None = None,
    ) -> None:
        self.penalty = penalty
        self.scale = scale
        self.threshold = threshold
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Estimate the coefficients.

        Args:
            X: Numeric features, one row per customer, none missing.
            y: The outcome, two values. Where X and y both carry an index they must hold the same
                ids, and y is brought into the order of X.

        Raises:
            DataError: X and y hold different ids, or an id occurs twice.
            NotEnoughDataError: The outcome has one value only.
            ValueError: Values are missing or infinite, or the outcome has more than two values.
        """
        check_number(self.penalty, "penalty", minimum=0)
        check_fraction(self.threshold, "threshold")
        X = _on_customer_index(X)
        if isinstance(X, pd.DataFrame) and isinstance(y, pd.Series):
            y = align_outcome(X, y)
        values, outcome = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(outcome)
        self.classes_ = np.unique(outcome)
        if len(self.classes_) < 2:
            raise NotEnoughDataError(
                "classes in the outcome",
                have=len(self.classes_),
                need=2,
                hint=f"all {len(outcome)} customers have {self.classes_[0]} (one class only)",
            )
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The outcome has the values "
                f"{self.classes_.tolist()}"
            )
        self.scaler_ = StandardScaler(with_mean=self.scale, with_std=self.scale).fit(values)
        self.logistic_ = LogisticRegression(
            C=1 / self.penalty if self.penalty > 0 else np.inf,
            class_weight=self.class_weight,
            max_iter=1000,
        ).fit(self.scaler_.transform(values), outcome)
        self.coefficients_ = self.logistic_.coef_[0]
        self.intercept_ = float(self.logistic_.intercept_[0])
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """The probabilities of the two `classes_`, shape (n, 2); rows sum to 1."""
        check_is_fitted(self)
        values = validate_data(self, _on_customer_index(X), dtype=np.float64, reset=False)
        probabilities: npt.NDArray[np.float64] = self.logistic_.predict_proba(
            self.scaler_.transform(values)
        )
        return probabilities

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The second class where its probability lies strictly above `threshold`."""
        fires = self.predict_proba(X)[:, 1] > self.threshold
        predicted: npt.NDArray[Any] = self.classes_[fires.astype(np.intp)]
        return predicted

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `churn_probability` added, from the features of the fit by name."""
        check_is_fitted(self)
        features = customers[list(self.feature_names_in_)]
        return customers.assign(churn_probability=self.predict_proba(features)[:, 1])


def _on_customer_index(X: Any) -> Any:
    if isinstance(X, pd.DataFrame) and "customer_id" in X.columns:
        return by_customer(X, "X")
    return X
