"""Times between steps, against a simulation and a loop."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.journey import step_times

STEPS = ["cart", "order"]


def drawn(customers: int, seed: int = 0, median: float = 5.0) -> pd.DataFrame:
    """Carts over ten days up to as_of, and orders after exponential times."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.uniform(0, 10, customers), unit="D")
    wait = pd.to_timedelta(rng.exponential(median / np.log(2), customers), unit="D")
    channel = rng.choice(["app", "微信"], customers)
    carts = pd.DataFrame({"customer_id": np.arange(customers), "event_time": start})
    carts["channel"] = channel
    orders = carts.assign(event_time=start + wait)
    table = pd.concat([carts.assign(event="cart"), orders.assign(event="order")])
    return table.assign(event_time=table["event_time"].astype("datetime64[us]"))


def test_the_median_holds_who_is_still_waiting() -> None:
    found = step_times(drawn(20_000), STEPS, as_of="2024-01-10", quantiles=[0.5])
    row = found.table.iloc[0]
    assert row["days"] == pytest.approx(5, abs=0.25)
    assert row["lower"] <= 5 <= row["upper"]
    completed = found.waits.loc[found.waits["reached"], "days"].median()
    assert completed < 3
    assert row["reached"] + row["censored"] == row["customers"] == found.customers


def test_waits_are_those_of_a_loop() -> None:
    events = drawn(200, 3)
    found = step_times(events, STEPS, as_of="2024-01-10")
    end = pd.Timestamp("2024-01-11")
    for customer, own in events.groupby("customer_id"):
        times = own.set_index("event")["event_time"]
        until = min(end, times["order"])
        row = found.waits.loc[customer]
        assert row["days"] == pytest.approx((until - times["cart"]) / pd.Timedelta(days=1))
        assert row["reached"] == (times["order"] < end)


def test_groups_are_tested_and_slow_customers_named() -> None:
    events = pd.concat([drawn(400), drawn(400, 1, 15.0).assign(channel="web")])
    events["customer_id"] += 1000 * (events["channel"] == "web")
    found = step_times(events, STEPS, as_of="2024-01-20", by="channel")
    assert found.table["channel"].unique().tolist() == ["app", "web", "微信"]
    assert found.tests["p_value"].iloc[0] < 1e-6
    same = step_times(drawn(400), STEPS, as_of="2024-01-20", by="channel")
    assert same.tests["p_value_adjusted"].iloc[0] > 0.01
    slow = found.slow(0.5)
    assert not slow["reached"].any()
    assert slow["days"].is_monotonic_decreasing


def test_three_steps_and_any_order_of_rows() -> None:
    events = drawn(100, 5)
    paid = events[events["event"] == "order"].assign(event="paid")
    paid["event_time"] += pd.Timedelta(days=1)
    every = pd.concat([events, paid])
    found = step_times(every, ["cart", "order", "paid"], as_of="2024-03-31")
    assert found.table["days"].iloc[-2:].tolist() == pytest.approx([1, 1])
    other = step_times(every[::-1], ["cart", "order", "paid"], as_of="2024-03-31")
    pd.testing.assert_frame_equal(found.table, other.table)
    assert found.tests.empty


def test_a_quantile_that_was_not_seen_is_missing() -> None:
    found = step_times(drawn(50), STEPS, as_of="2024-01-10", quantiles=[0.99])
    assert found.table["days"].isna().all()


def test_bad_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="each of quantiles must lie strictly between 0 and 1"):
        step_times(drawn(50), STEPS, as_of="2024-01-10", quantiles=[50])
    with pytest.raises(DataError, match="nobody did 'cart' by as_of=2023-12-31"):
        step_times(drawn(50), STEPS, as_of="2023-12-31")
    with pytest.raises(DataError, match=r"event never is 'ordr' \(did you mean 'order'\?\)"):
        step_times(drawn(50), ["cart", "ordr"], as_of="2024-01-10")


def test_no_quantile_is_refused() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1],
            "event": ["visit", "view"],
            "event_time": pd.to_datetime(["2023-04-01", "2023-04-02"]),
        }
    )
    with pytest.raises(ValueError, match="quantiles is empty"):
        step_times(events, ["visit", "view"], as_of="2023-04-30", quantiles=[])
