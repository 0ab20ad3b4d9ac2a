"""Counts of rows, gaps and repeats, and the checks of values, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.table_rows import (
    check_values,
    count_missing,
    count_rows,
    repeated_customers,
)
from cemkit.errors import DataError

RNG = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "variant": RNG.choice(["A", "B"], 500),
        "x": RNG.normal(1e6, 3, 500),
        "y": RNG.normal(5, 1, 500),
        "flag": RNG.random(500) < 0.5,
    }
)


def test_missing_values_are_counted_by_column(engine: Any) -> None:
    gaps = pd.DataFrame({"customer_id": ["a", "b", None], "variant": ["A", None, None]})
    assert count_missing(engine(gaps), ["customer_id", "variant"]) == {
        "customer_id": 1,
        "variant": 2,
    }


def test_counts_and_repeats(engine: Any) -> None:
    table = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "variant": ["A", "A", "A", "B", "B"]})
    given = engine(table)
    assert count_rows(given, ["variant"])["rows"].tolist() == [3, 2]
    assert repeated_customers(given) == (2, 1)


def test_values(engine: Any) -> None:
    given = engine(DATA)
    check_values(given, ["x", "flag"], ["flag"], "data")
    with pytest.raises(DataError, match="x of data must hold only 0 and 1"):
        check_values(given, ["x"], ["x"], "data")
    bad = engine(DATA.assign(y=np.r_[np.nan, np.ones(499)]))
    with pytest.raises(DataError, match=r"y of data .*(missing in 1 row|infinite or NaN)"):
        check_values(bad, ["y"], [], "data")
