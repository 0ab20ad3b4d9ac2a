"""Rows of a scorecard: what has no denominator has no value, and no row is made of nothing."""

import pandas as pd

from cemkit.indicators import scorecard

ORDERS = pd.DataFrame(
    {
        "customer_id": ["王", "ann", "ann", "王"],
        "order_date": pd.to_datetime(["2024-01-05", "2024-01-09", "2024-02-07", "2024-03-01"]),
        "amount": [20.0, 5.0, -9.5, 30.0],
    }
)


def test_what_has_no_denominator_has_no_value() -> None:
    table = scorecard(ORDERS, "2024-03-31", window_days=20).table.set_index("indicator")
    for name in ("average_order_value", "amount_per_customer", "return_rate"):
        row = table.loc[name].set_index("period").loc["2024-02"]
        assert pd.isna(row["value"])
        assert "nobody in the base" in row["note"]


def test_a_table_without_rows_has_the_types_of_one_with_some() -> None:
    none, some = (
        scorecard(ORDERS, "2024-03-31", window_days=20, indicators=[name]).table
        for name in ("nps", "order_count")
    )
    assert (len(none), len(some)) == (0, 3)
    assert none.columns.tolist() == some.columns.tolist()
    assert none["period"].dtype == some["period"].dtype
