"""Trading days and the calendar, against pandas."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.indicators import Scorecard, scorecard

DAYS = pd.date_range("2022-01-03", "2024-12-31")
DAYS = DAYS[DAYS.day_of_week < 6]  # closed on Sundays
ORDERS = pd.DataFrame({"customer_id": np.arange(len(DAYS)) % 40, "order_date": DAYS, "amount": 7.0})


def card(orders: Any = ORDERS, **options: Any) -> Scorecard:
    return scorecard(orders, "2024-12-31", **{"window_days": 90} | options)


def test_flows_are_per_day_on_which_the_shop_sold() -> None:
    found = card(trading_days=True)
    assert found.wide("order_count")["value"].eq(1.0).all()
    assert found.wide("total_amount")["value"].eq(7.0).all()
    days = found.wide("total_amount", "denominator")["denominator"]
    expected = pd.Series(1, DAYS).groupby(DAYS.to_period("M")).size()
    np.testing.assert_array_equal(days, expected)
    rates = card().table[lambda t: t["indicator"] == "average_order_value"]["value"]
    same = found.table[found.table["indicator"] == "average_order_value"]["value"]
    np.testing.assert_array_equal(rates, same)


def test_trading_days_can_be_given() -> None:
    given = card(trading_days=pd.date_range("2022-01-01", "2024-12-31", freq="W-MON"))
    assert given.wide("order_count", "denominator")["denominator"].iloc[0] == 5
    with pytest.raises(DataError, match="month that begins on 2022-02-01 has no trading day"):
        card(trading_days=["2022-01-05"])
    with pytest.raises(ValueError, match="each of trading_days"):
        card(trading_days=["01.02.2024"])
    with pytest.raises(TypeError, match="trading_days must be a list"):
        card(trading_days="2024-01-01")


def test_the_days_are_those_of_every_engine(given_on: Any) -> None:
    expected = card(trading_days=True).table
    for name in ("polars-lazy", "duckdb"):
        table = card(given_on(name)(ORDERS), trading_days=True).table
        pd.testing.assert_frame_equal(table, expected, rtol=1e-12)


def test_holidays_that_moved_are_noted_beside_a_year_before() -> None:
    table = card(compare="year", indicators=["retention_rate"]).table.set_index("period")["note"]
    # Chinese New Year: 2023-01-22 and 2024-02-10. Easter: 2023-04-09 and 2024-03-31.
    assert table[pd.Period("2024-01")] == "Chinese New Year not now but a year ago"
    assert table[pd.Period("2024-02")] == "Chinese New Year now but not a year ago"
    assert table[pd.Period("2024-03")] == "Easter now but not a year ago"
    assert table[pd.Period("2024-04")] == "Easter not now but a year ago"
    assert table[pd.Period("2024-05")] == ""
    assert "Easter" not in " ".join(card(indicators=["retention_rate"]).table["note"])


@pytest.mark.parametrize(
    ("period", "lag"), [("week", 52), ("month", 12), ("quarter", 4), ("year", 1)]
)
def test_a_year_before_is_the_same_time_of_the_year(period: Any, lag: int) -> None:
    table = card(period=period, compare="year", indicators=["total_amount"]).table
    value = table["value"].to_numpy()
    np.testing.assert_allclose(table["change"][lag:], value[lag:] - value[:-lag])
    assert table["change"][:lag].isna().all()
    assert table["note"][:lag].str.endswith("no earlier period").all()
    assert len(table) == len(
        pd.period_range(DAYS[0], "2024-12-31", freq=table["period"].dt.freq)
    ) - (period == "week")
