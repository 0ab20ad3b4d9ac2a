"""Inference by the number of looks, against scipy and against each kind's own functions."""

import numpy as np
import pytest
from scipy.stats import norm, t

from cemkit.experiments import always_valid_p_value, sequential_p_value
from cemkit.experiments.inference import Inference

STATISTIC = np.array([-3.0, 0.0, 2.5, 2.5])
DEGREES = np.array([np.inf, np.inf, np.inf, 7.0])
SIZE = np.full(4, 900.0)


def test_one_look_is_normal_or_student() -> None:
    once = Inference(None, "obrien-fleming", SIZE)
    expected = [*2 * norm.sf(np.abs(STATISTIC[:3])), 2 * t.sf(2.5, 7)]
    assert once.p_values(STATISTIC, DEGREES) == pytest.approx(expected, rel=1e-12)
    expected = [*[norm.isf(0.005)] * 3, t.isf(0.005, 7)]
    assert once.critical(DEGREES, 0.01) == pytest.approx(expected, rel=1e-12)


def test_more_looks_are_those_of_sequential() -> None:
    planned, anytime = Inference((2, 4), "pocock", SIZE), Inference("any", "pocock", SIZE)
    as_normal = [*STATISTIC[:3], norm.isf(t.sf(2.5, 7))]  # 2.5 of 7 degrees is less than a z of 2.5
    expected = sequential_p_value(as_normal, 2, 4, bound="pocock")
    assert planned.p_values(STATISTIC, DEGREES).tolist() == expected.tolist()
    expected = always_valid_p_value(STATISTIC, SIZE)
    assert anytime.p_values(STATISTIC, DEGREES).tolist() == expected.tolist()


@pytest.mark.parametrize("bound", ["obrien-fleming", "pocock", "lan-demets"])
def test_a_single_planned_look_is_one_look(bound) -> None:
    once, planned = Inference(None, bound, SIZE), Inference((1, 1), bound, SIZE)
    expected = once.p_values(STATISTIC, DEGREES)
    assert planned.p_values(STATISTIC, DEGREES) == pytest.approx(expected, rel=5e-4)
    assert planned.critical(DEGREES, 0.01) == pytest.approx(once.critical(DEGREES, 0.01), rel=1e-3)


def test_planned_looks_at_few_customers_keep_alpha() -> None:
    # Five looks at 4 more customers per arm each: as z, a t of 6 degrees finds 0.10.
    values = np.random.default_rng(0).standard_normal((2, 20_000, 20))
    found = np.zeros(20_000, dtype=bool)
    for look in range(1, 6):
        n = 4 * look
        mean, var = values[..., :n].mean(axis=2), values[..., :n].var(axis=2, ddof=1)
        statistic = (mean[1] - mean[0]) / np.sqrt(var.sum(axis=0) / n)
        inference = Inference((look, 5), "pocock", np.full(20_000, n / 2))
        found |= inference.p_values(statistic, np.full(20_000, 2.0 * n - 2)) < 0.05
    assert 0.04 < found.mean() < 0.055


def test_the_reach_of_a_first_look_is_a_number() -> None:
    far = Inference((1, 30), "obrien-fleming", SIZE)
    assert (far.critical(DEGREES, 0.05)[:3] > 11).all()
    assert np.isfinite(far.critical(np.array([2.5, 7.0]), 1e-12)).all()


@pytest.mark.parametrize("looks", [None, (2, 4), "any"])
def test_the_critical_value_has_the_p_value_alpha(looks) -> None:
    tested = Inference(looks, "lan-demets", SIZE)
    p_values = tested.p_values(tested.critical(DEGREES, 0.03), DEGREES)
    assert p_values == pytest.approx([0.03] * 4, rel=1e-3)


def test_names_and_bad_input() -> None:
    assert Inference((2, 4), "pocock", SIZE).name == "2 of 4, pocock"
    with pytest.raises(ValueError, match="looks must be None"):
        Inference("twice", "pocock", SIZE)
    with pytest.raises(ValueError, match="bound must be one of"):
        Inference(None, "haybittle", SIZE)
