"""The named group-bys against plain pandas, on every small engine."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cemkit import load_cdnow
from cemkit.data.reductions.cohorts import (
    amounts_in_window,
    cohort_purchases,
    last_order_day,
    period_number,
)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")[["customer_id", "order_date", "amount"]]


def test_amounts_in_window_on_engines(orders: pd.DataFrame) -> None:
    start, end = pd.Timestamp("1997-09-30"), pd.Timestamp("1998-06-30")
    within = orders[(orders["order_date"] > start) & (orders["order_date"] <= end)]
    before = orders.loc[orders["order_date"] <= start, "customer_id"].unique()
    expected = within.groupby("customer_id")["amount"].sum().reindex(sorted(before), fill_value=0)
    with duckdb.connect() as connection:
        for table in (orders, pl.from_pandas(orders), connection.from_df(orders)):
            found = amounts_in_window(table, start, end)
            assert found.index.tolist() == expected.index.tolist()
            assert found["amount"].to_numpy() == pytest.approx(expected.to_numpy())
            assert last_order_day(table) == orders["order_date"].max().normalize()


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_periods_are_numbered_as_pandas_numbers_them(period: str) -> None:
    days = pd.date_range("1965-12-25", "2030-01-10", freq="D")
    alias = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}[period]
    expected = [day.ordinal for day in days.to_period(alias)]
    assert period_number(np.array(days, dtype="datetime64[D]"), period).tolist() == expected


def test_cohorts_without_a_purchase_are_empty(orders: pd.DataFrame) -> None:
    returns = orders.head(3).assign(amount=-1.0)
    sizes, cells = cohort_purchases(returns, pd.Timestamp("1998-06-30"), "month", "retention")
    assert sizes.empty
    assert cells.empty
