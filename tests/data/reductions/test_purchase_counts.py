"""How often each customer bought something in the days up to a day."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.reductions.purchase_counts import PurchaseRows
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError

END = pd.Timestamp("2024-01-31")
IDS = pd.Index([1, 2, 3, 9], name="customer_id")
ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 1, 2, 2, 3],
        "order_date": pd.to_datetime(
            [
                *("2024-01-01", "2024-01-02 09:00", "2024-01-02 18:00", "2024-01-31 23:00"),
                *("2024-02-01", "2024-01-20", "2024-01-20"),
            ],
            format="ISO8601",
        ),
        "amount": [5.0, 0.0, 3.0, 4.0, 9.0, -2.0, 1.0],
        "order_id": ["a", "b", "b", "c", "d", "e", "f"],
        "category": ["sports", "sports", "food", "sports", "sports", "sports", None],
    }
)


def test_orders_in_a_window_that_is_closed_on_the_right(engine: Any) -> None:
    rows = PurchaseRows.of(engine(ORDERS))
    assert rows.counts(IDS, None, None, END, 31).tolist() == [3, 0, 1, 0]
    assert rows.counts(IDS, None, None, END, 30).tolist() == [2, 0, 1, 0]
    assert rows.counts(IDS, "category", "sports", END, 31).tolist() == [3, 0, 0, 0]
    assert rows.counts(IDS, "category", "food", END, 31).tolist() == [1, 0, 0, 0]


def test_without_order_ids_an_order_is_a_day() -> None:
    rows = PurchaseRows.of(ORDERS.drop(columns="order_id"))
    assert rows.counts(IDS, None, None, END, 365).tolist() == [3, 0, 1, 0]


def test_what_nobody_bought_is_said_and_other_spellings_refused() -> None:
    rows = PurchaseRows.of(ORDERS)
    with pytest.warns(CemkitWarning, match="no order has the category 'toys'"):
        assert rows.counts(IDS, "category", "toys", END, 31).tolist() == [0, 0, 0, 0]
    with pytest.raises(DataError, match="'Sports', but 'sports' differs only"):
        rows.counts(IDS, "category", "Sports", END, 31)
    with pytest.raises(MissingColumnsError, match="'catgory' .did you mean 'category'"):
        rows.counts(IDS, "catgory", "sports", END, 31)
    with pytest.raises(DataError, match="text in customers and numbers in orders"):
        rows.counts(pd.Index(["x"]), None, None, END, 31)
    with pytest.raises(DataError, match="amount is missing"):
        PurchaseRows.of(ORDERS.assign(amount=np.nan))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, 20), st.integers(-1, 2), st.sampled_from("ab")),
        min_size=1,
        max_size=20,
    ),
    st.integers(0, 20),
    st.integers(1, 25),
)
def test_counts_against_brute_force(rows: list[tuple], last: int, days: int) -> None:
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount", "category"])
    start = pd.Timestamp("2024-01-01")
    orders = table.assign(order_date=start + pd.to_timedelta(table["day"], "D"))
    expected = [
        len({d for c, d, amount, what in rows if (c, what) == (customer, "a") and amount >= 0
             and last - days < d <= last})
        for customer in (1, 2, 3)
    ]  # fmt: skip
    if "a" not in set(table["category"]):
        return
    found = PurchaseRows.of(orders).counts(
        pd.Index([1, 2, 3]), "category", "a", start + pd.Timedelta(days=last), days
    )
    assert found.tolist() == expected
