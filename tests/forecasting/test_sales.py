"""Series made of orders, on several engines, with gaps and part weeks."""

from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit.data.datasets import load_cdnow
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.forecasting.sales import sales_from_orders

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 1, 3, 2],
        # Monday 1, Sunday 7, Wednesday 17 and Sunday 21 January 2024, with a week between.
        "order_date": pd.to_datetime(
            ["2024-01-01", "2024-01-07", "2024-01-17", "2024-01-17", "2024-01-21"]
        ),
        "amount": [10.0, 5.0, 8.0, -3.0, 1.0],
        "category": ["tea", "cup", "tea", "tea", "cup"],
    }
)


def test_weeks_have_their_sums_and_gaps_are_zero() -> None:
    assert sales_from_orders(ORDERS).tolist() == [15.0, 0.0, 6.0]
    missing = sales_from_orders(ORDERS, gaps="missing")
    assert missing.isna().tolist() == [False, True, False]
    assert sales_from_orders(ORDERS, net=False).tolist() == [15.0, 0.0, 9.0]


def test_part_weeks_are_dropped_and_said() -> None:
    with pytest.warns(
        CemkitWarning, match=r"left out 2024-01-01/2024-01-07: the orders \(2024-01-03"
    ):
        short = sales_from_orders(ORDERS, start="2024-01-03")
    assert short.tolist() == [0.0, 6.0]
    kept = sales_from_orders(ORDERS, start="2024-01-03", partial="keep")
    assert kept.tolist() == [5.0, 0.0, 6.0]
    assert sales_from_orders(ORDERS, end="2024-01-28").tolist() == [15.0, 0.0, 6.0, 0.0]


def test_weeks_begin_where_they_are_said_to() -> None:
    sunday = sales_from_orders(ORDERS, week_start="sunday", partial="keep")
    assert sunday.index[0].start_time == pd.Timestamp("2023-12-31")
    assert sunday.tolist() == [10.0, 5.0, 5.0, 1.0]


def test_by_makes_a_column_each_on_one_index() -> None:
    table = sales_from_orders(ORDERS, by="category")
    assert table["tea"].tolist() == [10.0, 0.0, 5.0]
    assert table["cup"].tolist() == [5.0, 0.0, 1.0]


ENGINES = {
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same(engine: str) -> None:
    orders: Any = ENGINES[engine](ORDERS)
    pd.testing.assert_series_equal(sales_from_orders(orders), sales_from_orders(ORDERS))
    pd.testing.assert_frame_equal(
        sales_from_orders(orders, by="category"),
        sales_from_orders(ORDERS, by="category"),
        check_names=False,
    )


def test_months_of_cdnow_are_those_of_pandas() -> None:
    orders = load_cdnow()
    ours = sales_from_orders(orders, "month")
    theirs = orders.groupby(orders["order_date"].dt.to_period("M"))["amount"].sum()
    assert ours.to_numpy() == pytest.approx(theirs.to_numpy())
    assert len(ours) == 18


def test_what_cannot_be_summed_is_refused() -> None:
    with pytest.raises(DataError, match="cover no whole period; use a shorter"):
        sales_from_orders(ORDERS, "year")
    with pytest.raises(MissingColumnsError, match="amount"):
        sales_from_orders(ORDERS.drop(columns="amount"))
    with pytest.raises(ValueError, match="period must be one of"):
        sales_from_orders(ORDERS, "fortnight")
    with pytest.raises(DataError, match="need at least 1 row in orders"):
        sales_from_orders(ORDERS.iloc[:0])
    with pytest.raises(DataError, match="no rows from 2025-01-06 to 2025-02-02"):
        sales_from_orders(ORDERS, start="2025-01-06", end="2025-02-02")
    with pytest.raises(DataError, match="no rows from 2024-03-01 to 2024-01-01"):
        sales_from_orders(ORDERS, start="2024-03-01", end="2024-01-01", partial="keep")
    with pytest.raises(ValueError, match="start='foo' is not a date"):
        sales_from_orders(ORDERS, start="foo")


def test_categories_without_orders_have_no_column() -> None:
    levels = pd.Categorical(ORDERS["category"], ["tea", "cup", "pot"])
    table = sales_from_orders(ORDERS.assign(category=levels), by="category")
    assert sorted(table.columns) == ["cup", "tea"]
