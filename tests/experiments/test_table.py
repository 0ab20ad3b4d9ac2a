"""The experiment table: everyone assigned, nobody else, on any engine."""

import datetime as dt

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cemkit import experiment_table
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.experiments import effect_by_day
from cemkit.experiments.table import check_control, check_window

ASSIGNMENT = pd.DataFrame({"customer_id": [4, 1, 2, 3], "variant": ["B", "A", "B", "A"]})
ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 2, 2, 9, 3, 3],
        "order_date": pd.to_datetime(
            [
                "2024-02-29",  # before: pre_amount
                "2024-03-01 09:00",
                "2024-03-01 10:00",  # the same day: one order
                "2024-03-31 23:59",  # the last day counts
                "2024-04-01",  # after
                "2024-03-05",  # not assigned
                "2024-03-05",
                "2024-01-01",  # before the pre-period
            ],
            format="ISO8601",
        ),
        "amount": [5.0, 10.0, 2.5, 7.0, 99.0, 99.0, -4.0, 99.0],
    }
)
EXPECTED = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4],
        "variant": ["A", "B", "A", "B"],
        "converted": [1, 1, 0, 0],
        "orders": [1, 1, 0, 0],
        "amount": [12.5, 7.0, -4.0, 0.0],
        "pre_amount": [5.0, 0.0, 0.0, 0.0],
    }
)
ENGINES = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "polars lazy": lambda frame: pl.from_pandas(frame).lazy(),
    "pyarrow": pa.Table.from_pandas,
    "duckdb": duckdb.from_df,
}


def as_pandas(table) -> pd.DataFrame:
    if isinstance(table, pl.LazyFrame):
        table = table.collect()
    if isinstance(table, pl.DataFrame | pa.Table):
        table = table.to_pandas()
    elif isinstance(table, duckdb.DuckDBPyRelation):
        table = table.df()
    return table.sort_values("customer_id", ignore_index=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine(engine) -> None:
    given = ENGINES[engine]
    found = experiment_table(
        given(ASSIGNMENT), given(ORDERS), "2024-03-01", "2024-03-31", pre_days=28
    )
    assert type(found) is type(given(ASSIGNMENT))
    pd.testing.assert_frame_equal(as_pandas(found), EXPECTED, check_dtype=False)


def test_rows_keep_their_order_and_inputs_stay() -> None:
    assignment, orders = ASSIGNMENT.copy(), ORDERS.copy()
    found = experiment_table(assignment, orders, "2024-03-01", "2024-03-31")
    assert found["customer_id"].tolist() == [4, 1, 2, 3]
    assert (found["pre_amount"] == 0).all()
    pd.testing.assert_frame_equal(assignment, ASSIGNMENT)
    pd.testing.assert_frame_equal(orders, ORDERS)


def test_order_ids_are_counted_and_segments_joined() -> None:
    orders = ORDERS.assign(order_id=[1, 2, 3, 4, 5, 6, 7, 8])
    customers = pd.DataFrame(
        {"segment": ["x", "y", "x", "y"]}, index=pd.Index([1, 2, 3, 4], name="customer_id")
    )
    found = experiment_table(ASSIGNMENT, orders, "2024-03-01", "2024-03-31", customers=customers)
    found = as_pandas(found)
    assert found["orders"].tolist() == [2, 1, 0, 0]
    assert found["segment"].tolist() == ["x", "y", "x", "y"]


def test_ids_in_the_index_stay_there() -> None:
    found = experiment_table(
        ASSIGNMENT.set_index("customer_id"), ORDERS, "2024-03-01", "2024-03-31", pre_days=28
    )
    expected = experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", pre_days=28)
    pd.testing.assert_frame_equal(found, expected.set_index("customer_id"))


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_joined_twice_or_left_out_unsaid(engine) -> None:
    given = ENGINES[engine]
    window = ("2024-03-01", "2024-03-31")
    twice = pd.DataFrame({"customer_id": [1, 1, 2], "segment": ["x", "y", "x"]})
    with pytest.raises(DataError, match="1 customer has more than one row in customers"):
        experiment_table(given(ASSIGNMENT), given(ORDERS), *window, customers=given(twice))
    for column in ("converted", "orders", "amount", "pre_amount"):
        with pytest.raises(DataError, match=f"column '{column}' of assignment would occur twice"):
            experiment_table(given(ASSIGNMENT.assign(**{column: 7})), given(ORDERS), *window)
    unknown = ASSIGNMENT.astype({"customer_id": "float64"}).replace({"customer_id": {4: None}})
    with pytest.raises(DataError, match="assignment has 1 row without a customer_id"):
        experiment_table(given(unknown), given(ORDERS), *window)
    unnamed = ASSIGNMENT.assign(variant=["B", "A", None, "A"])
    with pytest.raises(DataError, match="1 customer of assignment has no variant"):
        experiment_table(given(unnamed), given(ORDERS), *window)
    for change in ({"amount": [None, *ORDERS["amount"][1:]]}, {"order_date": pd.NaT}):
        unsound = ORDERS.assign(**change).astype(ORDERS.dtypes)
        with pytest.raises(DataError, match="(order_date|amount) is missing .*in [18] of 8 rows"):
            experiment_table(given(ASSIGNMENT), given(unsound), *window)


def test_a_column_that_is_not_named_by_text_is_refused() -> None:
    assignment = pd.DataFrame({"customer_id": [1, 2], "variant": ["A", "B"], 7: [0, 1]})
    with pytest.raises(DataError, match="column 7 of assignment is not named by text; rename it"):
        experiment_table(assignment, ORDERS, "2024-03-01", "2024-03-31")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order_date": "2024-03-01"}, "order_date must hold dates without a time zone, not Str"),
        (
            {"order_date": pd.Timestamp("2024-03-01", tz="UTC")},
            "order_date must hold dates without a time zone, not Datetime.*UTC",
        ),
        ({"amount": "7"}, "amount must be numeric, not String"),
        ({"amount": float("inf")}, "amount is missing or infinite in 8 of 8 rows"),
    ],
)
def test_orders_that_were_not_prepared(change, message) -> None:
    with pytest.raises(DataError, match=message):
        experiment_table(ASSIGNMENT, ORDERS.assign(**change), "2024-03-01", "2024-03-31")


def test_a_window() -> None:
    assert check_window(dt.date(2024, 3, 1), "2024-03-01") == (dt.date(2024, 3, 1),) * 2


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (
            pd.DataFrame({"customer_id": [1, 1, 2], "variant": ["A", "B", "A"]}),
            "1 customer is in more than one variant",
        ),
        (
            pd.DataFrame({"customer_id": [1, 1, 2], "variant": ["A", "A", "A"]}),
            "1 customer has more than one row",
        ),
    ],
)
def test_customers_twice_are_counted_and_refused(assignment, message) -> None:
    for given in ENGINES.values():
        with pytest.raises(DataError, match=message):
            experiment_table(given(assignment), given(ORDERS), "2024-03-01", "2024-03-31")


def test_bad_input() -> None:
    with pytest.raises(MissingColumnsError, match="missing column 'variant'"):
        experiment_table(ASSIGNMENT[["customer_id"]], ORDERS, "2024-03-01", "2024-03-31")
    with pytest.raises(MissingColumnsError, match="missing column 'amount'"):
        experiment_table(ASSIGNMENT, ORDERS.drop(columns="amount"), "2024-03-01", "2024-03-31")
    with pytest.raises(DataError, match="end_date=2024-02-01 lies before start_date=2024-03-01"):
        experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "2024-02-01")
    with pytest.raises(ValueError, match="end_date='soon' is not a date"):
        experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "soon")
    text_ids = pd.DataFrame({"customer_id": ["1"], "segment": ["x"]})
    with pytest.raises(DataError, match="holds numbers in assignment but text in customers"):
        experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", customers=text_ids)
    with pytest.raises(ValueError, match="pre_days must be at least 1"):
        experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", pre_days=0)
    with pytest.raises(DataError, match="column 'variant' of customers would occur twice"):
        experiment_table(ASSIGNMENT, ORDERS, "2024-03-01", "2024-03-31", customers=EXPECTED)
    text = ASSIGNMENT.astype({"customer_id": "str"})
    with pytest.raises(DataError, match="holds text in assignment but numbers in orders"):
        experiment_table(text, ORDERS, "2024-03-01", "2024-03-31")
    with pytest.raises(TypeError):
        experiment_table(pl.from_pandas(ASSIGNMENT), ORDERS, "2024-03-01", "2024-03-31")
    with pytest.raises(TypeError, match="assignment must be a pandas, Polars"):
        experiment_table([1], ORDERS, "2024-03-01", "2024-03-31")


ASSIGNED = pd.DataFrame({"customer_id": [1, 2, 3], "variant": ["A", "B", "A"]})
BOUGHT = pd.DataFrame(
    {
        "customer_id": [2, 3, 3],
        "order_date": pd.to_datetime(["2024-03-02", "2024-03-03", "2024-03-09"]),
        "amount": [9.5, 4.0, 6.0],
    }
)
MARCH = {"start_date": "2024-03-01", "end_date": "2024-03-31", "data_until": "2024-03-31"}


@pytest.mark.parametrize("kind", ["float64", "Int64", "object", "text"])
def test_ids_under_several_spellings_are_one_customer(kind: str) -> None:
    ids = BOUGHT["customer_id"]
    spelt = ids.astype(float).astype(str) if kind == "text" else ids.astype(kind)
    people = ASSIGNED.astype({"customer_id": "str"}) if kind == "text" else ASSIGNED
    found = experiment_table(people, BOUGHT.assign(customer_id=spelt), **MARCH)
    assert found["amount"].tolist() == [0, 9.5, 10]
    assert found["orders"].tolist() == [0, 1, 2]


def test_orders_without_a_customer_are_counted() -> None:
    gaps = BOUGHT.assign(customer_id=[2, None, 3])
    with pytest.warns(CemkitWarning, match="1 order row .* has no customer_id"):
        found = experiment_table(ASSIGNED, gaps, **MARCH)
    assert found["amount"].tolist() == [0, 9.5, 6]
    texts = BOUGHT.assign(customer_id=["2", "nan", "3"])
    with pytest.warns(CemkitWarning, match="1 order row"):
        experiment_table(ASSIGNED.astype({"customer_id": "str"}), texts, **MARCH)
    with pytest.warns(CemkitWarning, match="1 order row"):
        effect_by_day(ASSIGNED.iloc[[0, 1, 2, 2]].assign(
            customer_id=[1, 2, 3, 4], variant=["A", "B", "A", "B"]
        ), gaps, control="A", **MARCH)  # fmt: skip


def test_ids_of_different_kinds_are_refused() -> None:
    with pytest.raises(DataError, match="customer_id holds numbers in assignment but text in ord"):
        experiment_table(ASSIGNED, BOUGHT.astype({"customer_id": "str"}), **MARCH)
    days = BOUGHT.assign(customer_id=BOUGHT["order_date"])
    with pytest.raises(DataError, match="numbers in assignment but dates in orders"):
        experiment_table(ASSIGNED, days, **MARCH)


def test_float_ids_on_other_engines_are_whole_or_refused() -> None:
    polars = pytest.importorskip("polars")
    orders = polars.from_pandas(BOUGHT.astype({"customer_id": float}))
    found = experiment_table(polars.from_pandas(ASSIGNED), orders, **MARCH)
    assert found.sort("customer_id")["amount"].to_list() == [0, 9.5, 10]
    broken = orders.with_columns(polars.col("customer_id") + 0.5)
    with pytest.raises(DataError, match="customer_id of orders has fractions"):
        experiment_table(polars.from_pandas(ASSIGNED), broken, **MARCH)


@pytest.mark.parametrize("day", ["03/04/2024", "2024", "2024-03", "today"])
def test_dates_that_can_be_misread_are_refused(day: str) -> None:
    with pytest.raises(ValueError, match="start_date=.* is not a date"):
        experiment_table(ASSIGNED, BOUGHT, day, "2024-12-31")


@pytest.mark.parametrize("control", [["A"], None, float("nan"), {"A": 1}])
def test_a_control_is_one_label(control: object) -> None:
    with pytest.raises(TypeError, match="control must be the label of one variant"):
        check_control(control)
