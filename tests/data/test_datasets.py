"""CDNOW against the counts that the papers and lifetimes' documentation give."""

import importlib.util
import sys

import pytest

from cemkit import MissingDependencyError, load_cdnow


def test_master_has_the_published_size() -> None:
    orders = load_cdnow()
    assert len(orders) == 69_659
    assert orders["customer_id"].nunique() == 23_570
    assert orders["amount"].sum() == pytest.approx(2_500_315.63)
    assert str(orders["order_date"].min().date()) == "1997-01-01"
    assert str(orders["order_date"].max().date()) == "1998-06-30"


def test_sample_is_part_of_the_master() -> None:
    sample, master = load_cdnow("sample"), load_cdnow()
    assert len(sample) == 6_919
    assert sample["customer_id"].nunique() == 2_357
    columns = ["customer_id", "order_date", "amount", "quantity"]
    assert len(sample.merge(master.drop_duplicates(), on=columns)) == len(sample)


def test_another_part_is_refused() -> None:
    with pytest.raises(ValueError, match="part must be one of 'master', 'sample', not 'tenth'"):
        load_cdnow("tenth")


def test_lifetimes_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "lifetimes", raising=False)
    load_cdnow("sample")
    assert "lifetimes" not in sys.modules


def test_without_lifetimes_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cemkit.data.datasets.find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="lifetimes is not installed; run: "):
        load_cdnow()
    assert importlib.util.find_spec("lifetimes") is not None
