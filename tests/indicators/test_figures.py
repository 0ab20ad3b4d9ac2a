"""Figures are in the unit of their indicator, and differ where numbers do."""

import pandas as pd

from cemkit.indicators.figures import change_figures, change_texts, group_text, value_texts


def test_rates_are_per_cent_and_their_changes_points() -> None:
    assert value_texts("retention_rate", 0.311637) == ["31.2%"]
    assert change_texts("retention_rate", -0.033, -0.061, -0.005) == ["-3.3", "-6.1", "-0.5"]
    assert value_texts("churn_rate", 0.50001, 0.50002) == ["50.001%", "50.002%"]
    assert value_texts("nps", 0.25) == ["+25.0"]


def test_money_and_counts_are_as_they_are() -> None:
    assert value_texts("average_order_value", 39.907) == ["39.91"]
    assert value_texts("buying_customers", 1864) == ["1,864"]
    assert value_texts("order_count", 3.25, 1000) == ["3.25", "1,000.00"]
    assert change_texts("average_order_value", -4.157) == ["-4.16"]


def test_a_row_is_told_with_its_group() -> None:
    row = pd.Series(
        {"indicator": "ces", "segment": "新客", "channel": "web", "period": "2024-01", "value": 5.0}
        | {"change": 0.5, "change_lower": -0.25, "change_upper": 1.0}
    )
    assert group_text(row, ["segment", "channel"]) == "新客, web"
    told = change_figures(row, ["segment"])
    assert told["change"] == "+0.50"
    assert told["points"] is False
    assert change_figures(None, []) == {}
