"""Acquisition cost by hand, its bounds against scipy, and costs that have no customers."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson
from scipy.stats import t as student

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.indicators import acquisition_payback
from cemkit.indicators.acquisition import _cost

CUSTOMERS = pd.DataFrame(
    {
        "first_order_date": pd.to_datetime(
            ["2024-01-05", "2024-01-20", "2024-02-10", "2024-02-11", "2023-12-01", "2024-02-12"]
        ),
        "acquisition_channel": ["search", "search", "朋友", "search", "search", None],
        "clv": [100.0, 60.0, 30.0, 80.0, 500.0, 10.0],
    },
    index=pd.Index(list("abcdef"), name="customer_id"),
)
COSTS = pd.DataFrame(
    {
        "cost_date": ["2024-01-01", "2024-02-01", "2024-02-01", "2024-03-01"],
        "amount": [60.0, 30.0, 99.0, 7.0],
        "purpose": ["acquisition", "acquisition", "service", "acquisition"],
        "channel": ["search", "search", "search", "search"],
    }
)


def paid(customers: pd.DataFrame = CUSTOMERS, costs: pd.DataFrame = COSTS, **more: Any) -> Any:
    return acquisition_payback(customers, costs, "2024-02-29", **more)


def test_costs_by_hand() -> None:
    found = paid()
    table = found.table.set_index("channel")
    assert found.start == "2024-01-01"
    assert (found.new_customers, found.unknown_channel, found.left_out_costs) == (5, 1, 2)
    assert found.spend_amount == 90.0
    assert found.acquisition_cost == 18.0
    assert table["new_customers"].to_dict() == {"search": 3, "朋友": 1}
    assert table["acquisition_cost"].to_dict() == {"search": 30.0, "朋友": 0.0}
    search = table.loc["search"]
    assert search["mean_clv"] == 80.0
    assert search["value_ratio"] == pytest.approx(80 / 30)
    assert search["payback_days"] == pytest.approx(30 / (80 / 365))
    assert math.isinf(table.loc["朋友", "value_ratio"])


def test_bounds_are_garwoods_and_students() -> None:
    """At its bounds a Poisson count of 3 or more, or 3 or fewer, has a chance of 2.5 %."""
    search = paid().table.set_index("channel").loc["search"]
    least = 90 / search["acquisition_cost_upper"]
    most = 90 / search["acquisition_cost_lower"]
    assert poisson.sf(2, least) == pytest.approx(0.025)
    assert poisson.cdf(3, most) == pytest.approx(0.025)
    low, high = student.interval(0.95, 2, 80, np.std([100, 60, 80], ddof=1) / math.sqrt(3))
    assert (search["mean_clv_lower"], search["mean_clv_upper"]) == pytest.approx((low, high))
    assert search["value_ratio_lower"] < search["value_ratio"] < search["value_ratio_upper"]


def test_a_cost_that_does_not_come_back_in_the_horizon_has_no_days() -> None:
    costs = COSTS.assign(amount=[600.0, 300.0, 0.0, 0.0])
    row = paid(costs=costs).table.iloc[0]
    assert row["value_ratio"] < 1
    assert math.isinf(row["payback_days"])


def test_without_clv_there_is_no_payback() -> None:
    found = paid(CUSTOMERS.drop(columns="clv"))
    assert found.horizon_days is None
    assert "payback_days" not in found.table


@pytest.mark.exhaustive
def test_intervals_of_costs_cover() -> None:
    rng = np.random.default_rng(0)
    expected = 12
    counts = rng.poisson(expected, 4000)
    counts = counts[counts > 0]
    covered = [
        lower <= 1200 / expected <= upper
        for _, lower, upper in (_cost(1200.0, int(count), 0.95) for count in counts)
    ]
    assert np.mean(covered) >= 0.95


def test_costs_of_a_channel_without_customers_are_refused_with_the_remedy() -> None:
    costs = COSTS.assign(channel=["serch", "search", "search", "search"])
    with pytest.raises(DataError, match=r"60\.00 for the channel 'serch'.*did you mean 'search'"):
        paid(costs=costs)


def test_bad_input_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="purpose 'acquisition'"):
        paid(costs=COSTS.assign(purpose="ads"))
    with pytest.raises(NotEnoughDataError, match="first order lies between"):
        paid(costs=COSTS.assign(cost_date="2024-02-20"))
    with pytest.raises(DataError, match="sum to -30"):
        paid(costs=COSTS.assign(amount=[-60.0, 30.0, 1.0, 1.0]))
    with pytest.raises(DataError, match="channel is missing in 1 acquisition costs"):
        paid(costs=COSTS.assign(channel=["search", None, "search", "search"]))
    with pytest.raises(DataError, match="cost_date is missing in 1 of 4 rows"):
        paid(costs=COSTS.assign(cost_date=["2024-01-01", None, "2024-02-01", "2024-03-01"]))
    with pytest.raises(MissingColumnsError, match="take people with acquisition_channel"):
        paid(CUSTOMERS.drop(columns="acquisition_channel"))


def test_sentences_say_the_same() -> None:
    found = paid()
    assert found.sentence().startswith(
        "5 new customers from 2024-01-01 to 2024-02-29 cost 18.00 each (95% CI "
    )
    assert "search, where lifetime value is 2.67 times the cost; 1 has no known" in found.sentence()
    assert "成本最高的渠道是search，为 30.00，其客户终身价值为成本的 2.67 倍" in found.sentence(
        "zh"
    )
