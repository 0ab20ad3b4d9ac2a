"""Purchase days: one sort against sets, and the rows of every engine alike."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.data.engines import collect
from cemkit.data.purchase_days import (
    check_none_missing,
    distinct_pairs,
    is_purchase,
    order_rows,
    purchase_day_rows,
    sorted_purchases,
)
from cemkit.errors import DataError, MissingColumnsError

pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(-40_000, 3_000_000)), max_size=30)


@given(pairs)
def test_distinct_pairs_are_a_sorted_set(pairs: list[tuple[int, int]]) -> None:
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    found = zip(*(side.tolist() for side in distinct_pairs(left, right)), strict=True)
    assert list(found) == sorted(set(pairs))


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    hours = pd.to_timedelta(rng.integers(0, 24 * 90, 300), unit="h")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 20, 300),
            "order_date": (pd.Timestamp("2023-12-01") + hours).astype("datetime64[us]"),
            "amount": rng.choice([-3.0, 0.0, 4.5], 300),
            "shop": rng.choice(["a", "b"], 300),
        }
    )


def test_every_engine_has_the_same_rows(engine: Any, orders: pd.DataFrame) -> None:
    found = collect(order_rows(engine(orders), kind="shop"))
    expected = orders[["customer_id", "amount"]].assign(
        kind=orders["shop"],
        day=(orders["order_date"].dt.normalize() - pd.Timestamp("1970-01-01")).dt.days,
        missing=0,
    )
    keys = ["customer_id", "day", "amount", "kind", "missing"]
    pd.testing.assert_frame_equal(
        found[keys].sort_values(keys, ignore_index=True).astype({"kind": object}),
        expected[keys].sort_values(keys, ignore_index=True).astype({"kind": object}),
        check_dtype=False,
    )
    days = collect(purchase_day_rows(order_rows(engine(orders))))
    bought = expected[is_purchase(expected["amount"])].drop_duplicates(["customer_id", "day"])
    assert set(zip(days["customer_id"], days["day"], strict=True)) == set(
        zip(bought["customer_id"], bought["day"], strict=True)
    )


def test_the_sort_in_memory_counts_as_a_group_by(orders: pd.DataFrame) -> None:
    end = pd.Timestamp("2024-01-31")
    purchases = sorted_purchases(orders, ["customer_id"], end)
    days = orders[orders["amount"] >= 0].assign(day=lambda t: t["order_date"].dt.normalize())
    groups = days[days["day"] <= end].groupby("customer_id")["day"]
    epoch = pd.Timestamp("1970-01-01")
    assert purchases.buyers.tolist() == list(groups.groups)
    assert purchases.count.tolist() == groups.nunique().tolist()
    assert purchases.first.tolist() == (groups.min() - epoch).dt.days.tolist()
    assert purchases.last.tolist() == (groups.max() - epoch).dt.days.tolist()
    assert purchases.gaps().sum() == (purchases.last - purchases.first).sum()


def test_what_is_missing_is_told_in_one_wording(orders: pd.DataFrame) -> None:
    spoilt = orders.assign(amount=orders["amount"].mask(orders.index < 2))
    assert collect(order_rows(spoilt))["missing"].sum() == 2
    with pytest.raises(DataError, match="amount is missing or infinite in 2 of 300 rows; make the"):
        check_none_missing(spoilt, 2)
    with pytest.raises(MissingColumnsError, match="'kind'"):
        order_rows(orders, kind="kind")
