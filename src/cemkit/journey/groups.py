"""Groups of customers: columns of events as they were at a start, or of a table of people."""

from typing import Any

import pandas as pd

from cemkit.checks import by_customer, check_columns, check_same_ids, check_spellings
from cemkit.errors import DataError


def check_groups(
    customers: pd.DataFrame, columns: list[Any], people: pd.DataFrame | None
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
                f"{name} is missing for {missing:,} of {len(customers):,} customers at their first "
                "start; name it, for example 'unknown', or leave those customers out"
            )
        check_spellings(customers[name].unique(), str(name))
    return customers
