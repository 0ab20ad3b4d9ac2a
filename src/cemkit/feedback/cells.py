"""Sums of answers per cell and stratum, and the score of each cell with its bounds."""

import dataclasses
from typing import Literal

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.feedback.answers import Answers, Codes
from cemkit.feedback.intervals import (
    Bounds,
    adjusted_wald_bounds,
    combined_bounds,
    scaled_wilson_bounds,
    tango_bounds,
)
from cemkit.feedback.measures import Measure
from cemkit.feedback.populations import row_weights, stratum_weights
from cemkit.proportions.intervals import critical_value, rate_bounds

NpsMethod = Literal["score", "adjusted-wald", "wald"]
Repeats = Literal["last", "all"]

NPS_METHODS = ("score", "adjusted-wald", "wald")
REPEATS = ("last", "all")
METHODS = {"csat": "wilson", "ces": "scaled-wilson"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cells:
    """Sums over the answers of each row of a table (first axis) and stratum (second axis).

    `total` and `squares` are those of the classes, `scores` of the scores as given, and
    `effective` is the number of independent answers with the same variance of the mean.
    """

    rows: pd.DataFrame
    n: Floats
    promoters: Floats
    detractors: Floats
    total: Floats
    squares: Floats
    scores: Floats
    effective: Floats
    weights: Floats
    answers: int
    customers: int
    repeated: int

    @property
    def means(self) -> Floats:
        """The mean class of each cell; 0 where it has no answers."""
        return self.total / np.maximum(self.n, 1)

    @property
    def variances(self) -> Floats:
        """The variance of one answer about the mean of its cell (divisor n)."""
        return np.maximum(self.squares / np.maximum(self.n, 1) - self.means**2, 0.0)

    def effective_rows(self) -> Floats:
        """The effective number of answers of each row, after weighting."""
        spread: Floats = (self.weights**2 / np.maximum(self.effective, 1e-300)).sum(
            axis=1, where=self.n > 0
        )
        return 1 / spread


def answer_cells(
    answers: Answers,
    measure: Measure,
    *,
    by: list[str],
    population: pd.DataFrame | None,
    strata_by: list[str],
    repeats: str,
) -> Cells:
    """The sums of all answers that count, per row and stratum."""
    rows, table = answers.grouping(by)
    strata, strata_table = answers.grouping(strata_by)
    shape = len(table), len(strata_table)
    cell = rows * shape[1] + strata
    kept = counted_answers(answers, cell) if repeats == "last" else np.arange(len(cell))
    cell, scores, customers = cell[kept], answers.scores[kept], answers.customers[kept]
    classes = measure.classes(scores)
    sums = {
        "n": None,
        "promoters": (classes > 0).astype(float),
        "detractors": (classes < 0).astype(float),
        "total": classes,
        "squares": classes**2,
        "scores": scores,
    }
    size = shape[0] * shape[1]
    found = {
        name: np.bincount(cell, weights=values, minlength=size).astype(np.float64).reshape(shape)
        for name, values in sums.items()
    }
    weights = np.ones(shape)
    if population is not None:
        shares = stratum_weights(population, strata_table)
        weights = row_weights(shares, found["n"], table, strata_table)
    effective = found["n"]
    if repeats == "all":
        effective = _effective_sizes(cell, customers, classes, size).reshape(shape)
    n_customers = len(pd.unique(answers.customers))
    repeated = len(answers.scores) - len(kept)
    if repeats == "all":
        repeated = len(kept) - len(counted_answers(answers, rows * shape[1] + strata))
    return Cells(
        rows=table,
        effective=effective,
        weights=weights,
        answers=len(kept),
        customers=n_customers,
        repeated=repeated,
        **found,
    )


def counted_answers(answers: Answers, cell: Codes) -> Codes:
    """The last answer of each customer in each cell; of one moment, the lowest score."""
    key = cell * (int(answers.customers.max(initial=0)) + 1) + answers.customers
    several = pd.Series(key).duplicated(keep=False).to_numpy()
    if not several.any():
        return np.arange(len(key))
    at = np.flatnonzero(several)
    moments = np.zeros(len(at), dtype=np.int64)
    if answers.moments is not None:
        moments = answers.moments[at].view(np.int64)  # a missing date comes first
    order = np.lexsort((-answers.scores[at], moments, key[at]))
    sorted_keys = key[at][order]
    last = np.append(sorted_keys[1:] != sorted_keys[:-1], True)
    return np.sort(np.concatenate([np.flatnonzero(~several), at[order][last]]))


def _effective_sizes(cell: Codes, customers: Codes, classes: Floats, size: int) -> Floats:
    """Independent answers with the variance that clusters of customers leave to the mean."""
    n = np.bincount(cell, minlength=size).astype(np.float64)
    mean = np.bincount(cell, weights=classes, minlength=size) / np.maximum(n, 1)
    residual = classes - mean[cell]
    width = int(customers.max(initial=0)) + 1
    cluster, pairs = pd.factorize(cell * width + customers)
    of_pair = pairs // width
    sums = np.bincount(cluster, weights=residual)
    clusters = np.bincount(of_pair, minlength=size).astype(np.float64)
    between = np.bincount(of_pair, weights=sums**2, minlength=size).astype(np.float64)
    between = between * clusters / np.maximum(clusters - 1, 1)
    within = np.bincount(cell, weights=residual**2, minlength=size)
    ratio = np.divide(within, between, out=np.zeros(size), where=between > 0)
    known = (within > 1e-12 * np.maximum(n, 1)) & (clusters > 1) & (between > 0)
    return np.where(known, np.clip(n * ratio, 1.0, n), clusters)


def cell_bounds(cells: Cells, measure: Measure, method: str, level: float | Floats) -> Bounds:
    """The bounds of the score in each row and stratum, at one level or one for each row."""
    critical = np.asarray(critical_value(level))
    n = np.maximum(cells.effective, 1e-300)
    share = n / np.maximum(cells.n, 1)
    if measure.name == "csat":
        return rate_bounds(cells.total * share, n, critical)
    if measure.name == "ces":
        less = np.maximum(cells.n - 1, 1)
        variance = cells.variances * cells.n / less
        return scaled_wilson_bounds(cells.means, variance, n, critical, measure.scale)
    promoters, detractors = cells.promoters * share, cells.detractors * share
    if method == "score":
        return tango_bounds(promoters, detractors, n, critical)
    added = 0.0 if method == "wald" else 3.0
    return adjusted_wald_bounds(promoters, detractors, n, critical, added=added)


def row_scores(
    cells: Cells, measure: Measure, method: str, level: float
) -> tuple[Floats, Floats, Floats]:
    """The score of each row with its bounds, weighted over the strata, inside its range."""
    lower, upper = cell_bounds(cells, measure, method, level)
    if cells.n.shape[1] == 1:
        return cells.means[:, 0], lower[:, 0], upper[:, 0]
    there = cells.n > 0
    lower, upper = np.where(there, lower, 0.0), np.where(there, upper, 0.0)
    value, lower, upper = combined_bounds(cells.means, lower, upper, cells.weights)
    low, high = measure.span
    return value, np.maximum(lower, low), np.minimum(upper, high)
