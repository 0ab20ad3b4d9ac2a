"""Levels of products: one column of orders, a base and something above it."""

import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.indicators import scorecard
from cemkit.indicators.levels import read_levels

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 2, 3, 3],
        "order_date": pd.to_datetime(
            ["2024-01-03", "2024-02-04", "2024-01-20", "2024-01-20", "2024-01-02", "2024-02-20"]
        ),
        "amount": 10.0,
        "product": ["tea", "cake", "tea", "cake", "cake", "tea"],
    }
)
LEVELS = pd.DataFrame({"product": ["tea", "cake"], "level": [0, 1]})


def test_a_higher_level_counts_when_it_comes_after_the_base() -> None:
    table = scorecard(ORDERS, "2024-02-29", levels=LEVELS, window_days=30).table
    row = table[table["indicator"] == "upgrade_rate"].iloc[-1]
    # Customer 1 upgraded; 2 bought both on the same day, and 3 the higher one first.
    assert row[["numerator", "denominator"]].tolist() == [1, 2]


def test_levels_are_read() -> None:
    assert read_levels(None, []) == {}
    found = read_levels(LEVELS.assign(level=[0.0, 2.5]), ["product"])
    assert found == {"level_column": "product", "base": ("tea",), "higher": ("cake",)}


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="level"):
        read_levels(LEVELS.drop(columns="level"), ["product"])
    with pytest.raises(MissingColumnsError, match="category"):
        read_levels(LEVELS.rename(columns={"product": "category"}), ["product"])
    with pytest.raises(DataError, match="levels must have one of the columns product, category"):
        read_levels(LEVELS.assign(category="x"), ["product"])
    with pytest.raises(DataError, match="a number beyond 64 bits"):
        read_levels(LEVELS.assign(product=[10**30, 1]), ["product"])
    with pytest.raises(DataError, match="two rows of 'tea'"):
        read_levels(LEVELS.assign(product="tea"), ["product"])
    with pytest.raises(DataError, match="must be 0 for the base and above 0"):
        read_levels(LEVELS.assign(level=[1, 2]), ["product"])
