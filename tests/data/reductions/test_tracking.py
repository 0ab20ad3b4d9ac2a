"""Purchases per day of a cohort, counted alike on every small engine."""

import duckdb
import pandas as pd
import polars as pl
import pytest

from cemkit import customer_table, load_cdnow
from cemkit.data.reductions.tracking import cohort_purchases_by_day
from cemkit.errors import MissingColumnsError


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


def test_days_add_up_to_customers_and_their_repeat_purchases(orders: pd.DataFrame) -> None:
    table = cohort_purchases_by_day(orders, "1997-09-30")
    customers = customer_table(orders, "1998-06-30")
    assert table["first_purchases"].sum() == len(customers)
    assert table["repeat_purchases"].sum() == customers["repeat_count"].sum()
    early = cohort_purchases_by_day(orders, "1997-01-31")
    first = customers["first_order_date"] <= "1997-01-31"
    assert early["first_purchases"].sum() == first.sum()
    assert early["repeat_purchases"].sum() == customers.loc[first, "repeat_count"].sum()


def test_returns_are_no_purchases(orders: pd.DataFrame) -> None:
    returned = orders.assign(amount=-1.0, order_date=pd.Timestamp("1999-01-01")).head(50)
    both = pd.concat([orders, returned])
    expected = cohort_purchases_by_day(orders, "1997-09-30")
    pd.testing.assert_frame_equal(cohort_purchases_by_day(both, "1997-09-30"), expected)


def test_engines_agree(orders: pd.DataFrame) -> None:
    expected = cohort_purchases_by_day(orders, "1997-09-30")
    for table in (
        pl.from_pandas(orders),
        pl.from_pandas(orders).lazy(),
        duckdb.from_df(orders),
        pl.from_pandas(orders).to_arrow(),
    ):
        ours = cohort_purchases_by_day(table, "1997-09-30")
        pd.testing.assert_frame_equal(ours, expected, check_freq=False)


def test_missing_columns_are_named(orders: pd.DataFrame) -> None:
    with pytest.raises(MissingColumnsError, match="prepare_orders"):
        cohort_purchases_by_day(orders.drop(columns="amount"), "1997-09-30")
