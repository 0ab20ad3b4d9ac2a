"""What is shown of a table of counts gives no small count away: tried with all tables that fit."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import suppress_small_cells
from cemkit.errors import DataError


def test_one_small_cell_takes_three_more_in_a_two_way_table() -> None:
    counts = pd.DataFrame({"yes": [40, 3, 20], "no": [50, 60, 70]}, index=["a", "b", "c"])
    result = suppress_small_cells(counts)
    assert (result.small, result.further) == (1, 3)
    hidden = result.table.isna().to_numpy()
    assert hidden[1, 0]
    assert result.table.loc["total", "total"] == 243
    assert "隐去" in result.sentence("zh")
    assert result.sentence() == (
        "1 cell below 10 is suppressed, and 3 further cells to protect it."
    )


def test_a_table_without_small_cells_is_shown_whole() -> None:
    counts = pd.DataFrame({"a": [10, 0], "b": [11, 12]})
    result = suppress_small_cells(counts, k=10)
    assert (result.small, result.further) == (0, 0)
    assert result.table.to_numpy().tolist() == [[10, 11, 21], [0, 12, 12], [10, 23, 33]]


def test_small_totals_are_cells_too() -> None:
    result = suppress_small_cells(pd.DataFrame({"a": [3, 50], "b": [2, 50]}), k=10)
    assert result.table.loc[0].isna().all()


def consistent(shown: np.ndarray, largest: int) -> np.ndarray:
    """Return every two-by-two table, with its totals, that fits what is shown."""
    inner = np.indices([largest + 1] * 4).reshape(4, -1).T.reshape(-1, 2, 2)
    full = np.concatenate([inner, inner.sum(axis=1, keepdims=True)], axis=1)
    full = np.concatenate([full, full.sum(axis=2, keepdims=True)], axis=2)
    return full[((full == shown) | np.isnan(shown)).all(axis=(1, 2))]


@given(st.lists(st.integers(0, 6), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_no_small_count_can_be_told_from_a_two_by_two_table(values: list[int]) -> None:
    k = 3
    counts = pd.DataFrame(np.reshape(values, (2, 2)))
    shown = suppress_small_cells(counts, k=k).table.to_numpy(dtype=float, na_value=np.nan)
    full = np.vstack([counts, counts.sum()])
    full = np.hstack([full, full.sum(axis=1, keepdims=True)])
    assert ((shown == full) | np.isnan(shown)).all()
    fits = consistent(shown, largest=12)
    for cell in zip(*np.nonzero((full > 0) & (full < k)), strict=True):
        possible = fits[:, cell[0], cell[1]]
        assert len(np.unique(possible)) > 1
        assert possible.max() >= k


@given(st.lists(st.integers(0, 30), min_size=2, max_size=6))
@settings(max_examples=60, deadline=None)
def test_one_way_tables_hide_none_or_at_least_two(values: list[int]) -> None:
    result = suppress_small_cells(pd.Series(values), k=5)
    hidden = result.table["n"].isna().to_numpy()
    small = [0 < value < 5 for value in [*values, sum(values)]]
    assert hidden[small].all()
    assert hidden.sum() != 1
    assert result.small == sum(small)
    assert result.further == hidden.sum() - sum(small)


def test_bad_tables_are_refused() -> None:
    with pytest.raises(DataError, match=r"whole numbers from 0 to 2\^50, and none may be missing"):
        suppress_small_cells(pd.Series([1.5]))
    with pytest.raises(DataError, match="whole numbers"):
        suppress_small_cells(pd.Series([-1]))
    with pytest.raises(DataError, match="table has totals"):
        suppress_small_cells(pd.DataFrame({"total": [5]}))
    with pytest.raises(ValueError, match="k must be at least 2"):
        suppress_small_cells(pd.Series([5]), k=1)


@pytest.mark.parametrize("dtype", ["float32", "Int64", "uint8", "int64[pyarrow]"])
def test_the_type_of_the_counts_changes_nothing(dtype: str) -> None:
    counts = pd.DataFrame({"yes": [40, 3, 20], "no": [50, 60, 70]})
    expected = suppress_small_cells(counts).table
    pd.testing.assert_frame_equal(suppress_small_cells(counts.astype(dtype)).table, expected)


@pytest.mark.parametrize("values", [["40", "3"], [40 + 1j, 3], [2.0**60, 3]])
def test_what_is_no_count_is_refused(values: list[Any]) -> None:
    with pytest.raises(DataError, match="counts must be"):
        suppress_small_cells(pd.DataFrame({"n": values}))


def test_counts_by_two_columns_keep_their_names() -> None:
    names = pd.MultiIndex.from_product([["N", "S"], ["a", "b"]], names=["region", "segment"])
    counts = pd.Series([40, 3, 20, 4], names)
    flat = suppress_small_cells(counts.set_axis(list("wxyz")))
    for table in (counts, counts.to_frame("n")):
        shown = suppress_small_cells(table).table
        assert shown.index.names == ["region", "segment"]
        assert shown.index[-1] == ("total", "")
    shown = suppress_small_cells(counts).table["n"]
    assert shown.fillna(-1).tolist() == flat.table["n"].fillna(-1).tolist()
