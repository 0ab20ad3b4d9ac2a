"""CDNOW as published."""

import sys
from importlib import util

import pandas as pd
import pytest

from cemkit import customer_table, load_cdnow
from cemkit.errors import MissingDependencyError


@pytest.mark.parametrize(
    ("part", "orders", "customers"), [("master", 69_659, 23_570), ("sample", 6_919, 2_357)]
)
def test_cdnow_has_the_published_size(part: str, orders: int, customers: int) -> None:
    table = load_cdnow(part)
    assert (len(table), table["customer_id"].nunique()) == (orders, customers)
    assert list(table.columns) == ["customer_id", "order_date", "amount", "quantity"]
    assert table["order_date"].min() == pd.Timestamp("1997-01-01")
    assert table["order_date"].max() == pd.Timestamp("1998-06-30")


def test_the_sample_is_a_part_of_the_master() -> None:
    sample, master = load_cdnow("sample"), load_cdnow()
    of_sample = master[master["customer_id"].isin(sample["customer_id"])]
    keys = ["customer_id", "order_date", "amount", "quantity"]
    pd.testing.assert_frame_equal(
        of_sample.sort_values(keys, ignore_index=True), sample.sort_values(keys, ignore_index=True)
    )


def test_the_papers_table_is_that_of_the_orders_up_to_september() -> None:
    table = load_cdnow("sample", form="customers")
    pd.testing.assert_frame_equal(table, customer_table(load_cdnow("sample"), "1997-09-30"))
    assert (table["repeat_count"] > 0).sum() == 946


def test_reading_imports_no_lifetimes() -> None:
    before = "lifetimes" in sys.modules
    load_cdnow("sample")
    assert ("lifetimes" in sys.modules) is before


def test_missing_files_and_bad_words_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="part must be one of 'master', 'sample', not 'all'"):
        load_cdnow("all")
    with pytest.raises(ValueError, match="form must be one of 'orders', 'customers'"):
        load_cdnow(form="weeks")
    monkeypatch.setattr("cemkit.data.datasets.find_spec", lambda name: util.find_spec("no_such"))
    with pytest.raises(MissingDependencyError, match="lifetimes is not installed; run: python"):
        load_cdnow()
