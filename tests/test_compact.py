"""Fields and tables in short: no bound without its number, and nothing lost without its name."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cemkit.compact import field_texts, fitting, table_texts


def test_a_number_stands_with_its_interval() -> None:
    fields = {"rate": 0.25, "rate_lower": 0.2, "rate_upper": 0.3, "labels": ("A", "B")}
    assert field_texts(fields) == {"rate": "0.25 (0.2 to 0.3)", "labels": "A, B"}


def test_bounds_of_no_name_are_an_interval_of_their_own() -> None:
    table = pd.DataFrame({"amount": [3.0], "share": [0.5], "lower": [-1.0], "upper": [7.0]})
    texts = table_texts(table, rows=10)
    assert list(texts.columns) == ["amount", "share", "interval"]
    assert texts.iloc[0].tolist() == ["3.00", "0.5", "-1 to 7"]


def test_a_bound_that_is_missing_leaves_the_number_alone() -> None:
    fields = {"rate": 0.25, "rate_lower": np.nan, "rate_upper": None, "p_value": float("nan")}
    assert field_texts(fields) == {"rate": "0.25", "p_value": ""}


def test_one_bound_alone_is_shown() -> None:
    assert field_texts({"rate_lower": 0.2, "upper": 3}) == {"rate_lower": "0.2", "upper": "3"}


def test_chinese_takes_the_place_of_two_letters() -> None:
    table = pd.DataFrame({"segment": ["重要价值客户"], "rate": ["0.25"]})
    assert fitting(table, width=21).shape[1] == 2
    assert fitting(table, width=20).shape[1] == 1


@given(st.lists(st.text(max_size=200), min_size=1, max_size=9), st.integers(1, 99))
def test_what_is_printed_fits_or_is_one_column(texts: list[str], width: int) -> None:
    table = table_texts(pd.DataFrame([texts]).add_prefix("c"), rows=1)
    shown = fitting(table, width)
    assert 1 <= shown.shape[1] <= len(texts)
    printed = max(len(line) for line in shown.to_string().splitlines())
    assert shown.shape[1] == 1 or printed <= width
