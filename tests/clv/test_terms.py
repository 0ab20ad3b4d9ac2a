"""Terms of a valuation: what is computed, and what is refused."""

import numpy as np
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.clv.terms import check_discount, check_horizon, daily_rate


def test_discounts_that_have_no_value_are_refused() -> None:
    rate, horizon = check_discount(0.10, None)
    assert rate == pytest.approx(np.log(1.1) / 365, rel=1e-14)
    assert horizon is None
    with pytest.raises(ValueError, match="without a horizon has no finite value"):
        check_discount(0, None)
    with pytest.raises(ValueError, match=r"at least 0, not -0\.1"):
        check_discount(-0.1, 365)
    with pytest.raises(ValueError, match="horizon_days must be above 0"):
        check_discount(0.1, 0)


def test_a_rate_per_year_is_a_rate_per_day() -> None:
    assert np.exp(365 * daily_rate(0.10)) == pytest.approx(1.10, rel=1e-14)
    assert check_discount(1e-9, None)[0] == daily_rate(1e-9)


@pytest.mark.parametrize("days", [10_000_001, 1e300, float("inf"), 0, -1])
def test_horizons_nobody_means_are_refused(days: float) -> None:
    with pytest.raises(ValueError, match="horizon_days must be"):
        check_horizon(days)


def test_the_longest_horizon_has_an_answer() -> None:
    for model in (
        BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
        ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.6, beta=81),
    ):
        shorter, longest = model.new_customer_curve([1e6, 1e7])
        assert 0 < shorter < longest < np.inf
