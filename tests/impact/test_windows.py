"""Promotions as windows and design columns, and what of them is refused."""

import numpy as np
import pandas as pd
import pytest

from cemkit.impact.windows import (
    promotion_design,
    promotion_windows,
    read_promotions,
    spread_windows,
)

WEEKS = pd.period_range("2024-01-01", periods=10, freq="W-SUN")
TWO = pd.DataFrame(
    {
        "name": ["a", "b"],
        "start_date": ["2024-01-08", "2024-02-05"],
        "end_date": ["2024-01-14", "2024-02-18"],
        "size": [0.1, 0.3],
    }
)
READ = TWO.assign(**{name: pd.to_datetime(TWO[name]) for name in ("start_date", "end_date")})


def test_promotions_that_recur_are_named_by_their_year() -> None:
    days = pd.period_range("2022-06-01", "2024-06-10", freq="D")
    day = ["2010-06-18"]
    yearly = pd.DataFrame({"name": "618", "start_date": day, "end_date": day, "recurring": True})
    read = read_promotions(yearly, pd.Series(1.0, days))
    assert read["name"].tolist() == ["618 2022", "618 2023"]
    windows = promotion_windows(pd.Series(1.0, days), read, after=0)
    assert [window.first for window in windows] == [17, 17 + 365]


def test_the_size_enters_as_its_distance_from_the_mean() -> None:
    design = promotion_design(WEEKS, READ, after=1)
    assert design.columns.tolist() == ["promotion", "promotion_size", "after_1"]
    assert design["promotion_size"].tolist() == pytest.approx([0, -0.1, 0, 0, 0, 0.1, 0.1, 0, 0, 0])
    assert "promotion_size" not in promotion_design(WEEKS, READ.assign(size=0.2), after=0)


def test_windows_end_where_the_next_promotion_begins() -> None:
    windows = promotion_windows(pd.Series(1.0, WEEKS), READ, after=9)
    assert [(w.first, w.last, w.end) for w in windows] == [(1, 2, 5), (5, 7, 10)]


def test_spread_windows_do_not_overlap() -> None:
    assert spread_windows(np.ones(10, dtype=bool), 3, 2) == [0, 6]
    assert spread_windows(np.zeros(4, dtype=bool), 1, 3) == []
