"""Whether the data can carry the model: separation, collinearity, events per term."""

import dataclasses
from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.catalogue import words
from cemkit.churn.logistic import BLOCK, LogisticFit
from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.churn.separation import Separation
from cemkit.results import Result

INFLATED = 10.0


class ColumnSums(NamedTuple):
    """What separation and scaling need of a matrix, from one pass over it."""

    customers: int
    events: int
    means: Floats
    deviations: Floats
    lowest: Floats
    highest: Floats

    @property
    def sizes(self) -> Floats:
        """What to divide each term by: its standard deviation, or 1 where it is constant."""
        sizes: Floats = np.where(self.deviations > 0, self.deviations, 1.0)
        return sizes

    @classmethod
    def of(cls, matrix: Floats, happened: Floats) -> Self:
        """The sums of a matrix with one row per customer."""
        means = matrix.mean(axis=0)
        squares = np.zeros_like(means)
        lowest = np.full((2, matrix.shape[1]), np.inf)
        highest = -lowest
        for first in range(0, len(matrix), BLOCK):
            block = matrix[first : first + BLOCK]
            squares += np.square(block - means).sum(axis=0)
            events = happened[first : first + BLOCK] > 0
            for row, part in enumerate((block[~events], block[events])):
                np.minimum(lowest[row], part.min(axis=0, initial=np.inf), out=lowest[row])
                np.maximum(highest[row], part.max(axis=0, initial=-np.inf), out=highest[row])
        deviations = np.sqrt(squares / len(matrix))
        # A constant has a deviation of rounding errors alone.
        deviations[lowest.min(axis=0) == highest.max(axis=0)] = 0
        return cls(len(matrix), int(happened.sum()), means, deviations, lowest, highest)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PropensityDiagnosis(Result):
    """Separation, collinearity and events per term of a fit, from `PropensityModel.diagnose`.

    Attributes:
        customers: Number of rows in the fit.
        events: Number of these rows with the outcome.
        events_per_term: Number of rows with the rarer outcome per term of the model. The usual
            minimum is ten.
        separation: Separation by all terms together: `"complete"` if a linear combination perfectly
            predicts every outcome, `"quasi"` if one is never wrong but leaves some outcomes open,
            else `"none"`. None with a classifier of your own.
        separated: Number of rows whose outcome such a combination predicts.
        table: One row per `term`:

            - `separation`: `"complete"` if the term alone perfectly predicts the outcome,
              `"quasi"` if it does so except for ties, or if one side of its range has only one
              outcome, else `"none"`.
            - `unbounded`: whether the term is part of the separating combination, so that its
              coefficient has no finite estimate without a penalty.
            - `inflation`: variance inflation factor as in R's `car::vif`; infinite for a linear
              combination of other terms, missing with a classifier of your own.
            - `constant`: whether the term has the same value in every row.

    Examples:
        >>> from cemkit.churn import PropensityModel
        >>> spread = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> model = PropensityModel().fit(spread, pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1]))
        >>> model.diagnose().table["separation"].to_dict()
        {'recency_days': 'none'}
    """

    customers: int
    events: int
    events_per_term: float
    separation: str | None
    separated: int
    table: pd.DataFrame
    events_advised: ClassVar[int] = 10

    @property
    def separated_alone(self) -> list[str]:
        """The terms each of which predicts every outcome by itself."""
        return self.table.index[self.table["separation"] == "complete"].tolist()

    @property
    def collinear(self) -> list[str]:
        """The terms that follow from others, or nearly so."""
        return self.table.index[self.table["inflation"] > INFLATED].tolist()

    @property
    def problems(self) -> list[str]:
        """What is wrong, by its name in the catalogue."""
        together = self.separation not in (None, "none") and not self.separated_alone
        found = {
            "separated alone": bool(self.separated_alone),
            "separated together": together,
            "few events": self.events_per_term < self.events_advised,
            "collinear": bool(self.collinear),
        }
        return [name for name, is_found in found.items() if is_found]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChurnDiagnosis(PropensityDiagnosis):
    """Separation, collinearity and events per term of a fit, from `ChurnModel.diagnose`.

    It has the attributes of `PropensityDiagnosis`.

    Examples:
        >>> from cemkit import ChurnModel
        >>> spread = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> model = ChurnModel().fit(spread, pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1]))
        >>> model.diagnose().table["separation"].to_dict()
        {'recency_days': 'none'}
    """


def diagnosis_of(
    terms: list[str],
    sums: ColumnSums,
    fit: LogisticFit | None,
    separation: Separation | None,
    outcome: Outcome,
) -> PropensityDiagnosis:
    """The diagnosis from what was found, without the rows."""
    rarer = min(sums.events, sums.customers - sums.events)
    inflation = np.full(len(terms), np.nan) if fit is None else _inflation(fit.information)
    constant = sums.deviations == 0
    table = pd.DataFrame(
        {
            "separation": _separation_alone(sums, constant),
            "unbounded": False if separation is None else separation.terms,
            "inflation": np.where(constant, np.nan, inflation),
            "constant": constant,
        },
        index=pd.Index(terms, name="term"),
    )
    return kind_of_diagnosis(outcome)(
        customers=sums.customers,
        events=sums.events,
        events_per_term=rarer / len(terms),
        separation=None if separation is None else separation.kind,
        separated=0 if separation is None else separation.customers,
        table=table,
    )


def kind_of_diagnosis(outcome: Outcome) -> type[PropensityDiagnosis]:
    """The class with the words of the outcome."""
    return ChurnDiagnosis if outcome == CHURN else PropensityDiagnosis


def _separation_alone(sums: ColumnSums, constant: npt.NDArray[np.bool_]) -> list[str]:
    (low0, low1), (high0, high1) = sums.lowest, sums.highest
    complete = (high0 < low1) | (high1 < low0)
    quasi = ((high0 <= low1) | (high1 <= low0)) & ~constant
    words: list[str] = np.select([complete, quasi], ["complete", "quasi"], "none").tolist()
    return words


def _inflation(information: Floats) -> Floats:
    """Diagonal of the coefficients' information times that of its inverse (car::vif for one df)."""
    inner = (
        information[1:, 1:] - np.outer(information[1:, 0], information[0, 1:]) / information[0, 0]
    )
    size = np.sqrt(np.maximum(np.diag(inner), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(inner / np.outer(size, size))
    null = values < 1e-9 * values.max()
    finite = (vectors[:, ~null] ** 2 / values[~null]).sum(axis=1)
    dependent = (vectors[:, null] ** 2).sum(axis=1) > 1e-6
    return np.where(dependent, np.inf, finite)


def problems_of(diagnosis: PropensityDiagnosis) -> list[str]:
    """What a reader of the model must know, one sentence each; empty where all is well."""
    say = words("en").CHURN_PROBLEMS
    return [say[problem](diagnosis) for problem in diagnosis.problems if problem != "collinear"]
