"""The ledger: what it counts is what prepare_orders drops, on every engine."""

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import audit_orders, customer_table, prepare_orders
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

DROPPABLE = (
    "missing_customer",
    "missing_date",
    "unreadable_date",
    "missing_amount",
    "duplicate",
    "cancelled",
    "zero_amount",
    "negative_amount",
)
NAMES = {"order_id": "order_id", "cancelled": "C", "date_format": "%Y-%m-%d"}


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    """Problems of all kinds, several on one row, and rows that occur up to three times."""
    rng = np.random.default_rng(3)
    n = 400
    days = np.array(["2024-01-05", "2024-02-30", None, "2024-03-01", "2024-12-31"], dtype=object)
    table = pd.DataFrame(
        {
            "customer_id": rng.choice(np.array(["a", "b", "c", None], dtype=object), n),
            "order_date": days[rng.integers(0, 5, n)],
            "amount": rng.choice([np.nan, -5.0, 0.0, 3.0, 4.0, 5.0, 6.0, 90_000.0], n),
            "order_id": rng.choice(["C1", "2", "3"], n),
            "currency": rng.choice(["EUR", "EUR", "USD"], n),
        }
    )
    return pd.concat([table, table.head(50), table.head(20)], ignore_index=True)


def test_every_engine_keeps_the_same_ledger(engine: Any, raw: pd.DataFrame) -> None:
    expected = audit_orders(raw, as_of="2024-06-30", currency="currency", **NAMES)
    found = audit_orders(
        engine(raw), as_of="2024-06-30", currency="currency", n_examples=0, **NAMES
    )
    columns = ["rows", "share", "amount", "further_rows"]
    pd.testing.assert_frame_equal(found.table[columns], expected.table[columns], rtol=1e-9)
    assert (found.rows, found.clean_rows) == (expected.rows, expected.clean_rows)


def test_the_ledger_counts_what_pandas_counts(raw: pd.DataFrame) -> None:
    table = audit_orders(raw, as_of="2024-06-30", currency="currency", **NAMES).table
    amount = raw["amount"]
    counts = {
        "missing_customer": raw["customer_id"].isna(),
        "missing_date": raw["order_date"].isna(),
        "unreadable_date": raw["order_date"] == "2024-02-30",
        "missing_amount": amount.isna(),
        "duplicate": raw.duplicated(),
        "cancelled": raw["order_id"] == "C1",
        "zero_amount": amount == 0,
        "negative_amount": amount < 0,
        "after_as_of": raw["order_date"] == "2024-12-31",
        "outlier_amount": amount == 90_000,
        "other_currency": raw["currency"] == "USD",
    }
    assert list(table.index) == list(counts)
    for problem, rows in counts.items():
        assert table.loc[problem, "rows"] == rows.sum()
        assert table.loc[problem, "amount"] == pytest.approx(amount[rows].sum())
    assert table["further_rows"].sum() == np.any(list(counts.values()), axis=0).sum()


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_other_utc_offsets_are_told(given_on: Any, name: str) -> None:
    days = ["2024-01-05T08:00+08:00", "2024-01-05T08:00+0800", "2024-01-05T08:00Z", "soon", None]
    raw = pd.DataFrame({"customer_id": 1, "order_date": days, "amount": [1.0, 2.0, 4.0, 8.0, 16.0]})
    audit = audit_orders(given_on(name)(raw), as_of="2024-06-30", time_zone="Asia/Shanghai")
    assert audit.table.loc["other_utc_offset", ["rows", "amount"]].tolist() == [1, 4.0]


@pytest.mark.parametrize("name", ["pandas", "polars-lazy", "duckdb"])
def test_rows_dropped_are_the_ledger_s_for_any_reasons(
    given_on: Any, raw: pd.DataFrame, name: str
) -> None:
    audit = audit_orders(raw, as_of="2024-06-30", **NAMES)
    must = ("missing_customer", "missing_date", "unreadable_date", "missing_amount", "cancelled")
    for further in (*combinations(("duplicate", "zero_amount", "negative_amount"), 2), ()):
        drop = (*must, *further)
        kept = prepare_orders(given_on(name)(raw), drop=drop, **NAMES)
        assert len(collect(scan(kept, "orders"))) == audit.rows - audit.rows_with(*drop)


@given(drop=st.sets(st.sampled_from(DROPPABLE)), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_any_table_and_any_reasons_add_up(drop: set[str], seed: int) -> None:
    rng = np.random.default_rng(seed)
    raw = pd.DataFrame(
        {
            "customer_id": rng.choice(np.array(["a", None], dtype=object), 30),
            "order_date": rng.choice(["2024-01-05", "soon"], 30),
            "amount": rng.choice([np.nan, -5.0, 0.0, 3.0], 30),
            "order_id": rng.choice(["C1", "2"], 30),
        }
    )
    audit = audit_orders(raw, as_of="2024-06-30", **NAMES)
    left = audit.rows - audit.rows_with(*drop)
    try:
        kept = prepare_orders(raw, drop=drop, **NAMES)
    except DataError:
        unnamed = set(DROPPABLE[:6]) - {"duplicate"} - drop
        assert left == 0 or audit.rows_with(*drop, *unnamed) > audit.rows_with(*drop)
    else:
        assert len(kept) == left


def test_online_retail_has_the_published_problems(reference_data: Path) -> None:
    """135,080 lines without a customer, 5,268 exact duplicates, 9,288 cancellation lines."""
    raw = pd.read_parquet(reference_data / "online_retail.parquet")
    slashes = "/" in raw["InvoiceDate"][0]
    audit = audit_orders(
        raw,
        as_of="2011-12-09",
        customer_id="CustomerID",
        order_date="InvoiceDate",
        unit_price="UnitPrice",
        quantity="Quantity",
        order_id="InvoiceNo",
        product="StockCode",
        cancelled="C",
        date_format="%m/%d/%Y %H:%M" if slashes else "%Y-%m-%d %H:%M:%S",
        match_returns=True,
    )
    rows = audit.table["rows"]
    faults = ["missing_customer", "duplicate", "cancelled"]
    assert rows[faults].tolist() == [135_080, 5_268, 9_288]
    assert audit.rows - audit.rows_with(*faults) == 392_732
    assert audit.rows - audit.rows_with(*faults, "zero_amount") == 392_692
    assert 0 < rows["reversed_purchase"] < rows["cancelled"]
    # 4,372 customers, of whom 4,339 have bought something.
    back = raw[~raw["CustomerID"].isin(raw["CustomerID"][raw["Quantity"] >= 0])].dropna()
    assert back["CustomerID"].nunique() == 4_372 - 4_339
    assert rows["only_returns"] == len(back)


def sound() -> pd.DataFrame:
    days = pd.to_datetime(["2024-01-01", "2024-01-02"])
    return pd.DataFrame({"customer_id": [1, 2], "order_date": days, "amount": [3.0, 4.0]})


def test_a_sound_table_has_an_empty_ledger() -> None:
    audit = audit_orders(sound(), as_of="2024-12-31")
    assert audit.table.empty
    assert (audit.rows, audit.clean_rows, audit.total_amount) == (2, 2, 7.0)
    assert audit.sentence() == "2 rows, and no problem found."
    assert audit.sentence("zh") == "共 2 行，未发现问题。"
    assert str(audit).startswith("2 rows, and no problem found.\nOrderAudit")


def test_examples_name_each_customer_once() -> None:
    raw = pd.concat([sound(), sound().assign(amount=-1.0)], ignore_index=True)
    table = audit_orders(raw, as_of="2024-01-01").table
    assert table.loc["negative_amount", "examples"] == "1, 2"
    assert table.loc["after_as_of", "examples"] == "2"


def test_returns_are_matched_where_asked() -> None:
    back = sound().assign(amount=[-3.0, -9.0], order_date=pd.Timestamp("2024-02-01"))
    raw = pd.concat([sound(), back], ignore_index=True)
    line = audit_orders(raw, as_of="2024-12-31", match_returns=True).table.loc["reversed_purchase"]
    assert (line["rows"], line["amount"], line["examples"]) == (1, 3.0, "1")


def test_purchases_alike_are_reversed_one_by_one(quick_engine: Any) -> None:
    day = pd.Series(pd.to_datetime(["2024-01-01"] * 4)).astype("datetime64[us]")
    raw = pd.DataFrame({"customer_id": 1, "order_date": day, "amount": [5.0, 5.0, 5.0, 8.0]})
    raw = raw.assign(product=["x", "x", "y", "z"], order_id="1")
    back = raw.assign(amount=[-5.0, -5.0, -5.0, -9.0], order_id="2")
    audit = audit_orders(
        quick_engine(pd.concat([raw, back], ignore_index=True)),
        as_of="2024-12-31",
        product="product",
        match_returns=True,
        n_examples=2,
    )
    line = audit.table.loc["reversed_purchase"]
    assert (line["rows"], line["amount"], line["examples"]) == (3, 15.0, "1, 1")


def test_customers_with_nothing_but_returns_are_counted(quick_engine: Any) -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-03", "2024-02-01"])
    raw = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2, 2],
            "order_date": pd.Series(days).astype("datetime64[us]"),
            "amount": [3.0, -3.0, -4.0, -4.0, 9.0],
        }
    )
    audit = audit_orders(quick_engine(raw), as_of="2024-01-31")
    line = audit.table.loc["only_returns"]
    with pytest.raises(ValueError, match="'only_returns' cannot be counted row by row; read its"):
        audit.rows_with("only_returns")
    assert (line["rows"], line["amount"], line["further_rows"], line["examples"]) == (2, -8, 0, "2")
    assert customer_table(quick_engine(raw), as_of="2024-01-31").index.tolist() == [1]
    assert "only_returns" not in audit_orders(quick_engine(raw), as_of="2024-02-01").table.index


def test_where_nothing_is_reversed_there_is_no_line() -> None:
    assert audit_orders(sound(), as_of="2024-12-31", match_returns=True).table.empty


def test_what_is_wrong_with_the_call_is_said() -> None:
    with pytest.raises(TypeError, match="orders must be a pandas, Polars"):
        audit_orders("orders.csv", as_of="2024-12-31")
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in orders, got 0"):
        audit_orders(sound().head(0), as_of="2024-12-31")
    with pytest.raises(MissingColumnsError, match="'money'"):
        audit_orders(sound(), as_of="2024-12-31", currency="money")
    with pytest.raises(ValueError, match="did not look for 'cancelled'; name problems among"):
        audit_orders(sound(), as_of="2024-12-31").rows_with("cancelled")


@pytest.mark.parametrize("form", ["string", object, "category"])
def test_texts_that_repeat_are_read_once_and_as_before(form: Any) -> None:
    days = ["2024-01-31", "2024-02-30", "", "today", "2024", None, " 2024-02-01 ", "2025-01-02"]
    rng = np.random.default_rng(0)
    n = 12_000
    raw = pd.DataFrame(
        {
            "customer_id": [f"顾客 {k}" for k in rng.integers(0, 4000, n)],
            "order_date": pd.Series(rng.choice(np.array(days, dtype=object), n)).astype(object),
            "amount": rng.choice([9.5, -3.0, 0.0, np.nan], n),
        }
    )
    given = raw.astype({"customer_id": form, "order_date": object if form == "category" else form})
    audit = audit_orders(given, as_of="2024-12-31", n_examples=0)
    read = {"2024-01-31": "1", "2025-01-02": "2"}
    missing = raw["order_date"].isna() | (raw["order_date"] == "")
    kind = raw["order_date"].map(read)
    rows = audit.table["rows"]
    assert rows["missing_date"] == missing.sum()
    assert rows["unreadable_date"] == (kind.isna() & ~missing).sum()
    assert rows["after_as_of"] == (kind == "2").sum()
    assert rows["duplicate"] == raw.duplicated().sum()
    past = raw[(kind == "1") & raw["amount"].notna()]
    largest = past.groupby("customer_id")["amount"].max()
    alone = past[past["customer_id"].isin(largest.index[largest < 0])]
    assert rows["only_returns"] == len(alone)
    assert audit.table.loc["only_returns", "amount"] == alone["amount"].sum()
