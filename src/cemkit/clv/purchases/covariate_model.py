"""CovariateModel: a model whose parameters covariates shift, in the logarithm."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.clv.purchases.covariates import (
    Covariates,
    Scale,
    check_told_apart,
    coordinate_names,
    design_matrices,
    origin_shift,
    shifted_parameter,
)
from cemkit.clv.purchases.estimates import (
    LARGEST_LOG,
    LARGEST_SHAPE_LOG,
    LARGEST_UNIT_LOG,
    MaximumLikelihoodModel,
    fit_rows,
)
from cemkit.clv.purchases.likelihoods import RowDerivatives
from cemkit.errors import ConvergenceError


@contextlib.contextmanager
def few_for_covariates(names: Sequence[str], counts: Floats, n_coordinates: int) -> Iterator[None]:
    """Say of a fit with covariates that failed what may have made it fail, and what to do."""
    try:
        yield
    except ConvergenceError as error:
        if not names:
            raise
        raise ConvergenceError(
            f"the fit of {n_coordinates} parameters and coefficients to "
            f"{counts.sum():,g} customers found no maximum of the likelihood: its "
            f"covariates ({', '.join(names)}) may perfectly predict some customers, or "
            "too few customers have the same values; use more customers, fewer "
            "covariates or broader categories, or covariates=None"
        ) from error


class CovariateModel(MaximumLikelihoodModel):
    """Parameters that are the same for all customers, or shifted by their covariates."""

    time_parameters: ClassVar[tuple[str, ...]] = ()
    # What a covariate's coefficient is called, the parameter it shifts, and in which direction.
    covariate_effects: ClassVar[dict[str, tuple[str, float]]]
    # The method that takes customers with covariates, where another takes none.
    asked_instead: ClassVar[str] = "expected_purchases"

    _covariates = Covariates()

    def _shifted(self, encoded: Floats) -> list[Floats]:
        """Each parameter: one number, or one per row of covariates that shift it."""
        theta = {name: np.asarray(self.params_[name]) for name in self.parameter_names}
        for effect, (parameter, sign) in self.covariate_effects.items():
            if self._covariates.names:
                of_effect = [f"{effect}:{name}" for name in self._covariates.names]
                shift = encoded @ self.params_[of_effect].to_numpy()
                largest = self._largest_log(parameter)
                theta[parameter] = shifted_parameter(
                    parameter, theta[parameter], sign * shift, largest, drawn=self._drawn
                )
        return list(theta.values())

    def _scale(
        self, encoded: Floats, counts: Floats, longest: float = 1.0
    ) -> tuple[Scale, Floats, Floats]:
        """The units of a fit, and the origin and unit of each encoded covariate in it."""
        names = self._covariates.names
        mean = counts @ encoded / counts.sum()
        origin = np.where(self._covariates.numeric, mean, 0.0)
        spread = np.abs(encoded - origin).max(axis=0, initial=0)
        of_covariate = dict(zip(names, spread.tolist(), strict=True))
        blocks = coordinate_names(self.parameter_names, self.covariate_effects, names)
        units = {
            name: self._unit(name, longest, of_covariate) for block in blocks for name in block
        }
        start = dict(zip(names, (origin / spread).tolist(), strict=True))
        shift = origin_shift(self.parameter_names, self.covariate_effects, start)
        return Scale(pd.Series(units), shift), origin, spread

    def _set_fit(
        self,
        rows: Callable[[list[Floats], slice], RowDerivatives],
        encoded: Floats,
        counts: Floats,
        start: Sequence[float],
        chunk: int = 65_536,
    ) -> None:
        """Maximize the likelihood of rows with these covariates, and take the estimates."""
        check_told_apart(encoded, counts, self._covariates.names)
        scale, origin, spread = self._scale(encoded, counts)
        designs = design_matrices(
            self.parameter_names, self.covariate_effects, (encoded - origin) / spread
        )
        plain = not self._covariates.names
        with few_for_covariates(self._covariates.names, counts, len(scale.units)):
            best = fit_rows(rows, counts, start, chunk, None if plain else designs)
        self._set_estimates(
            best,
            list(scale.units.index),
            scale.units.to_numpy(),
            best.log_likelihood,
            float(counts.sum()),
            shift=scale.shift,
        )

    def _unit(self, name: str, longest: float, spread: Mapping[str, float]) -> float:
        if name in self.time_parameters:
            return longest
        return 1 / spread[name.partition(":")[2]] if ":" in name else 1.0

    def _check_no_covariates(self, method: str) -> None:
        check_is_fitted(self, "params_")
        if self._covariates.names:
            names = ", ".join(self._covariates.names)
            raise ValueError(
                f"{method} needs a model without covariates, but this model has {names}; "
                f"call {self.asked_instead} with a table instead"
            )

    def _covariate_levels(self) -> dict[str, list[str] | None]:
        return dict(self._covariates.levels)

    def _set_covariate_levels(self, levels: dict[str, list[str] | None]) -> None:
        self._covariates = Covariates(levels)

    def _coordinates(self) -> list[str]:
        blocks = coordinate_names(
            self.parameter_names, self.covariate_effects, self._covariates.names
        )
        coefficients = [name for block in blocks for name in block[1:]]
        return [*self.parameter_names, *coefficients]

    def _largest_logs(self) -> dict[str, float]:
        shifted = {of for of, _ in self.covariate_effects.values() if self._covariates.names}
        return {
            name: LARGEST_LOG if name in shifted else self._largest_log(name)
            for name in self.parameter_names
        }

    def _largest_log(self, name: str) -> float:
        return LARGEST_UNIT_LOG if name in self.time_parameters else LARGEST_SHAPE_LOG
