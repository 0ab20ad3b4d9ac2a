"""Tracking on CDNOW."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import SeasonalClock, purchase_tracking
from cemkit.errors import NotEnoughDataError


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


def test_weeks_add_up_to_the_purchases(orders: pd.DataFrame) -> None:
    model = ParetoNBDModel().fit(customer_table(orders, "1997-09-30"))
    table = purchase_tracking(model, orders, "1997-09-30")
    assert table.index.tolist() == list(range(7, 547, 7))
    later = customer_table(orders, "1998-06-30")
    assert table["actual"].sum() == later["repeat_count"].sum()
    assert table.index[table["fitted"]].max() == 273
    # Fader, Hardie, Lee (2005), figure 3: within a few percent, in the hold-out too.
    assert table["expected"].sum() == pytest.approx(table["actual"].sum(), rel=0.05)


def test_each_customer_is_expected_to_buy_from_the_first_day_on(orders: pd.DataFrame) -> None:
    customers = customer_table(orders, "1997-09-30")
    model = BetaGeoModel().fit(customers)
    table = purchase_tracking(model, orders, "1997-09-30", period_days=91)
    days = (pd.Timestamp("1997-07-01") - customers["first_order_date"]).dt.days  # day 182
    joined = days[days > 0].value_counts()
    by_hand = sum(n * model.new_customer_purchases(day) for day, n in joined.items())
    assert np.cumsum(table["expected"])[182] == pytest.approx(by_hand, rel=1e-9)


def test_orders_of_less_than_a_period_are_too_few(orders: pd.DataFrame) -> None:
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    days = orders[orders["order_date"] <= "1997-01-03"]
    with pytest.raises(NotEnoughDataError, match="need at least 7 days of orders, got 3"):
        purchase_tracking(model, days, "1997-01-03")
    table = purchase_tracking(model, days, "1997-01-03", period_days=3)
    assert len(table) == 1
    assert table["actual"].sum() == customer_table(days, "1997-01-03")["repeat_count"].sum()


def test_on_a_clock_each_newcomer_is_expected_from_the_own_day_on(
    seasonal_orders: pd.DataFrame,
) -> None:
    as_of = pd.Timestamp("2023-06-30")
    clock = SeasonalClock().fit(seasonal_orders, as_of)
    customers = customer_table(seasonal_orders, as_of)
    model = BetaGeoModel(clock=clock).fit(customers)
    table = purchase_tracking(model, seasonal_orders, as_of, period_days=91)
    in_sample = table[table["fitted"]]
    assert in_sample["expected"].sum() == pytest.approx(in_sample["actual"].sum(), rel=0.1)
    plain = BetaGeoModel().fit(customers)
    steady = purchase_tracking(plain, seasonal_orders, as_of, period_days=91)
    errors = [(each["expected"] - each["actual"]).abs().sum() for each in (table, steady)]
    assert errors[0] < 0.6 * errors[1]
