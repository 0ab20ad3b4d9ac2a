"""What is left out is counted, and what cannot be shown says what it needs."""

import pandas as pd

from cemkit.indicators import scorecard
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.ledger import Ledger

ORDERS = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3, 3, 4],
        "order_date": pd.to_datetime(
            ["2024-01-03", "2024-02-04", "2024-02-20", "2024-01-02", "2024-02-21", "2024-03-02"]
        ),
        "amount": [10.0, 20.0, 30.0, -25.0, -5.0, 9.0],
    }
)


def test_counts_above_zero_are_kept() -> None:
    ledger = Ledger()
    ledger.add("orders", {"after as_of": 3, "no group": 0})
    ledger.lack(["nps"], "answers")
    assert ledger.left_out().to_dict("records") == [
        {"table": "orders", "reason": "after as_of", "count": 3}
    ]
    needs = ledger.not_measured(["csat"], ["nps", "csat", "acquisition_cost"])
    assert needs.to_dict("list") == {
        "indicator": ["nps", "acquisition_cost"],
        "needs": ["answers", "costs"],
    }


def test_rows_of_orders_are_accounted_for() -> None:
    left_out = scorecard(ORDERS, "2024-02-20", window_days=10).left_out
    counts = left_out.set_index(["table", "reason"])["count"]
    assert counts["orders", "after as_of"] == 2
    assert counts["orders", "orders of an unfinished period"] == 2
    only = "customers with nothing but returns: in amounts, in no count"
    assert counts["orders", only] == 1


def test_every_indicator_is_shown_or_says_what_it_needs() -> None:
    card = scorecard(ORDERS, "2024-02-29", window_days=10)
    shown = set(card.table["indicator"])
    assert shown | set(card.not_measured["indicator"]) == set(INDICATORS)
    assert not shown & set(card.not_measured["indicator"])
    assert card.not_measured["needs"].str.len().gt(0).all()
    needs = card.not_measured.set_index("indicator")["needs"]
    assert needs["early_repurchase_rate"].startswith("a later as_of")


def test_without_a_window_its_indicators_say_why() -> None:
    card = scorecard(ORDERS, "2024-02-29")
    assert card.window_days is None
    needs = card.not_measured.set_index("indicator")["needs"]
    assert "window_days, as none can be suggested: need at least 30 gaps" in needs["retention_rate"]
