"""The journey."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.journey import funnel
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.journey import write_journey
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")

EVENTS = pd.DataFrame(
    {
        "customer_id": [*range(60), *range(40), *range(3)],
        "event": ["visit"] * 60 + ["cart"] * 40 + ["order"] * 3,
        "event_time": pd.to_datetime(
            ["2024-01-01 10:00"] * 60 + ["2024-01-01 11:00"] * 40 + ["2024-01-01 12:00"] * 3
        ),
    }
)


def journey(draft: Draft, **tables: Any) -> None:
    shop = Shop(None, pd.Timestamp("2024-01-31"), Tables(**tables), level=0.95, random_state=0)
    write_journey(draft, shop)


def test_steps_are_those_of_the_funnel(tables: dict[str, Table], given: dict[str, Any]) -> None:
    expected = funnel(given["events"], given["steps"], "2023-12-31").table
    shown = tables["funnel"].frame
    known = shown["customers"].notna()
    assert (shown["customers"][known] == expected["customers"][known]).all()
    assert np.allclose(shown["rate"][known], expected["rate"][known])


def test_steps_and_moves_of_few_are_hidden(draft: Draft) -> None:
    journey(draft, events=EVENTS, steps=["visit", "cart", "order"])
    section = draft.finish()
    steps, moves = (table.frame for table in section.tables)
    assert steps.set_index("step")["customers"].isna().to_dict() == {
        "visit": False,
        "cart": False,
        "order": True,
    }
    moved = moves.set_index(["event", "next_event"])["customers"]
    assert np.isnan(moved["cart", "order"])
    assert np.isnan(moved["cart", "(end)"])  # 37, which would give the 3 away
    assert all("fewer than 10" in sentence for sentence in section.sentences)


def test_without_steps_the_moves_are_shown(draft: Draft) -> None:
    journey(draft, events=EVENTS)
    section = draft.finish()
    assert [table.key for table in section.tables] == ["event_moves"]
    assert any("visit, cart and order" in note for note in section.notes)
