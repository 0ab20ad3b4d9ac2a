"""A customer table in the form it came in: its ids, who ordered, and the way back to its rows."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.engine_tables import check_no_hidden_ids
from cemkit.checks.ids import by_customer, given_ids, normal_ids
from cemkit.checks.matching import as_series, matched
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

NEVER_ORDERED = "never ordered"


@dataclasses.dataclass(frozen=True, slots=True)
class Customers:
    """The customers of a table who ordered, and the way back to all of its rows.

    A model reads `table` and `column(...)`, and answers with `spread`, `series` or `added`.
    """

    given: Any
    table: Any
    ordered: npt.NDArray[np.bool_] | None
    name: str

    @classmethod
    def of(cls, customers: Any, name: str = "customers", *, once: bool = True) -> Self:
        """Read a table with `customer_id` as its index or a column; an array stays as it is.

        Where customers may have more than one row (not `once`), a column stays a column.
        """
        check_no_hidden_ids(customers, name)
        table = with_id_index(customers, name) if once else customers
        ordered = who_ordered(table) if isinstance(table, pd.DataFrame) else None
        if ordered is None:
            return cls(customers, table, None, name)
        if not ordered.any():
            raise NotEnoughDataError(
                f"customers in {name} who ordered",
                have=0,
                need=1,
                hint=f"order_count is 0 or missing in all {count_text(len(ordered), 'rows')}",
            )
        return cls(customers, table[ordered], ordered, name)

    @property
    def ids(self) -> pd.Index:
        """The ids of all rows as they were given."""
        return given_ids(self.given)

    def left_out(self) -> pd.Series:
        """Count the customers that the fit leaves out, by reason."""
        never = 0 if self.ordered is None else int((~self.ordered).sum())
        return left_out_series({NEVER_ORDERED: never})

    def column(self, values: Any, name: str) -> pd.Series:
        """Return values of the same customers in the order of `table`.

        A Series on the index of the given table, where that holds no ids, goes row by row; any
        other Series by id; arrays and lists row by row.
        """
        series = as_series(values, name)
        by_row = not isinstance(values, pd.Series) or (
            values.index.name != "customer_id" and values.index.equals(self.given.index)
        )
        if not by_row:
            if not self.table.index.is_unique:
                raise DataError(
                    f"{self.name} has repeated ids, so {self.name} and {name} cannot be matched"
                )
            return matched(self._of_those_who_ordered(series), self.table.index, name, self.name)
        if len(series) != len(self.given):
            raise DataError(
                f"{self.name} has {count_text(len(self.given), 'rows')} but {name} has "
                f"{len(series)}"
            )
        kept: pd.Series = self.kept(series)
        return kept.set_axis(self.table.index)

    def kept(self, values: Any) -> Any:
        """Return the values of those who ordered, out of one for each row of the given table."""
        return values if self.ordered is None else values[self.ordered]

    def spread(self, values: Any) -> Any:
        """Return the values of those who ordered as one for each row, missing for all others."""
        array: Any = values.array if isinstance(values, pd.Series) else values
        if self.ordered is None:
            return array
        if array.dtype == bool:
            array = pd.array(array, dtype="boolean")
        places = np.where(self.ordered, np.cumsum(self.ordered) - 1, -1)
        return pd.Series(array).reindex(places).array

    def series(self, values: Any, name: str) -> pd.Series:
        """Return the values on the ids as they were given."""
        return pd.Series(self.spread(values), index=self.ids, name=name)

    def added(self, columns: Any) -> pd.DataFrame:
        """Return the given table with these columns (a mapping or a table) more."""
        new = {str(name): self.spread(values) for name, values in columns.items()}
        table: pd.DataFrame = self.given.assign(**new)
        return table

    def _of_those_who_ordered(self, values: pd.Series) -> pd.Series:
        if self.ordered is None or isinstance(values.index, pd.MultiIndex):
            return values
        never = normal_ids(self.ids[~self.ordered], f"the index of {self.name}")
        ids = normal_ids(values.index, f"the index of {values.name}")
        return values[never.get_indexer_for(ids) < 0]


def with_id_index(table: Any, name: str) -> Any:
    """Return a table with a column `customer_id` on its unique normal ids, another as it is."""
    if isinstance(table, pd.DataFrame) and "customer_id" in table.columns:
        return by_customer(table, name)
    return table


def who_ordered(table: pd.DataFrame) -> npt.NDArray[np.bool_] | None:
    """Return which rows are of customers who ordered; None where all did.

    Others have an `order_count` of 0 or none, and no `recency_days`.
    """
    if not {"order_count", "recency_days"} <= set(table.columns):
        return None
    never = table["recency_days"].isna().to_numpy(dtype=bool)
    if not never.any():
        return None
    count = table["order_count"]
    never = never & (count.isna() | (count == 0)).to_numpy(dtype=bool)
    return ~never if never.any() else None


def left_out_series(counts: Mapping[str, float]) -> pd.Series:
    """Return counts of customers by reason."""
    return pd.Series(counts, name="customers", dtype="float64").rename_axis("reason")
