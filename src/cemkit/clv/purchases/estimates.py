"""Estimates: what every model fitted by maximum likelihood has, however it got there."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_positive, left_out_series
from cemkit.clv.purchases.ends import without_open_ends
from cemkit.clv.purchases.fitting import Derivatives, Maximum
from cemkit.clv.purchases.identification import warn_of_unknown
from cemkit.clv.purchases.likelihoods import RowDerivatives
from cemkit.described import Described, left_out_text
from cemkit.errors import DataError
from cemkit.proportions.intervals import critical_value
from cemkit.storage.fields import many, named, number, numbers, optional, record, text
from cemkit.storage.text import Layout, from_text, to_text

LARGEST_LOG = 300.0  # of a parameter whose square must be a float
LARGEST_SHAPE_LOG = 12.0  # beyond, all customers are alike; no fit without covariates goes there
LARGEST_UNIT_LOG = 50.0  # of a parameter in days or money
LARGEST_ERROR = 1e300
FIT = {
    "covariance": numbers(
        "parameters",
        "parameters",
        minimum=-LARGEST_ERROR,
        maximum=LARGEST_ERROR,
        missing=True,
    ),
    "log_likelihood": number(),
    "n_customers": number(above=0),
    "left_out": named(number(0)),
}
LAYOUT: Layout = Layout(
    1,
    {
        "covariates": optional(many(text, distinct=True)),
        "covariate_levels": named(optional(many(text, least=2, distinct=True))),
        "params": named(number(-np.exp(LARGEST_LOG), np.exp(LARGEST_LOG))),
        "fit": optional(record(FIT)),
    },
)


class MaximumLikelihoodModel(Described):
    """Parameters with their errors, as a summary and as JSON.

    Attributes:
        params_: One value per parameter.
        standard_errors_: Their standard errors, from the observed information; missing for a
            parameter that the data do not identify.
        covariance_: Their covariance matrix, symmetric.
        log_likelihood_: At the maximum.
        aic_: 2 k - 2 log-likelihood, for k parameters.
        bic_: k log(n_customers_) - 2 log-likelihood.
        n_customers_: How many were fitted: the sum of the weights.
        left_out_: How many rows the fit left out, by reason.

    Examples:
        >>> from cemkit import GammaGammaModel
        >>> model = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)
        >>> isinstance(model, MaximumLikelihoodModel)
        True
    """

    parameter_names: ClassVar[tuple[str, ...]]
    _layout: ClassVar[Layout] = LAYOUT
    _drawn = False  # whether its parameters are a draw from the errors of a fit

    params_: pd.Series
    covariance_: pd.DataFrame
    standard_errors_: pd.Series
    log_likelihood_: float
    aic_: float
    bic_: float
    n_customers_: float
    left_out_: pd.Series

    @classmethod
    def from_parameters(cls, **parameters: float) -> Self:
        """Return a model with given parameters, ready to predict but without standard errors.

        Args:
            **parameters: Value above 0 of each of `parameter_names`, with time in days.

        Raises:
            TypeError: A parameter is missing, or does not belong to this model.
            ValueError: A parameter is not above 0.
        """
        if set(parameters) != set(cls.parameter_names):
            raise TypeError(
                f"{cls.__name__} takes the parameters {', '.join(cls.parameter_names)}, "
                f"not {', '.join(parameters) or 'none'}"
            )
        model = cls()
        values = {name: check_positive(parameters[name], name) for name in cls.parameter_names}
        model.params_ = pd.Series(values)
        return model

    def summary(self, confidence_level: float = 0.95) -> pd.DataFrame:
        """Return one row per parameter, with its interval.

        Args:
            confidence_level: Confidence level of the intervals, as a fraction. Intervals are normal
                on the log scale for positive parameters, and on the original scale for coefficients
                of covariates.

        Returns:
            One row per parameter: `estimate, standard_error, lower, upper`, and `identified`. It is
            False where the data do not identify the parameter, because its interval would reach 0
            or infinity, or be too wide to be useful. Such a parameter has an estimate, which
            predictions use, but no standard error and no interval.

        Raises:
            NotFittedError: The model was not fitted to data, so it has no standard errors.
        """
        self._check_errors()
        z = critical_value(check_fraction(confidence_level, "confidence_level"))
        positive = self.params_.index.isin(self.parameter_names)
        wide = z * self.standard_errors_
        with np.errstate(over="ignore"):  # a bound at infinity
            ratio = np.exp(np.where(positive, wide / self.params_, 0.0))
        return pd.DataFrame(
            {
                "estimate": self.params_,
                "standard_error": self.standard_errors_,
                "lower": (self.params_ / ratio).where(positive, self.params_ - wide),
                "upper": (self.params_ * ratio).where(positive, self.params_ + wide),
                "identified": self.standard_errors_.notna(),
            }
        )

    def to_json(self) -> str:
        """Return the fitted model as JSON text: parameters, covariance and likelihood.

        Raises:
            DataError: A number in it is infinite or too large to save.
        """
        check_is_fitted(self, "params_")
        params: dict[str, float] = {str(name): value for name, value in self.params_.items()}
        check_parameters(params, self._largest_logs(), self._coordinates())
        covariates = getattr(self, "covariates", None)
        state: dict[str, Any] = {
            "covariates": None if covariates is None else list(covariates),
            "covariate_levels": self._covariate_levels(),
            "params": params,
            "fit": None,
            **self._further_state(),
        }
        if hasattr(self, "covariance_"):
            # JSON has no NaN: errors that are not known are null.
            covariance = self.covariance_.astype(object).where(self.covariance_.notna(), None)
            state["fit"] = {
                "covariance": covariance.to_numpy().tolist(),
                "log_likelihood": self.log_likelihood_,
                "n_customers": self.n_customers_,
                "left_out": self.left_out_.to_dict(),
            }
        return to_text(self, self._layout, state)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the model saved by `to_json`.

        Raises:
            DataError: The text is not a saved model of this class, or is damaged.
        """
        with from_text(cls, text, cls._layout) as state:
            return cls._restored(state)

    @classmethod
    def _restored(cls, state: dict[str, Any]) -> Self:
        levels, covariates = state["covariate_levels"], state["covariates"]
        if list(levels) != (covariates or []):
            raise DataError(f"its levels are of {list(levels)}, its covariates {covariates}")
        model = cls() if covariates is None else cls(covariates=covariates)
        model._set_covariate_levels(levels)
        model._set_further_state(state)
        check_parameters(state["params"], model._largest_logs(), model._coordinates())
        model.params_ = pd.Series(state["params"], dtype=np.float64)
        if state["fit"] is not None:
            check_covariance(state["fit"]["covariance"], len(model.params_))
            model.left_out_ = left_out_series(state["fit"].pop("left_out"))
            model._set_errors(**state["fit"])
        return model

    def _facts(self) -> dict[str, Any]:
        if not hasattr(self, "covariance_"):  # made from parameters
            return {"table": self.params_.rename("estimate").to_frame()}
        return {
            "customers": self.n_customers_,
            "left_out": left_out_text(self.left_out_),
            "log_likelihood": self.log_likelihood_,
            "not_identified": tuple(self._not_identified()) or "none",
            "confidence_level": 0.95,
            "table": self.summary()[["estimate", "lower", "upper"]].rename_axis("parameter"),
        }

    def _not_identified(self) -> list[str]:
        """Parameters that the fit did not identify; none of a model made from parameters."""
        if not hasattr(self, "standard_errors_"):
            return []
        return [str(name) for name in self.standard_errors_.index[self.standard_errors_.isna()]]

    def _check_errors(self) -> None:
        check_is_fitted(self, "params_")
        check_is_fitted(
            self,
            "covariance_",
            msg="this %(name)s was made from parameters and has no errors: fit it to customers",
        )

    def _further_state(self) -> dict[str, Any]:
        """What a kind of model has besides."""
        return {}

    def _set_further_state(self, state: dict[str, Any]) -> None:
        """Take what a text holds of it."""

    def _covariate_levels(self) -> dict[str, list[str] | None]:
        return {}

    def _set_covariate_levels(self, levels: dict[str, list[str] | None]) -> None:
        """Take the levels that a text holds; a model without covariates has none."""

    def _coordinates(self) -> list[str]:
        """Names of the parameters and of the coefficients, in the order of `params_`."""
        return list(self.parameter_names)

    def _largest_logs(self) -> dict[str, float]:
        """How far from 0 the logarithm of each parameter may lie in a saved model."""
        return dict.fromkeys(self.parameter_names, LARGEST_SHAPE_LOG)

    def _take(self, fitted: Self) -> Self:
        """Take over all that a copy has learnt, at once: an interrupted fit changes nothing."""
        self.__dict__.update(fitted.__dict__)
        return self

    def _set_estimates(
        self,
        best: Maximum,
        names: list[str],
        units: Floats,
        log_likelihood: float,
        n: float,
        *,
        shift: Floats | None = None,
    ) -> None:
        """Take a maximum in log-parameters (and coefficients) to parameters in their units."""
        positive = np.isin(names, self.parameter_names)
        fitted = best = best.without_wide(positive)
        if shift is not None:
            best = best.moved(shift)
            _check_range(best.point[positive], np.array(names)[positive])
        values = np.where(positive, np.exp(np.where(positive, best.point, 0)), best.point) * units
        # Parameters first, then the coefficients of covariates.
        order = np.argsort(~positive, kind="stable")
        self.params_ = pd.Series(values, index=names).iloc[order]
        per_coordinate = np.where(positive, values, units)
        covariance = best.covariance * np.outer(per_coordinate, per_coordinate)
        self._set_errors(covariance[np.ix_(order, order)], log_likelihood, n)
        warn_of_unknown(fitted, best.unknown, names)

    def _set_errors(self, covariance: Floats, log_likelihood: float, n_customers: float) -> None:
        names = self.params_.index
        self.covariance_ = pd.DataFrame(covariance, index=names, columns=names)
        self.standard_errors_ = pd.Series(np.sqrt(np.diag(covariance)), index=names)
        self.log_likelihood_ = float(log_likelihood)
        self.aic_ = 2 * len(names) - 2 * self.log_likelihood_
        self.bic_ = float(np.log(n_customers)) * len(names) - 2 * self.log_likelihood_
        self.n_customers_ = float(n_customers)


def check_parameters(
    params: dict[str, float], largest_logs: dict[str, float], names: Sequence[str]
) -> None:
    """Raise unless these are the parameters of a saved model, in their order and range."""
    if list(params) != list(names):
        raise DataError(f"its params are {list(params)}; this model has {list(names)}")
    for name, largest in largest_logs.items():
        if params[name] <= 0 or abs(np.log(params[name])) > largest:
            raise DataError(
                f"{name} must be above 0, from e^-{largest:g} to e^{largest:g}, not "
                f"{params[name]:g}"
            )


def check_covariance(covariance: Floats, size: int) -> None:
    """Raise unless an array can be a covariance, with NaN for what is unknown."""
    if len(covariance) != size:
        raise DataError(f"its covariance has {len(covariance)} parameters, not {size}")
    variances = np.diag(covariance)
    unknown = np.isnan(variances)
    if (variances <= 0).any():
        raise DataError(f"variances must be above 0, not {np.nanmin(variances):g}")
    if not np.array_equal(np.isnan(covariance), unknown[:, None] | unknown):
        raise DataError("its covariance must be null where a variance is, and nowhere else")
    errors = np.sqrt(variances[~unknown])
    known = covariance[np.ix_(~unknown, ~unknown)] / errors / errors[:, None]
    if np.abs(known - known.T).max(initial=0) > 1e-6 or np.abs(known).max(initial=0) > 1 + 1e-6:
        raise DataError("its covariance is not symmetric, or has correlations beyond 1")


def total_derivatives(
    rows: RowDerivatives, designs: Sequence[Floats], counts: Floats
) -> Derivatives:
    """The sum over all customers, in the coordinates of the fit."""
    value = float(rows.value @ counts)
    if all(design.shape[1] == 1 for design in designs):
        return value, rows.gradient @ counts, rows.hessian @ counts
    slopes, curves = rows.gradient * counts, rows.hessian * counts
    gradient = [design.T @ slope for design, slope in zip(designs, slopes, strict=True)]
    hessian = [
        [left.T @ (curve[:, None] * right) for right, curve in zip(designs, line, strict=True)]
        for left, line in zip(designs, curves, strict=True)
    ]
    return value, np.concatenate(gradient), np.block(hessian)


def fit_rows(
    rows: Callable[[list[Floats], slice], RowDerivatives],
    counts: Floats,
    start: Sequence[float],
    chunk: int = 65_536,
    designs: Sequence[Floats] | None = None,
) -> Maximum:
    """The maximum over positive parameters, the same for every row or shifted by its covariates.

    With the designs of `design_matrices` the coordinates are those of `coordinate_names`.
    """
    designs = [np.ones((1, 1))] * len(start) if designs is None else designs
    sizes = [design.shape[1] for design in designs]
    logs = np.concatenate([np.arange(size) == 0 for size in sizes])
    first = np.zeros(len(logs))
    first[logs] = np.log(start)
    ends = np.cumsum(sizes)[:-1]

    def of_part(point: Floats, part: slice) -> Derivatives:
        here = [design[part] if design.shape[1] > 1 else design[:1] for design in designs]
        theta = [
            np.exp(design @ block if len(block) > 1 else block[0])
            for design, block in zip(here, np.split(point, ends), strict=True)
        ]
        if max(sizes) > 1:
            n = len(counts[part])
            here = [np.broadcast_to(design, (n, design.shape[1])) for design in here]
        return total_derivatives(rows(theta, part), here, counts[part])

    def derivatives(point: Floats) -> Derivatives:
        return in_chunks(lambda part: of_part(point, part), n_rows=len(counts), size=chunk)

    return without_open_ends(derivatives, first, logs)


def in_chunks(derivatives: Callable[[slice], Derivatives], n_rows: int, size: int) -> Derivatives:
    """The sum of derivatives over slices of the rows, so that memory stays small."""
    slices = [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]
    return functools.reduce(add_derivatives, map(derivatives, slices))


def add_derivatives(one: Derivatives, other: Derivatives) -> Derivatives:
    """The derivatives of a sum."""
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _check_range(logs: Floats, names: npt.NDArray[np.str_]) -> None:
    largest = int(np.abs(logs).argmax())
    if abs(logs[largest]) > LARGEST_LOG:
        raise DataError(
            f"{names[largest]} would be e^{logs[largest]:.0f} for a customer whose "
            "covariates are 0, which is too large or too small to compute with; measure "
            "the numeric covariates from a typical value, such as their mean"
        )
