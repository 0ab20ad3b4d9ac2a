"""The plans of the engines against each other, where returns make them hard."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.customer_sums import in_memory_sums, lazy_sums
from cemkit.data.engines import collect, scan
from cemkit.data.purchase_days import sorted_purchases

END = pd.Timestamp("2024-02-10")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Draw many returns, several lines a day, and orders that span days."""
    rng = np.random.default_rng(0)
    n = 3_000
    days = pd.to_timedelta(rng.integers(0, 60, n), unit="D")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 200, n),
            "channel": rng.choice(["web", "shop"], n),
            "order_date": (pd.Timestamp("2024-01-01") + days).astype("datetime64[us]"),
            "amount": rng.integers(-3_000, 5_000, n) / 100,
            "order_id": rng.integers(0, 900, n),
        }
    )


@pytest.mark.parametrize("name", ["pandas", "pyarrow", "polars-lazy", "duckdb", "dask-1"])
@pytest.mark.parametrize("order_id", ["order_id", None])
@pytest.mark.parametrize("keys", [["customer_id"], ["customer_id", "channel"]])
def test_every_plan_gives_the_sums_made_in_memory(
    given_on: Any, orders: pd.DataFrame, name: str, order_id: str | None, keys: list[str]
) -> None:
    expected = in_memory_sums(sorted_purchases(orders, keys, END), orders, order_id)
    frame = scan(given_on(name)(orders), "orders")
    found = collect(lazy_sums(frame, keys, END, order_id)).set_index(keys).sort_index()
    pd.testing.assert_frame_equal(
        found[expected.columns],
        expected,
        check_dtype=False,
        check_index_type=False,
        rtol=1e-9,
        atol=1e-9,
    )


def test_in_memory_sums_are_those_of_a_plain_group_by(orders: pd.DataFrame) -> None:
    past = orders[orders["order_date"] <= END]
    bought = past[past["amount"] >= 0]
    by_customer = bought.groupby("customer_id")
    sums = in_memory_sums(sorted_purchases(orders, ["customer_id"], END), orders, "order_id")
    assert (sums["first_order_date"] == by_customer["order_date"].min()).all()
    assert (sums["last_order_date"] == by_customer["order_date"].max()).all()
    assert (sums["purchase_days"] == by_customer["order_date"].nunique()).all()
    assert (sums["order_count"] == by_customer["order_id"].nunique()).all()
    total = past.groupby("customer_id")["amount"].sum().reindex(sums.index)
    np.testing.assert_allclose(sums["total_amount"], total, rtol=1e-12)
