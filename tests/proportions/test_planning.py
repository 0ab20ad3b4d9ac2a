"""Sample sizes, powers and effects against published values."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from cemkit.errors import NotEnoughDataError
from cemkit.proportions.planning import (
    minimum_detectable_effect,
    sample_power,
    sample_size,
)


@pytest.mark.parametrize(
    ("control", "treatment", "options", "expected", "digits"),
    [
        (0.5, 0.75, {"power": 0.9, "method": "pooled"}, 76.70692, 1e-4),
        (0.5, 0.75, {"power": 0.9, "method": "pooled", "alternative": "greater"}, 62.33551, 1e-4),
        (0.20, 0.25, {"method": "control"}, 1030, 0.5),
        (0.25, 0.40, {"method": "pooled"}, 152, 0.5),
        (0.25, 0.40, {"method": "continuity"}, 165, 0.5),
        (0.15, 0.20, {}, 903, 0.5),
        (0, 1, {"power": 0.9, "standard_deviation": 1}, 22.02110, 5e-5),
    ],
    ids=["R", "R one-sided", "Evan Miller", "Fleiss", "Fleiss corrected", "article", "R means"],
)
def test_published_sizes(control, treatment, options, expected, digits) -> None:
    # R power.prop.test and power.t.test; Evan Miller's calculator; Fleiss' tables
    assert sample_size(control, treatment, **options).n_exact == pytest.approx(expected, abs=digits)


def test_published_powers() -> None:
    assert sample_power(0.15, 0.20, 1000) == pytest.approx(0.839, abs=5e-4)
    # R power.t.test(n = 20, delta = 1, sd = 1)
    assert sample_power(0, 1, 20, standard_deviation=1) == pytest.approx(0.8689528, abs=5e-7)


@pytest.mark.parametrize(
    ("effect", "n"), [(1, 20), (5, 20), (0.42, 1000), (1.84, 50), (6, 3), (1.3, 500)]
)
def test_powers_of_means_by_integration(effect, n) -> None:
    # scipy's lower tail of the noncentral t is NaN at most of these.
    degrees, shift, critical = 2 * n - 2, effect * math.sqrt(n / 2), stats.t.isf(0.025, 2 * n - 2)

    def detected(s: float) -> float:  # s is the estimated per true standard deviation
        beyond = stats.norm.sf(critical * s - shift) + stats.norm.sf(critical * s + shift)
        return beyond * 2 * s * degrees * stats.chi2.pdf(s * s * degrees, degrees)

    reach = 10 / math.sqrt(2 * degrees)
    expected, _ = integrate.quad(detected, max(0, 1 - reach), 1 + reach, points=[1], limit=200)
    found = sample_power(0, effect, n, standard_deviation=1)
    assert found == pytest.approx(expected, abs=1e-8)


def test_sizes_and_effects_of_means_at_each_power() -> None:
    for power in (0.2, 0.5, 0.8, 0.9, 0.99, 0.999):
        for n in (2, 3, 10, 100, 1000):
            effect = minimum_detectable_effect(0, n, power, standard_deviation=1)
            assert sample_power(0, effect, n, standard_deviation=1) == pytest.approx(power)
        for effect in np.linspace(0.05, 6, 30):
            n = sample_size(0, effect, power, standard_deviation=1).n_per_arm
            assert sample_power(0, effect, n, standard_deviation=1) >= power - 1e-9


@pytest.mark.parametrize("method", ["unpooled", "pooled", "control", "continuity"])
@pytest.mark.parametrize("allocation", [0.25, 1.0, 3.0])
def test_size_and_power_are_inverse(method, allocation) -> None:
    options = {"method": method, "allocation": allocation, "alternative": "greater", "arms": 3}
    n = sample_size(0.1, 0.13, power=0.85, **options).n_exact
    assert sample_power(0.1, 0.13, n, **options) == pytest.approx(0.85, rel=1e-9)


def test_size_and_effect_are_inverse() -> None:
    effect = minimum_detectable_effect(0.1, 2000, allocation=0.5)
    assert sample_size(0.1, 0.1 + effect, allocation=0.5).n_exact == pytest.approx(2000, rel=1e-5)
    effect = minimum_detectable_effect(50, 2000, standard_deviation=90)
    plan = sample_size(50, 50 + effect, standard_deviation=90)
    assert plan.n_exact == pytest.approx(2000, rel=1e-6)


def test_several_arms_take_more_each() -> None:
    three = sample_size(0.15, 0.20, arms=3)
    assert three.n_exact == pytest.approx(sample_size(0.15, 0.2, confidence_level=0.975).n_exact)
    assert three.n_total == 3 * three.n_per_arm


def test_non_inferiority_of_equal_rates() -> None:
    # Blackwelder 1982: n = (z_a + z_b)^2 2 p q / d^2
    plan = sample_size(0.15, 0.15, allowed_difference=0.03, alternative="greater")
    assert plan.n_exact == pytest.approx((1.644854 + 0.841621) ** 2 * 2 * 0.1275 / 0.0009, rel=1e-6)


def test_duration_and_sentences() -> None:
    plan = sample_size(0.15, 0.20, daily_customers=150)
    assert plan.days == 13
    assert plan.sentence().endswith("and 1,806 in all, 13 days of traffic.")
    assert "共 1,806 位，约需 13 天" in plan.sentence("zh")
    assert sample_size(0.15, 0.20).days is None
    assert "a power of 99.9% takes" in sample_size(0.15, 0.20, power=0.999).sentence()
    margin = sample_size(0.15, 0.15, allowed_difference=0.02, alternative="greater")
    assert margin.sentence().startswith("To show that 0.15 is no worse than 0.15 within 0.02 with")
    assert margin.sentence("zh").startswith("要以 80% 的把握证实 0.15 不劣于 0.15（允许相差 0.02）")


def test_equal_rates_are_detected_as_often_as_alpha() -> None:
    assert sample_power(0.15, 0.15, 1000) == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"control": 1.5}, "control must lie strictly between 0 and 1"),
        (
            {"treatment": 0.1},
            "there is no difference to detect between control=0.1 and treatment=0.1",
        ),
        ({"treatment": 0.05, "alternative": "greater"}, "there is no difference to detect"),
        ({"power": 1.0}, "power must lie strictly"),
        ({"power": 0.01}, "power=0.01 is not above alpha"),
        ({"arms": 1}, "arms must be at least 2"),
        ({"allocation": 0}, "allocation must be above 0"),
        ({"allowed_difference": 0.1}, "give alternative='greater'"),
        ({"method": "arcsine"}, "method must be one of"),
        ({"standard_deviation": -1}, "standard_deviation must be above 0"),
    ],
)
def test_bad_input(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        sample_size(**({"control": 0.1, "treatment": 0.2} | arguments))


def test_effects_out_of_reach() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 8 customers per arm, got 2"):
        minimum_detectable_effect(0.5, 2)
    assert minimum_detectable_effect(0.5, 8) < 0.5
    with pytest.raises(ValueError, match="finds increases"):
        minimum_detectable_effect(0.5, 100, alternative="less")
    with pytest.raises(ValueError, match="is not above alpha"):
        minimum_detectable_effect(0.5, 100, power=0.01)
    with pytest.raises(NotEnoughDataError, match="customers in an arm.*, got 1"):
        sample_power(0, 1, 1, standard_deviation=1)
    with pytest.raises(NotEnoughDataError, match="customers in an arm.*, got 1"):
        minimum_detectable_effect(0, 3, standard_deviation=1, allocation=0.5)
    with pytest.raises(ValueError, match="n_per_arm must be a finite number"):
        sample_power(0, 1, math.nan, standard_deviation=1)
