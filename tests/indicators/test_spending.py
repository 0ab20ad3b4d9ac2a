"""Costs by period and channel, against sums by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.indicators import Scorecard, scorecard

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 3, 4, 1],
        "order_date": pd.to_datetime(
            ["2024-01-03", "2024-01-20", "2024-01-25", "2024-02-02", "2024-02-20", "2024-02-21"]
        ),
        "amount": [100.0, 200.0, 300.0, 400.0, 500.0, 600.0],
        "cost": [60.0, 120.0, 180.0, 240.0, 300.0, 360.0],
        "channel": ["web", "web", "shop", "web", "shop", "shop"],
    }
)
COSTS = pd.DataFrame(
    {
        "cost_date": ["2024-01-05", "2024-01-31", "2024-02-10", "2024-02-11", "2024-03-02"],
        "amount": [30.0, 60.0, 50.0, 7.0, 999.0],
        "purpose": ["acquisition", "acquisition", "acquisition", "service", "acquisition"],
        "channel": ["web", "shop", "shop", "web", "web"],
    }
)


def card(**options: Any) -> Scorecard:
    return scorecard(ORDERS, "2024-03-05", window_days=30, **{"costs": COSTS} | options)


def test_acquisition_cost_is_per_customer_new_to_the_shop() -> None:
    assert card().wide("acquisition_cost")["value"].tolist() == pytest.approx([30.0, 50.0])
    split = card(by="channel").table.set_index(["indicator", "channel", "period"])
    rows = split.loc["acquisition_cost"]
    # Customer 3 bought at the web in February, but came through the shop in January.
    web, shop = rows.loc["web"], rows.loc["shop"]
    assert web["denominator"].tolist() == [2.0, 0.0]
    assert shop["value"].tolist() == pytest.approx([60.0, 50.0])
    assert web["note"].iloc[1] == "nothing spent and no new customer"
    assert np.isnan(web["value"].iloc[1])


def test_contribution_profit_is_less_service_and_promotion() -> None:
    profit = card().wide("contribution_profit", "numerator")["numerator"]
    assert profit.tolist() == pytest.approx([0.4 * 600, 0.4 * 1500 - 7])
    # The costs of the shop are no matter of which customers bought: the interval only moves.
    without = scorecard(ORDERS, "2024-03-05", window_days=30).wide("contribution_profit", "upper")
    moved = card().wide("contribution_profit", "upper")["upper"] - without["upper"]
    assert moved.tolist() == pytest.approx([0.0, -7 / 3])


def test_rows_out_of_the_periods_are_counted() -> None:
    left_out = card().left_out.set_index(["table", "reason"])["count"]
    assert left_out["costs", "unfinished period"] == 1
    later = COSTS.assign(cost_date=["2023-12-31", *COSTS["cost_date"][1:4], "2024-04-01"])
    left_out = card(costs=later).left_out.set_index(["table", "reason"])["count"]
    assert left_out["costs", "before the first order"] == 1
    assert left_out["costs", "after as_of"] == 1


def test_costs_that_cannot_be_split_say_so() -> None:
    people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "segment": list("aabb")})
    needs = card(by="segment", people=people).not_measured.set_index("indicator")["needs"]
    assert "costs cannot be split by segment" in needs["acquisition_cost"]
    assert "cannot be split by segment" in needs["contribution_profit"]


def test_a_channel_without_customers_is_refused() -> None:
    with pytest.raises(DataError, match=r"1 row \(50.00\) of a channel without customers, 'shopp'"):
        card(by="channel", costs=COSTS.assign(channel=["web", "shop", "shopp", "web", "web"]))
    assert "acquisition_cost" in set(card(costs=COSTS.assign(channel="radio")).table["indicator"])


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="purpose"):
        card(costs=COSTS.drop(columns="purpose"))
    with pytest.raises(MissingColumnsError, match="channel"):
        card(by="channel", costs=COSTS.drop(columns="channel"))
    with pytest.raises(DataError, match="purpose of costs holds 'aquisition'.*acquisition"):
        card(costs=COSTS.assign(purpose="aquisition"))
    with pytest.raises(DataError, match="cost_date is missing in 1 of 5 rows"):
        card(costs=COSTS.assign(cost_date=[None, *COSTS["cost_date"][1:]]))
    with pytest.raises(DataError, match="amount of costs"):
        card(costs=COSTS.assign(amount=np.inf))
