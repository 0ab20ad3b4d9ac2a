"""What each assigned customer bought, by hand and on every engine."""

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from cemkit.data.engines import collect, scan
from cemkit.data.reductions.experiments import assigned_days, experiment_outcomes


@pytest.mark.parametrize("name", ["pandas-arrow", "polars-lazy", "dask-1", "dask-50", "pyspark"])
def test_everyone_assigned_has_a_row(given_on: Any, name: str) -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2, 9],
            "order_date": pd.to_datetime(
                ["2024-02-29", "2024-03-01", "2024-03-31", "2024-03-05", "2024-03-05"]
            ).astype("datetime64[us]"),
            "amount": [5.0, 10.0, 2.5, -4.0, 99.0],
        }
    )
    assignment = pd.DataFrame({"customer_id": [1, 2, 3], "variant": ["A", "B", "B"]})
    customers = pd.DataFrame({"customer_id": [1, 2, 3], "segment": ["x", "y", "x"]})
    march = {"start": dt.date(2024, 3, 1), "end": dt.date(2024, 3, 31)}
    tables = (given_on(name)(table) for table in (assignment, orders, customers))
    found = experiment_outcomes(*tables, **march, pre_start=dt.date(2024, 2, 1))
    rows = collect(scan(found, "found")).sort_values("customer_id")
    assert rows.to_numpy().tolist() == [
        [1, "A", 1, 2, 12.5, 5.0, "x"],
        [2, "B", 0, 0, -4.0, 0.0, "y"],
        [3, "B", 0, 0, 0.0, 0.0, "x"],
    ]


def test_days_of_an_assigned_customer() -> None:
    rows = pd.DataFrame({"customer_id": [1], "variant": "A"})
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 7],
            "order_date": pd.to_datetime(
                ["2024-03-03 12:00", "2024-03-03 01:00", "2024-03-04 00:00"]
            ),
            "amount": [5.0, -2.0, 1.0],
        }
    )
    days = assigned_days(rows, orders, start=dt.date(2024, 3, 1), end=dt.date(2024, 3, 9))
    assert days.to_numpy().tolist() == [[1, "A", 2, 1, 3.0]]
