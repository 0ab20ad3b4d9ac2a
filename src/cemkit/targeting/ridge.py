"""SummedRidge: ridge regression from sums of products, its penalty chosen by the data."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from cemkit.arrays import Floats

PENALTIES = np.logspace(-6, 2, 17)  # per row, of features of standard deviation 1
CONSTANT = 1e-10  # a standard deviation below this share of the mean is rounding
NONE = 1e-12  # of the largest eigenvalue: a direction in which nothing varies
BLOCK = 65_536  # rows that are copied at a time


class SummedRidge(RegressorMixin, BaseEstimator):
    """Ridge regression on scaled features, of the least generalised cross-validation error.

    That error is RSS / (n - trace of the hat matrix)^2, from the sums alone (Golub, Heath, Wahba
    1979, Technometrics 21).
    """

    def fit(self, X: Floats, y: Floats) -> Self:
        """Estimate `coefficients_` and `intercept_` from rows."""
        table = np.column_stack([np.ones(len(y)), X, y])
        return self.fit_products(table.T @ table)

    def fit_products(self, products: Floats) -> Self:
        """Estimate them from the products of a constant, the features and the outcome."""
        n, means = products[0, 0], products[0] / products[0, 0]
        centred = products - n * np.outer(means, means)
        scale = np.sqrt(np.maximum(np.diag(centred)[1:-1], 0.0) / n)
        scale[scale <= CONSTANT * np.abs(means[1:-1])] = np.inf
        gram = centred[1:-1, 1:-1] / np.outer(scale, scale)
        slopes = _slopes(gram, centred[1:-1, -1] / scale, centred[-1, -1], n)
        self.coefficients_ = slopes / scale
        self.intercept_ = float(means[-1] - means[1:-1] @ self.coefficients_)
        return self

    def predict(self, X: Floats) -> Floats:
        """The expected outcome of each row."""
        predicted: Floats = X @ self.coefficients_ + self.intercept_
        return predicted

    @classmethod
    def of(cls, coefficients: Floats, intercept: float) -> Self:
        """The fit with these coefficients and this intercept."""
        model = cls()
        model.coefficients_, model.intercept_ = coefficients, intercept
        return model

    def in_units(self, center: Floats, scale: Floats) -> Any:
        """The same fit for features of which this center was subtracted, divided by this scale."""
        slopes = self.coefficients_ / scale
        return SummedRidge.of(slopes, self.intercept_ - float(center @ slopes))


def standardise(features: Floats) -> tuple[Floats, Floats]:
    """Center and scale features in place; return what was subtracted and divided by."""
    center = features.mean(axis=0)
    squares = np.zeros(len(center))
    for start in range(0, len(features), BLOCK):
        block = features[start : start + BLOCK]
        block -= center
        squares += np.einsum("ij,ij->j", block, block)
    scale = np.sqrt(squares / len(features))
    scale[scale <= CONSTANT * np.abs(center)] = np.inf  # a constant becomes 0
    features /= scale
    return center, scale


def _slopes(gram: Floats, cross: Floats, square: float, n: float) -> Floats:
    """The slopes of scaled features, shrunk as far as predicts rows left out best."""
    values, vectors = np.linalg.eigh(gram)
    varies = values > NONE * max(values.max(initial=0.0), np.finfo(float).tiny)
    values, vectors = values[varies], vectors[:, varies]
    along = vectors.T @ cross
    unexplained = max(square - float((along**2 / values).sum()), 0.0)
    left = n * PENALTIES[:, None] / (values + n * PENALTIES[:, None])  # of each direction
    residual = unexplained + (left**2 * along**2 / values).sum(axis=1)
    freedom = n - 1 - len(values) + left.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(freedom > 0, residual / freedom**2, np.inf)
    penalty = n * PENALTIES[len(PENALTIES) - 1 - int(error[::-1].argmin())]
    slopes: Floats = vectors @ (along / (values + penalty))
    return slopes
