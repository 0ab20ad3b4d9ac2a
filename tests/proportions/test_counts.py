"""Counts that cannot be counts are refused, with what was wrong."""

import numpy as np
import pandas as pd
import pytest

from cemkit.proportions.counts import check_counts, check_labels, check_pair, real_numbers


@pytest.mark.parametrize(
    ("successes", "trials", "error", "message"),
    [
        ([5, 6], [4, 9], ValueError, "'A' has 5 successes in 4 trials"),
        ([-1, 6], [4, 9], ValueError, "successes must not be negative, not -1"),
        ([1.5, 6], [4, 9], TypeError, "successes must be whole numbers, not 1.5"),
        ([float("nan"), 6], [4, 9], TypeError, "successes must be whole numbers, not nan"),
        (["1", 6], [4, 9], TypeError, "successes must be whole numbers, not '1'"),
        ([True, False], [4, 9], TypeError, "successes must be whole numbers, not True"),
        ([None, 1], [4, 9], TypeError, "successes must be whole numbers, not None"),
        ([0, 6], [0, 9], ValueError, "'A' has no trials; leave the arm out"),
        ([1, 6], [4, 9, 3], ValueError, "successes and trials differ in length: 2 and 3"),
        ([1, 6], [4, 1e17], ValueError, r"trials must not exceed 2\^53"),
    ],
)
def test_impossible_counts(successes, trials, error, message) -> None:
    with pytest.raises(error, match=message):
        check_counts(successes, trials, ["A", "B"])


@pytest.mark.parametrize(
    "values",
    [
        [3, 4],
        (3.0, 4.0),
        np.array([3, 4], dtype="uint8"),
        pd.Series([3, 4], dtype="Int64"),
        np.array([np.int64(3), 4.0], dtype=object),
    ],
)
def test_every_kind_of_whole_number_is_taken(values) -> None:
    x, n = check_counts(values, [9, 9])
    assert x.tolist() == [3, 4]
    assert n.dtype == np.float64


def test_a_pair_is_two() -> None:
    with pytest.raises(ValueError, match="trials must have two values, control first, not"):
        check_pair([1, 2, 3], "trials")
    with pytest.raises(ValueError, match="labels must have two values"):
        check_pair("AB", "labels")
    with pytest.raises(ValueError, match="labels must differ, but both are 'A'"):
        check_labels(["A", "A"])


@pytest.mark.parametrize("value", ["0.01", 0.01 + 1j, True, None])
def test_numbers_are_real_numbers(value) -> None:
    for values in ([value], np.array([value]), np.array([value], dtype=object)):
        with pytest.raises((TypeError, ValueError), match="p_values must"):
            real_numbers(values, "p_values")
    with pytest.raises(ValueError, match="has 1 missing values"):
        real_numbers([0.1, np.nan], "statistic")
    assert real_numbers(np.float32(0.5), "alpha") == 0.5


def test_counts_of_another_kind() -> None:
    for counts in (["1", "2"], [1 + 0j, 2], [True, False]):
        with pytest.raises(TypeError, match="successes must be whole numbers"):
            check_counts(counts, [9, 9])
    with pytest.raises(ValueError, match="successes must not be empty"):
        check_counts([], [])
    for counts in (np.float32([1, 2]), pd.Series([1, 2], dtype="Int64"), [1.0, 2]):
        assert check_counts(counts, [9, 9])[0].tolist() == [1, 2]
