"""The verbs that are safe, and the traps of Narwhals that make others unsafe."""

from typing import Any

import narwhals as nw
import pandas as pd
import pytest

from cemkit.data.engines import (
    as_given,
    category_values,
    collect,
    count_distinct,
    is_in_memory,
    quoted,
    scan,
)

TABLE = pd.DataFrame({"k": [1, 1, 2, 2, 2, 1], "v": [1.0, 2.0, 3.0, 3.0, 4.0, 2.0]})


def test_a_table_comes_back_as_the_kind_that_was_given(engine: Any) -> None:
    table = engine(TABLE)
    back = as_given(scan(table, "table").filter(nw.col("v") > 1), table)
    assert type(back) is type(table)
    assert sorted(collect(scan(back, "table"))["v"].tolist()) == [2.0, 2.0, 3.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("pandas", True),
        ("polars", True),
        ("pyarrow", True),
        ("polars-lazy", False),
        ("duckdb", False),
    ],
)
def test_what_is_in_memory(given_on: Any, name: str, answer: bool) -> None:
    assert is_in_memory(given_on(name)(TABLE)) is answer


@pytest.mark.parametrize("other", [3, "orders.csv", {"amount": [1]}, None])
def test_what_is_no_table_is_named(other: object) -> None:
    with pytest.raises(TypeError, match=f"orders must be .* table, not {type(other).__name__}"):
        scan(other, "orders")


def test_count_distinct_counts_right_on_every_engine(quick_engine: Any) -> None:
    counts = collect(count_distinct(scan(quick_engine(TABLE), "table"), ["k"], "v", "n"))
    assert dict(zip(counts["k"].tolist(), counts["n"].tolist(), strict=True)) == {1: 2, 2: 2}


def test_quoted_names_are_sql() -> None:
    assert quoted('say "when"') == '"say ""when"""'


# What Narwhals gets wrong without saying so. When one of these fails, Narwhals has changed its
# mind, and the way around it in engines.py may go.


@pytest.mark.parametrize("name", ["pandas", "pyarrow"])
def test_trap_a_condition_inside_agg_is_ignored(given_on: Any, name: str) -> None:
    inside = nw.when(nw.col("v") > 2).then(nw.col("v")).otherwise(nw.lit(0.0)).sum().alias("s")
    frame = scan(given_on(name)(TABLE), "table")
    try:
        sums = collect(frame.group_by("k").agg(inside)).set_index("k")["s"].to_dict()
    except (nw.exceptions.NarwhalsError, TypeError, ValueError, NotImplementedError):
        return
    assert sums != {1: 0.0, 2: 10.0}


def test_trap_a_condition_made_before_agg_is_right(quick_engine: Any) -> None:
    large = nw.when(nw.col("v") > 2).then(nw.col("v")).otherwise(nw.lit(0.0))
    frame = scan(quick_engine(TABLE), "table").with_columns(large=large)
    sums = collect(frame.group_by("k").agg(nw.col("large").sum())).set_index("k")["large"]
    assert sums.to_dict() == {1: 0.0, 2: 10.0}


def test_trap_n_unique_in_agg_is_wrong_on_dask_partitions(given_on: Any) -> None:
    table = pd.DataFrame({"k": [1] * 100, "v": [1, 2] * 50})
    counts = scan(given_on("dask-50")(table), "t").group_by("k").agg(nw.col("v").n_unique())
    assert collect(counts)["v"].tolist() != [2]


def test_trap_nan_is_not_null_on_polars_and_is_filled(given_on: Any) -> None:
    import polars as pl

    frame = scan(pl.DataFrame({"v": [1.0, float("nan")]}), "t")
    assert collect(frame.select(n=nw.col("v").is_null().cast(nw.Int64).sum()))["n"][0] == 0
    filled = frame.select(n=nw.col("v").fill_nan(None).is_null().cast(nw.Int64).sum())
    assert collect(filled)["n"][0] == 1


def test_pyarrow_tables_come_without_views_and_dictionaries_of_numbers() -> None:
    pa = pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    if not hasattr(pa, "string_view"):
        pytest.skip("this PyArrow has no views")
    table = pa.table(
        {
            "text": pa.array(["a", "b"]).cast(pa.string_view()),
            "ids": pa.array([7, 9]).dictionary_encode(),
            "names": pa.array(["x", "y"]).dictionary_encode(),
        }
    )
    frame = scan(table, "orders")
    assert frame.collect_schema() == {
        "text": nw.String,
        "ids": nw.Int64,
        "names": nw.Categorical,
    }
    assert collect(frame.filter(nw.col("ids") > 8).select("text", "ids")).to_dict("list") == {
        "text": ["b"],
        "ids": [9],
    }


def test_pandas_text_held_as_views_is_sorted_and_joined() -> None:
    pa = pytest.importorskip("pyarrow")
    views = pa.chunked_array([pa.array(["b", "a"], pa.string_view())])
    table = pd.DataFrame({"key": pd.arrays.ArrowExtensionArray(views), "amount": [1, 2]})
    frame = scan(table, "orders")
    rows = collect(frame.join(frame, on="key").sort("key"))
    assert rows["key"].tolist() == ["a", "b"]
    assert rows["amount_right"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("categories", "dtype"),
    [
        *(([1, 2], "Int64"), ([False, True], "boolean"), ([1.5, 2.5], "float64")),
        (["a", "b"], pd.Index(["a", "b"]).dtype),  # which differs between versions of pandas
    ],
)
def test_values_of_categories_may_be_missing(categories: list[Any], dtype: Any) -> None:
    column = pd.Series(pd.Categorical.from_codes([1, -1, 0], pd.Index(categories)))
    values = category_values(column)
    assert values.dtype == dtype
    assert values.isna().tolist() == [False, True, False]
    assert values.dropna().tolist() == [categories[1], categories[0]]
