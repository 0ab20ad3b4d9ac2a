"""The sweep against loops over customers, and against the rooms that mean the same."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import LifecycleStages, customer_table, label_churn, suggest_window
from cemkit.indicators import scorecard

WINDOW = 90


def counted(orders: pd.DataFrame, as_of: str, indicator: str, period: str) -> pd.Series:
    table = scorecard(orders, as_of, window_days=WINDOW, indicators=[indicator]).table
    return table.set_index("period").loc[pd.Period(period, freq="M")]


def test_churn_is_that_of_label_churn(cdnow: pd.DataFrame) -> None:
    row = counted(cdnow, "1998-06-30", "churn_rate", "1997-10")
    churned = label_churn(cdnow, "1997-10-31", WINDOW, data_until="1998-06-30")
    customers = customer_table(cdnow, "1997-10-31")
    active = customers.index[customers["recency_days"] < WINDOW]
    assert row["denominator"] == len(active)
    assert row["numerator"] == churned[active].sum()


def test_lapsed_is_the_stage_of_that_many_days(cdnow: pd.DataFrame) -> None:
    row = counted(cdnow, "1998-06-30", "lapsed_customers", "1997-10")
    rules = pd.DataFrame(
        [("never", "0", "any"), ("gone", "any", f"{WINDOW}+"), ("here", "any", "any")],
        columns=["stage", "order_count", "recency_days"],
    )
    stages = LifecycleStages(rules).fit().predict(customer_table(cdnow, "1997-10-31"))
    assert row["value"] == (stages == "gone").sum()


def test_the_window_is_the_suggested_one(cdnow: pd.DataFrame) -> None:
    card = scorecard(cdnow, "1998-06-30", indicators=["active_customers"])
    assert card.window_days == suggest_window(cdnow, "1998-06-30").window_days


def test_retention_and_churn_add_up_on_the_same_base_and_window() -> None:
    days = pd.date_range("2024-01-01", "2024-12-28")
    rng = np.random.default_rng(0)
    orders = pd.DataFrame(
        {"customer_id": rng.integers(0, 80, 400), "order_date": rng.choice(days, 400), "amount": 1}
    )
    table = scorecard(orders, "2024-12-29", "week", window_days=7, repurchase_days=3).table
    rates = {
        name: table[table["indicator"] == name].set_index("period")
        for name in ("retention_rate", "churn_rate")
    }
    kept = rates["retention_rate"].iloc[1:]
    left = rates["churn_rate"].reindex(kept.index - 1).set_axis(kept.index)
    assert kept["denominator"].equals(left["denominator"])
    assert (kept["numerator"] + left["numerator"]).equals(kept["denominator"])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), window=st.integers(1, 80), soon=st.integers(1, 40))
def test_every_rate_is_that_of_a_loop_over_customers(seed: int, window: int, soon: int) -> None:
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2024-01-10")
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 8, 40),
            "order_date": start + pd.to_timedelta(rng.integers(0, 150, 40), unit="D"),
            "amount": rng.choice([5.0, 9.0, -4.0], 40, p=[0.45, 0.45, 0.1]),
        }
    )
    as_of = pd.Timestamp("2024-05-31")
    card = scorecard(orders, as_of, window_days=window, repurchase_days=soon)
    bought = orders[(orders["amount"] >= 0) & (orders["order_date"] <= as_of)]
    days = {who: sorted(set(part["order_date"])) for who, part in bought.groupby("customer_id")}
    width = pd.Timedelta(days=window)
    for row in card.table.itertuples():
        first, last = row.period.start_time, row.period.end_time.normalize()
        base = did = 0
        for seen in days.values():
            before, by = [d for d in seen if d < first], [d for d in seen if d <= last]
            inside = [d for d in by if d >= first]
            after = [d for d in seen if d > last]
            awake = bool(before) and before[-1] > first - pd.Timedelta(days=1) - width
            active = bool(by) and by[-1] > last - width
            new = bool(inside) and not before
            early = new and len(seen) > 1 and seen[1] - seen[0] <= pd.Timedelta(days=soon)
            flags = {
                "retention_rate": (awake, inside),
                "reactivation_rate": (before and not awake, inside),
                "churn_rate": (active, not after or after[0] > last + width),
                "repurchase_rate": (by, len(by) > 1),
                "early_repurchase_rate": (new, early),
            }
            if row.indicator in flags:
                there, acts = flags[row.indicator]
                base, did = base + bool(there), did + bool(there and acts)
        if row.indicator in {"retention_rate", "reactivation_rate", "churn_rate"} | {
            "repurchase_rate",
            "early_repurchase_rate",
        }:
            assert (row.numerator, row.denominator) == (did, base), row


def test_a_purchase_after_the_last_finished_period_ends_a_silence() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 2, 1],
            "order_date": pd.to_datetime(["2024-01-10", "2024-01-12", "2024-02-10"]),
            "amount": [5.0, 5.0, 5.0],
        }
    )
    table = scorecard(orders, "2024-02-15", window_days=15 + 15, indicators=["churn_rate"]).table
    assert table.empty
    seen = scorecard(orders, "2024-03-01", window_days=30, indicators=["churn_rate"]).table
    assert seen[["numerator", "denominator"]].iloc[0].tolist() == [1, 2]


@pytest.mark.parametrize("order", [1, 2])
def test_row_order_does_not_matter(order: int) -> None:
    rng = np.random.default_rng(5)
    orders = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 50, 600),
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 200, 600), "D"),
            "amount": rng.normal(20, 15, 600),
            "channel": rng.choice(["web", "shop", "app"], 600),
        }
    )
    shuffled = orders.sample(frac=1, random_state=order)
    tables = [
        scorecard(rows, "2024-07-01", by="channel", window_days=40).table
        for rows in (orders, shuffled)
    ]
    pd.testing.assert_frame_equal(*tables, rtol=1e-9)
