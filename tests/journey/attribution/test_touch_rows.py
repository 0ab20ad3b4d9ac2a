"""Touches and conversions in their order."""

import numpy as np
import pandas as pd

from cemkit.journey.attribution.touch_rows import read_touches


def test_at_one_time_conversions_come_last() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [2, 1, 1, 1],
            "event": ["visit", "order", "visit", "visit"],
            "event_time": pd.to_datetime(["2024-01-05", "2024-01-01", "2024-01-01", "2024-01-01"]),
            "channel": ["a", None, "b", "a"],
        }
    )
    rows = read_touches(events, "order", pd.Timestamp("2024-01-31"), touch="channel", kinds=None)
    assert rows.channel.tolist() == [0, 1, 2, 0]
    assert rows.converts.tolist() == [False, False, True, False]
    assert rows.next_conversion().tolist() == [2, 2, 2, 4]
    assert rows.only(np.array([True, False, True, False])).next_conversion().tolist() == [1, 1]
