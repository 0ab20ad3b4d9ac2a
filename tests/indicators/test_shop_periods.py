"""Periods of a shop: how many there may be, and levels that nothing can be upgraded from."""

import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.indicators import scorecard


def test_levels_of_what_nobody_bought_are_named() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": ["王", "ann", "ann"],
            "order_date": pd.to_datetime(["2024-01-05", "2024-01-09", "2024-02-07"]),
            "amount": [20.0, 5.0, 9.5],
            "product": ["basic", "fine", "fine"],
        }
    )
    for base, need in (("basic", None), ("other", "nobody bought their base")):
        levels = pd.DataFrame({"product": [base, "fine"], "level": [0, 1]})
        card = scorecard(orders, "2024-02-29", window_days=20, levels=levels)
        needs = card.not_measured.set_index("indicator")["needs"].get("upgrade_rate")
        assert needs == (need and f"levels of what is in orders; {need}")


def test_more_periods_than_a_shop_can_have_are_refused(online_retail: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"the first order lies .* months before as_of=9999-12-31"):
        scorecard(online_retail, "9999-12-31")
