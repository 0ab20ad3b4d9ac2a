"""The group-bys of an experiment, on every engine."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.engines import collect, scan
from cemkit.data.reductions.experiments import (
    ROWS,
    assigned_days,
    cell_moments,
    check_values,
    count_missing,
    count_rows,
    customer_sums,
    experiment_outcomes,
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


def test_moments_are_those_of_pandas(engine: Any) -> None:
    found = cell_moments(engine(DATA), ["variant"], ["flag", "y"], [("x", "y"), ("y", "y")])
    cells = DATA.groupby("variant")
    assert found["variant"].tolist() == ["A", "B"]
    assert found["rows"].tolist() == cells.size().tolist()
    assert found["flag sum"].tolist() == cells["flag"].sum().tolist()
    np.testing.assert_allclose(found["y sum"], cells["y"].sum())
    np.testing.assert_allclose(found["x mean"], cells["x"].mean())
    np.testing.assert_allclose(found["x var"], cells["x"].var(), rtol=1e-7)
    expected = [group["x"].cov(group["y"]) for _, group in cells]
    np.testing.assert_allclose(found["x y cov"], expected, atol=1e-6)


def test_small_integers_do_not_wrap_around(quick_engine: Any) -> None:
    # 200 + 100 is 44 in a byte.
    bytes_ = pd.DataFrame({"variant": "A", "x": [200, 10, 250, 90], "y": [100, 1, 200, 90]})
    found = cell_moments(
        quick_engine(bytes_.astype({"x": "uint8", "y": "uint8"})), ["variant"], [], [("x", "y")]
    )
    assert found["x y cov"].iloc[0] == pytest.approx(bytes_["x"].cov(bytes_["y"]))
    assert found["x var"].iloc[0] == pytest.approx(bytes_["x"].var())


def test_missing_values_are_counted_by_column(engine: Any) -> None:
    gaps = pd.DataFrame({"customer_id": ["a", "b", None], "variant": ["A", None, None]})
    assert count_missing(engine(gaps), ["customer_id", "variant"]) == {
        "customer_id": 1,
        "variant": 2,
    }


def test_counts_and_repeats(engine: Any) -> None:
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "variant": ["A", "A", "A", "B", "B"]})
    given = engine(table)
    assert count_rows(given, ["variant"])["rows"].tolist() == [3, 2]
    assert repeated_customers(given) == (2, 1)


def test_values(engine: Any) -> None:
    given = engine(DATA)
    check_values(given, ["x", "flag"], ["flag"], "data")
    with pytest.raises(DataError, match="x of data must hold 0 and 1 alone"):
        check_values(given, ["x"], ["x"], "data")
    bad = engine(DATA.assign(y=np.r_[np.nan, np.ones(499)]))
    with pytest.raises(DataError, match=r"y of data .*(missing in 1 rows|infinite or NaN)"):
        check_values(bad, ["y"], [], "data")


# DuckDB joins relations of one connection alone, which the experiment's own tests give it.
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


def test_sums_per_customer_and_days() -> None:
    rows = pd.DataFrame({"customer_id": [1, 1, 2], "variant": "A", "flag": [True, True, False]})
    found = customer_sums(rows, ["variant"], ["flag"]).sort_values("customer_id")
    assert found[["flag", ROWS]].to_numpy().tolist() == [[2, 2], [0, 1]]
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
