"""The group-bys of an experiment, on engines that hold nothing in memory."""

import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cemkit.data.reductions.experiments import (
    assigned_days,
    cell_moments,
    check_values,
    count_rows,
    customer_sums,
    repeated_customers,
)
from cemkit.errors import DataError

RNG = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "variant": RNG.choice(["A", "B"], 500),
        "x": RNG.normal(1e6, 3, 500),
        "y": RNG.normal(5, 1, 500),
        "flag": RNG.random(500) < 0.5,
    }
)
ENGINES = {
    "pandas": lambda d: d,
    "polars": lambda d: pl.from_pandas(d).lazy(),
    "duckdb": duckdb.from_df,
}


@pytest.mark.parametrize("engine", ENGINES)
def test_moments_are_those_of_pandas(engine) -> None:
    found = cell_moments(ENGINES[engine](DATA), ["variant"], ["flag"], [("x", "y"), ("y", "y")])
    cells = DATA.groupby("variant")
    assert found["variant"].tolist() == ["A", "B"]
    assert found["rows"].tolist() == cells.size().tolist()
    assert found["flag sum"].tolist() == cells["flag"].sum().tolist()
    np.testing.assert_allclose(found["x mean"], cells["x"].mean())
    np.testing.assert_allclose(found["x var"], cells["x"].var(), rtol=1e-7)
    expected = [group["x"].cov(group["y"]) for _, group in cells]
    np.testing.assert_allclose(found["x y cov"], expected, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_and_repeats(engine) -> None:
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "variant": ["A", "A", "A", "B", "B"]})
    given = ENGINES[engine](table)
    assert count_rows(given, ["variant"])["rows"].tolist() == [3, 2]
    assert repeated_customers(given) == (2, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_values(engine) -> None:
    given = ENGINES[engine]
    check_values(given(DATA), ["x", "flag"], ["flag"], "data")
    with pytest.raises(DataError, match="x of data must hold 0 and 1 alone"):
        check_values(given(DATA), ["x"], ["x"], "data")
    bad = DATA.assign(y=np.r_[np.nan, np.ones(499)])
    with pytest.raises(DataError, match=r"y of data .*(missing in 1 rows|infinite or NaN)"):
        check_values(given(bad), ["y"], [], "data")


def test_sums_per_customer_and_days() -> None:
    rows = pd.DataFrame({"customer_id": [1, 1, 2], "variant": "A", "flag": [True, True, False]})
    found = customer_sums(rows, ["variant"], ["flag"]).sort_values("customer_id")
    assert found[["flag", "exposures"]].to_numpy().tolist() == [[2, 2], [0, 1]]
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 7],
            "order_date": pd.to_datetime(
                ["2024-03-03 12:00", "2024-03-03 01:00", "2024-03-04 00:00"]
            ),
            "amount": [5.0, -2.0, 1.0],
        }
    )
    days = assigned_days(rows.head(1), orders, start=dt.date(2024, 3, 1), end=dt.date(2024, 3, 9))
    assert days.to_numpy().tolist() == [[1, "A", 2, 1, 3.0]]
