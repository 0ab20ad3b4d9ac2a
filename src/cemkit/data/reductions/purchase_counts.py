"""Orders to how often each customer bought something in the days up to a day, on any engine."""

import dataclasses
from typing import Any, Self

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, check_same_ids, check_spellings, normal_ids
from cemkit.data.days import day_of
from cemkit.data.engines import collect
from cemkit.data.known_labels import label_place
from cemkit.data.order_ids import check_spelling_in
from cemkit.data.order_rows import HINT, scan_orders
from cemkit.data.purchase_days import check_none_missing, is_purchase, order_rows

Counts = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, slots=True)
class PurchaseRows:
    """Checked orders of which purchases can be counted."""

    orders: Any
    columns: tuple[str, ...]
    ids: pd.Index
    read: dict[Any, Any] = dataclasses.field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, orders: Any) -> Self:
        """Check the orders."""
        rows = order_rows(orders)
        check_spelling_in(rows)
        check_none_missing(
            orders, int(collect(rows.select(nw.col("missing").sum()))["missing"].iloc[0] or 0)
        )
        ids = collect(rows.select("customer_id").unique())["customer_id"]
        return cls(orders, tuple(scan_orders(orders).collect_schema().names()), pd.Index(ids))

    def counts(
        self,
        customers: pd.Index,
        column: str | None,
        value: str | None,
        end: pd.Timestamp,
        days: int,
    ) -> Counts:
        """How many orders each customer placed in `end - days < date <= end`; 0 for others.

        Without `order_id` an order is a day.
        """
        check_same_ids(customers, self.ids, "customers", "orders")
        key = ["order_id"] if "order_id" in self.columns else ["day"]
        kept = {name: name for name in (*key, column) if name not in (None, "day")}
        check_columns(self.columns, [*kept], f"a condition counts purchases by it; {HINT}")
        day = nw.col("day")
        within = (day <= day_of(end)) & (day > day_of(end) - days)
        rows = order_rows(self.orders, **kept).filter(within & is_purchase(nw.col("amount")))
        if column is not None:
            label = self._label(column, str(value))
            if label is None:
                return np.zeros(len(customers), dtype=np.int64)
            rows = rows.filter(nw.col(column) == label)
        orders = collect(rows.select("customer_id", *key).unique())
        place = customers.get_indexer(normal_ids(orders["customer_id"]))
        return np.bincount(place[place >= 0], minlength=len(customers)).astype(np.int64)

    def _label(self, column: str, value: str) -> Any:
        """The value as the column has it; None where no order has it, which is said once."""
        key = ("label", column, value)
        if key not in self.read:
            labels = self._labels(column)
            place = label_place(value, labels, column, "no order has")
            self.read[key] = labels[place] if place >= 0 else None
        return self.read[key]

    def _labels(self, column: str) -> list[Any]:
        """The distinct values of a column of the orders."""
        rows = order_rows(self.orders, **{column: column}).select(column).unique()
        labels: list[Any] = collect(rows)[column].dropna().astype(object).tolist()
        check_spellings(labels, column)
        return labels
