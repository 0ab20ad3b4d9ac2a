"""Peeking: published constants, and false positives over simulated streams."""

import numpy as np
import pytest
from scipy import stats

from cemkit.experiments import (
    always_valid_critical_value,
    always_valid_p_value,
    sequential_bounds,
    sequential_critical_value,
    sequential_p_value,
)
from cemkit.experiments.sequential import BOUNDS, confidence_sequence

STREAMS = 20_000


@pytest.mark.parametrize(
    ("looks", "expected"), [(2, 0.0831), (3, 0.1073), (4, 0.1262), (5, 0.1417), (10, 0.1934)]
)
def test_peeking_at_a_nominal_5_percent(looks, expected) -> None:
    # Armitage, McPherson, Rowe 1969: the level of `looks` looks at 1.96
    found = sequential_p_value(1.9599640, look=looks, looks=looks, bound="pocock")
    assert found == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [("pocock", [2.178, 2.289, 2.361, 2.413]), ("obrien-fleming", [1.977, 2.004, 2.024, 2.040])],
)
def test_constants_of_jennison_and_turnbull(bound, expected) -> None:
    found = [sequential_bounds(looks, bound=bound)["critical"].iloc[-1] for looks in (2, 3, 4, 5)]
    assert found == pytest.approx(expected, abs=5.1e-4)


def test_lan_demets_of_ldbounds() -> None:
    # R ldbounds, five equal looks, O'Brien-Fleming spending, two-sided 0.05
    found = sequential_bounds(5, bound="lan-demets")
    expected = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]
    assert found["critical"].tolist() == pytest.approx(expected, abs=2e-4)
    assert found["spent_alpha"].iloc[-1] == pytest.approx(0.05)


def test_one_look_is_the_usual_test() -> None:
    for bound in BOUNDS:
        assert sequential_bounds(1, bound=bound)["critical"].iloc[0] == pytest.approx(1.959964)


def test_uneven_looks_spend_no_more() -> None:
    found = sequential_bounds(3, bound="lan-demets", fractions=[0.3, 0.35, 0.9])
    assert found["spent_alpha"].iloc[-1] < 0.05
    assert (found["critical"] > 1.96).all()


@pytest.mark.parametrize("bound", BOUNDS)
def test_p_values_and_critical_values_are_inverse(bound) -> None:
    for look in (1, 3, 5):
        planned = sequential_bounds(5, bound=bound)["critical"].loc[look]
        assert sequential_critical_value(0.05, look, 5, bound=bound) == pytest.approx(
            planned, abs=2e-3
        )
        z = np.array([2.0, 3.0, 4.0])
        p = sequential_p_value(z, look, 5, bound=bound)
        assert sequential_critical_value(p, look, 5, bound=bound) == pytest.approx(z, abs=5e-3)
        assert (np.diff(p) < 0).all()


@pytest.mark.parametrize("bound", BOUNDS)
def test_the_first_of_many_looks_can_win(bound) -> None:
    # At the first of thirty the bound of O'Brien and Fleming is 11.7.
    planned = sequential_bounds(30, bound=bound)["critical"].loc[1]
    assert sequential_critical_value(0.05, 1, 30, bound=bound) == pytest.approx(planned, abs=2e-3)
    assert sequential_p_value(planned, 1, 30, bound=bound) == pytest.approx(0.05, abs=1e-4)
    assert sequential_p_value(2 * planned, 1, 30, bound=bound) < 2e-4
    assert sequential_p_value(1000, 1, 30, bound=bound) < 1e-9


@pytest.mark.parametrize("bound", ["pocock", "obrien-fleming"])
def test_p_values_by_the_constant_they_stand_for(bound) -> None:
    # Far out nearly all of alpha is spent by the last looks; Bonferroni bounds it from above.
    z = 4.5 * np.sqrt(10 if bound == "obrien-fleming" else 1)
    tail = 2 * stats.norm.sf(4.5 * np.sqrt(10 / np.arange(1, 11)) if bound != "pocock" else 4.5)
    found = sequential_p_value(z, 1, 10, bound=bound)
    assert np.max(tail) < found <= np.sum(np.broadcast_to(tail, 10))


def streams(looks: int) -> np.ndarray:
    """The z at each of equal looks of experiments without a difference."""
    steps = np.random.default_rng(0).standard_normal((STREAMS, looks))
    return steps.cumsum(axis=1) / np.sqrt(np.arange(1, looks + 1))


@pytest.mark.parametrize("bound", BOUNDS)
def test_planned_looks_keep_alpha(bound) -> None:
    z = streams(5)
    critical = sequential_bounds(5, bound=bound)["critical"].to_numpy()
    assert 0.044 < (np.abs(z) > critical).any(axis=1).mean() <= 0.055
    smallest = np.min(
        [sequential_p_value(z[:, k], k + 1, 5, bound=bound) for k in range(5)], axis=0
    )
    assert 0.044 < (smallest < 0.05).mean() <= 0.055


def test_any_number_of_looks_keeps_alpha() -> None:
    rng = np.random.default_rng(1)
    # Conversions of 100 customers per arm and look, 200 looks, no difference.
    control, treated = rng.binomial(100, 0.1, (2, STREAMS, 200)).cumsum(axis=2)
    n = 100 * np.arange(1, 201)
    pooled = (control + treated) / (2 * n)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * 2 / n, 1e-12))
    p = always_valid_p_value((treated - control) / n / error, n / 2)
    assert 0.005 < (p < 0.05).any(axis=1).mean() <= 0.055


def test_a_confidence_sequence_holds_on_all_days() -> None:
    totals = np.random.default_rng(2).standard_normal((STREAMS, 60)).cumsum(axis=1)
    half = confidence_sequence(np.arange(1, 61), tuned_for=60, alpha=0.05)
    assert 0.005 < (np.abs(totals) > half).any(axis=1).mean() <= 0.055


def test_always_valid_p_values_and_critical_values_are_inverse() -> None:
    sizes = np.array([10.0, 1000.0, 1e6])
    z = always_valid_critical_value(0.05, sizes)
    assert always_valid_p_value(z, sizes) == pytest.approx([0.05] * 3)
    assert always_valid_p_value(0.0, 100) == 1


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="look=3 is not one of the 2 planned looks"):
        sequential_p_value(1, 3, 2)
    with pytest.raises(ValueError, match="bound must be one of 'obrien-fleming'"):
        sequential_bounds(2, bound="haybittle")
    with pytest.raises(ValueError, match="fractions must be 2 rising numbers"):
        sequential_bounds(2, bound="lan-demets", fractions=[0.5, 0.4])
    with pytest.raises(ValueError, match="more than 30; use the always-valid"):
        sequential_bounds(99)
    with pytest.raises(ValueError, match="tuned_for must be above 0"):
        always_valid_p_value(1, 1, tuned_for=0)
    for alpha in (0, 1, [0.05, 1.5]):
        with pytest.raises(ValueError, match="alpha must lie strictly between 0 and 1, not"):
            sequential_critical_value(alpha, 1, 2)
        with pytest.raises(ValueError, match="alpha must lie strictly between 0 and 1, not"):
            always_valid_critical_value(alpha, 100)
    with pytest.raises(ValueError, match="effective_size must be above 0, not 0"):
        always_valid_critical_value(0.05, 0)


@pytest.mark.parametrize("fractions", [(0.5, 0.5 + 1e-9), (0.3, 0.3002), (0.9999, 1.0)])
def test_looks_at_almost_the_same_customers_are_refused(fractions) -> None:
    with pytest.raises(ValueError, match="looks 1 and 2 see almost the same customers"):
        sequential_bounds(2, fractions=fractions)


@pytest.mark.parametrize("bound", ["obrien-fleming", "pocock"])
def test_a_look_just_after_another_hardly_widens_the_bounds(bound) -> None:
    alone = sequential_bounds(1, bound=bound)["critical"].iloc[0]
    both = sequential_bounds(2, bound=bound, fractions=(0.998, 1.0))["critical"]
    assert (both > alone).all()
    assert both.to_numpy() == pytest.approx([alone, alone], abs=0.03)


@pytest.mark.parametrize("bound", ["obrien-fleming", "pocock", "lan-demets"])
def test_critical_value_and_p_value_are_inverses(bound) -> None:
    alphas = np.array([0.9, 0.3, 0.05, 0.0123, 1e-6])
    z = sequential_critical_value(alphas, 3, 5, bound=bound)
    assert sequential_p_value(z, 3, 5, bound=bound) == pytest.approx(alphas, rel=1e-10)
