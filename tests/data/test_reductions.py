"""Each reduction against the plain pandas group-by, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    cell_sums,
    load_cdnow,
    purchase_histories,
    sales_per_period,
    simulate_experiment,
    spend_histories,
)
from cemkit.errors import MissingColumnsError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return load_cdnow("sample", form="customers").reset_index()


def test_purchase_histories_hold_every_customer_once(
    quick_engine: Any, customers: pd.DataFrame
) -> None:
    histories = purchase_histories(quick_engine(customers.drop(columns="first_order_date")))
    active = customers["tenure_days"] - customers["recency_days"]
    plain = customers.assign(active_days=active)
    keys = ["repeat_count", "active_days", "tenure_days"]
    expected = plain.groupby(keys).size().rename("customers").reset_index()
    pd.testing.assert_frame_equal(histories, expected, check_dtype=False)
    assert histories["customers"].sum() == 2_357
    assert len(histories) < 1_600


def test_spend_histories_hold_every_repeat_customer_once(
    quick_engine: Any, customers: pd.DataFrame
) -> None:
    """946 of the 2,357 customers bought again (Fader and Hardie)."""
    table = quick_engine(customers[["repeat_count", "repeat_mean_amount"]])
    histories = spend_histories(table)
    assert histories["customers"].sum() == 946
    repeat = customers[customers["repeat_count"] > 0]
    weighted = histories["repeat_mean_amount"] * histories["customers"]
    assert weighted.sum() == pytest.approx(repeat["repeat_mean_amount"].sum(), rel=1e-12)


def test_cell_sums_are_all_that_means_and_covariances_need(engine: Any) -> None:
    table = simulate_experiment(2_000).table
    sums = cell_sums(engine(table), ["variant", "segment"], ["amount", "pre_amount"])
    assert sums.index.names == ["variant", "segment"]
    for cell, rows in table.groupby(["variant", "segment"]):
        line = sums.loc[cell]
        assert line["n"] == len(rows)
        mean = line["amount_sum"] / line["n"]
        assert mean == pytest.approx(rows["amount"].mean())
        product = line["amount_pre_amount_sum"] / line["n"]
        covariance = product - mean * line["pre_amount_sum"] / line["n"]
        assert covariance == pytest.approx(rows["amount"].cov(rows["pre_amount"], ddof=0))


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_sales_are_those_of_a_resample(period: str) -> None:
    orders = load_cdnow("sample")
    rule = {"day": "D", "week": "W-SUN", "month": "ME", "quarter": "QE", "year": "YE"}[period]
    expected = orders.set_index("order_date")["amount"].resample(rule).sum()
    sales = sales_per_period(orders, period)
    np.testing.assert_allclose(sales, expected, rtol=1e-12, atol=1e-9)
    assert (sales.index.end_time.normalize() == expected.index).all()


def test_sales_are_the_same_on_every_engine(quick_engine: Any) -> None:
    orders = load_cdnow("sample").head(400)[["order_date", "amount"]]
    found = sales_per_period(quick_engine(orders), "week")
    pd.testing.assert_series_equal(found, sales_per_period(orders, "week"), rtol=1e-12)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match=r"tenure_days.* summarize_customers"):
        purchase_histories(pd.DataFrame({"repeat_count": [1], "recency_days": [1]}))
    with pytest.raises(MissingColumnsError, match="variant"):
        cell_sums(pd.DataFrame({"amount": [1]}), ["variant"], ["amount"])
    with pytest.raises(ValueError, match="period must be one of 'day'"):
        sales_per_period(pd.DataFrame({"amount": [1]}), "hour")
