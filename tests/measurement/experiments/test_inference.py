"""Inference by the number of looks, against scipy and against each kind's own functions."""

import numpy as np
import pytest
from scipy.stats import norm, t

from cemkit import always_valid_p_value, sequential_p_value
from cemkit.measurement.experiments.inference import Inference

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
    expected = sequential_p_value(STATISTIC, 2, 4, bound="pocock")
    assert planned.p_values(STATISTIC, DEGREES).tolist() == expected.tolist()
    expected = always_valid_p_value(STATISTIC, SIZE)
    assert anytime.p_values(STATISTIC, DEGREES).tolist() == expected.tolist()


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
