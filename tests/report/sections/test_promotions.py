"""Promotions."""

from typing import Any

import numpy as np
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.forecasting import sales_from_orders
from cemkit.impact import promotion_effect, promotion_profit
from cemkit.report import CustomerReport
from cemkit.report.content import Table

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_lift_and_profit_are_those_of_their_room(
    report: CustomerReport,
    simulated: SimulatedShop,
    given: dict[str, Any],
    tables: dict[str, Table],
) -> None:
    weeks = sales_from_orders(simulated.orders, "week", end=simulated.as_of, partial="keep").iloc[
        1:
    ]
    effect = promotion_effect(weeks, given["promotions"])
    profit = promotion_profit(effect, margin=0.4, discount=0.15)
    numbers = report.table.set_index("name")["value"]
    assert np.isclose(numbers["promotion_lift_amount"], effect.lift_amount)
    assert np.isclose(numbers["promotion_net_profit"], profit.net_profit)
    assert len(tables["promotions"].frame) == 2


def test_the_discount_is_an_assumption_that_is_said(report: CustomerReport) -> None:
    section = next(section for section in report.content if section.key == "promotions")
    assert any("15.0%" in note for note in section.notes)
