"""Cohorts against a count by hand, and the published counts of CDNOW, on every small engine."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit import cohort_table, load_cdnow, prepare_orders
from cemkit.errors import DataError, MissingColumnsError

ORDERS = pd.DataFrame(
    [
        ("ann", "2024-01-01", 20.0),
        ("ann", "2024-01-31", 4.0),
        ("ann", "2024-02-29", 30.0),
        ("ann", "2024-03-02", -10.0),  # a return is no purchase
        ("bob", "2024-01-05", 5.0),
        ("bob", "2024-01-05", 5.0),  # twice on a day is one purchase day
        ("bob", "2024-03-31", 6.0),
        ("cat", "2024-02-02", 8.0),
        ("dan", "2024-04-01", 9.0),  # in a month that is not over
        ("eve", "2024-02-02", -3.0),  # never bought
    ],
    columns=["customer_id", "order_date", "amount"],
).astype({"order_date": "datetime64[us]"})
AS_OF = "2024-04-15"


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return prepare_orders(load_cdnow())


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("retention", [[1, 0.5, 0.5], [1, 0, np.nan]]),
        ("repeat", [[0.5, 0.5, 1], [0, 0, np.nan]]),
        ("amount", [[17, 15, -2], [8, 0, np.nan]]),
    ],
)
def test_triangles_by_hand(measure: str, expected: list[list[float]]) -> None:
    result = cohort_table(ORDERS, AS_OF, "month", measure)
    triangle = result.triangle()
    assert [str(cohort) for cohort in triangle.index] == ["2024-01", "2024-02"]
    np.testing.assert_allclose(triangle.to_numpy(), expected)
    assert (result.customers, result.left_out) == (3, 1)


def test_what_is_not_over_has_no_row_and_what_is_observed_may_be_0() -> None:
    table = cohort_table(ORDERS, as_of="2024-03-30").table
    assert table["age"].tolist() == [0, 1, 0]  # March is not over on the 30th
    table = cohort_table(ORDERS, as_of="2024-03-31").table
    assert table["age"].tolist() == [0, 1, 2, 0, 1]
    assert table["value"].tolist()[-1] == 0


@pytest.mark.parametrize("measure", ["retention", "repeat", "amount"])
@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_against_plain_pandas_on_cdnow(cdnow: pd.DataFrame, period: str, measure: str) -> None:
    orders = cdnow.sort_values(["customer_id", "order_date"], kind="stable")
    alias = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}[period]
    number = orders["order_date"].dt.to_period(alias)
    first = number.groupby(orders["customer_id"]).transform("min")
    days = orders.assign(number=number, first=first).drop_duplicates(["customer_id", "order_date"])
    if measure == "retention":
        who = days.drop_duplicates(["customer_id", "number"]).groupby(["first", "number"]).size()
    elif measure == "repeat":
        second = days[days.groupby("customer_id").cumcount() == 1]
        who = second.groupby(["first", "number"]).size()
    else:
        who = orders.groupby([first, number])["amount"].sum()
    table = cohort_table(cdnow, "1998-06-30", period, measure).table
    keys = pd.MultiIndex.from_arrays([table["cohort"], table["cohort"] + table["age"]])
    expected = who.reindex(keys, fill_value=0).to_numpy(dtype=float)
    if measure == "repeat":
        expected = pd.Series(expected).groupby(table["cohort"]).cumsum().to_numpy()
    np.testing.assert_allclose(table["value"] * table["customers"], expected, atol=1e-6)


def test_the_average_curve_weighs_cohorts_by_size(cdnow: pd.DataFrame) -> None:
    result = cohort_table(cdnow, as_of="1998-06-30")
    average = result.average()
    assert average.loc[0, "customers"] == 23570
    assert average["cohorts"].tolist()[-3:] == [3, 2, 1]
    oldest_two = result.table[(result.table["age"] == 16)]
    assert average.loc[16, "value"] == oldest_two["count"].sum() / oldest_two["customers"].sum()
    assert (average["lower"] < average["value"]).all()
    assert (average.loc[1:, "upper"] > average.loc[1:, "value"]).all()
    amounts = cohort_table(cdnow, measure="amount", as_of="1998-06-30").average()
    assert list(amounts.columns) == ["cohorts", "customers", "value"]
    assert amounts.loc[0, "value"] * 23570 == pytest.approx(
        cohort_table(cdnow, measure="amount", as_of="1998-06-30")
        .table.query("age == 0")
        .eval("value * customers")
        .sum()
    )


def test_the_interval_of_an_amount_is_students_of_all_customers() -> None:
    table = cohort_table(ORDERS, measure="amount", as_of=AS_OF).table
    first = table.iloc[0]  # ann 24, bob 10: mean 17, standard error 7, t(1) = 12.7062
    assert first["upper"] - first["value"] == pytest.approx(12.7062047 * 7)
    assert table.loc[table["customers"] == 1, "lower"].isna().all()


ENGINES = {
    "polars": pl.from_pandas,
    "polars lazy": lambda orders: pl.from_pandas(orders).lazy(),
    "pyarrow": lambda orders: pa.Table.from_pandas(orders, preserve_index=False),
    "pandas with Arrow types": lambda orders: orders.convert_dtypes(dtype_backend="pyarrow"),
}


@pytest.mark.parametrize("measure", ["retention", "repeat", "amount"])
@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_table(engine: str, measure: str, cdnow: pd.DataFrame) -> None:
    expected = cohort_table(cdnow, measure=measure, as_of="1998-06-15").table
    orders = ENGINES[engine](cdnow[["customer_id", "order_date", "amount"]])
    table = cohort_table(orders, measure=measure, as_of="1998-06-15").table
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9)


def test_duckdb_gives_the_same_table(cdnow: pd.DataFrame) -> None:
    with duckdb.connect() as connection:
        orders = connection.from_df(cdnow[["customer_id", "order_date", "amount"]])
        table = cohort_table(orders, "1998-06-15", "week", "repeat").table
    expected = cohort_table(cdnow, "1998-06-15", "week", "repeat").table
    pd.testing.assert_frame_equal(table, expected)


def test_sentences() -> None:
    assert cohort_table(ORDERS, as_of=AS_OF).sentence() == (
        "One month after the first, the average retention is 33.3%."
    )
    assert "人均金额为 10.00" in cohort_table(ORDERS, measure="amount", as_of=AS_OF).sentence("zh")
    assert "No cohort has been observed" in cohort_table(ORDERS, as_of="2024-01-31").sentence()
    assert "还没有" in cohort_table(ORDERS, as_of="2024-01-31").sentence("zh")


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="period must be one of 'week', 'month'"):
        cohort_table(ORDERS, AS_OF, "day")
    with pytest.raises(ValueError, match="measure must be one of"):
        cohort_table(ORDERS, measure="revenue", as_of=AS_OF)
    with pytest.raises(DataError, match="purchase up to as_of=2023-12-31, got 0"):
        cohort_table(ORDERS, as_of="2023-12-31")
    with pytest.raises(
        DataError, match="no month with a first purchase is over by as_of=2024-01-30"
    ):
        cohort_table(ORDERS, as_of="2024-01-30")
    with pytest.raises(MissingColumnsError, match="order_date"):
        cohort_table(ORDERS.drop(columns="order_date"), as_of=AS_OF)
