"""E-values against those of VanderWeele and Ding (2017)."""

import math

import pytest

from cemkit.impact.sensitivity import e_value, e_values


@pytest.mark.parametrize(
    ("ratio", "published"), [(3.9, 7.26), (1.8, 3.0), (0.80, 1.81), (0.91, 1.43), (1.0, 1.0)]
)
def test_published_e_values(ratio: float, published: float) -> None:
    assert e_value(ratio) == pytest.approx(published, abs=0.006)


def test_ratios_without_an_e_value() -> None:
    assert e_value(0.0) == math.inf
    assert math.isnan(e_value(math.nan))
    assert math.isnan(e_value(-1.0))


def test_shares_give_risk_ratios_and_numbers_an_approximation() -> None:
    found = e_values(0.1, 0.05, 0.15, baseline=0.1, deviation=0.3, binary=True)
    assert found == pytest.approx((e_value(2.0), e_value(1.5)))
    found = e_values(-3.0, -5.0, -1.0, baseline=9.0, deviation=10.0, binary=False)
    assert found == pytest.approx((e_value(math.exp(-0.273)), e_value(math.exp(-0.091))))


def test_an_interval_that_holds_0_needs_no_confounder() -> None:
    assert e_values(0.1, -0.1, 0.3, baseline=0.2, deviation=0.4, binary=True)[1] == 1.0
    assert e_values(-0.3, -0.5, 0.0, baseline=0.2, deviation=0.4, binary=True)[0] == math.inf
    assert all(map(math.isnan, e_values(1.0, 0.5, 2.0, baseline=0.0, deviation=1.0, binary=True)))
