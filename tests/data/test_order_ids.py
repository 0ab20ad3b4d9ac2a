"""Ids of orders in one spelling on every engine, as `normal_ids` has it; others are refused."""

import decimal
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import (
    audit_orders,
    cohort_table,
    customer_table,
    prepare_orders,
    suggest_window,
)
from cemkit.checks import normal_ids
from cemkit.data import net_returns
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling
from cemkit.data.reductions.outcomes import window_outcomes
from cemkit.errors import DataError
from cemkit.segmentation import future_amount

# 17 and 8 in the spellings that merges and conversions leave, and every missing customer.
SPELLINGS = ["17", "17.0", " 17", "17\u3000", "17.00\n", "8", "\xa08.0", "007", "a b", "-3.0"]
NO_ONE = ["nan", "NaN", "None", "<NA>", "NaT", "null", "NULL", "", "  ", " nan\t", None]


FEW = ["pandas", "polars-lazy", "pyarrow", "duckdb", "dask-1"]


@pytest.fixture(params=FEW)
def few_engines(request: pytest.FixtureRequest, given_on: Callable[[str], Any]) -> Any:
    """Hand a pandas table to one engine of each kind."""
    return given_on(request.param)


def orders_of(ids: Any, **columns: Any) -> pd.DataFrame:
    days = pd.Series(pd.date_range("2024-01-01", periods=len(ids), freq="D", unit="us"))
    amount = np.arange(1.0, len(ids) + 1)
    return pd.DataFrame({"customer_id": ids, "order_date": days, "amount": amount, **columns})


def ids_of(table: Any) -> list[Any]:
    return collect(scan(table, "table")).sort_values("amount")["customer_id"].tolist()


def test_every_engine_spells_text_alike(engine: Any) -> None:
    raw = orders_of([*SPELLINGS, *NO_ONE])
    prepared = prepare_orders(engine(raw), drop=["missing_customer"])
    assert ids_of(prepared) == ["17"] * 5 + ["8"] * 2 + ["007", "a b", "-3"]


def test_every_engine_counts_the_missing_under_every_spelling(few_engines: Any) -> None:
    raw = orders_of([*SPELLINGS, *NO_ONE])
    with pytest.raises(DataError, match="customer_id is missing in 11 of 21 rows; find the custo"):
        prepare_orders(few_engines(raw))
    audit = audit_orders(few_engines(raw), as_of="2024-12-31")
    assert audit.table.loc["missing_customer", "rows"] == 11
    assert audit.table.loc["missing_customer", "amount"] == sum(range(11, 22))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "uint8", "Float64"])
def test_numbers_become_integers(few_engines: Any, dtype: str) -> None:
    ids = prepare_orders(few_engines(orders_of(pd.Series([17, 8], dtype=dtype))))
    assert ids_of(ids) == [17, 8]
    assert pd.api.types.is_integer_dtype(collect(scan(ids, "ids"))["customer_id"].dtype)


def test_orders_have_one_spelling_too(few_engines: Any) -> None:
    raw = orders_of([1, 1, 1], invoice=["5.0", " 5", "6"])
    prepared = prepare_orders(few_engines(raw), order_id="invoice")
    assert customer_table(prepared, "2024-01-31")["order_count"].tolist() == [2]
    floats = prepare_orders(
        few_engines(orders_of([1, 1], order_id=[5.0, 6.0])), order_id="order_id"
    )
    assert pd.api.types.is_integer_dtype(collect(scan(floats, "floats"))["order_id"].dtype)
    with pytest.raises(DataError, match="order_id has fractional ids"):
        prepare_orders(few_engines(orders_of([1, 1], order_id=[5.5, 6.0])), order_id="order_id")


def test_a_column_of_orders_that_nobody_named_has_one_spelling() -> None:
    prepared = prepare_orders(orders_of([1, 1], order_id=["5.0", "5"]))
    assert prepared["order_id"].tolist() == ["5", "5"]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([1, 1.0, "1"], ["1", "1", "1"]),
        ([1, 1.0, decimal.Decimal("1.0")], [1, 1, 1]),
        ([np.int8(1), np.float64(1), True + 0], [1, 1, 1]),
    ],
)
def test_objects_of_several_types_are_one_customer(ids: list[Any], expected: list[Any]) -> None:
    raw = orders_of(pd.Series(ids, dtype=object))
    assert prepare_orders(raw)["customer_id"].tolist() == expected


@pytest.mark.parametrize("bad", [1.5, True, b"x", 2.0**60, 2**70])
def test_objects_that_are_no_ids_are_refused(bad: Any) -> None:
    with pytest.raises(DataError, match="customer_id (has|holds)"):
        prepare_orders(orders_of(pd.Series([2, bad], dtype=object)))


def test_float32_ids_that_run_together_are_refused(few_engines: Any) -> None:
    ids = pd.Series([2**24 + 1, 2**24 + 2], dtype="float32")
    with pytest.raises(DataError, match=r"float ids above 2\^24, where different customers"):
        prepare_orders(few_engines(orders_of(ids)))


def test_categories_of_arrow_become_their_values() -> None:
    pa = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    raw = pa.Table.from_pandas(orders_of(pd.Categorical([17, 8])))
    assert ids_of(prepare_orders(raw)) == [17, 8]


def test_duplicates_are_found_under_another_spelling(few_engines: Any) -> None:
    raw = pd.concat([orders_of(["17"]), orders_of(["17.0"]), orders_of(["8"])])
    assert len(ids_of(prepare_orders(few_engines(raw), drop=["duplicate"]))) == 2
    audit = audit_orders(few_engines(raw), as_of="2024-12-31")
    assert audit.table.loc["duplicate", "rows"] == 1


letters = st.text(alphabet="017.\t \u3000an", max_size=6) | st.sampled_from([*SPELLINGS, *NO_ONE])


@settings(max_examples=10, deadline=None)
@given(ids=st.lists(letters, min_size=1, max_size=8))
def test_any_text_is_spelled_as_normal_ids_spells_it(
    given_on: Callable[[str], Any], ids: list[str]
) -> None:
    raw = orders_of(pd.Series(ids, dtype="str"))
    expected = normal_ids(ids).dropna().tolist()
    for name in ("pandas", "polars", "pyarrow", "duckdb"):
        given = given_on(name)(raw)
        if not expected:
            with pytest.raises(DataError, match="need at least|rows in orders"):
                prepare_orders(given, drop=["missing_customer"])
        else:
            assert ids_of(prepare_orders(given, drop=["missing_customer"])) == expected


REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "customer_table": lambda orders: customer_table(orders, "2024-01-10"),
    "customer_table by": lambda orders: customer_table(orders, "2024-01-10", by="shop"),
    "future_amount": lambda orders: future_amount(orders, "2024-01-01", 1),
    "cohort_table": lambda orders: cohort_table(orders, "2024-01-14", "week"),
    "suggest_window": lambda orders: suggest_window(orders, as_of="2024-01-10"),
    "window_outcomes": lambda orders: window_outcomes(orders, "2024-01-01", 1),
    "net_returns": net_returns,
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("other", ["17.0", " 17", "nan"])
def test_reductions_refuse_ids_in_another_spelling(
    few_engines: Any, reduction: str, other: str
) -> None:
    orders = few_engines(orders_of(["17", other, "8"], shop="a"))
    with pytest.raises(DataError, match=r"make the orders table with prepare_orders, which gives"):
        REDUCTIONS[reduction](orders)


@pytest.mark.parametrize("reduction", [name for name in REDUCTIONS if name != "suggest_window"])
def test_reductions_refuse_numbers_and_text_together(reduction: str) -> None:
    orders = orders_of(pd.Series([17, "17", 8], dtype=object), shop="a")
    with pytest.raises(DataError, match=r"(17|8), which is another spelling of '(17|8)'"):
        REDUCTIONS[reduction](orders)


@given(ids=st.lists(letters | st.integers(-9, 9), max_size=6))
def test_what_is_refused_is_what_normal_ids_changes(ids: list[Any]) -> None:
    given = pd.Series(ids, dtype=object).dropna()
    if [*map(repr, given)] == [*map(repr, normal_ids(given).astype(object))]:
        check_spelling(given)
    else:
        with pytest.raises(DataError, match="prepare_orders"):
            check_spelling(given)


@pytest.mark.exhaustive
def test_online_retail_read_as_text_has_its_missing_customers() -> None:
    """As text, 135,080 rows of the raw file (by pandas: `CustomerID.isna().sum()`) read "nan"."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if folder is None:
        pytest.skip("the environment variable CEMKIT_REFERENCE_DATA names no folder")
    raw = pd.read_parquet(Path(folder) / "online_retail.parquet")
    names = {"customer_id": "CustomerID", "order_date": "InvoiceDate", "order_id": "InvoiceNo"}
    money = {"unit_price": "UnitPrice", "quantity": "Quantity"}
    text = raw.assign(CustomerID=raw["CustomerID"].astype("float64").astype(str))
    audit = audit_orders(text, as_of="2011-12-31", n_examples=0, **names, **money)
    assert audit.table.loc["missing_customer", "rows"] == raw["CustomerID"].isna().sum() == 135_080
    amount = raw["UnitPrice"] * raw["Quantity"]
    unknown = amount[raw["CustomerID"].isna()].sum()
    assert audit.table.loc["missing_customer", "amount"] == pytest.approx(unknown)
    drop = ["missing_customer"]
    prepared = prepare_orders(text, drop=drop, **names, **money)
    numbers = prepare_orders(raw, drop=drop, **names, **money)
    assert prepared["customer_id"].tolist() == numbers["customer_id"].astype(str).tolist()
