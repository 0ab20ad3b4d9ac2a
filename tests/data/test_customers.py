"""summarize_customers against a hand calculation, the papers' CDNOW counts, and itself shuffled."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import (
    DataError,
    MissingColumnsError,
    NotEnoughDataError,
    load_cdnow,
    summarize_customers,
)

ORDERS = pd.DataFrame(
    [
        ("ann", "2024-01-01 09:00", "1", 20.0),
        ("ann", "2024-01-01 18:00", "2", 10.0),
        ("ann", "2024-01-11", "3", 30.0),
        ("ann", "2024-01-11", "3", 5.0),
        ("ann", "2024-01-20", "4", -5.0),
        ("bob", "2024-01-05", "5", 8.0),
        ("cat", "2024-01-06", "6", -8.0),
        ("dan", "2024-02-01", "7", 9.0),
    ],
    columns=["customer_id", "order_date", "order_id", "amount"],
).assign(order_date=lambda table: pd.to_datetime(table["order_date"], format="ISO8601"))


def test_each_column_by_hand() -> None:
    customers = summarize_customers(ORDERS, as_of="2024-01-31")
    assert customers.index.tolist() == ["ann", "bob"]  # cat only returned, dan came later
    assert customers.loc["ann"].to_dict() == {
        "first_order_date": pd.Timestamp("2024-01-01"),
        "last_order_date": pd.Timestamp("2024-01-11"),
        "order_count": 3,
        "total_amount": 60.0,
        "mean_amount": 20.0,
        "recency_days": 20,
        "tenure_days": 30,
        "repeat_count": 1,
        "repeat_mean_amount": 30.0,  # 30 + 5 - 5 after the first day
    }
    assert customers.loc["bob", ["repeat_count", "repeat_mean_amount"]].tolist() == [0, 0.0]


def test_without_order_ids_an_order_is_a_customer_day() -> None:
    customers = summarize_customers(ORDERS.drop(columns="order_id"), as_of="2024-01-31")
    assert customers.loc["ann", "order_count"] == 2


def test_cdnow_has_the_counts_of_the_papers() -> None:
    # Fader, Hardie, Lee (2005): 2,357 customers, of whom 946 bought again, 2,457 times.
    customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
    assert len(customers) == 2357
    assert customers["repeat_count"].sum() == 2457
    assert (customers["repeat_count"] > 0).sum() == 946


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_row_order_does_not_matter(data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(ORDERS))))
    pd.testing.assert_frame_equal(
        summarize_customers(ORDERS.iloc[list(order)], as_of="2024-01-31"),
        summarize_customers(ORDERS, as_of="2024-01-31"),
    )


def test_what_comes_after_as_of_changes_nothing() -> None:
    past = ORDERS[ORDERS["order_date"] < "2024-02-01"]
    pd.testing.assert_frame_equal(
        summarize_customers(ORDERS, as_of="2024-01-31"),
        summarize_customers(past, as_of="2024-01-31"),
    )


def test_one_order_of_one_customer() -> None:
    customers = summarize_customers(ORDERS.iloc[[0]], as_of="2024-01-01")
    assert customers[["recency_days", "tenure_days", "repeat_count"]].to_numpy().tolist() == [
        [0, 0, 0]
    ]


def test_as_of_before_the_first_order() -> None:
    message = "as_of=2023-12-31 lies before the first order, on 2024-01-01"
    with pytest.raises(DataError, match=message):
        summarize_customers(ORDERS, as_of="2023-12-31")


def test_nothing_but_returns() -> None:
    with pytest.raises(NotEnoughDataError, match="0 purchases up to as_of, but it takes at least"):
        summarize_customers(ORDERS.query("customer_id == 'cat'"), as_of="2024-01-31")


def test_no_orders_at_all() -> None:
    with pytest.raises(NotEnoughDataError, match="0 orders, but it takes at least 1"):
        summarize_customers(ORDERS.iloc[:0], as_of="2024-01-31")


def test_columns_under_other_names() -> None:
    table = ORDERS.rename(columns={"amount": "amounts"})
    with pytest.raises(MissingColumnsError, match=r"did you mean 'amounts'\?\).*prepare_orders"):
        summarize_customers(table, as_of="2024-01-31")
