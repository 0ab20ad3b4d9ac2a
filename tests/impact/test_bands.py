"""Intervals alone and together, against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm, t

from cemkit.impact.bands import effect_table, p_values


def test_intervals_alone_are_of_t() -> None:
    table = effect_table(np.array([1.0]), np.array([[4.0]]), np.array([7.0]), 0.9, 0)
    assert table["upper"].item() == pytest.approx(1 + 2 * t.ppf(0.95, 7))
    assert table["p_value"].item() == pytest.approx(2 * t.sf(0.5, 7))
    assert table["band_upper"].item() == table["upper"].item()


def test_a_band_of_independent_effects_is_sidaks() -> None:
    table = effect_table(np.zeros(10), np.eye(10), np.full(10, 1e9), 0.95, 0)
    critical = norm.isf((1 - 0.95 ** (1 / 10)) / 2)
    assert_allclose(table["band_upper"], critical, rtol=0.02)


def test_a_band_of_the_same_effect_twice_is_its_interval() -> None:
    table = effect_table(np.zeros(2), np.ones((2, 2)), np.full(2, 1e9), 0.95, 0)
    assert_allclose(table["band_upper"], 1.96, rtol=0.03)


def test_an_effect_without_error_is_certain() -> None:
    table = effect_table(np.array([0.0, 2.0]), np.zeros((2, 2)), np.full(2, 5.0), 0.95, 0)
    assert table["p_value"].tolist() == [1.0, 0.0]
    assert table["band_upper"].tolist() == [0.0, 2.0]
    assert p_values(np.array([3.0]), np.array([1.0]), np.array([4.0]))[0] == pytest.approx(
        2 * t.sf(3, 4)
    )
