"""Groups of customers: columns of events as they were at a start, or of a table of people."""

import re
from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from cemkit.checks import (
    by_customer,
    check_columns,
    check_list,
    check_same_ids,
    check_spellings,
    one_label_a_row,
)
from cemkit.errors import DataError
from cemkit.formats import count_text

RESERVED = re.compile(r"customer_id|all|start|start_time|reached_(time|\d+)|period")


def check_split(by: str | Sequence[str], names: Collection[str]) -> list[Any]:
    """Return the columns that split the customers, none of which is one of the result's own."""
    columns = [by] if isinstance(by, str) else check_list(by, "by")
    for name in columns:
        if pd.api.types.is_scalar(name) and pd.isna(name):
            raise ValueError(f"by holds {name}, which is not the name of a column; name one")
        if name in names or RESERVED.fullmatch(str(name)):
            raise ValueError(f"by names {name!r}, a column of the result; rename it first")
        if columns.count(name) > 1:
            raise ValueError(f"by names {name!r} twice; name it once")
    return columns


def check_groups(
    customers: pd.DataFrame,
    columns: list[Any],
    people: pd.DataFrame | None,
    moment: str = "first start",
) -> pd.DataFrame:
    """The customers with the columns that split them, none of which is missing."""
    if people is not None:
        known = by_customer(people, "people")
        check_columns(known.columns, columns)
        check_same_ids(customers.index, known.index, "events", "people", "customer_id")
        customers = customers.join(known[columns])
    for name in columns:
        missing = int(customers[name].isna().sum())
        if missing:
            raise DataError(
                f"{name} is missing for {missing:,} of {count_text(len(customers), 'customers')}"
                f"{'' if people is not None else f' at their {moment}'}; name it, for example "
                "'unknown', or leave those customers out"
            )
        with one_label_a_row(str(name)):
            check_spellings(customers[name].unique(), str(name))
    return customers
