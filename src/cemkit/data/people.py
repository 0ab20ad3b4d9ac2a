"""People beside orders: how well the two tables match, and one row for everyone."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_any_match,
    check_frame,
    check_same_ids,
    local_dates,
    normal_ids,
    one_label_a_row,
)
from cemkit.checks.ids import given_ids, id_kind
from cemkit.checks.options import shown
from cemkit.checks.tables import check_column_names
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.results import Result

EXAMPLES = 3
UNDEFINED = {"recency_days", "tenure_days"}  # of those who never ordered


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMatch(Result):
    """How well a people table matches the customers of an order table.

    Attributes:
        match_rate: Share of the customers who are in the people table.
        customers: Number of customers in the order or customer table.
        people: Number of different people.
        table: One row per outcome, with `count` and `examples`: `matched`, `not_in_people`
            (customers missing from the people table), `never_ordered` (people without an order),
            `repeated_id` (further rows of a person) and `missing_id` (rows without an id).

    Examples:
        >>> people = pd.DataFrame({"customer_id": [1, 2, 4]})
        >>> orders = pd.DataFrame({"customer_id": [1, 1, 3]})
        >>> match_people(orders, people).match_rate
        0.5
    """

    match_rate: float
    customers: int
    people: int
    table: pd.DataFrame


def match_people(orders: Any, people: pd.DataFrame) -> PeopleMatch:
    """Report how well a people table matches the customers of an order or customer table.

    Use it before `customer_table(orders, as_of, people=people)`, which raises an error for repeated
    and missing ids. Ids are compared in the spelling that `prepare_orders` gives them.

    Args:
        orders: Order table on any engine, or a customer table.
        people: Table with one row per person, `customer_id` as a column or as the index.

    Returns:
        A `PeopleMatch`, whose table has the columns `count` and `examples` with one row per
        outcome.

    Raises:
        MissingColumnsError: A table has no `customer_id`.
        NotEnoughDataError: A table has no rows.
        DataError: The ids are text in one table and numbers in the other.

    Examples:
        >>> people = pd.DataFrame({"customer_id": [1, 2, 2, None]})
        >>> orders = pd.DataFrame({"customer_id": [1, 1, 3]})
        >>> match_people(orders, people).table
                       count examples
        outcome
        matched            1        1
        not_in_people      1        3
        never_ordered      1        2
        repeated_id        1        2
        missing_id         1
    """
    ids = _known_ids(orders)
    all_ids = normal_ids(_ids_of(check_frame(people, "people")), "customer_id of people")
    there = all_ids[all_ids.notna()]
    unique = there.unique()
    check_same_ids(unique, ids, "people", "orders")
    found = ids.isin(unique)
    outcomes = {
        "matched": ids[found],
        "not_in_people": ids[~found],
        "never_ordered": unique[~unique.isin(ids)],
        "repeated_id": there[there.duplicated()],
    }
    lines = {name: (len(who), _examples(who)) for name, who in outcomes.items()}
    lines["missing_id"] = (len(all_ids) - len(there), "")
    table = pd.DataFrame.from_dict(lines, orient="index", columns=["count", "examples"])
    return PeopleMatch(
        match_rate=float(found.mean()),
        customers=len(ids),
        people=len(unique),
        table=table.rename_axis("outcome"),
    )


def _ids_of(table: pd.DataFrame) -> pd.Index:
    if "customer_id" not in table.columns and table.index.name != "customer_id":
        raise MissingColumnsError(["customer_id"], table.columns)
    check_column_names(table.columns, "orders")
    return given_ids(table)


def _known_ids(orders: Any) -> pd.Index:
    """The different customers of an order or customer table, sorted and in their one spelling."""
    if isinstance(orders, pd.DataFrame):
        with one_label_a_row("customer_id"):
            distinct = normal_ids(_ids_of(orders).unique())
    else:
        frame = scan(orders, "orders")
        if "customer_id" not in frame.collect_schema().names():
            raise MissingColumnsError(["customer_id"], frame.collect_schema().names())
        distinct = normal_ids(collect(frame.select(nw.col("customer_id")).unique())["customer_id"])
    distinct = distinct[distinct.notna()].unique().sort_values()
    if not len(distinct):
        raise NotEnoughDataError("customers in orders", have=0, need=1)
    return distinct


def _examples(ids: pd.Index) -> str:
    return ", ".join(map(str, ids.unique()[:EXAMPLES]))


def with_people(customers: pd.DataFrame, people: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Return the core with a row for everyone in `people`, and their columns."""
    people = by_customer(check_frame(people, "people"), "people")
    check_matching(people.index, customers.index, "people")
    check_not_made(people.columns, customers.columns)
    everyone = customers.index.union(people.index).rename("customer_id")
    table = for_everyone(customers, everyone).join(people)
    if "contract_end" in people:
        check_not_made(people.columns, ["contract_days_left"])
        left = local_dates(table["contract_end"], "contract_end") - end.to_datetime64()
        table["contract_days_left"] = pd.Series(left, everyone).dt.days.astype("float64")
    return table


def check_not_made(names: Iterable[Any], made: Iterable[Any]) -> None:
    """Raise where people have a column that the customer table makes itself."""
    there = set(made)
    taken = [name for name in names if name in there]
    if taken:
        raise DataError(
            f"people has a column {shown(taken[0])}, which is also a column of the "
            "customer table; rename it"
        )


def check_matching(ids: pd.Index, customers: pd.Index, name: str) -> None:
    """Raise where none of the ids of a table is that of a customer."""
    if id_kind(ids) != "nothing":
        check_any_match(ids, customers, name, "orders")


def for_everyone(part: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Return the rows of `index`: counts and amounts of those without a row are 0, not missing."""
    if part.index.equals(index):
        return part
    table = part.reindex(index)
    for name, dtype in part.dtypes.items():
        is_count = dtype == np.int64 and name not in UNDEFINED
        is_money = "amount" in str(name) or name == "contribution_margin"
        if is_count or (is_money and dtype == np.float64):
            table[name] = table[name].fillna(0).astype(dtype)
    return table
