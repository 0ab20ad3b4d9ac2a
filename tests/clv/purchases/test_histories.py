"""Distinct rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.checks import Customers
from cemkit.clv.purchases.covariates import Covariates
from cemkit.clv.purchases.histories import check_weights, distinct_rows, read_histories
from cemkit.errors import DataError

numbers = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.5, 1e9]), st.integers(-2, 2)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=50, deadline=None)
@given(rows=numbers)
def test_distinct_rows_are_those_of_numpy(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows, dtype=float)
    first, counts, row = distinct_rows(list(table.T))
    expected, expected_counts = np.unique(table, axis=0, return_counts=True)
    order = np.lexsort(table[first].T[::-1])
    assert (table[first][order] == expected).all()
    assert (counts[order] == expected_counts).all()
    assert (table[first][row] == table).all()


@settings(max_examples=50, deadline=None)
@given(rows=numbers, seed=st.integers(0, 9))
def test_the_order_of_the_rows_does_not_matter(rows: list[tuple[float, ...]], seed: int) -> None:
    table = np.array(rows, dtype=float)
    shuffled = np.random.default_rng(seed).permutation(table)
    first, _, _ = distinct_rows(list(table.T))
    again, _, _ = distinct_rows(list(shuffled.T))
    assert (table[first] == shuffled[again]).all()


def test_rows_that_one_column_tells_apart_keep_their_weights() -> None:
    x, T = np.array([1.0, 0.0, 1.0]), np.array([7.0, 9.0, 3.0])
    first, counts, row = distinct_rows([x, T], np.array([2.0, 4.0, 6.0]))
    assert first.tolist() == [1, 2, 0]
    assert counts.tolist() == [4, 6, 2]
    assert row.tolist() == [2, 0, 1]


def test_many_columns_do_not_overflow() -> None:
    random = np.random.default_rng(0)
    table = random.random((3000, 9))
    table[1000:2000] = table[:1000]
    first, counts, row = distinct_rows(list(table.T))
    assert len(first) == 2000
    assert (table[first][row] == table).all()
    assert np.sort(counts)[-1000:].tolist() == [2.0] * 1000


def test_covariates_keep_histories_apart() -> None:
    customers = pd.DataFrame(
        {
            "repeat_count": [1, 1, 1],
            "recency_days": [5, 5, 5],
            "tenure_days": [9, 9, 9],
            "channel": ["web", "shop", "web"],
        }
    )
    histories = read_histories(customers, Covariates.learn(customers, ["channel"]))
    assert histories.counts.tolist() == [1, 2]
    assert histories.covariates.tolist() == [[0], [1]]
    assert histories.t_x.tolist() == [4, 4]
    left = histories.reweighted(np.array([0.0, 7.0]))
    assert left.covariates.tolist() == [[1]]
    assert left.counts.tolist() == [7]
    assert histories.scaled(2.0, np.array([1.0]), np.array([4.0])).T.tolist() == [4.5, 4.5]


def test_weights_that_are_none_are_refused() -> None:
    with pytest.raises(DataError, match="customers has 3 rows but sample_weight has 2"):
        check_weights([1, 2], Customers.of(table()))
    with pytest.raises(DataError, match=r"smallest value is -1\.0"):
        check_weights([1, -1, 1], Customers.of(table()))
    with pytest.raises(DataError, match="1 missing"):
        check_weights([1, np.nan, 1], Customers.of(table()))
    with pytest.raises(DataError, match="not all 0"):
        check_weights([0, 0, 0], Customers.of(table()))


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"repeat_count": [2, 0, 1], "recency_days": [1, 9, 4], "tenure_days": [7, 9, 8]}
    )


def test_weights_with_an_index_are_matched_by_it() -> None:
    named = table().set_axis(pd.Index(["ann", "bob", "cat"], name="customer_id"))
    weights = pd.Series([5.0, 3.0, 1.0], index=["cat", "ann", "bob"])
    rows, by_hand = Customers.of(named), [3.0, 1.0, 5.0]
    assert check_weights(weights, rows).tolist() == by_hand
    with pytest.raises(DataError, match="same ids, each once: 1 only in customers, 1 only in samp"):
        check_weights(weights.rename({"bob": "dan"}), rows)
    with pytest.raises(DataError, match="customer_id holds text in customers and numbers in sampl"):
        check_weights(weights.reset_index(drop=True), rows)
    once = (weight for weight in by_hand)
    assert check_weights(once, rows).tolist() == by_hand  # type: ignore[arg-type]
    twice = table().set_axis(["ann", "ann", "bob"])
    repeated = pd.Series(by_hand, index=twice.index)
    assert check_weights(repeated, Customers.of(twice)).tolist() == by_hand
    assert read_histories(named, Covariates(), np.array(by_hand)).counts.tolist() == [1, 5, 3]


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "Int64", "Float64", "int64[pyarrow]", "uint16", "float16"]
)
def test_the_type_of_a_number_does_not_matter(dtype: str) -> None:
    ours, expected = (read_histories(t, Covariates()) for t in (table().astype(dtype), table()))
    assert ours.T.tolist() == expected.T.tolist()
    assert ours.x.tolist() == expected.x.tolist()


@pytest.mark.parametrize("dtype", [object, "str", "complex128", "timedelta64[s]", "category"])
def test_columns_that_are_no_numbers_are_refused(dtype: object) -> None:
    with pytest.raises(DataError, match="must be numeric"):
        read_histories(table().astype(dtype), Covariates())  # type: ignore[call-overload]
