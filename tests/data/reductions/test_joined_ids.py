"""Ids of one kind join on every engine, whatever type a file or a merge gave them."""

from collections.abc import Callable
from itertools import product
from typing import Any

import narwhals as nw
import pandas as pd
import pytest

from cemkit import experiment_table
from cemkit.data.engines import collect, scan
from cemkit.data.reductions.joined_ids import row_count, with_same_ids, with_whole_ids
from cemkit.errors import DataError
from cemkit.experiments import effect_by_day

pa = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
pl = pytest.importorskip("polars", reason="Polars is not installed")

ASSIGNMENT = pd.DataFrame({"customer_id": [1, 2, 3, 4], "variant": ["A", "B", "A", "B"]})
ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 2, 3],
        "order_date": pd.to_datetime(["2024-03-02", "2024-03-03", "2024-03-09", "2024-03-05"]),
        "amount": [1.0, 2.0, 3.0, 4.0],
    }
)
MARCH = {"start_date": "2024-03-01", "end_date": "2024-03-31", "data_until": "2024-03-31"}
NUMBERS = ["int64", "int32", "uint64", "uint8", "double", "dictionary"]
TEXTS = ["string", "large_string", "dictionary"]


def with_ids(table: pd.DataFrame, kind: str) -> Any:
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    ids = arrow["customer_id"]
    ids = ids.dictionary_encode() if kind == "dictionary" else ids.cast(kind)
    return arrow.set_column(0, "customer_id", ids)


def in_polars(table: Any) -> Any:
    return pl.from_arrow(table).lazy()


@pytest.mark.parametrize("engine", [lambda table: table, in_polars], ids=["pyarrow", "polars"])
@pytest.mark.parametrize("pair", [*product(NUMBERS, NUMBERS), *product(TEXTS, TEXTS)], ids=str)
def test_ids_of_one_kind_join_in_every_type(
    engine: Callable[[Any], Any], pair: tuple[str, str]
) -> None:
    as_text = {} if pair[0] in NUMBERS and pair[1] in NUMBERS else {"customer_id": str}
    assignment = engine(with_ids(ASSIGNMENT.astype(as_text), pair[0]))
    orders = engine(with_ids(ORDERS.astype(as_text), pair[1]))
    joined = collect(scan(experiment_table(assignment, orders, **MARCH), "the answer"))
    joined = joined.sort_values("customer_id")
    assert joined["customer_id"].astype(float).tolist() == [1, 2, 3, 4]
    assert joined["amount"].tolist() == [1.0, 5.0, 4.0, 0.0]
    days = effect_by_day(assignment, orders, **MARCH, control="A")
    assert len(days)


def test_customers_join_in_every_type() -> None:
    about = pd.DataFrame({"customer_id": [1, 2, 3, 4], "city": ["x", "y", "x", "y"]})
    tables = [with_ids(ASSIGNMENT, "uint8"), with_ids(ORDERS, "int64")]
    joined = experiment_table(*tables, **MARCH, customers=with_ids(about, "int32"))
    assert sorted(joined["city"].to_pylist()) == ["x", "x", "y", "y"]


def test_ids_keep_their_type_where_both_tables_have_it() -> None:
    tables = [with_ids(table, "uint8") for table in (ASSIGNMENT, ORDERS)]
    assert experiment_table(*tables, **MARCH).schema.field("customer_id").type == pa.uint8()


def test_numbers_that_no_integer_holds_are_refused() -> None:
    ids = pl.Series([2**63 + 1], dtype=pl.UInt64)
    people = scan(pl.DataFrame({"customer_id": ids}), "assignment")
    others = scan(pl.DataFrame({"customer_id": [1]}), "orders")
    with pytest.raises(DataError, match=r"numbers above 2\^63 - 1.*convert both to text"):
        with_same_ids(people, others, "orders")


def test_numbers_and_text_are_refused() -> None:
    people = scan(pl.DataFrame({"customer_id": ["1"]}), "assignment")
    others = scan(pl.DataFrame({"customer_id": [1]}), "orders")
    with pytest.raises(DataError, match="holds text in assignment but numbers in orders"):
        with_same_ids(people, others, "orders")


def test_fractions_are_refused() -> None:
    with pytest.raises(DataError, match="customer_id of orders has fractions"):
        with_whole_ids(scan(pl.DataFrame({"customer_id": [1.5]}), "orders"), "orders")


def test_rows_are_counted() -> None:
    assert row_count(nw.from_native(pl.LazyFrame({"customer_id": [1, 2]}))) == 2
