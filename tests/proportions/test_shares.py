"""A share of money has a meaning only where the whole is clearly above 0."""

import numpy as np
import pytest

from cemkit.proportions.shares import clearly_above_zero, draws_above_zero


def test_the_whole_must_exceed_its_error_times_the_quantile() -> None:
    values = np.array([-10.0, 0.0, 1.9, 2.0])
    assert clearly_above_zero(values, np.ones(4), np.full(4, 1.96)).tolist() == [False] * 3 + [True]
    # Without any error, and at a level whose quantile is below 0, the estimate itself decides.
    assert (
        clearly_above_zero(values, np.zeros(4), np.full(4, 1.96)).tolist()
        == [False] * 2 + [True] * 2
    )
    assert not clearly_above_zero(np.array([-1.0]), np.ones(1), np.array([-2.0]))[0]


@pytest.mark.parametrize(("middle", "expected"), [(-10.0, False), (1.9, False), (2.1, True)])
def test_draws_follow_the_same_rule(middle: float, expected: bool) -> None:
    draws = np.random.default_rng(0).standard_normal(100_000)
    assert draws_above_zero(np.append(middle, middle + draws), 0.95) == expected
