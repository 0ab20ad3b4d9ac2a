"""Simulated power against Student's t, and its false alarms."""

import numpy as np
import pytest
from scipy.stats import t

from cemkit.experiments.simulated_power import power_by_simulation

RNG = np.random.default_rng(0)


def test_normal_values_have_the_power_of_the_t_test() -> None:
    history = RNG.normal(20, 8, (20_000, 1))
    share, error = power_by_simulation(
        history, (80, 120), 0.15, alpha=0.05, runs=3000, generator=np.random.default_rng(1)
    )
    # The lift multiplies the deviation of the treated, too.
    error_of_both = np.sqrt(8**2 / 80 + (1.15 * 8) ** 2 / 120)
    expected = t.sf(t.isf(0.025, 190) - 3 / error_of_both, 190)
    assert share == pytest.approx(expected, abs=4 * error + 0.01)
    assert error == pytest.approx(np.sqrt(share * (1 - share) / 3000))


def test_without_a_lift_alpha_of_the_ratios_are_found() -> None:
    orders = 1.0 + RNG.poisson(2, 5000)
    history = np.column_stack([10 * orders + RNG.normal(0, 5, 5000), orders])
    share, error = power_by_simulation(
        history, (200, 200), 0.0, alpha=0.05, runs=3000, generator=np.random.default_rng(2)
    )
    assert share == pytest.approx(0.05, abs=4 * error)
