"""segment_migration: how customers moved between segments from one day to another."""

import dataclasses
from collections import Counter
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_fraction, check_same_ids, check_spellings, normal_ids
from cemkit.checks.engine_tables import kind_of
from cemkit.checks.options import shown
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SegmentMigration(Result):
    """Moves of customers between segments on two days, from `segment_migration`.

    Attributes:
        customers_before: Number of customers on the first day.
        customers_after: Number of customers on the second day.
        stayed: Number of customers on both days with the same label.
        moved: Number of customers on both days with different labels.
        stayed_rate: Share of the customers on both days who kept their label.
        came: Label of each customer who is only in `after`, by id.
        left: Label of each customer who is only in `before`, by id.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per pair of labels, including pairs without a move: `before, after,
            customers`, and `rate`, the share of all customers with the label `before`, with `lower,
            upper`. Customers who left have a missing `after`, so the rates of one label add up to
            1. Customers who came have a missing `before` and no rate. Categorical labels keep their
            order; others are sorted.

    Examples:
        >>> before = pd.Series(["New", "New", "Loyal"], index=["ann", "bob", "cat"])
        >>> after = pd.Series(["Loyal", "New", "New"], index=["ann", "bob", "dan"])
        >>> result = segment_migration(before, after)
        >>> result.stayed, result.moved, result.came.to_dict(), result.left.to_dict()
        (1, 1, {'dan': 'New'}, {'cat': 'Loyal'})
    """

    _pictures = ("segmentation.segment_migration",)

    customers_before: int
    customers_after: int
    stayed: int
    moved: int
    stayed_rate: float
    came: pd.Series
    left: pd.Series
    confidence_level: float
    table: pd.DataFrame

    def matrix(self, column: str = "rate") -> pd.DataFrame:
        """Return labels before (rows) by labels after (columns), for customers on both days.

        Args:
            column: Column of the table to show: `rate`, `customers`, `lower` or `upper`.
        """
        both = self.table.dropna(subset=["before", "after"])
        wide = both.pivot(index="before", columns="after", values=column)
        return wide.reindex(index=both["before"].unique(), columns=both["after"].unique())

    def _scalars(self) -> dict[str, Any]:
        return Result._scalars(self) | {"came": len(self.came), "left": len(self.left)}


def segment_migration(
    before: pd.Series, after: pd.Series, confidence_level: float = 0.95
) -> SegmentMigration:
    """Compare the segments, clusters or stages of customers on two days.

    Args:
        before: Series with a label per customer, indexed by `customer_id`.
        after: Series of labels on a later day. Ids are matched in one spelling (17 and 17.0 are the
            same), in any order.
        confidence_level: Confidence level of the Wilson intervals of the rates, as a fraction.

    Returns:
        A `SegmentMigration`, whose table has one row per pair of labels.

    Raises:
        TypeError: `before` or `after` is not a Series.
        DataError: An id is missing or occurs twice, a label is missing, or ids or labels are
            numbers on one day and text on the other.
        NotEnoughDataError: No customer is on both days.

    Examples:
        >>> before = pd.Series(["New", "New", "Loyal"], index=["ann", "bob", "cat"])
        >>> after = pd.Series(["Loyal", "New", "Loyal"], index=["ann", "bob", "cat"])
        >>> segment_migration(before, after).matrix()
        after   Loyal  New
        before
        Loyal     1.0  0.0
        New       0.5  0.5
    """
    check_fraction(confidence_level, "confidence_level")
    one, other = labels_by_id(before, "before"), labels_by_id(after, "after")
    check_comparable(one, other, "before", "after")
    both = one.index.intersection(other.index)
    if both.empty:
        raise NotEnoughDataError("customers in both", 0, 1, "index both by customer_id")
    came = after[~other.index.isin(one.index)]
    left = before[~one.index.isin(other.index)]
    pairs = pd.DataFrame({"before": one.loc[both], "after": other.loc[both]}, dtype=object)
    stayed = int((pairs["before"] == pairs["after"]).sum())
    return SegmentMigration(
        customers_before=len(before),
        customers_after=len(after),
        stayed=stayed,
        moved=len(both) - stayed,
        stayed_rate=stayed / len(both),
        came=came,
        left=left,
        confidence_level=confidence_level,
        table=_rates(pairs, came, left, confidence_level),
    )


def labels_by_id(labels: pd.Series, name: str) -> pd.Series:
    """Return the labels under the one spelling of their customers' ids."""
    if not isinstance(labels, pd.Series):
        raise TypeError(
            f"{name} must be a Series of labels indexed by customer_id, not {kind_of(labels)}"
        )
    if labels.empty:
        raise NotEnoughDataError(f"rows in {name}", have=0, need=1)
    ids = labels.index
    if not isinstance(ids, pd.MultiIndex):
        ids = normal_ids(ids, f"the index of {name}")
    missing = np.count_nonzero(ids.to_frame().isna().any(axis=1))
    if missing:
        raise DataError(f"{name} has {count_text(missing, 'labels')} without an id")
    if not ids.is_unique:
        twice = ids[ids.duplicated()].tolist()
        raise DataError(
            f"{name} has {count_text(len(twice), 'repeated ids')}, such as {twice[0]!r}"
        )
    if labels.hasnans:
        unlabelled = count_text(int(labels.isna().sum()), "customers")
        raise DataError(f"{name} has {unlabelled} without a label")
    _check_plain(labels, name)
    check_spellings(pd.unique(labels), name)
    return labels.set_axis(ids)


def check_comparable(before: pd.Series, after: pd.Series, name: str, other_name: str) -> None:
    """Raise where no id or no label of one side could equal one of the other."""
    if not any(isinstance(side.index, pd.MultiIndex) for side in (before, after)):
        check_same_ids(before.index, after.index, name, other_name)
    every = [label for side in (before, after) for label in pd.unique(side)]
    check_spellings(every, f"{name} and {other_name}")
    kinds = [_kind_of(labels) for labels in (before, after)]
    if set(kinds) == {"numbers", "text"}:
        raise DataError(
            f"labels are {kinds[0]} in {name} but {kinds[1]} in {other_name}, so none "
            "could match; convert one of them"
        )


def _kind_of(labels: pd.Series) -> str:
    found = {isinstance(label, str) for label in pd.unique(labels.astype(object))}
    return "mixed" if len(found) > 1 else "text" if found == {True} else "numbers"


def _check_plain(labels: pd.Series, name: str) -> None:
    odd = [
        label
        for label in labels.astype(object)
        if not isinstance(label, Hashable) or isinstance(label, tuple)
    ]
    if odd:
        raise DataError(f"{name} must hold text or numbers as labels, not {shown(odd[0])}")


def _in_given_order(labels: list[Any], *dtypes: Any) -> list[Any]:
    """The labels in the order of the categories that have them all, where there are such."""
    for dtype in dtypes:
        if isinstance(dtype, pd.CategoricalDtype) and set(labels) <= set(dtype.categories):
            return [label for label in dtype.categories if label in labels]
    return labels


def _rates(
    pairs: pd.DataFrame, came: pd.Series, left: pd.Series, confidence_level: float
) -> pd.DataFrame:
    # One order for rows and columns, so that the diagonal is those who stayed, and one that the
    # order of the customers does not change.
    every = pd.Series([*pairs["before"], *left, *pairs["after"], *came], dtype=object)
    try:
        labels = pd.factorize(every, sort=True)[1].tolist()
    except TypeError as error:
        what = f"labels cannot be put in one order: {error}; make all of one kind"
        raise DataError(what) from error
    labels = _in_given_order(labels, left.dtype, came.dtype)
    counts = Counter(zip(pairs["before"], pairs["after"], strict=True))
    counts.update((label, None) for label in left)
    counts.update((None, label) for label in came)
    moves = [(row, column) for row in labels for column in [*labels, None]]
    moves += [(None, label) for label in labels]
    # As objects, else a missing label would turn whole numbers such as clusters into fractions.
    table = pd.DataFrame(moves, columns=["before", "after"], dtype=object)
    table["customers"] = [counts[move] for move in moves]
    size = table.groupby("before")["customers"].transform("sum")  # missing for who came
    table = table.assign(rate=table["customers"] / size)[size != 0].reset_index(drop=True)
    known = table["before"].notna().to_numpy()
    table.loc[known, "lower"], table.loc[known, "upper"] = rate_bounds(
        table["customers"].to_numpy(dtype=float)[known],
        size[size != 0].to_numpy(dtype=float)[known],
        critical_value(confidence_level),
    )
    return table
