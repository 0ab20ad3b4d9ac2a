"""Tables of other engines: known without importing an engine, refused with the way into pandas."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import as_series
from cemkit.checks.customers import Customers
from cemkit.checks.engine_tables import check_no_engine_table, is_engine_table, kind_of
from cemkit.checks.options import check_is_frame, shown

TABLE = pd.DataFrame({"customer_id": [1, 2], "amount": [1.0, 2.0]})
LARGE = ", or a sample of its rows where it is large"


def elsewhere(kind: str) -> tuple[Any, str]:
    """The table on another engine, and how its rows come into pandas."""
    if kind == "duckdb":
        return pytest.importorskip(kind).from_df(TABLE), f"df(){LARGE}"
    if kind == "dask":
        frame = pytest.importorskip("dask.dataframe").from_pandas(TABLE, npartitions=1)
        return frame, f"compute(){LARGE}"
    if kind == "pyarrow":
        return pytest.importorskip(kind).Table.from_pandas(TABLE), "to_pandas()"
    frame = pytest.importorskip("polars").from_pandas(TABLE)
    if kind == "polars":
        return frame, "to_pandas()"
    return frame.lazy(), f"collect().to_pandas(){LARGE}"


every_engine = pytest.mark.parametrize("kind", ["duckdb", "polars", "lazy", "pyarrow", "dask"])


@every_engine
@pytest.mark.parametrize("read", [check_is_frame, as_series, Customers.of, check_no_engine_table])
def test_the_error_says_what_it_is_and_how_it_comes_into_pandas(kind: str, read: Any) -> None:
    table, way = elsewhere(kind)
    with pytest.raises(TypeError) as caught:
        read(table, "X")
    message = str(caught.value)
    assert message.startswith("X must be a ")
    assert message.endswith(f", not {kind_of(table)}; bring it into pandas with its {way}")
    assert shown(table) == f"a {kind_of(table)}"  # no query is run to show it


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_a_table_in_memory_without_ids_is_as_good_as_an_array(kind: str) -> None:
    table, _ = elsewhere(kind)
    features = table.drop("customer_id") if kind == "polars" else table.drop(["customer_id"])
    assert Customers.of(features, "X").table is features


@pytest.mark.parametrize("value", [TABLE, TABLE["amount"], np.ones(2), [1.0], None, "text"])
def test_nothing_else_is_one(value: object) -> None:
    assert not is_engine_table(value)
    assert kind_of(value) == type(value).__name__
