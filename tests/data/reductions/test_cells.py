"""Cell sums against pandas' own means and covariances, on every engine."""

from typing import Any

import pandas as pd
import pytest

from cemkit.data import cell_sums, simulate_experiment
from cemkit.errors import DataError, MissingColumnsError


def test_cell_sums_are_all_that_means_and_covariances_need(engine: Any) -> None:
    table = simulate_experiment(2_000).table
    sums = cell_sums(engine(table), ["variant", "segment"], ["amount", "pre_amount"])
    assert sums.index.names == ["variant", "segment"]
    for cell, rows in table.groupby(["variant", "segment"]):
        line = sums.loc[cell]
        assert line["n"] == len(rows)
        mean = line["amount_sum"] / line["n"]
        assert mean == pytest.approx(rows["amount"].mean())
        product = line["amount_pre_amount_sum"] / line["n"]
        covariance = product - mean * line["pre_amount_sum"] / line["n"]
        assert covariance == pytest.approx(rows["amount"].cov(rows["pre_amount"], ddof=0))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="variant"):
        cell_sums(pd.DataFrame({"amount": [1]}), ["variant"], ["amount"])


@pytest.mark.parametrize("gap", [None, float("nan"), float("inf")])
def test_gaps_are_refused_not_counted_among_the_rows(engine: Any, gap: float | None) -> None:
    table = pd.DataFrame({"variant": ["A", "A", "B"], "amount": pd.Series([1.0, gap, 5.0])})
    with pytest.raises(DataError, match="amount of table is missing or infinite in 1 row"):
        cell_sums(engine(table), ["variant"], ["amount"])


def test_generators_give_the_same_cells_as_lists() -> None:
    table = simulate_experiment(200).table
    expected = cell_sums(table, ["variant"], ["amount", "pre_amount"])
    found = cell_sums(table, (c for c in ["variant"]), (v for v in ["amount", "pre_amount"]))
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(
    ("cells", "values", "error", "message"),
    [
        ("variant", ["amount"], TypeError, "cells must be a list, as in cells="),
        ([], ["amount"], ValueError, "cells must name at least one column"),
        (
            ["variant", "amount"],
            ["amount"],
            ValueError,
            "cells must name at least one column",
        ),
        (["variant"], ["text"], DataError, "text of table must be numeric, not String"),
        (["mixed"], ["amount"], DataError, "mixed of table mixes text with other values"),
        (["lists"], ["amount"], DataError, "lists of table must hold labels"),
        ([pd.NA], ["amount"], TypeError, "must be names of columns"),
    ],
)
def test_what_is_no_cell_or_value(cells: Any, values: Any, error: Any, message: str) -> None:
    table = pd.DataFrame(
        {"variant": ["A", "B"], "amount": [1.0, 2.0], "text": ["1", "2"], "mixed": [1, "1"]}
    )
    table["lists"] = pd.Series([[1], [2]], dtype=object)
    with pytest.raises(error, match=message):
        cell_sums(table, cells, values)


def test_small_floats_are_summed_as_large_ones() -> None:
    table = pd.DataFrame({"variant": "A", "amount": [2.0**24, 1.0, 1.0]})
    found = cell_sums(table.astype({"amount": "float32"}), ["variant"], ["amount"])
    assert found.loc["A", "amount_sum"] == 2**24 + 2
