"""Box and Cox's powers: there and back, and which is chosen."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.forecasting.power import (
    differences_of,
    from_power,
    likeliest_power,
    mean_from_power,
    to_power,
)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 1e6), st.sampled_from([0.0, 0.3, 0.5, 1.0, -0.5]))
def test_there_and_back(value: float, power: float) -> None:
    assert from_power(to_power(np.array([value]), power), power) == pytest.approx([value], rel=1e-6)


@pytest.mark.parametrize("power", [0.0, 0.5, 0.3])
def test_the_mean_is_that_of_draws(power: float) -> None:
    draws = from_power(np.random.default_rng(0).normal(4.0, 0.4, 400_000), power)
    mean = mean_from_power(np.array([4.0]), np.array([0.16]), power)
    assert mean == pytest.approx([draws.mean()], rel=2e-3)


def test_below_the_range_is_zero() -> None:
    assert from_power(np.array([-5.0]), 0.5) == pytest.approx([0.0])


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_the_power_that_made_a_series_is_found(power: float) -> None:
    rng = np.random.default_rng(4)
    inner = {0.0: 3.0, 0.5: 20.0, 1.0: 400.0}[power] * (1 + np.linspace(0, 1, 150))
    noise = rng.normal(size=150) * {0.0: 0.15, 0.5: 1.5, 1.0: 30.0}[power]
    series = from_power(inner + noise, power)
    assert likeliest_power(series, np.empty((150, 0)), 1) == power


def test_differences_see_what_regressors_leave() -> None:
    step = (np.arange(100) >= 50).astype(float)
    series = 20 * step + np.random.default_rng(5).normal(size=100)
    assert differences_of(series, step[:, None], 1) == (0, 0)
    assert differences_of(series, step[:, None], 12, seasonal_d=1)[1] == 1


def test_a_negative_power_has_an_upper_end_beyond_which_all_is_infinite() -> None:
    levels = from_power(np.array([0.5, 0.999, 1.2]), -1.0)
    assert levels.tolist() == pytest.approx([2.0, 1000.0, math.inf])
    assert to_power(levels[:2], -1.0) == pytest.approx([0.5, 0.999])
