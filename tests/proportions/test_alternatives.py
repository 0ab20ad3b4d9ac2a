"""The normal tails, to where floats end."""

import mpmath
import pytest

from cemkit.proportions.alternatives import log_p_value


@pytest.mark.parametrize("z", [0.0, 1e-3, 1.96, 8.0, 40.0, 1000.0])
def test_logarithms_are_those_of_high_precision(z) -> None:
    with mpmath.workdps(50):
        tail = mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)) / 2
        expected = float(mpmath.log(tail)), float(mpmath.log(2 * tail))
    assert float(log_p_value(z, "greater")) == pytest.approx(expected[0], rel=1e-12)
    assert float(log_p_value(-z, "less")) == pytest.approx(expected[0], rel=1e-12)
    assert float(log_p_value(z)) == pytest.approx(expected[1], rel=1e-12, abs=1e-15)
    assert float(log_p_value(-z)) == float(log_p_value(z)) <= 0


def test_an_unknown_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match=r"alternative must be one of 'two-sided'.*not 'larger'"):
        log_p_value(1.0, "larger")
