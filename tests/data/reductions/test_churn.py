"""The group-bys of churn: by hand, and alike on every engine."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.churn import (
    churn_activity,
    gap_counts,
    main_channel,
    purchases_around,
)
from cemkit.errors import DataError, MissingColumnsError

END = dt.date(2024, 3, 31)


def orders_of(seed: int = 0, rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 60, rows),
            "order_date": pd.Timestamp("2023-12-20")
            + pd.to_timedelta(rng.integers(0, 150 * 24, rows), unit="h"),
            "amount": rng.choice([-5.0, 0.0, 10.25, 20.5, 7.0], rows),
            "order_id": rng.integers(0, 250, rows),
            "promotion": rng.choice(np.array([None, "spring"], dtype=object), rows),
            "product": rng.choice(["tea", "cup", "pot"], rows),
            "category": rng.choice(["drink", "ware"], rows),
            "channel": rng.choice(["web", "shop"], rows),
        }
    )


def on(engine: str, orders: pd.DataFrame) -> Any:
    if engine == "duckdb":
        duckdb = pytest.importorskip("duckdb")
        return duckdb.from_df(orders)
    if engine == "dask":
        dask = pytest.importorskip("dask.dataframe")
        return dask.from_pandas(orders, npartitions=3)
    polars = pytest.importorskip("polars")
    table = polars.from_pandas(orders)
    return {"polars": table, "lazy": table.lazy(), "pyarrow": table.to_arrow()}[engine]


every_engine = pytest.mark.parametrize("engine", ["polars", "lazy", "pyarrow", "duckdb", "dask"])


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
    activity = churn_activity(orders, END, [30])
    assert activity.index.tolist() == ["ann", "bob"]  # cat has returned and never bought
    ann = activity.loc["ann"]
    first = (dt.date(2024, 1, 1) - dt.date(1970, 1, 1)).days
    assert ann["first_day"] == first
    assert ann["last_day"] == first + 60
    assert ann["purchase_days"] == ann["order_count"] == 3
    assert ann["day_sum"] == 3 * first + 10 + 60
    assert ann["squared_gap_sum"] == 10**2 + 50**2
    assert ann["purchased_amount"] == 65
    assert ann["returned_amount"] == 12
    assert ann["purchase_rows"] == 4
    assert ann["return_rows"] == 1
    assert ann["order_days_30"] == 0  # 2024-03-01 is 30 days before the end
    assert ann["amount_30"] == -12
    assert activity.loc["bob", "order_days_30"] == 1


@every_engine
@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_engines_agree_with_pandas(engine: str) -> None:
    orders = orders_of()
    table = on(engine, orders)
    same = {"check_index_type": False, "check_dtype": True}
    pd.testing.assert_frame_equal(
        churn_activity(table, END, [30, 60]), churn_activity(orders, END, [30, 60]), **same
    )
    pd.testing.assert_frame_equal(
        purchases_around(table, dt.date(2024, 2, 1), END),
        purchases_around(orders, dt.date(2024, 2, 1), END),
        **same,
    )
    pd.testing.assert_frame_equal(gap_counts(table, END), gap_counts(orders, END), **same)
    channel, expected = main_channel(table, END), main_channel(orders, END)
    assert channel is not None
    assert expected is not None
    assert channel.to_dict() == expected.to_dict()


def test_activity_against_plain_pandas() -> None:
    orders = orders_of(seed=1)
    past = orders[orders["order_date"].dt.normalize() <= pd.Timestamp(END)]
    bought = past[past["amount"] >= 0]
    activity = churn_activity(orders, END, [45])
    by = bought.groupby("customer_id")
    expected = pd.DataFrame(
        {
            "order_count": by["order_id"].nunique(),
            "product_count": by["product"].nunique(),
            "category_count": by["category"].nunique(),
            "promoted_rows": by["promotion"].count(),
            "purchase_rows": by.size(),
        }
    )
    pd.testing.assert_frame_equal(activity[list(expected)], expected, check_dtype=False)
    recent = past[past["order_date"] >= pd.Timestamp(END) - pd.Timedelta(days=44)]
    amounts = recent.groupby("customer_id")["amount"].sum().reindex(activity.index).fillna(0)
    np.testing.assert_allclose(activity["amount_45"], amounts)


def test_a_channel_used_as_often_as_another_is_the_first_in_the_alphabet() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "order_date": pd.to_datetime(["2024-01-01"] * 3),
            "amount": [1.0, 1.0, -1.0],
            "channel": ["web", "shop", "web"],
        }
    )
    found = main_channel(orders, END)
    assert found is not None
    assert found.to_dict() == {1: "shop"}
    assert main_channel(orders.drop(columns="channel"), END) is None


def test_row_order_does_not_matter() -> None:
    orders = orders_of(seed=2)
    mixed = orders.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(
        churn_activity(orders, END, [30]), churn_activity(mixed, END, [30]), rtol=1e-12
    )


READERS = [
    lambda orders: churn_activity(orders, dt.date(2025, 1, 1), []),
    lambda orders: purchases_around(orders, dt.date(2024, 2, 1), END),
    lambda orders: gap_counts(orders, dt.date(2025, 1, 1)),
]


@pytest.mark.parametrize("engine", ["pandas", "polars", "lazy", "pyarrow", "duckdb", "dask"])
@pytest.mark.parametrize("column", ["customer_id", "order_date", "amount"])
@pytest.mark.parametrize("read", READERS, ids=["activity", "around", "gaps"])
@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_what_is_missing_is_counted_and_refused(engine: str, column: str, read: Any) -> None:
    orders = orders_of().astype({"customer_id": "float64"})
    orders.loc[[3, 7], column] = pd.NaT if column == "order_date" else np.nan
    table = orders if engine == "pandas" else on(engine, orders)
    with pytest.raises(DataError, match="amount is missing, or the amount infinite, in 2 rows"):
        read(table)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("read", READERS, ids=["activity", "around", "gaps"])
def test_an_amount_that_is_not_finite_is_no_purchase_anywhere(read: Any, bad: float) -> None:
    polars = pytest.importorskip("polars")
    orders = orders_of()
    orders.loc[5, "amount"] = bad
    # Not a number is then no missing value, and above 0.
    held = polars.from_pandas(orders, nan_to_null=False)
    for table in (orders, held, held.lazy()):
        with pytest.raises(DataError, match="infinite, in 1 rows"):
            read(table)


def test_nullable_amounts_and_amounts_that_are_no_numbers() -> None:
    orders = orders_of().astype({"amount": "Float64"})
    orders.loc[3, "amount"] = pd.NA
    with pytest.raises(DataError, match="in 1 rows"):
        churn_activity(orders, dt.date(2025, 1, 1), [])
    with pytest.raises(
        DataError, match="amount must be numeric, not String; make the orders table with"
    ):
        churn_activity(orders.assign(amount="5"), END, [])


@pytest.mark.parametrize("engine", ["pandas", "polars", "duckdb", "dask"])
@pytest.mark.filterwarnings("ignore:Dask:FutureWarning")
def test_a_missing_product_is_no_product(engine: str) -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2],
            "order_date": pd.to_datetime(["2024-01-01"] * 4),
            "amount": [1.0, 2.0, 3.0, 4.0],
            "product": np.array(["tea", None, "cup", None], dtype=object),
        }
    )
    table = orders if engine == "pandas" else on(engine, orders)
    assert churn_activity(table, END, [])["product_count"].tolist() == [2, 0]


def test_text_dates_and_zones_are_refused() -> None:
    orders = orders_of()
    with pytest.raises(DataError, match="order_date must hold dates"):
        churn_activity(orders.assign(order_date=orders["order_date"].astype(str)), END, [])
    with pytest.raises(DataError, match="without a time zone"):
        churn_activity(
            orders.assign(order_date=orders["order_date"].dt.tz_localize("UTC")), END, []
        )
    with pytest.raises(MissingColumnsError, match="prepare_orders"):
        churn_activity(orders.drop(columns="amount"), END, [])
