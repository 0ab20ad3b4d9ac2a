"""BG/NBD predictions against the papers, BTYD and double integrals by mpmath."""

import numpy as np
import pytest

from cemkit.prediction.clv.prediction import (
    beta_geo_alive,
    beta_geo_discounted_purchases,
    beta_geo_purchases,
)

WEEKLY = np.array([0.243, 4.414, 0.793, 2.426])


def row(*values: float):
    return tuple(np.array([value]) for value in values)


def test_hardies_spreadsheet() -> None:
    x, t_x, T = row(2, 30.43, 38.86)
    expected = beta_geo_alive(WEEKLY, x, t_x, T) * beta_geo_purchases(WEEKLY, x, T, 39.0)
    assert expected[0] == pytest.approx(1.226028, abs=5e-4)


@pytest.mark.parametrize(
    ("x", "t_x", "value"),
    [(0, 0, 1.015701931), (2, 30.43, 5.156379826), (26, 30.86, 9.227469943)],
)
def test_for_ever_as_a_double_integral(x: float, t_x: float, value: float) -> None:
    # mpmath's double integral at T = 38.86 and a weekly rate of .0027, of the reference values.
    x, t_x, T = row(x, t_x, 38.86)
    found = beta_geo_alive(WEEKLY, x, t_x, T) * beta_geo_discounted_purchases(
        WEEKLY, x, T, 0.0027, None
    )
    assert found[0] == pytest.approx(value, rel=1e-8)


def test_a_customer_without_repeats_is_alive() -> None:
    assert beta_geo_alive(WEEKLY, *row(0, 0, 38.86))[0] == 1


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.3, 0.4), (1.0, 1.0)])
def test_where_the_textbook_formula_has_a_pole(a: float, b: float) -> None:
    # 2F1 with a - 1 in its denominator is NaN here; the limit from both sides is finite.
    theta = np.array([0.5, 5.0, a, b])
    near = [np.array([0.5, 5.0, a * (1 + e), b]) for e in (-1e-7, 1e-7)]
    x, T = row(3, 40.0)
    value = beta_geo_purchases(theta, x, T, 52.0)[0]
    assert np.isfinite(value)
    assert value == pytest.approx(
        np.mean([beta_geo_purchases(t, x, T, 52.0)[0] for t in near]), rel=1e-8
    )
