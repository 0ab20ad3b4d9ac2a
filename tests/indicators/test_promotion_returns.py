"""The return on promotions is that of cemkit.impact, called on the weeks of the orders."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.impact import promotion_effect, promotion_profit
from cemkit.indicators import Scorecard, scorecard
from cemkit.indicators.promotion_returns import weekly_sales

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2023-01-02", "2024-06-28")
PROMOTIONS = pd.DataFrame(
    {
        "name": ["spring", "autumn", "summer"],
        "start_date": ["2023-04-03", "2023-10-02", "2024-05-06"],
        "end_date": ["2023-04-09", "2023-10-08", "2024-05-12"],
        "size": [0.1, 0.2, 0.15],
    }
)
ON = np.zeros(len(DAYS), dtype=bool)
for start, end in zip(PROMOTIONS["start_date"], PROMOTIONS["end_date"], strict=True):
    ON |= (start <= DAYS) & (end >= DAYS)
ORDERS = pd.DataFrame(
    {
        "customer_id": np.arange(len(DAYS)) % 50,
        "order_date": DAYS,
        "amount": np.round(100 + RNG.normal(0, 5, len(DAYS)) + 40 * ON, 2),
    }
)
COSTS = pd.DataFrame({"cost_date": ["2023-04-03"], "amount": [20.0], "purpose": ["promotion"]})


def card(**options: Any) -> Scorecard:
    given: dict[str, Any] = {"promotions": PROMOTIONS, "margin": 0.4, "window_days": 60}
    return scorecard(ORDERS, "2024-06-28", **given | options)


def test_the_return_is_that_of_impact() -> None:
    row = card(costs=COSTS).table.query("indicator == 'promotion_roi'").iloc[0]
    sales = weekly_sales(ORDERS, pd.Timestamp("2024-06-28"))
    assert [str(sales.index[0]), str(sales.index[-1])] == [
        *("2023-01-02/2023-01-08", "2024-06-17/2024-06-23")
    ]
    profit = promotion_profit(
        promotion_effect(sales, PROMOTIONS), margin=0.4, discount=0.15, fixed_cost=20.0
    )
    assert row[["value", "lower", "upper"]].tolist() == pytest.approx(
        [profit.roi, profit.roi_lower, profit.roi_upper]
    )
    assert row["numerator"] == pytest.approx(profit.net_profit)
    assert row["numerator"] / row["denominator"] == pytest.approx(row["value"])
    assert str(row["period"]) == "2024-05"


def test_what_is_lacking_is_named() -> None:
    needs = [
        card(**options).not_measured.set_index("indicator")["needs"]["promotion_roi"]
        for options in (
            {"margin": None},
            {"promotions": PROMOTIONS.drop(columns="size")},
            {"promotions": PROMOTIONS.tail(1).assign(end_date="2024-07-20")},
            {"by": "half", "people": pd.DataFrame({"customer_id": range(50), "half": [1, 2] * 25})},
        )
    ]
    assert needs[0] == needs[1] == "margin, and the size of promotions: the discount as a fraction"
    assert needs[2] == "promotions that are over within whole weeks of orders"
    assert needs[3] == "a scorecard without by; it is one number for the shop"


def test_a_promotion_without_a_date_is_refused() -> None:
    with pytest.raises(DataError, match="promotions has 1 row without a date.*correct them"):
        card(promotions=PROMOTIONS.assign(start_date=[None, *PROMOTIONS["start_date"][1:]]))
