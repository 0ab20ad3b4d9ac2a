"""Overlap: the rule of trimming, and when too few are left."""

import math

import numpy as np
import pytest

from cemkit.errors import DataError
from cemkit.impact.overlap import (
    check_effective_size,
    check_overlap,
    effective_size,
    trimmed,
    trimming_bound,
)


@pytest.mark.parametrize("rows", [300, 1000, 64_000])
def test_bound_is_that_of_gruber_and_others(rows: int) -> None:
    assert trimming_bound(rows) == pytest.approx(5 / (math.sqrt(rows) * math.log(rows)))


def test_bound_is_at_most_a_tenth() -> None:
    assert [trimming_bound(rows) for rows in (1, 2, 50)] == [0.1] * 3


def test_rows_within_the_bounds_are_kept() -> None:
    kept = trimmed(np.array([0.0, 0.05, 0.5, 0.95, 0.951, 1.0]), 0.05).kept
    assert kept.tolist() == [False, True, True, True, False, False]
    assert trimmed(np.array([0.0, 0.001, 1.0]), 0.0).kept.tolist() == [False, True, False]


def test_too_many_left_out_are_refused_by_whom_the_effect_is_about() -> None:
    propensity = np.r_[np.full(50, 0.5), np.full(50, 0.001)]
    treated = np.arange(100) < 30
    found = trimmed(propensity, 0.01)
    check_overlap(found, treated, "att")
    with pytest.raises(DataError, match=r"50 of 100 rows \(50.0%\).*estimand='att' asks"):
        check_overlap(found, treated, "ate")
    with pytest.raises(DataError, match=r"20 of 30 treated rows \(66.7%\)"):
        check_overlap(trimmed(np.r_[np.full(20, 0.999), np.full(80, 0.5)], 0.01), treated, "att")
    with pytest.raises(DataError, match="no overlap"):
        check_overlap(trimmed(np.where(treated, 0.5, 0.001), 0.01), treated, "att")


def test_effective_size_is_kishs() -> None:
    assert effective_size(np.ones(40)) == 40
    assert effective_size(np.array([3.0, 1.0])) == pytest.approx(16 / 10)
    assert effective_size(np.zeros(3)) == 0
    check_effective_size(20.0, "untreated")
    with pytest.raises(DataError, match="weighted untreated rows count for 12.0 rows"):
        check_effective_size(12.0, "untreated")
