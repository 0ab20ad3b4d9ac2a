"""Promotions as windows and design columns, and what of them is refused."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.impact.windows import (
    check_promotions,
    promotion_design,
    promotion_windows,
    spread_windows,
)

WEEKS = pd.period_range("2024-01-01", periods=10, freq="W-SUN")
TWO = pd.DataFrame(
    {
        "start_date": ["2024-01-08", "2024-02-05"],
        "end_date": ["2024-01-14", "2024-02-18"],
        "size": [0.1, 0.3],
    }
)


@pytest.mark.parametrize("name", ["product_category", "valid_from", "discount"])
def test_unknown_columns_are_refused_by_name(name) -> None:
    with pytest.raises(DataError, match=rf"promotions has the columns \['{name}'\]"):
        check_promotions(TWO.assign(**{name: "x"}))


def test_missing_dates_and_sizes_are_refused() -> None:
    with pytest.raises(MissingColumnsError, match="start_date"):
        check_promotions(TWO.drop(columns="start_date"))
    with pytest.raises(DataError, match="size of promotions must be numeric"):
        check_promotions(TWO.assign(size="30%"))
    with pytest.raises(DataError, match="size of promotions has 1 missing"):
        check_promotions(TWO.assign(size=[0.1, np.nan]))


def test_the_size_enters_as_its_distance_from_the_mean() -> None:
    design = promotion_design(WEEKS, TWO, after=1)
    assert design.columns.tolist() == ["promotion", "promotion_size", "after_1"]
    assert design["promotion_size"].tolist() == pytest.approx([0, -0.1, 0, 0, 0, 0.1, 0.1, 0, 0, 0])
    assert "promotion_size" not in promotion_design(WEEKS, TWO.assign(size=0.2), after=0)


def test_windows_end_where_the_next_promotion_begins() -> None:
    windows = promotion_windows(pd.Series(1.0, WEEKS), TWO, after=9)
    assert [(w.first, w.last, w.end) for w in windows] == [(1, 2, 5), (5, 7, 10)]


def test_spread_windows_do_not_overlap() -> None:
    assert spread_windows(np.ones(10, dtype=bool), 3, 2) == [0, 6]
    assert spread_windows(np.zeros(4, dtype=bool), 1, 3) == []
