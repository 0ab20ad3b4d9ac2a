"""Customer tables in every form, with the customers who never ordered."""

import numpy as np
import pandas as pd
import pytest

from cemkit.checks import Customers
from cemkit.errors import DataError, NotEnoughDataError

TABLE = pd.DataFrame(
    {"order_count": [2, 0, 1], "recency_days": [5.0, None, 9.0], "amount": [7.0, None, 3.0]},
    index=pd.Index(["ann", "bob", "cat"], name="customer_id"),
)


@pytest.mark.parametrize("count", [TABLE["order_count"], [2, None, 1]])
@pytest.mark.parametrize("dtype", ["float64", "Int64", "object"])
def test_who_never_ordered_is_left_out_counted_and_missing(count: object, dtype: str) -> None:
    table = TABLE.assign(order_count=pd.Series(count, TABLE.index, dtype="Int64").astype(dtype))
    for given in (table, table.reset_index()):
        rows = Customers.of(given)
        assert rows.table.index.tolist() == ["ann", "cat"]
        assert rows.left_out().to_dict() == {"never ordered": 1}
        assert rows.series(np.array([1, 2]), "x").index.tolist() == ["ann", "bob", "cat"]
        assert rows.series(np.array([1, 2]), "x").isna().tolist() == [False, True, False]
        added = rows.added({"score": np.array([4, 5]), "due": pd.to_datetime(["2024-01-01"] * 2)})
        assert added.index.equals(given.index)
        assert added["score"].isna().tolist() == added["due"].isna().tolist()
        assert added["score"].dropna().tolist() == [4, 5]


def test_where_everyone_ordered_nothing_changes() -> None:
    table = TABLE.drop("bob")
    rows = Customers.of(table)
    assert rows.table is table
    assert rows.left_out().tolist() == [0]
    assert rows.spread(np.array([1, 2])).dtype == np.int64
    assert Customers.of(TABLE.drop(columns="order_count")).ordered is None
    assert Customers.of(np.ones((2, 2))).ordered is None


def test_truth_values_and_text_are_missing_too() -> None:
    rows = Customers.of(TABLE)
    assert rows.spread(np.array([True, False])).tolist() == [True, pd.NA, False]
    assert pd.isna(rows.spread(np.array(["a", "b"], dtype=object))[1])
    assert rows.kept(TABLE["amount"]).tolist() == [7, 3]


@pytest.mark.parametrize("cut", [0, 1])
def test_columns_are_matched_by_id_with_or_without_who_never_ordered(cut: int) -> None:
    others = pd.Series([30, 20, 10], index=["cat", "bob", "ann"])
    others = others.drop("bob") if cut else others
    for given in (TABLE, TABLE.reset_index()):
        assert Customers.of(given, "X").column(others, "y").to_dict() == {"ann": 10, "cat": 30}
        by_row = Customers.of(given, "X").column([1, 2, 3], "y")
        assert by_row.to_dict() == {"ann": 1, "cat": 3}


def test_a_column_of_the_same_table_is_matched_by_its_rows() -> None:
    table = TABLE.reset_index().assign(y=[1, 2, 3])
    assert Customers.of(table, "X").column(table["y"], "y").to_dict() == {"ann": 1, "cat": 3}


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["ann", "zoe"], "X and y must hold the same ids, each once: 1 only in X, 1 only in y"),
        (["ann", "ann"], "X and y must hold the same ids, each once; y repeats 'ann'"),
        ([1, 2], "customer_id holds text in X and numbers in y"),
    ],
)
def test_a_column_of_other_customers_is_refused(ids: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Customers.of(TABLE.drop("bob"), "X").column(pd.Series([0, 1], index=ids), "y")


def test_lengths_that_differ_and_repeated_ids_are_refused() -> None:
    with pytest.raises(DataError, match="X has 3 rows but y has 2"):
        Customers.of(TABLE, "X").column([1, 2], "y")
    twice = TABLE.loc[["ann", "ann", "cat"]]
    with pytest.raises(DataError, match="X has repeated ids, so X and y cannot be matched"):
        Customers.of(twice, "X").column(twice["amount"], "y")
    with pytest.raises(DataError, match="X has 1 repeated customer_id"):
        Customers.of(twice.reset_index(), "X")


def test_a_table_of_nobody_who_ordered_is_said() -> None:
    with pytest.raises(NotEnoughDataError, match="order_count is 0 or missing in all 1 row"):
        Customers.of(TABLE.loc[["bob"]])
