"""Parts that hold all rows of a customer, on the engines that hold rows in partitions."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import load_cdnow
from cemkit.data.engines import scan
from cemkit.data.reductions.cohorts import cohort_purchases
from cemkit.data.reductions.customer_parts import is_in_parts, reduced_parts

IN_PARTS = ["dask-1", "dask-50", "pyspark"]
DTYPES = {"customers": "int64", "amount": "float64"}


def in_a_part(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"customers": [rows["customer_id"].nunique()], "amount": [rows["amount"].sum()]}
    ).astype(DTYPES)


@pytest.mark.parametrize("name", ["dask-1", "dask-50"])
def test_no_customer_is_in_two_parts(name: str, given_on: Callable[[str], Any]) -> None:
    orders = load_cdnow("sample")
    parts = reduced_parts(scan(given_on(name)(orders), "orders"), in_a_part, DTYPES)
    assert parts["customers"].sum() == orders["customer_id"].nunique()
    np.testing.assert_allclose(parts["amount"].sum(), orders["amount"].sum())


@pytest.mark.parametrize("measure", ["retention", "repeat", "amount"])
@pytest.mark.parametrize("name", IN_PARTS)
def test_cohorts_in_parts_are_those_in_memory(
    name: str, measure: str, given_on: Callable[[str], Any]
) -> None:
    orders = load_cdnow("sample")
    orders = orders if name != "pyspark" else orders.head(400)
    returns = orders.head(50).assign(amount=-1.0, customer_id=10**6)  # nothing but returns
    orders = pd.concat([orders, returns], ignore_index=True)
    end = pd.Timestamp("1998-01-31")
    given = given_on(name)(orders)
    assert is_in_parts(scan(given, "orders"))
    for found, expected in zip(
        cohort_purchases(given, end, "month", measure),
        cohort_purchases(orders, end, "month", measure),
        strict=True,
    ):
        assert found.index.tolist() == expected.index.tolist()
        np.testing.assert_allclose(found.to_numpy(float), expected.to_numpy(float), rtol=1e-9)


def test_a_table_in_one_piece_is_not_in_parts(given_on: Callable[[str], Any]) -> None:
    for name in ("pandas", "polars-lazy", "duckdb"):
        assert not is_in_parts(scan(given_on(name)(load_cdnow("sample")), "orders"))
