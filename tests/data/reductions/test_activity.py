"""Sums of activity: by hand, against plain pandas, and alike on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.purchase_days import sorted_purchases
from cemkit.data.reductions.activity import activity_in_memory, activity_sums

END = pd.Timestamp("2024-03-31")
TODAY = (END - pd.Timestamp("1970-01-01")).days


def orders_of(seed: int = 0, rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 60, rows),
            "order_date": pd.Timestamp("2023-12-20")
            + pd.to_timedelta(rng.integers(0, 150 * 24, rows), unit="h"),
            "amount": rng.choice([-5.0, 0.0, 10.25, 20.5, 7.0], rows),
        }
    )


def in_memory(orders: pd.DataFrame, windows: list[int]) -> pd.DataFrame:
    return activity_in_memory(sorted_purchases(orders, ["customer_id"], END), END, windows)


def test_activity_by_hand() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": ["ann"] * 5 + ["bob", "cat"],
            "order_date": pd.to_datetime(
                [
                    "2024-01-01 09:00",
                    "2024-01-01 17:00",
                    "2024-01-11",
                    "2024-03-01",
                    "2024-03-02",
                    "2024-03-31 23:59",
                    "2024-02-01",
                ],
                format="ISO8601",
            ),
            "amount": [10.0, 5.0, 20.0, 30.0, -12.0, 0.0, -1.0],
        }
    )
    activity = in_memory(orders, [30])
    assert activity.index.tolist() == ["ann", "bob"]  # cat has returned and never bought
    ann = activity.loc["ann"]
    assert ann["day_sum"] == 3 * (TODAY - 90) + 10 + 60
    assert ann["squared_gap_sum"] == 10**2 + 50**2
    assert ann["order_days_30"] == 0  # 2024-03-01 is 30 days before the end
    assert ann["amount_30"] == -12
    assert activity.loc["bob", "order_days_30"] == 1


@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
@pytest.mark.parametrize("name", ["polars-lazy", "duckdb"])
def test_engines_agree_with_the_sort_in_memory(given_on: Any, name: str) -> None:
    expected = in_memory(orders_of(), [30, 60])
    found = activity_sums(given_on(name)(orders_of()), END, [30, 60])
    pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_activity_against_plain_pandas() -> None:
    orders = orders_of(seed=1)
    past = orders[orders["order_date"].dt.normalize() <= END]
    days = past[past["amount"] >= 0].assign(day=lambda table: table["order_date"].dt.normalize())
    days = days.drop_duplicates(["customer_id", "day"]).sort_values("day")
    gaps = days.groupby("customer_id")["day"].diff().dt.days.fillna(0)
    activity = in_memory(orders, [45])
    squares = (gaps**2).groupby(days["customer_id"]).sum()
    assert activity["squared_gap_sum"].tolist() == squares.tolist()
    recent = past[past["order_date"] >= END - pd.Timedelta(days=44)]
    amounts = recent.groupby("customer_id")["amount"].sum().reindex(activity.index).fillna(0)
    np.testing.assert_allclose(activity["amount_45"], amounts)


def test_row_order_does_not_matter() -> None:
    orders = orders_of(seed=2)
    mixed = orders.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(in_memory(orders, [30]), in_memory(mixed, [30]), rtol=1e-12)
