"""value_tiers: ties share a tier, whatever the order of rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.segmentation import value_tiers


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=4, max_size=30),
    st.integers(2, 4),
    st.randoms(),
)
def test_the_minimum_rank_against_brute_force(values: list, n: int, random: Any) -> None:
    known = [value for value in values if value is not None]
    if len(known) < n:
        return
    table = pd.DataFrame({"clv": values}, dtype="float64").rename_axis("customer_id")
    found = value_tiers(table, n_tiers=n, names=[str(n - k) for k in range(n)])
    expected = [
        None if value is None else str(sum(other < value for other in known) * n // len(known) + 1)
        for value in values
    ]
    assert [None if pd.isna(tier) else tier for tier in found.tiers] == expected
    assert found.missing == len(values) - len(known)
    assert found.table["customers"].sum() == len(known)
    shuffled = table.sample(frac=1, random_state=random.randint(0, 99))
    other = value_tiers(shuffled, n_tiers=n, names=[str(n - k) for k in range(n)])
    pd.testing.assert_series_equal(other.tiers.loc[table.index], found.tiers)


def test_names_order_and_shares(online_retail_customers: pd.DataFrame) -> None:
    found = value_tiers(online_retail_customers, "total_amount")
    assert found.table.index.tolist() == ["High value", "Medium value", "Low value"]
    assert found.tiers.cat.categories.tolist() == ["Low value", "Medium value", "High value"]
    assert found.table["value_share"].sum() == pytest.approx(1)
    assert found.table["value_share"].iloc[0] > 0.7
    amounts = online_retail_customers["total_amount"]
    assert amounts[found.tiers == "High value"].min() >= amounts[found.tiers == "Low value"].max()
    assert value_tiers(online_retail_customers, "total_amount", 5).table.index[0] == "Tier 1"


def test_rounding_of_sums_parts_no_equals() -> None:
    table = pd.DataFrame({"clv": [0.1 + 0.2, 0.3, 0.1, 0.1]})
    assert value_tiers(table, n_tiers=2).tiers.tolist()[:2] == ["High value"] * 2


def test_tiers_are_added_by_customer() -> None:
    table = pd.DataFrame({"customer_id": [7.0, 8.0, 9.0], "clv": [1.0, 5.0, np.nan]})
    found = value_tiers(table, n_tiers=2)
    added = found.add_to(pd.DataFrame({"customer_id": [9, 8, 7], "x": 1}, index=[5, 5, 6]))
    assert added["value_tier"].tolist()[1:] == ["High value", "Low value"]
    assert added.index.tolist() == [5, 5, 6]
    with pytest.raises(DataError, match="1 customer has no place among the tiers, such as 3"):
        found.add_to(pd.DataFrame({"customer_id": [3]}))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"by": "clw"}, MissingColumnsError, "did you mean 'clv'"),
        ({"by": "word"}, DataError, "word must hold numbers"),
        ({"by": "far"}, DataError, "infinite"),
        ({"n_tiers": 9}, NotEnoughDataError, "need at least 9 customers with a value"),
        ({"n_tiers": 1}, ValueError, "at least 2"),
        ({"names": ["a"]}, ValueError, "names must be 3 texts"),
        ({"names": ["a", "b", "a"]}, ValueError, "twice"),
        ({"names": ["a", "b", "A"]}, DataError, "differ in case"),
    ],
)
def test_bad_input(change: dict, error: type[Exception], message: str) -> None:
    table = pd.DataFrame({"clv": [1.0, 2, 3], "word": list("abc"), "far": [1, 2, np.inf]})
    with pytest.raises(error, match=message):
        value_tiers(table, **change)
