"""One row per customer: hand-made orders, lifetimes as the reference, and every engine alike."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import load_cdnow, summarize_customers
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

DATES = ["first_order_date", "last_order_date"]


def orders_of(*rows: tuple[Any, str, float], **columns: list[Any]) -> pd.DataFrame:
    ids, dates, amounts = zip(*rows, strict=True)
    table = pd.DataFrame({"customer_id": ids, "order_date": pd.to_datetime(dates), "amount": amounts})
    return table.assign(order_date=table["order_date"].astype("datetime64[us]"), **columns)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Several lines an order, several orders a day, returns before, at and after purchases."""
    return orders_of(
        ("ann", "1997-01-03 08:00", 10.0),
        ("ann", "1997-01-03 09:00", 5.5),
        ("ann", "1997-01-03 22:00", 1.25),
        ("ann", "1997-02-01 00:00", 20.0),
        ("ann", "1997-02-02 00:00", -4.0),
        ("ann", "1997-03-31 23:59", 8.0),
        ("ann", "1997-04-01 00:00", 99.0),
        ("bob", "1997-01-01 12:00", -3.0),
        ("bob", "1997-01-10 12:00", 0.0),
        ("bob", "1997-03-01 12:00", 7.0),
        ("cid", "1997-02-01 12:00", -3.0),
        ("dee", "1997-01-31 12:00", 0.1),
        order_id=["a1", "a1", "a2", "a3", "a3r", "a4", "a5", "b0", "b1", "b2", "c1", "d1"],
        channel=["web", "web", "shop", "web", "web", "shop", "web", *["web"] * 5],
    )


def expected(with_orders: bool) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "first_order_date": pd.to_datetime(["1997-01-03", "1997-01-10", "1997-01-31"]),
            "last_order_date": pd.to_datetime(["1997-03-31", "1997-03-01", "1997-01-31"]),
            "order_count": [4 if with_orders else 3, 2, 1],
            "total_amount": [40.75, 4.0, 0.1],
            "mean_amount": [40.75 / (4 if with_orders else 3), 2.0, 0.1],
            "recency_days": [0, 30, 59],
            "tenure_days": [87, 80, 59],
            "repeat_count": [2, 1, 0],
            "repeat_mean_amount": [12.0, 7.0, 0.0],
        },
        index=pd.Index(["ann", "bob", "dee"], name="customer_id"),
    )
    return table.astype(dict.fromkeys(DATES, "datetime64[us]"))


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    assert [str(i) for i in left.index] == [str(i) for i in right.index]
    pd.testing.assert_frame_equal(
        left.reset_index(drop=True), right.reset_index(drop=True), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("with_orders", [True, False])
def test_every_engine_gives_what_the_hand_counts(
    engine: Any, orders: pd.DataFrame, with_orders: bool
) -> None:
    table = orders if with_orders else orders.drop(columns="order_id")
    same(summarize_customers(engine(table), as_of="1997-03-31"), expected(with_orders))
