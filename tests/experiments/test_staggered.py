"""Staggered starts against the closed form of Hussey and Hughes, and by simulation."""

import numpy as np
import pytest
from scipy.stats import norm

from cemkit.errors import DataError
from cemkit.experiments.staggered import staggered_error, z_detectable, z_power


def hussey_hughes(starts: list[int], never: int, between: float, within: float) -> float:
    """Their variance of the effect, equation 8, as a standard error."""
    periods = len(starts)
    rows = [(np.arange(periods) >= at) * 1.0 for at, n in enumerate(starts) for _ in range(n)]
    x = np.array([*rows, *[np.zeros(periods)] * never])
    i, t, u = len(x), periods, x.sum()
    w, v = (x.sum(axis=0) ** 2).sum(), (x.sum(axis=1) ** 2).sum()
    above = i * within * (within + t * between)
    below = (i * u - w) * within + (u**2 + i * t * u - t * w - i * v) * between
    return float(np.sqrt(above / below))


@pytest.mark.parametrize(
    ("starts", "never"), [([0, 4, 4, 4], 0), ([5, 5], 5), ([0, 1, 0, 3, 2], 2), ([6, 0, 0], 6)]
)
@pytest.mark.parametrize("between", [0.0, 0.3, 5.0])
def test_the_error_is_that_of_hussey_and_hughes(starts, never, between) -> None:
    found = staggered_error(starts, never, between=between, within=0.7)
    assert found == pytest.approx(hussey_hughes(starts, never, between, 0.7), rel=1e-9)


def test_power_is_that_of_the_normal_test() -> None:
    expected = norm.sf(norm.isf(0.025) - 2.0) + norm.sf(norm.isf(0.025) + 2.0)
    assert z_power(-1.0, 0.5, 0.05) == pytest.approx(expected)
    assert z_power(z_detectable(0.5, 0.05, 0.8), 0.5, 0.05) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.parametrize(("starts", "never"), [([8, 0, 0], 0), ([0, 0, 0], 8)])
def test_schedules_that_tell_nothing_are_refused(starts, never) -> None:
    with pytest.raises(DataError, match="let some start later, or never"):
        staggered_error(starts, never, between=0.0, within=1.0)
