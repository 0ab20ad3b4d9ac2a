"""Nothing passes the gate that tells about few customers."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.report.gate import (
    MOST_CELLS,
    hidden_cells,
    is_small,
    protected_pairs,
    protected_rows,
    small_parts,
    small_rows,
    with_partners,
    without,
)


@pytest.mark.parametrize(
    ("counts", "small"), [([], False), ([0], False), ([1], True), ([9], True), ([10, 0], False)]
)
def test_what_is_small(counts: list[int], small: bool) -> None:
    assert is_small(counts, 10) is small
    assert is_small([np.nan], 10) is False
    assert is_small(counts, 1) is False


def test_a_rate_tells_of_those_counted_the_others_and_all_of_them() -> None:
    part, whole = pd.Series([0, 3, 50, 97, 100, 5]), pd.Series([100, 100, 100, 100, 100, 5])
    assert small_parts(part, whole, 10).tolist() == [False, True, False, True, False, True]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_the_total_never_gives_a_small_row_away(counts: list[int]) -> None:
    """All whole numbers that agree with the rows shown and the total, by brute force."""
    hidden = protected_rows(pd.Series(counts), 10)
    assert not (small_rows(pd.Series(counts), 10) & ~hidden).any()
    rest = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
    if 0 < hidden.sum() <= 3:
        possible = [
            values
            for values in itertools.product(range(rest + 1), repeat=int(hidden.sum()))
            if sum(values) == rest
        ]
        places = np.flatnonzero(hidden)
        for place, row in enumerate(places):
            if 0 < counts[row] < 10 and hidden.sum() < len(counts):
                assert len({values[place] for values in possible}) > 1


def test_many_rows_are_protected_by_a_partner() -> None:
    counts = pd.Series([3, *range(20, 20 + MOST_CELLS)])
    assert np.flatnonzero(protected_rows(counts, 10)).tolist() == [0, 1]


def test_a_partner_is_hidden_in_each_group_with_one_hidden_row() -> None:
    counts = pd.Series([3, 50, 20, 3, 4, 30, 40])
    groups = pd.Series(list("aaabbbc"))
    rows = with_partners(small_rows(counts, 10), counts, groups)
    assert rows.tolist() == [True, False, True, True, True, False, False]


def test_a_two_way_table_hides_a_partner_in_row_and_column() -> None:
    long = pd.DataFrame(
        [(a, b, 50) for a in "xyz" for b in "uvw"], columns=["before", "after", "n"]
    )
    long.loc[4, "n"] = 2
    hidden = protected_pairs(long["n"], long["before"], long["after"], 10)
    wide = long.assign(hidden=hidden).pivot(index="before", columns="after", values="hidden")
    assert wide.loc["y", "v"]
    assert wide.sum(axis=1)["y"] >= 2
    assert wide.sum(axis=0)["v"] >= 2
    assert not protected_pairs(long["n"], long["before"], long["after"], 2).any()


def test_what_is_hidden_is_missing_in_any_type() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "n": [1, 2], "on": [True, False], "x": [0.5, 1.5]})
    hidden = hidden_cells(frame, np.array([True, False]), ["n", "on", "x"])
    shown = without(frame, hidden)
    assert shown["name"].tolist() == ["a", "b"]
    assert shown[["n", "on", "x"]].isna().iloc[0].all()
    assert shown["n"].iloc[1] == 2
    assert frame.notna().all(axis=None)
