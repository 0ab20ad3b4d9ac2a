"""The sample ratio against a published case and scipy."""

import pandas as pd
import pytest
from scipy.stats import chisquare

from cemkit import sample_ratio_test
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

HALVES = {"A": 0.5, "B": 0.5}


def test_kohavi() -> None:
    found = sample_ratio_test({"A": 821588, "B": 815482}, HALVES)
    assert found.statistic == pytest.approx(22.7744, abs=5e-5)
    assert found.p_value == pytest.approx(1.82e-6, abs=5e-9)
    assert not found.valid
    assert "is not as designed" in found.sentence()
    assert "无效" in found.sentence("zh")


def test_any_number_of_variants_as_in_scipy() -> None:
    counts = {"A": 700, "B": 190, "C": 110}
    shares = {"A": 0.7, "B": 0.2, "C": 0.1}
    peer = chisquare([700, 190, 110], [700, 200, 100])
    found = sample_ratio_test(counts, shares)
    assert found.statistic == pytest.approx(peer.statistic)
    assert found.p_value == pytest.approx(peer.pvalue)
    assert found.valid
    assert "is as designed" in found.sentence()


def test_a_table_of_customers_is_counted() -> None:
    table = pd.DataFrame({"variant": ["B"] * 45 + ["A"] * 55})
    assert sample_ratio_test(table, HALVES).table["customers"].tolist() == [55, 45]
    assert sample_ratio_test(table["variant"].value_counts(), HALVES).statistic == 1


@pytest.mark.parametrize(
    ("counts", "error", "message"),
    [
        ({"A": 9}, DataError, "variant 'B' was never assigned"),
        ({"A": 9, "B": 0}, DataError, "variant 'B' was never assigned"),
        ({"A": 9, "B": 9, "C": 1}, DataError, "variant 'C' is not in the designed shares"),
        ({"A": 9.5, "B": 9}, ValueError, "whole numbers"),
        (pd.Series(["A", "B"]), TypeError, r"for a Series of variants give its value_counts\(\)"),
        (pd.Series([9, 9, 9], index=["A", "B", "A"]), TypeError, "one number per variant"),
        (pd.DataFrame({"arm": ["A"]}), MissingColumnsError, "missing column 'variant'"),
        ({"A": 1, "B": 1}, NotEnoughDataError, "10 assigned customers, got 2"),
    ],
)
def test_bad_input(counts, error, message) -> None:
    with pytest.raises(error, match=message):
        sample_ratio_test(counts, HALVES)
