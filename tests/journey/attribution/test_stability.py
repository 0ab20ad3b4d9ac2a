"""How far credit moves with what is an assumption."""

import pandas as pd
import pytest

from cemkit.data import simulate_events
from cemkit.journey import attribute_conversions, conversion_paths, credit_stability


def shop() -> pd.DataFrame:
    return simulate_events(
        400, steps=["visit", "view", "order"], step_rates=[0.8, 0.5], random_state=3
    ).table


def test_the_first_setting_is_the_plain_attribution() -> None:
    found = credit_stability(shop(), as_of="2023-06-30", lookbacks=[30, 1], lost_shares=[0, 0.4])
    plain = attribute_conversions(conversion_paths(shop(), as_of="2023-06-30")).table
    first = found.table[(found.table["lookback_days"] == 30) & (found.table["lost_share"] == 0)]
    assert first["share"].tolist() == plain["share"].tolist()
    assert (found.methods, found.settings) == (7, 4)
    ranges = found.ranges
    assert (
        ranges["largest"] - ranges["least"] >= ranges[["over_methods", "over_losses"]].max(axis=1)
    ).all()


def test_it_is_the_same_on_each_run_and_in_any_order_of_rows() -> None:
    one = credit_stability(shop(), as_of="2023-06-30", methods=["last"])
    other = credit_stability(shop()[::-1], as_of="2023-06-30", methods=["last"])
    pd.testing.assert_frame_equal(one.table, other.table)


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="a lost share is below 1"):
        credit_stability(shop(), as_of="2023-06-30", lost_shares=[1.0])
    with pytest.raises(ValueError, match="each of lookbacks must be above 0"):
        credit_stability(shop(), as_of="2023-06-30", lookbacks=[0])
