"""The profit table as a grid of customers by offers, and the limits on what is given away."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_frame,
    check_integer,
    check_number,
    check_same_ids,
    check_spellings,
    customer_ids,
    finite_values,
    meant,
    unknown_labels,
)
from cemkit.checks.options import shown
from cemkit.data.columns import numbers, written_floats
from cemkit.data.cost_of_offers import check_max_share
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.targeting.solver import Problem

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What may be given away; a share of those allocated will be held out, and cost nothing."""

    budget: float | None
    capacities: Mapping[Any, int]
    contacted: float
    max_per_customer: int
    max_share: float = math.inf

    @classmethod
    def checked(
        cls,
        budget: float | None,
        capacities: Mapping[Any, int] | None,
        holdout: float,
        at_most: int,
        max_share: float | None = None,
    ) -> "Limits":
        """The limits, when they are numbers that can be kept."""
        if budget is not None:
            check_number(budget, "budget", minimum=0)
        if not 0 <= check_number(holdout, "holdout") < 1:
            raise ValueError(f"holdout must be a fraction from 0 to below 1, not {holdout!r}")
        whole = check_integer(at_most, "max_per_customer", minimum=1)
        capacities = {} if capacities is None else capacities
        if not isinstance(capacities, Mapping):
            raise TypeError(
                "capacities must be a dict by offer, as in {'mail': 100}, not "
                f"{shown(capacities)}"
            )
        most = math.inf if max_share is None else check_max_share(max_share)
        return cls(budget, capacities, 1 - holdout, whole, most)

    def of(self, offers: list[Any]) -> Floats:
        """The budget and the places of each offer."""
        unknown = unknown_labels(self.capacities, offers)
        if unknown:
            hint = meant(unknown[0], offers)
            raise ValueError(
                f"capacities names {unknown[0]!r}, an offer that nobody can have{hint}; use "
                f"{offers}"
            )
        for offer, capacity in self.capacities.items():
            check_integer(capacity, f"capacity of offer {offer!r}", minimum=0)
        places = np.array([float(self.capacities.get(offer, math.inf)) for offer in offers])
        budget = math.inf if self.budget is None else float(self.budget)
        # Whole places: as many as leave no more than these after the hold-out.
        return np.append(budget / self.contacted, np.floor(places / self.contacted + 1e-9))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The profit table as matrices of customers by offers; pairs that are not allowed are -1."""

    table: pd.DataFrame
    eligible: pd.DataFrame | None
    offers: list[Any]
    row: Rows
    pair: Rows | None  # the row among those eligible
    problem: Problem
    stackable: Mask
    share: Floats  # what an offer costs of a purchase
    error: Floats
    churn: Floats | None
    lot: npt.NDArray[np.uint64]  # of each customer, by the hash of the id

    def allowed(self) -> Mask:
        """Which customer may have which offer."""
        allowed: Mask = self.row >= 0
        return allowed

    def without(self, drawn: Mask) -> "Grid":
        """What is left to be allocated once these customers have their offer."""
        if not drawn.any():
            return self
        settled = np.flatnonzero(drawn.any(axis=1))
        profit, row = self.problem.profit.copy(), self.row.copy()
        profit[settled], row[settled] = -math.inf, -1
        left = np.maximum(self.problem.limits - self.problem.used(drawn), 0.0)
        problem = dataclasses.replace(self.problem, profit=profit, limits=left)
        return dataclasses.replace(self, row=row, problem=problem)

    def chosen(self, taken: Mask) -> tuple[pd.DataFrame, Rows]:
        """The rows of these pairs in the order of the profit table, and each one's place here."""
        rows = self.row[taken]
        order = np.argsort(rows, kind="stable")
        chosen = self.table.iloc[rows[order]].reset_index(drop=True)
        if "customer_id" not in chosen.columns:
            chosen.insert(0, "customer_id", self.table.index[rows[order]])
        if self.eligible is not None and self.pair is not None:
            mine = self.eligible.iloc[self.pair[taken][order]]
            more = [name for name in mine.columns if name not in chosen.columns]
            chosen = chosen.assign(**{str(name): mine[name].array for name in more})
        return chosen, np.flatnonzero(taken)[order]


def read_grid(
    table: pd.DataFrame,
    eligible: pd.DataFrame | None,
    limits: Limits,
) -> Grid:
    """The profit table as a grid of those pairs that are eligible."""
    check_frame(table, "profit_table")
    check_columns(
        table.columns, ["customer_id", "offer", "profit", "cost"], "make it with offer_profit"
    )
    who, ids = pd.factorize(customer_ids(table, "profit_table"))
    what, offers = _offers(table["offer"], "profit_table")
    if not ids.is_monotonic_increasing:
        # Of customers who tie the same are chosen in any order of the rows.
        rank, ids = pd.factorize(ids, sort=True)
        who = rank[who]
    row = _cells(who, what, (len(ids), len(offers)), "profit_table")
    pair = None
    if eligible is not None:
        pair = _eligible_pairs(eligible, ids, offers, row)
        row[pair < 0] = -1
    stackable, share = _together(table, limits)
    cost, error = _at_least_0(table, "cost"), np.zeros(len(table))
    if "profit_standard_error" in table:
        error = _at_least_0(table, "profit_standard_error")
    problem = Problem(
        profit=_matrix(row, finite_values(table["profit"], "profit"), -math.inf),
        cost=_matrix(row, cost, 0.0),
        limits=limits.of(offers.tolist()),
        max_per_customer=limits.max_per_customer,
    )
    churn = None
    if "churn_probability" in table:
        values = finite_values(table["churn_probability"], "churn_probability")
        churn = _matrix(row, values, -math.inf).max(axis=1)
    return Grid(
        table=table,
        eligible=eligible,
        offers=offers.tolist(),
        row=row,
        pair=pair,
        problem=problem,
        stackable=stackable[row] & (row >= 0),
        share=_matrix(row, share, 0.0),
        error=_matrix(row, error, 0.0),
        churn=churn,
        lot=pd.util.hash_pandas_object(ids).to_numpy().astype(np.uint64),
    )


def _together(table: pd.DataFrame, limits: Limits) -> tuple[Mask, Floats]:
    """Which rows go with others, and what each costs of a purchase; nothing where one is enough."""
    stackable, share = np.ones(len(table), dtype=np.bool_), np.zeros(len(table))
    if limits.max_per_customer > 1:
        check_columns(
            table.columns, ["stackable"], "say which offers go together; offer_profit adds it"
        )
        if not pd.api.types.is_bool_dtype(table["stackable"]) or table["stackable"].hasnans:
            raise DataError("stackable must hold True or False in every row")
        stackable = table["stackable"].to_numpy(dtype=np.bool_)
    if math.isfinite(limits.max_share):
        check_columns(table.columns, ["purchase_share"], "max_share limits its sum")
        share = written_floats(numbers(table["purchase_share"], "purchase_share"))
        if not (share >= 0).all():  # infinite where the purchase is of nothing
            raise DataError(
                "purchase_share is missing or negative in "
                f"{count_text(int((~(share >= 0)).sum()), 'rows')}; it is what the offer costs per "
                "unit of amount, as offer_profit gives it"
            )
    return stackable, share


def _cells(who: Rows, what: Rows, shape: tuple[int, int], name: str) -> Rows:
    """The row of each pair of customer and offer; -1 where there is none."""
    cells = np.full(shape, -1, dtype=np.intp)
    cells[who, what] = np.arange(len(who))
    if np.count_nonzero(cells >= 0) < len(who):
        raise DataError(f"{name} has a pair of customer and offer twice; keep one row of each")
    return cells


def _eligible_pairs(eligible: pd.DataFrame, ids: pd.Index, offers: pd.Index, row: Rows) -> Rows:
    """The row of each pair among those eligible, each of which has a profit."""
    check_frame(eligible, "eligible")
    check_columns(eligible.columns, ["customer_id", "offer"], "eligible_pairs gives such a table")
    given = customer_ids(eligible, "eligible")
    check_same_ids(given, ids, "eligible", "profit_table")
    codes, names = _offers(eligible["offer"], "eligible")
    check_same_ids(pd.Index(names), offers, "eligible", "profit_table", "offer")
    who, what = ids.get_indexer(given), offers.get_indexer(pd.Index(names))[codes]
    without = ((who < 0) | (what < 0)) | (row[who, what] < 0)
    if without.any():
        customer, offer = (values[without].tolist()[0] for values in (given, eligible["offer"]))
        raise DataError(
            f"{count_text(np.count_nonzero(without), 'eligible pairs have')} no row in "
            f"profit_table, such as customer {customer!r} with offer {offer!r}; make the profits "
            "of the same customers and offers"
        )
    return _cells(who, what, row.shape, "eligible")


def _offers(column: pd.Series, name: str) -> tuple[Rows, pd.Index]:
    """The number of each row's offer, and the offers in order."""
    if column.isna().any():
        raise DataError(f"{name} has rows without an offer; fill it in")
    try:
        codes, offers = pd.factorize(column, sort=True)
    except TypeError as error:
        raise DataError(f"offer must hold text or numbers, not both: {error}") from error
    check_spellings(offers, "offer")
    return codes, pd.Index(offers)


def _at_least_0(table: pd.DataFrame, name: str) -> Floats:
    values = finite_values(table[name], name)
    if (values < 0).any():
        count = int((values < 0).sum())
        raise DataError(f"{name} has {count_text(count, 'negative values')}; correct them first")
    return values


def _matrix(row: Rows, values: Floats, absent: float) -> Floats:
    matrix = values[row]
    matrix[row < 0] = absent
    return matrix
