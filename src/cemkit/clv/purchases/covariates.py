"""Covariates: what is known of customers beside their purchases, as columns of numbers."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_columns, check_frame, finite_values
from cemkit.checks.options import shown
from cemkit.data.score_columns import Read
from cemkit.errors import DataError
from cemkit.formats import count_text

SAME = 1e-10  # share of the variance, below which only rounding is left


@dataclasses.dataclass(frozen=True, slots=True)
class Covariates:
    """How columns of a customer table become numbers."""

    levels: Mapping[str, list[str] | None] = dataclasses.field(default_factory=dict)

    @classmethod
    def learn(cls, customers: pd.DataFrame, columns: Sequence[str] | None) -> Self:
        """The levels that a table has."""
        names = [] if columns is None else _checked_names(columns)
        check_columns(check_frame(customers, "customers").columns, names)
        return cls({name: _levels(customers[name]) for name in names})

    @property
    def numeric(self) -> npt.NDArray[np.bool_]:
        """Which encoded columns are numbers taken as they are, in the order of the names."""
        kinds = [levels is None for levels in self.levels.values()]
        widths = [1 if levels is None else len(levels) - 1 for levels in self.levels.values()]
        return np.repeat(np.array(kinds, dtype=bool), np.array(widths, dtype=np.intp))

    @property
    def names(self) -> list[str]:
        """Names of the encoded columns: `column`, or `column=level` for each but the first."""
        names = []
        for column, levels in self.levels.items():
            names += [column] if levels is None else [f"{column}={level}" for level in levels[1:]]
        return names

    def reads(self) -> dict[str, Read]:
        """The kind of each column, for `score`."""
        return {name: "number" if levels is None else "any" for name, levels in self.levels.items()}

    def encode(self, customers: pd.DataFrame) -> Floats:
        """The covariates as floats, shape (n_customers, n_names)."""
        check_columns(customers.columns, self.levels, "the model was fitted with it")
        encoded = [np.empty((len(customers), 0))]
        for column, levels in self.levels.items():
            if levels is None:
                encoded.append(finite_values(customers[column], column)[:, None])
            else:
                codes = pd.Index(levels).get_indexer(pd.Index(_texts(customers[column])))
                if (codes < 0).any():
                    unknown = customers[column].iloc[int(np.argmax(codes < 0))]
                    raise DataError(
                        f"{column} has the level {unknown!r}, which was not in the fit; use one of "
                        f"{', '.join(map(repr, levels))}"
                    )
                encoded.append((codes[:, None] == np.arange(1, len(levels))).astype(np.float64))
        return np.hstack(encoded)


def coordinate_names(
    parameters: Sequence[str], effects: Mapping[str, tuple[str, float]], names: Sequence[str]
) -> list[list[str]]:
    """What a fit moves for each parameter: itself, and a coefficient per covariate."""
    return [
        [parameter]
        + [
            f"{effect}:{name}"
            for effect, (of, _) in effects.items()
            if of == parameter
            for name in names
        ]
        for parameter in parameters
    ]


def design_matrices(
    parameters: Sequence[str], effects: Mapping[str, tuple[str, float]], encoded: Floats
) -> list[Floats]:
    """What multiplies those coordinates in the logarithm of each parameter, shape (n, m) each."""
    ones = np.ones((len(encoded), 1))
    return [
        np.hstack([ones, *(sign * encoded for of, sign in effects.values() if of == parameter)])
        for parameter in parameters
    ]


def origin_shift(
    parameters: Sequence[str], effects: Mapping[str, tuple[str, float]], origin: Mapping[str, float]
) -> Floats:
    """What takes coordinates for covariates counted from an origin to those for the covariates."""
    blocks = coordinate_names(parameters, effects, list(origin))
    place = {name: i for i, name in enumerate(name for block in blocks for name in block)}
    shift = np.eye(len(place))
    for effect, (of, sign) in effects.items():
        for name, start in origin.items():
            shift[place[of], place[f"{effect}:{name}"]] = -sign * start
    return shift


def check_told_apart(encoded: Floats, counts: Floats, names: Sequence[str]) -> None:
    """Raise where an encoded covariate follows from the others, so that no fit tells them apart."""
    if not names:
        return
    mean = counts @ encoded / counts.sum()
    apart = (encoded - mean) * np.sqrt(counts)[:, None]
    length = np.linalg.norm(apart, axis=0)
    constant = length <= SAME * np.abs(mean) * np.sqrt(counts.sum())
    apart /= np.where(constant, np.inf, length)
    share, axes = np.linalg.eigh(apart.T @ apart)
    if share[0] < SAME:
        alike = ", ".join(
            repr(name) for name, part in zip(names, axes[:, 0], strict=True) if abs(part) > 0.01
        )
        raise DataError(
            f"the effects of the covariates {alike} are not identified: each is a linear "
            "combination of the others, or constant; leave one out"
        )


def shifted_parameter(
    name: str, value: Floats, shift: Floats, largest: float, *, drawn: bool = False
) -> Floats:
    """A parameter of each history, after the covariates moved its logarithm.

    One that was drawn from the errors of a fit stays within the range instead: beyond it nothing
    changes any more.
    """
    log_values = np.log(value) + shift
    if drawn:
        log_values = np.clip(log_values, -largest, largest)
    beyond = np.abs(log_values) > largest
    if beyond.any():
        raise DataError(
            f"the covariates of {int(beyond.sum())} histories make {name} "
            f"e^{log_values[beyond][0]:.0f}; convert them to the units of the fit"
        )
    return np.exp(log_values)


def _checked_names(columns: Any) -> list[str]:
    if isinstance(columns, str):
        raise TypeError(f"covariates must be a list of columns: [{columns!r}], not {columns!r}")
    is_list = isinstance(columns, list | tuple | pd.Index | np.ndarray)
    names: list[Any] = list(columns) if is_list else [None]
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"covariates must be a list of columns' names, not {shown(columns)}")
    if len(set(names)) < len(names):
        raise ValueError(f"covariates names a column twice: {names}; name each once")
    return names


def _levels(values: pd.Series) -> list[str] | None:
    if pd.api.types.is_numeric_dtype(values.dtype) and values.dtype != bool:
        distinct, levels = len(np.unique(finite_values(values, str(values.name)))), None
    else:
        levels = sorted(_texts(values).unique().tolist())
        distinct = len(levels)
    if distinct < 2:
        raise DataError(
            f"the covariate {values.name!r} has the same value for every customer; leave it out"
        )
    return levels


def _texts(values: pd.Series) -> pd.Series:
    if values.isna().any():
        raise DataError(
            f"the covariate {values.name!r} has "
            f"{count_text(int(values.isna().sum()), 'missing values')}; name them as a level of "
            "their own first"
        )
    return values.astype(str)


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """What takes the coordinates of a fit to parameters."""

    units: pd.Series
    shift: Floats
