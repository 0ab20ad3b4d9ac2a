"""The named group-bys against plain pandas, on every small engine."""

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cemkit import load_cdnow
from cemkit.data.reductions.cohorts import cohort_purchases, period_number
from cemkit.errors import DataError


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")[["customer_id", "order_date", "amount"]]


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


FLAWS = {
    "customer_id": [None, "ann", "bob", "cat"],
    "order_date": [None, *pd.to_datetime(["2024-02-09", "2024-01-05", "2024-02-02"])],
    "amount": [None, 30.0, 5.0, 8.0],
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_missing_id_date_or_amount_is_refused_on_engines(
    flaw: str, quick_engine: Callable[[pd.DataFrame], Any]
) -> None:
    sound = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "cat"],
            "order_date": pd.to_datetime(["2024-01-01", "2024-02-09", "2024-01-05", "2024-02-02"]),
            "amount": [20.0, 30.0, 5.0, 8.0],
        }
    )
    table = quick_engine(sound.assign(**{flaw: FLAWS[flaw]}))
    end = pd.Timestamp("2024-03-31")
    with pytest.raises(DataError, match=f"{flaw} is missing .*in 1 of 4 rows; make the orders"):
        cohort_purchases(table, end, "month", "retention")


def test_an_amount_that_is_no_number_is_refused_where_missing_and_nan_differ() -> None:
    table = pl.DataFrame(
        {
            "customer_id": ["ann", "bob"],
            "order_date": pd.to_datetime(["2024-01-01", "2024-01-05"]),
            "amount": [float("nan"), 5.0],
        }
    )
    with pytest.raises(DataError, match="amount is missing or infinite"):
        cohort_purchases(table, pd.Timestamp("2024-03-31"), "month", "amount")


def test_types_that_cannot_be_read_are_told_and_dates_of_arrow_are_read(
    orders: pd.DataFrame,
) -> None:
    end = pd.Timestamp("1998-06-30")
    expected, _ = cohort_purchases(orders, end, "month", "retention")
    days = orders.assign(order_date=orders["order_date"].astype("date32[day][pyarrow]"))
    found, _ = cohort_purchases(days, end, "month", "retention")
    pd.testing.assert_series_equal(found, expected)
    dates = orders["order_date"]
    for wrong in (dates.dt.tz_localize("UTC"), dates.astype(str), dates.dt.date):
        with pytest.raises(DataError, match="order_date must hold dates without a time zone, not"):
            cohort_purchases(orders.assign(order_date=wrong), end, "month", "retention")
    with pytest.raises(DataError, match="amount must be numeric, not String"):
        cohort_purchases(orders.assign(amount="9"), end, "month", "retention")


def test_one_order_long_ago_makes_no_cells_for_cohorts_that_never_were(
    orders: pd.DataFrame,
) -> None:
    old = orders.head(1).assign(customer_id=-1, order_date=pd.Timestamp("1900-01-01"))
    end = pd.Timestamp("1998-06-30")
    tracemalloc.start()
    sizes, cells = cohort_purchases(pd.concat([orders, old]), end, "week", "amount")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6  # 5,139 weeks by 5,139 are 200 MB a column
    sizes_without, cells_without = cohort_purchases(orders, end, "week", "amount")
    pd.testing.assert_series_equal(sizes.iloc[1:], sizes_without)
    pd.testing.assert_frame_equal(cells.iloc[1:].reset_index(drop=True), cells_without)
