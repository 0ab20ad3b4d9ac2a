"""Cell sums against pandas' own means and covariances, on every engine."""

from typing import Any

import pandas as pd
import pytest

from cemkit import cell_sums, simulate_experiment
from cemkit.errors import MissingColumnsError


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
