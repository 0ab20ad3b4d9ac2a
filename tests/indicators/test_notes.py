"""Notes say what limits a value: nothing is missing without a reason."""

import numpy as np
import pandas as pd
import pytest

from cemkit.indicators import scorecard
from cemkit.indicators.notes import (
    ALIKE,
    DATA_BEGIN,
    FULL_COUNT,
    NO_EARLIER,
    NOBODY,
    SHORT_HISTORY,
    TOO_FEW,
)

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 1, 3],
        "order_date": pd.to_datetime(
            ["2024-01-03", "2024-02-04", "2024-02-20", "2024-03-02", "2024-05-20"]
        ),
        "amount": [10.0, 20.0, 30.0, 25.0, 5.0],
    }
)
TABLE = scorecard(ORDERS, "2024-05-31", window_days=45).table


def note(indicator: str, period: str) -> str:
    row = (TABLE["indicator"] == indicator) & (TABLE["period"] == pd.Period(period, freq="M"))
    return str(TABLE[row]["note"].item())


def test_each_row_says_what_limits_it() -> None:
    assert note("buying_customers", "2024-03") == FULL_COUNT
    assert note("buying_customers", "2024-01") == f"{FULL_COUNT}; {DATA_BEGIN}; {NO_EARLIER}"
    assert note("retention_rate", "2024-02") == SHORT_HISTORY
    assert note("average_order_value", "2024-04") == NOBODY
    assert note("average_order_value", "2024-03") == TOO_FEW
    assert note("retention_rate", "2024-03") == ""
    assert note("orders_per_customer", "2024-02") == ALIKE


def test_no_number_is_missing_without_a_note() -> None:
    for column in ("value", "lower", "upper"):
        assert (TABLE["note"][TABLE[column].isna()] != "").all()
    said = TABLE["note"].str.contains(f"{NO_EARLIER}|{NOBODY}|{TOO_FEW}|{ALIKE}")
    before = TABLE.groupby("indicator")["value"].shift()
    missing = TABLE["change"].isna()
    assert (said | before.isna())[missing].all()


def test_one_period_has_no_change_and_says_so() -> None:
    card = scorecard(ORDERS.head(1), "2024-01-31", window_days=45)
    assert card.table["change"].isna().all()
    assert card.table["note"].str.contains(NO_EARLIER).all()
    assert "there is no earlier period to compare with" in card.sentence()
    assert "没有可比的前期" in card.sentence("zh")
    alone = scorecard(ORDERS, "2024-05-31", window_days=45, compare=None)
    assert not alone.table["note"].str.contains(NO_EARLIER).any()
    assert "changes were not asked for" in alone.sentence()


def test_no_interval_has_width_zero() -> None:
    known = TABLE["lower"].notna()
    assert (TABLE["upper"] > TABLE["lower"])[known].all()
    assert np.isfinite(TABLE["value"][known].astype(float)).all()
    with pytest.raises(ValueError, match="not in this scorecard: it needs costs"):
        scorecard(ORDERS, "2024-05-31", window_days=45).wide("acquisition_cost")
