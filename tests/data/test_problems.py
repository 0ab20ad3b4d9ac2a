"""Each problem is seen where it is, and nowhere else."""

import pandas as pd
import pytest

from cemkit.data.engines import collect
from cemkit.data.problems import (
    PROBLEMS,
    OrderColumns,
    problems_to_look_for,
    read_orders,
    with_flags,
)

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("customer", "day", "amount", "problems"),
    [
        ("a", "2024-01-01", 1.0, set()),
        (None, "2024-01-01", 0.0, {"missing_customer", "zero_amount"}),
        ("a", None, -1.0, {"missing_date", "negative_amount"}),
        ("a", "", 1.0, {"missing_date"}),
        ("a", "2023-02-29", 1.0, {"unreadable_date"}),
        ("a", "2024-01-01", NAN, {"missing_amount"}),
        ("a", "2024-01-01", -INF, {"infinite_amount"}),
    ],
)
def test_a_row_has_the_problems_it_has(
    customer: str | None, day: str | None, amount: float, problems: set[str]
) -> None:
    raw = pd.DataFrame({"customer_id": [customer, "z"], "order_date": [day, "2024-01-01"]})
    raw["amount"] = [amount, 1.0]
    names = [name for name in problems_to_look_for(OrderColumns()) if name != "duplicate"]
    flags = collect(with_flags(read_orders(raw, OrderColumns(), None, None), OrderColumns(), names))
    assert {name for name in names if flags[name][0]} == problems
    assert not flags.loc[1, names].any()


def test_order_ids_are_looked_at_where_they_are_named() -> None:
    columns = OrderColumns(order_id="invoice", cancelled="C")
    further = {"missing_cost", "infinite_cost", "invalid_discount"}
    assert problems_to_look_for(columns) == [name for name in PROBLEMS if name not in further]
    everything = OrderColumns(order_id="invoice", cancelled="C", cost="c", discount="d")
    assert problems_to_look_for(everything) == list(PROBLEMS)
    raw = pd.DataFrame({"customer_id": 1, "order_date": "2024-01-01", "amount": 1.0}, index=[0, 1])
    frame = read_orders(raw.assign(invoice=["C1", None]), columns, None, None)
    flags = collect(with_flags(frame, columns, ["missing_order", "cancelled"]))
    assert flags["cancelled"].tolist() == [1, 0]
    assert flags["missing_order"].tolist() == [0, 1]
