"""Groups: which customers and rows of other tables belong to which group of the scorecard."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_any_match, check_columns, check_frame, customer_ids
from cemkit.checks.options import shown
from cemkit.data.reductions.period_sums import PeriodSums
from cemkit.data.reductions.table_rows import table_columns
from cemkit.errors import DataError
from cemkit.indicators.moments import Flags, Ints

TAKEN = {
    *("indicator", "value", "lower", "upper", "numerator", "denominator", "customers"),
    *("change", "change_lower", "change_upper", "note"),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The columns of `by`: which are of orders and which of people, and these people's values."""

    names: tuple[str, ...]
    of_orders: tuple[str, ...]
    of_people: tuple[str, ...]
    people: pd.DataFrame | None


def read_split(names: Sequence[str], orders: Any, people: pd.DataFrame | None) -> Split:
    """Where each column of `by` is found."""
    columns = table_columns(orders, "orders")
    known = None if people is None else _one_row_each(check_frame(people, "people"), names)
    theirs = [] if known is None else list(known.columns)
    for name in names:
        if name in TAKEN:
            raise ValueError(f"by names {name!r}, a column of the scorecard itself; rename it")
        if name in columns and name in theirs:
            raise ValueError(
                f"by={name!r} is a column of orders and of people; rename or drop one of them"
            )
    hint = "columns of customers come with people=" if people is None else ""
    check_columns([*columns, *theirs], names, hint)
    return Split(
        names=tuple(names),
        of_orders=tuple(name for name in names if name in columns),
        of_people=tuple(name for name in names if name in theirs),
        people=known,
    )


def _one_row_each(people: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """People by their ids; those in two groups are refused."""
    ids = customer_ids(people, "people")
    table = people.drop(columns="customer_id", errors="ignore").set_axis(
        ids.rename("customer_id"), axis="index"
    )
    twice = ids.duplicated()
    if twice.any():
        first = ids[twice].tolist()[0]
        named = [name for name in names if name in table.columns]
        values = table.loc[[first], named].astype(str).agg(", ".join, axis=1).unique().tolist()
        groups = f", in the groups {' and '.join(map(shown, values))}" if len(values) > 1 else ""
        raise DataError(
            f"people has {int(twice.sum()):,} repeated customer_id, such as {first!r}{groups}; a "
            "customer belongs to one group, so give one row per customer"
        )
    return table


def grouped_units(sums: PeriodSums, split: Split) -> tuple[Ints, pd.DataFrame, int]:
    """The group of each unit (-1 without one), the groups, and how many customers have none."""
    if not split.of_people:
        return sums.group, sums.groups, 0
    values, known = of_people(sums.customers, split)
    columns = {name: sums.groups[name].take(sums.group).array for name in split.of_orders}
    columns |= {name: values[name].take(sums.customer).array for name in split.of_people}
    table = pd.DataFrame(columns)[list(split.names)]
    code, groups = _numbered(table, known[sums.customer])
    return code, groups, int((~known).sum())


def of_people(customers: pd.Index, split: Split) -> tuple[pd.DataFrame, Flags]:
    """The values of people's columns for customers, and whose are all known."""
    people = pd.DataFrame() if split.people is None else split.people
    check_any_match(people.index, customers, "people", "orders")
    place = people.index.get_indexer(customers)
    values = people[list(split.of_people)].take(np.maximum(place, 0)).reset_index(drop=True)
    return values, (place >= 0) & values.notna().all(axis=1).to_numpy()


def _numbered(table: pd.DataFrame, known: Flags) -> tuple[Ints, pd.DataFrame]:
    """The number of each row's group, -1 where it is not known, and the sorted groups."""
    code = np.full(len(table), -1)
    names = [str(name) for name in table]
    try:
        groups = table[known].drop_duplicates().sort_values(names).reset_index(drop=True)
    except TypeError as error:
        raise DataError(f"{', '.join(names)} mixes values that have no order: {error}") from error
    if not len(groups):
        raise DataError(f"no customer has a value of {', '.join(names)}; check people")
    code[known] = row_places(table[known], groups)
    return code, groups


def row_places(table: pd.DataFrame, groups: pd.DataFrame) -> Ints:
    """The row of `groups` that each row of a table equals, -1 where none does."""
    if groups.shape[1] == 1:
        name = groups.columns[0]
        places = pd.Index(groups[name]).get_indexer(pd.Index(table[name]))
    else:
        own = pd.MultiIndex.from_frame(groups)
        places = own.get_indexer(pd.MultiIndex.from_frame(table[list(groups)]))
    return np.asarray(places, dtype=np.int64)


def grouped_rows(rows: pd.DataFrame, split: Split, groups: pd.DataFrame) -> Ints:
    """The group of each row of another table, -1 where it has none."""
    if not split.names:
        return np.zeros(len(rows), dtype=np.int64)
    columns = {name: rows[name].array for name in split.of_orders}
    known = np.ones(len(rows), dtype=np.bool_)
    if split.of_people:
        values, known = of_people(pd.Index(rows["customer_id"]), split)
        columns |= {name: values[name].array for name in split.of_people}
    table = pd.DataFrame(columns)[list(split.names)]
    return np.where(known, row_places(table, groups), -1)
