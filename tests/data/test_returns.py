"""Returns find the purchase they take back, once, and never a later one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import net_returns
from cemkit.errors import DataError, MissingColumnsError


def orders_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    names = ["customer_id", "product", "order_date", "amount", "order_id"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(order_date=pd.to_datetime(table["order_date"]).astype("datetime64[us]"))


ORDERS = orders_of(
    ("ann", "shoe", "2024-01-01", 20.0, "1"),
    ("ann", "shoe", "2024-01-03", 60.0, "2"),
    ("ann", "hat", "2024-01-03", 20.0, "2"),
    ("ann", "shoe", "2024-01-05", -20.0, "r1"),
    ("ann", "shoe", "2024-01-06", -20.0, "r2"),
    ("ann", "shoe", "2024-01-07", -50.0, "r3"),
    ("bob", "shoe", "2024-01-08", -9.0, "r4"),
    ("bob", "shoe", "2024-01-09", 9.0, "3"),
)


def test_every_engine_matches_the_same_purchases(engine: Any) -> None:
    netting = net_returns(engine(ORDERS))
    table = netting.table
    assert table["order_id"].tolist() == ["r1", "r2", "r3", "r4"]
    # The exact amount first, then what is left of the larger purchase; 40 are too few for 50.
    bought = [None if pd.isna(i) else str(i) for i in table["purchase_order_id"]]
    assert bought == ["1", "2", None, None]
    assert table["days_to_return"].tolist()[:2] == [4, 3]
    assert (netting.returns, netting.matched, netting.unmatched) == (4, 2, 2)
    assert (netting.matched_amount, netting.unmatched_amount) == (-40.0, -59.0)


def test_a_return_on_the_moment_of_its_purchase_matches() -> None:
    netting = net_returns(
        orders_of(("a", "x", "2024-01-01", 5.0, "1"), ("a", "x", "2024-01-01", -5.0, "2"))
    )
    assert netting.table["matched"].tolist() == [True]


def test_returns_without_a_product_are_returns(quick_engine: Any) -> None:
    orders = orders_of(
        ("a", "x", "2024-01-01", 5.0, "1"),
        ("a", None, "2024-01-01", 7.0, "1"),
        ("a", None, "2024-01-05", -7.0, "2"),
        ("a", None, "2024-01-06", -5.0, "3"),
    )
    netting = net_returns(quick_engine(orders))
    assert (netting.matched_amount, netting.unmatched_amount) == (-7.0, -5.0)


def test_large_order_ids_stay_whole_where_some_are_missing() -> None:
    order = 2**60 + 1
    orders = orders_of(
        ("a", "x", "2024-01-01", 5.0, order),
        ("a", "x", "2024-01-05", -5.0, order + 2),
        ("a", "x", "2024-01-06", -9.0, order + 4),
    )
    assert net_returns(orders).table["purchase_order_id"].tolist() == [order, pd.NA]


@pytest.mark.parametrize("name", ["polars", "pyarrow", "duckdb", "pandas-arrow"])
def test_days_without_a_time_are_read(given_on: Any, name: str) -> None:
    days = given_on(name)(ORDERS.assign(order_date=ORDERS["order_date"].dt.date))
    assert net_returns(days).table["days_to_return"].tolist()[:2] == [4, 3]


@pytest.mark.parametrize("column", ["customer_id", "order_date", "amount"])
def test_what_is_missing_is_no_row_less(quick_engine: Any, column: str) -> None:
    orders = quick_engine(ORDERS.assign(**{column: ORDERS[column].where(ORDERS.index != 3)}))
    with pytest.raises(DataError, match=f"{column} is missing .*in 1 of 8 rows; make the"):
        net_returns(orders)


def test_text_is_no_date() -> None:
    with pytest.raises(
        DataError, match="order_date must hold dates without a time zone, not String"
    ):
        net_returns(ORDERS.assign(order_date="2024-01-01"))


def test_without_returns_the_table_is_empty() -> None:
    netting = net_returns(ORDERS[ORDERS["amount"] > 0])
    assert netting.table.empty
    assert netting.sentence() == ("0 of 0 returns match a purchase (0.00); 0 match nothing (0.00).")
    assert "退货" in netting.sentence("zh")


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="missing column 'amount'"):
        net_returns(ORDERS.drop(columns="amount"))


rows = st.tuples(
    st.sampled_from(["a", "b"]),
    st.sampled_from(["x", "y"]),
    st.integers(0, 9).map(lambda day: f"2024-01-{day + 1:02}"),
    st.integers(-20, 20).filter(bool).map(float),
)


@given(st.lists(rows, min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_purchase_is_returned_twice_or_before_it_was_made(drawn: list[Any]) -> None:
    orders = orders_of(*((*row, f"o{k}") for k, row in enumerate(drawn)))
    table = net_returns(orders).table
    assert len(table) == (orders["amount"] < 0).sum()
    matched = table[table["matched"]]
    assert (matched["purchase_date"] <= matched["order_date"]).all()
    purchases = orders.set_index("order_id").loc[matched["purchase_order_id"]]
    assert (purchases["customer_id"].to_numpy() == matched["customer_id"].to_numpy()).all()
    assert (purchases["product"].to_numpy() == matched["product"].to_numpy()).all()
    taken = -matched.groupby("purchase_order_id")["amount"].sum()
    bought = matched.groupby("purchase_order_id")["purchase_amount"].first()
    assert (taken <= bought + 1e-9).all()
    np.testing.assert_array_equal(matched["purchase_amount"] > 0, True)


def test_ids_of_orders_above_every_signed_integer_are_kept() -> None:
    orders = ORDERS.assign(order_id=np.arange(len(ORDERS), dtype=np.uint64) + 2**63)
    table = net_returns(orders).table
    assert table["purchase_order_id"].dropna().tolist() == [2**63, 2**63 + 1]
