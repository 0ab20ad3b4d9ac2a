"""The verbs that every reduction is built on."""

import narwhals as nw
import pandas as pd
import pytest

from cemkit.data.engines import collect, day_number, scan


def test_day_numbers_agree_with_pandas_over_centuries() -> None:
    days = pd.date_range("1890-01-01", "2110-12-31", freq="D")
    table = scan(pd.DataFrame({"day": days}), "days")
    numbers = collect(table.select(number=day_number(nw.col("day"))))["number"]
    assert numbers.tolist() == (days - pd.Timestamp("1970-01-01")).days.tolist()


def test_a_list_is_no_table() -> None:
    with pytest.raises(TypeError, match=r"orders must be a pandas, Polars, .* table, not list"):
        scan([1], "orders")
