"""evaluate_cycles: by hand, on real orders, and what it refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cemkit import load_cdnow
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.recommendation import evaluate_cycles

AS_OF = pd.Timestamp("2024-12-31")


def regular(n: int, seed: int = 0) -> pd.DataFrame:
    """Orders of n customers, about every 30 days each, up to AS_OF."""
    rng = np.random.default_rng(seed)
    gaps = rng.integers(10, 50, (n, 15)).cumsum(axis=1)
    date = AS_OF - pd.to_timedelta(rng.integers(0, 40, (n, 1)).repeat(15, 1).ravel(), unit="D")
    date -= pd.to_timedelta(gaps.ravel(), unit="D")
    return pd.DataFrame(
        {"customer_id": np.repeat(np.arange(n), 15), "order_date": date, "amount": 1.0}
    )


def test_on_cdnow_the_cycle_beats_the_plain_mean() -> None:
    score = evaluate_cycles(load_cdnow("sample"), as_of="1997-09-30", window_days=182)
    assert score.customers == 946  # of the 2,357 customers, 1,411 had not come back (Fader, Hardie)
    assert score.advantage_lower > 0
    assert score.error_days < score.plain_mean_error_days
    assert "946 cycles" in score.sentence()
    assert "946 个购买周期" in score.sentence("zh")


def test_on_online_retail_the_share_of_buyers_is_predicted(reference_data: Path) -> None:
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    orders = pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
        }
    )
    score = evaluate_cycles(orders, as_of="2011-09-09", window_days=91)
    assert score.advantage_lower > 0
    assert score.expected_share == pytest.approx(score.observed_share, abs=0.03)


def test_the_plain_mean_and_the_errors_by_hand() -> None:
    past = regular(300)
    later = pd.DataFrame(
        {
            "customer_id": [0, -1],  # the other had not bought before
            "order_date": AS_OF + pd.to_timedelta([10, 40], unit="D"),
            "amount": 1.0,
        }
    )
    score = evaluate_cycles(pd.concat([past, later]), AS_OF, 40)
    days = past.sort_values("order_date").drop_duplicates().groupby("customer_id")["order_date"]
    mean = days.agg(lambda d: d.diff().dt.days.mean()).dropna()
    away = (AS_OF - days.max().loc[mean.index]).dt.days
    actual = pd.Series(40, index=mean.index).where(mean.index != 0, 10)
    assert score.plain_mean_error_days == pytest.approx(
        ((mean - away).clip(0, 40) - actual).abs().mean()
    )
    assert score.observed_share == pytest.approx((0 in mean.index) / len(mean))


def test_a_window_that_the_orders_do_not_reach_is_refused() -> None:
    with pytest.raises(DataError, match="the window ends on 1998-09-28, after the last order on"):
        evaluate_cycles(load_cdnow("sample"), as_of="1998-03-31", window_days=181)


def test_one_customer_says_nothing_of_cycles() -> None:
    one = regular(4)[:60].assign(customer_id=0)
    later = one.tail(1).assign(order_date=AS_OF + pd.Timedelta(days=30))
    with pytest.raises(NotEnoughDataError, match="need at least 2 cycles with a gap, got 1"):
        evaluate_cycles(pd.concat([one, later]), AS_OF, 30)
