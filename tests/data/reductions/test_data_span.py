"""The end of the data: one argument, one default, in every function with a window of outcomes."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    BetaGeoModel,
    CrossSell,
    compare_purchase_models,
    experiment_table,
    label_churn,
    sales_from_orders,
)
from cemkit.clv import purchase_calibration, purchase_tracking
from cemkit.data.reductions.data_span import check_window_seen, data_end, last_order_day, orders_end
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.experiments import effect_by_day
from cemkit.recommendation import evaluate_cycles, evaluate_recommendations
from cemkit.segmentation.evaluation import future_amount

MODEL = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)


@functools.cache
def shop() -> pd.DataFrame:
    """400 customers of 2024, each with a rate of purchase and a day of leaving of their own.

    The last sale of all is on 29 December.
    """
    random = np.random.default_rng(0)
    who = np.repeat(np.arange(400), 30)
    begin = random.integers(0, 60, 400)[who]
    gaps = random.exponential(1 / random.gamma(0.8, 0.05, 400)[who] + 1)
    first = np.arange(len(who)) % 30 == 0
    day = begin + pd.Series(np.where(first, 0, gaps)).groupby(who).cumsum().to_numpy().round()
    stays = day < begin + random.exponential(150, 400)[who]
    kept = (first | stays) & (day <= 363)
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(day[kept], "D")
    products = random.choice(["tea", "pot", "mug", "jug"], int(kept.sum()))
    orders = pd.DataFrame(
        {"customer_id": who[kept], "order_date": dates, "amount": 5.0, "product": products}
    )
    assert orders["order_date"].max() == pd.Timestamp("2024-12-29")
    return orders


def assignment(orders: pd.DataFrame) -> pd.DataFrame:
    ids = orders["customer_id"].drop_duplicates().to_numpy()
    return pd.DataFrame({"customer_id": ids, "variant": np.where(ids % 2, "A", "B")})


# Each looks at the window of 31 days to 31 December, two days after the last order.
WINDOWS: dict[str, Callable[..., Any]] = {
    "label_churn": lambda orders, **end: label_churn(orders, "2024-11-30", 31, **end),
    "future_amount": lambda orders, **end: future_amount(orders, "2024-11-30", 31, **end),
    "evaluate_cycles": lambda orders, **end: evaluate_cycles(orders, "2024-11-30", 31, **end),
    "evaluate_recommendations": lambda orders, **end: evaluate_recommendations(
        orders, "2024-11-30", 31, model=CrossSell(min_customers=1), k=1, new_only=False, **end
    ),
    "experiment_table": lambda orders, **end: experiment_table(
        assignment(shop()), orders, "2024-12-01", "2024-12-31", **end
    ),
    "effect_by_day": lambda orders, **end: effect_by_day(
        assignment(shop()), orders, "2024-12-01", "2024-12-31", control="A", **end
    ),
    "compare_purchase_models": lambda orders, **end: compare_purchase_models(
        orders, "2024-11-30", 31, [BetaGeoModel()], **end
    ),
    "purchase_calibration": lambda orders, **end: purchase_calibration(
        MODEL, orders, "2024-11-30", 31, **end
    ),
}
OTHERS: dict[str, Callable[..., Any]] = {
    "purchase_tracking": lambda orders, **end: purchase_tracking(
        MODEL, orders, "2024-11-30", **end
    ),
    "sales_from_orders": lambda orders, **end: sales_from_orders(orders, start="2024-01-01", **end),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_ends_with_the_data_not_with_the_last_sale(name: str) -> None:
    look = functools.partial(WINDOWS[name], shop())
    with pytest.raises(DataError, match="ends on 2024-12-31, after the last order on 2024-12-29"):
        look()
    with pytest.raises(DataError, match="ends on 2024-12-31, after data_until=2024-12-30"):
        look(data_until="2024-12-30")
    seen = look(data_until="2024-12-31")
    later = pd.DataFrame(
        {
            "customer_id": [10**6],
            "order_date": [pd.Timestamp("2024-12-31")],
            "amount": 1.0,
            "product": "tea",
        }
    )
    # The same shop with a newcomer's sale on the last day, which is in no cohort and no window.
    same = WINDOWS[name](pd.concat([shop(), later], ignore_index=True))
    assert str(seen) == str(same)


@pytest.mark.parametrize("name", [*WINDOWS, *OTHERS])
def test_an_end_before_the_last_order_is_refused(name: str) -> None:
    look = (WINDOWS | OTHERS)[name]
    with pytest.raises(DataError, match="last order is on 2024-12-29, after data_until=2024-12-28"):
        look(shop(), data_until="2024-12-28")
    with pytest.raises(ValueError, match="data_until"):
        look(shop(), data_until="31/12/2024 or so")


def test_tracking_goes_on_after_the_cohort_has_died() -> None:
    # 20 customers of January who never return, and a shop that sells on to others until June.
    cohort = pd.DataFrame({"customer_id": range(20), "order_date": pd.Timestamp("2024-01-01")})
    others = pd.DataFrame(
        {"customer_id": 99, "order_date": pd.date_range("2024-02-01", "2024-06-28", freq="D")}
    )
    again = cohort.head(5).assign(order_date=pd.Timestamp("2024-01-10"))
    orders = pd.concat([cohort, again, others], ignore_index=True).assign(amount=1.0)
    table = purchase_tracking(MODEL, orders, "2024-01-31")
    assert table.index.max() == 175  # 25 whole weeks of the 180 days to 28 June
    assert table["actual"].sum() == 5
    assert (table["expected"] > 0).all()
    by_hand = 20 * MODEL.new_customer_purchases(174)
    assert table["expected"].sum() == pytest.approx(by_hand)
    longer = purchase_tracking(MODEL, orders, "2024-01-31", data_until="2024-07-05")
    assert longer.index.max() == 182
    returned = orders.iloc[[0]].assign(order_date=pd.Timestamp("2024-07-05"), amount=-1.0)
    pd.testing.assert_frame_equal(
        purchase_tracking(MODEL, pd.concat([orders, returned]), "2024-01-31"), longer
    )


def test_tracking_covers_what_the_model_saw() -> None:
    orders = shop()
    table = purchase_tracking(MODEL, orders, "2025-01-31", period_days=1)
    assert table["fitted"].all()
    assert len(table) == 397 - (orders["order_date"].min() - pd.Timestamp("2024-01-01")).days
    with pytest.raises(DataError, match="as_of=2025-01-31 lies after data_until=2024-12-31"):
        purchase_tracking(MODEL, orders, "2025-01-31", data_until="2024-12-31")


def test_sales_reach_to_the_end_of_the_data() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-12", "2024-01-14"])
    orders = pd.DataFrame({"customer_id": 1, "order_date": days, "amount": [3.0, 4.0, -1.0]})
    # The last day has a return alone: left out of the sum, it still belongs to the second week.
    assert sales_from_orders(orders, net=False).tolist() == [3.0, 4.0]
    with pytest.warns(CemkitWarning, match="left out 2024-01-08/2024-01-14"):
        assert sales_from_orders(orders.head(2)).tolist() == [3.0]
    assert sales_from_orders(orders.head(2), data_until="2024-01-14").tolist() == [3.0, 4.0]
    assert sales_from_orders(orders, end="2024-01-07", data_until="2024-01-20").tolist() == [3.0]
    with pytest.raises(DataError, match="end=2024-01-21 lies after data_until=2024-01-20"):
        sales_from_orders(orders, end="2024-01-21", data_until="2024-01-20")


def test_the_end_is_that_of_the_whole_table() -> None:
    orders = shop()
    returned = orders.tail(1).assign(order_date=pd.Timestamp("2025-01-03"), amount=-5.0)
    assert orders_end(pd.concat([orders, returned]), None) == pd.Timestamp("2025-01-03")
    assert orders_end(orders, "2024-12-29") == pd.Timestamp("2024-12-29")
    assert data_end(pd.Timestamp("2024-12-29"), None) == pd.Timestamp("2024-12-29")
    check_window_seen(pd.Timestamp("2024-12-29"), pd.Timestamp("2024-12-29"), None)


def test_the_last_day_is_read_from_dates_alone() -> None:
    orders = shop()
    for kind in ("date32[day][pyarrow]", "datetime64[s]"):
        days = orders.assign(order_date=orders["order_date"].astype(kind))
        assert last_order_day(days) == orders["order_date"].max()
    dates = orders["order_date"]
    for wrong in (dates.dt.tz_localize("UTC"), dates.astype(str), dates.dt.date):
        with pytest.raises(DataError, match="order_date must hold dates without a time zone, not"):
            last_order_day(orders.assign(order_date=wrong))
    with pytest.raises(NotEnoughDataError, match="1 dated order, got 0"):
        last_order_day(orders.head(0))
