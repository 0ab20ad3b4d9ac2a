"""The scorecard is what hand-written SQL gives, on real orders, and refuses what it cannot read."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import label_churn, suggest_window
from cemkit.indicators import Scorecard, scorecard

SQL_END, WINDOW, SOON = "2011-11-30", 60, 20
KEYS = ["indicator", "grp", "period"]


def compared(card: Scorecard, sql: pd.DataFrame) -> pd.DataFrame:
    """Return both tables side by side; rows that wait for an outcome are in SQL alone."""
    sql = sql.assign(period=sql["s"].dt.to_period("M"))
    both = card.table.merge(sql, on=KEYS, how="left", suffixes=("", "_sql"))
    assert both["numerator_sql"].notna().all()
    return both


def test_every_indicator_of_online_retail_is_that_of_sql(
    online_retail: pd.DataFrame, sql: Any
) -> None:
    orders = online_retail
    levels = orders[["product", "level"]].drop_duplicates()
    card = scorecard(
        orders, SQL_END, by="grp", window_days=WINDOW, repurchase_days=SOON, levels=levels
    )
    both = compared(card, sql(orders, SQL_END, WINDOW, SOON))
    assert both["indicator"].nunique() == 20
    for column in ("numerator", "denominator"):
        np.testing.assert_allclose(both[column], both[f"{column}_sql"], rtol=1e-11, err_msg=column)
    known = both["denominator"] > 0
    ratio = both["numerator"] / both["denominator"]
    np.testing.assert_allclose(both["value"][known], ratio[known], rtol=1e-12)


def test_every_indicator_of_cdnow_is_that_of_sql(cdnow: pd.DataFrame, sql: Any) -> None:
    end, window, soon = "1998-06-30", 100, 10
    grp = np.where(cdnow["customer_id"] % 3 == 0, "third", "rest")
    rows = cdnow.assign(grp=grp, order_id=cdnow["order_date"], promotion="no", cost=0.0)
    orders = cdnow.assign(grp=grp)
    card = scorecard(orders, end, by="grp", window_days=window, repurchase_days=soon)
    both = compared(card, sql(rows.assign(category="cd", level=0), end, window, soon))
    assert both["indicator"].nunique() == 15
    for column in ("numerator", "denominator"):
        np.testing.assert_allclose(both[column], both[f"{column}_sql"], rtol=1e-11, err_msg=column)
