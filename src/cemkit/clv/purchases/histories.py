"""Purchase histories: the distinct rows of a customer table that the models fit and score."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_customers, check_list, finite_values
from cemkit.clv.clock.model_time import PLAIN_DAYS, ModelTime
from cemkit.clv.purchases.covariates import Covariates
from cemkit.errors import DataError
from cemkit.formats import count_text

COLUMNS = ["repeat_count", "recency_days", "tenure_days"]
LARGEST_KEY = 2**62

Rows = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """Distinct purchase histories, sorted, so that the order of the customers does not matter.

    `t_x` and `T` are in the model's time, which `time` makes of days.
    """

    x: Floats
    t_x: Floats
    T: Floats
    covariates: Floats
    counts: Floats
    row: Rows
    time: ModelTime = PLAIN_DAYS

    def take(self, rows: npt.NDArray[np.generic] | slice) -> "Histories":
        """Some of the histories, without the customers they belong to."""
        return dataclasses.replace(
            self,
            x=self.x[rows],
            t_x=self.t_x[rows],
            T=self.T[rows],
            covariates=self.covariates[rows],
            counts=self.counts[rows],
            row=self.row[:0],
        )

    def reweighted(self, counts: Floats) -> "Histories":
        """The histories that are left under other counts, without those of 0."""
        left = counts > 0
        return dataclasses.replace(self.take(left), counts=counts[left])

    def scaled(self, time: float, origin: Floats, covariates: Floats) -> "Histories":
        """The same in other units: times, and covariates from an origin, divided by these."""
        return dataclasses.replace(
            self,
            t_x=self.t_x / time,
            T=self.T / time,
            covariates=(self.covariates - origin) / covariates,
        )


def read_histories(
    customers: pd.DataFrame,
    covariates: Covariates,
    weights: Floats | None = None,
    time: ModelTime = PLAIN_DAYS,
) -> Histories:
    """The distinct histories of a customer table, in the time of a model."""
    table = check_customers(customers, COLUMNS)
    _check_counts(table)
    x, recency, T = (table[column].to_numpy() for column in COLUMNS)
    encoded = covariates.encode(customers)
    first, counts, row = distinct_rows([x, T - recency, T, *encoded.T], weights)
    since_first = time.since(T[first])
    return Histories(
        x=x[first],
        t_x=since_first - time.since(recency[first]),
        T=since_first,
        covariates=encoded[first],
        counts=counts,
        row=row,
        time=time,
    )


def distinct_rows(
    columns: Sequence[Floats], weights: Floats | None = None
) -> tuple[Rows, Floats, Rows]:
    """Where each distinct row first stands, how often it occurs, and which one each row is."""
    for column in columns:
        if _all_differ(column):
            return _sorted_rows(columns[0], column, weights)
    key = np.zeros(len(columns[0]), dtype=np.int64)
    span = 1
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        if span * len(values) > LARGEST_KEY:
            key, kept = pd.factorize(key, sort=True)
            span = len(kept)
        key = key * len(values) + codes
        span *= len(values)
    row, n_distinct = _ranked(key, span)
    first = np.empty(n_distinct, dtype=np.intp)
    first[row[::-1]] = np.arange(len(row))[::-1]
    counts = np.bincount(row, weights, minlength=n_distinct).astype(np.float64)
    return first, counts, row


def check_weights(sample_weight: npt.ArrayLike | None, rows: Customers) -> Floats | None:
    """The weight of each customer who ordered, at least 0 and not all 0; None for equal ones."""
    if sample_weight is None:
        return None
    if not isinstance(sample_weight, pd.Series):
        given = check_list(cast("Iterable[Any]", sample_weight), "sample_weight")
        sample_weight = pd.Series(given, dtype=None if len(given) else "float64")
        sample_weight = rows.column(sample_weight.to_numpy(), "sample_weight")
    weights = finite_values(rows.column(sample_weight, "sample_weight"), "sample_weight")
    if (weights < 0).any() or not weights.any():
        raise DataError(
            f"sample_weight must be 0 or more and not all 0; its smallest value is {weights.min()}"
        )
    return weights


def _ranked(key: npt.NDArray[np.int64], span: int) -> tuple[Rows, int]:
    """The rank of each key among the distinct ones, and how many these are."""
    if span > 8 * len(key):
        rank, distinct = pd.factorize(key, sort=True)
        return rank, len(distinct)
    there = np.zeros(span, dtype=np.intp)
    there[key] = 1
    ranks = np.cumsum(there)
    return ranks[key] - 1, int(ranks[-1])


def _all_differ(column: Floats) -> bool:
    # A look at a few first: a column of whole days shows its repeats there.
    return bool(pd.Index(column[:100]).is_unique and pd.Index(column).is_unique)


def _sorted_rows(
    column: Floats, telling: Floats, weights: Floats | None
) -> tuple[Rows, Floats, Rows]:
    """`distinct_rows` of rows that one column tells apart, sorted by another and then by that."""
    first = np.argsort(telling)
    first = first[np.argsort(column[first], kind="stable")]
    row = np.empty_like(first)
    row[first] = np.arange(len(first))
    return first, np.ones(len(first)) if weights is None else weights[first], row


def _check_counts(table: pd.DataFrame) -> None:
    x, recency, tenure = (table[column] for column in COLUMNS)
    for wrong, what in (
        (x < 0, "a negative repeat_count"),
        (x != np.floor(x), "a fractional repeat_count"),
        (tenure < 0, "a negative tenure_days: their first purchase lies after as_of"),
        (recency < 0, "a negative recency_days: their last purchase lies after as_of"),
        (tenure < recency, "recency_days above tenure_days: a last purchase before the first"),
        (
            (x == 0) & (tenure != recency),
            "no repeat purchase, yet a last purchase after the first",
        ),
        (
            (x > 0) & (tenure == recency),
            "repeat purchases, yet a last purchase at the time of the first",
        ),
    ):
        if wrong.any():
            raise DataError(
                f"{count_text(int(wrong.sum()), 'customers have')} {what} (the first is "
                f"{wrong.idxmax()!r}); make the table with customer_table"
            )
