"""Values by hand."""

import pytest

from cemkit.clv import discounted_cash_flows, simple_value
from cemkit.errors import DataError


def test_simple_value_is_a_product() -> None:
    assert simple_value(50, 4, 3, margin=0.3) == pytest.approx(180)
    assert simple_value(50, 4, 3) == 600
    with pytest.raises(ValueError, match="years must be a finite number of at least 0"):
        simple_value(50, 4, -1)


def test_cash_flows_are_discounted_from_when_they_fall() -> None:
    flows = [-100.0, 110.0, 121.0]
    assert discounted_cash_flows(flows, 0.1, timing="start") == pytest.approx(100)
    assert discounted_cash_flows(flows, 0.1) == pytest.approx(100 / 1.1)
    assert discounted_cash_flows(flows, 0.1, timing="middle") == pytest.approx(100 / 1.1**0.5)
    assert discounted_cash_flows(flows, 0) == 131
    assert discounted_cash_flows(121, 0.1) == pytest.approx(110)


def test_what_cannot_be_discounted_is_refused() -> None:
    with pytest.raises(ValueError, match="rate must be above -1"):
        discounted_cash_flows([1], -1)
    with pytest.raises(ValueError, match="timing must be one of 'start', 'middle', 'end'"):
        discounted_cash_flows([1], 0.1, timing="never")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="cash_flows has 1 missing"):
        discounted_cash_flows([1, float("nan")], 0.1)
