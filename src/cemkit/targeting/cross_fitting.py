"""Trial: customers of an experiment in folds, and fits on those outside a fold."""

import dataclasses
from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from cemkit.arrays import Floats
from cemkit.targeting.ridge import BLOCK, SummedRidge

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Customers, each of whom got nothing (arm 0) or one of the offers (arms 1, 2, ...).

    Whatever is fitted sees the rows in the order they stand in. Ridge regression sees sums alone.
    """

    features: Floats
    outcome: Floats
    arm: Codes
    propensity: Floats  # shape (arms, rows)
    fold: Codes
    estimator: Any
    products: Floats | None = None  # of each fold and arm, for ridge regression

    @property
    def arms(self) -> range:
        """The arms, the control first."""
        return range(len(self.propensity))

    @property
    def folds(self) -> range:
        """The folds."""
        return range(int(self.fold.max()) + 1)

    def summed(self) -> "Trial":
        """The trial with its sums, where the estimator is fitted from them."""
        if not isinstance(self.estimator, SummedRidge):
            return self
        return dataclasses.replace(self, products=_products(self))

    def rows(self, without: Collection[int], arms: Collection[int] | None = None) -> Mask:
        """The rows outside these folds, of these arms or of all."""
        rows: Mask = ~np.isin(self.fold, list(without))
        return rows if arms is None else rows & np.isin(self.arm, list(arms))

    def fitted(
        self,
        without: Collection[int],
        arms: Collection[int] | None = None,
        outcome: Floats | None = None,
    ) -> Any:
        """The estimator fitted on those rows, of the outcome or of another one."""
        if self.products is not None:
            return SummedRidge().fit_products(self._sums(self.products, without, arms, outcome))
        rows = self.rows(without, arms)
        y = self.outcome if outcome is None else outcome
        return clone(self.estimator).fit(self.features[rows], y[rows])

    def _sums(
        self,
        products: Floats,
        without: Collection[int],
        arms: Collection[int] | None,
        outcome: Floats | None,
    ) -> Floats:
        folds = [fold for fold in self.folds if fold not in without]
        cells = products[folds][:, list(self.arms if arms is None else arms)]
        sums: Floats = cells.sum(axis=(0, 1))
        if outcome is not None:
            y = np.where(self.rows(without, arms), outcome, 0.0)
            cross = np.concatenate([[y.sum()], y @ self.features, [y @ y]])
            sums[-1], sums[:, -1] = cross, cross
        return sums


def _products(trial: Trial) -> Floats:
    """The products of a constant, the features and the outcome in each fold and arm."""
    n_arms, size = len(trial.arms), trial.features.shape[1] + 2
    products = np.zeros((len(trial.folds) * n_arms, size, size))
    cell = trial.fold * n_arms + trial.arm
    for start in range(0, len(cell), BLOCK):
        part = slice(start, start + BLOCK)
        ones = np.ones(len(cell[part]))
        table = np.column_stack([ones, trial.features[part], trial.outcome[part]])
        for number in range(len(products)):
            rows = table[cell[part] == number]
            products[number] += rows.T @ rows
    return products.reshape(len(trial.folds), n_arms, size, size)
