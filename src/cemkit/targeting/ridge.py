"""SummedRidge: ridge regression from sums over blocks of rows, its penalty chosen by the data."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from cemkit.arrays import Floats

BLOCK = 65_536  # rows, so that no copy of all of them is made
PENALTIES = np.logspace(-6, 2, 17)  # per row, of features of standard deviation 1
CONSTANT = 1e-10  # a standard deviation below this share of the mean is rounding
NONE = 1e-12  # of the largest eigenvalue: a direction in which nothing varies


class SummedRidge(RegressorMixin, BaseEstimator):
    """Ridge regression on scaled features, of the least generalised cross-validation error.

    That error is RSS / (n - trace of the hat matrix)^2, from the sums alone (Golub, Heath, Wahba
    1979, Technometrics 21).
    """

    def fit(self, X: Floats, y: Floats) -> Self:
        """Estimate `coefficients_` and `intercept_`, in the units of the features."""
        center, mean = X.mean(axis=0), float(y.mean())
        gram, cross = np.zeros((X.shape[1], X.shape[1])), np.zeros(X.shape[1])
        square = 0.0
        for start in range(0, len(y), BLOCK):
            block = X[start : start + BLOCK] - center
            rest = y[start : start + BLOCK] - mean
            gram += block.T @ block
            cross += block.T @ rest
            square += float(rest @ rest)
        scale = np.sqrt(np.diag(gram) / len(y))
        scale[scale <= CONSTANT * np.abs(center)] = np.inf
        slopes = _slopes(gram / np.outer(scale, scale), cross / scale, square, len(y))
        self.coefficients_ = slopes / scale
        self.intercept_ = mean - float(center @ self.coefficients_)
        return self

    def predict(self, X: Floats) -> Floats:
        """The expected outcome of each row."""
        predicted: Floats = X @ self.coefficients_ + self.intercept_
        return predicted

    @classmethod
    def of(cls, state: dict[str, Any]) -> Self:
        """The fit with these coefficients and this intercept."""
        model = cls()
        model.coefficients_, model.intercept_ = state["coefficients"], state["intercept"]
        return model


def _slopes(gram: Floats, cross: Floats, square: float, n: int) -> Floats:
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
