"""Ties: counted and warned of wherever the order of events matters."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning
from cemkit.journey import (
    common_paths,
    conversion_paths,
    funnel,
    journey_map,
    step_times,
    transitions,
)
from cemkit.journey.ties import warn_of_ties

CALLS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "funnel": lambda events: funnel(events, ["visit", "order"], as_of="2024-03-31"),
    "step_times": lambda events: step_times(events, ["visit", "order"], as_of="2024-03-31"),
    "transitions": lambda events: transitions(events, as_of="2024-03-31"),
    "common_paths": lambda events: common_paths(events, as_of="2024-03-31"),
    "conversion_paths": lambda events: conversion_paths(
        events, as_of="2024-03-31", touches=["visit", "view"], touch="event"
    ),
    "journey_map": lambda events: journey_map(events, as_of="2024-03-31", target="order"),
}


def days(tied: int) -> pd.DataFrame:
    """A hundred customers with a visit, a view and an order, some of them all on one day."""
    time = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.tile([0, 1, 2], 100), unit="D")
    customer = np.repeat(np.arange(100), 3)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "event": ["visit", "view", "order"] * 100,
            "event_time": time.where(customer >= tied, pd.Timestamp("2024-01-01")),
        }
    )


@pytest.mark.parametrize("name", CALLS)
def test_many_ties_are_warned_of(name: str) -> None:
    with pytest.warns(CemkitWarning, match=r"of \d+ .*are at the same time as another one"):
        found = CALLS[name](days(50))
    assert getattr(found, "ties", 1) > 0
    CALLS[name](days(2))  # few ties are counted alone


def test_the_share_that_is_warned_of() -> None:
    warn_of_ties(5, 100, "events", "alphabetical order")
    with pytest.warns(CemkitWarning, match="6 of 100 events are .* count in alphabetical order"):
        warn_of_ties(6, 100, "events", "alphabetical order")
