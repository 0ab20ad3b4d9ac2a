"""Chains of steps, against a search through all of them, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.reductions.chains import FAR, customer_chains
from cemkit.data.reductions.journeys import DAY

END = pd.Timestamp("2024-01-31")
START = pd.Timestamp("2024-01-01")
rows = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from("abc"), st.integers(0, 34), st.sampled_from("xy")),
    min_size=1,
    max_size=14,
)


def table_of(events: list[tuple[int, str, int, str]]) -> pd.DataFrame:
    table = pd.DataFrame(events, columns=["customer_id", "event", "day", "channel"])
    return table.assign(event_time=START + pd.to_timedelta(table.pop("day"), unit="D"))


def searched(
    table: pd.DataFrame, steps: str, window: int | None, *, first_only: bool
) -> dict[int, list[float]]:
    """Return the first day of each step reached, by trying every chain of every customer."""
    place = {step: k for k, step in enumerate(dict.fromkeys(steps))}
    found = {}
    for customer, part in table[table["event_time"] < END + pd.Timedelta(days=1)].groupby(
        "customer_id"
    ):
        day = (part["event_time"] - START).dt.days.tolist()
        own = sorted(zip(day, part["event"].map(place).tolist(), strict=True))
        starts = [k for k, (_, kind) in enumerate(own) if kind == 0]
        if not starts:
            continue
        if first_only:
            starts = [k for k in starts if own[k][0] == own[starts[0]][0]]
        starts = [k for k in starts if window is None or own[k][0] + window <= 30]
        reached = [np.inf] * len(steps)

        def go_on(last: int, step: int, begin: int, own=own, reached=reached) -> None:
            reached[step] = min(reached[step], own[last][0])
            if step + 1 < len(steps):
                for k in range(last + 1, len(own)):
                    inside = window is None or own[k][0] - begin <= window
                    if own[k][1] == place[steps[step + 1]] and inside:
                        go_on(k, step + 1, begin)

        for k in starts:
            go_on(k, 0, own[k][0])
        found[int(customer)] = reached
    return found


def days(chains: pd.DataFrame) -> dict[int, list[float]]:
    reached = chains.filter(like="reached_")
    whole = (reached / DAY - (START - pd.Timestamp("1970-01-01")).days).where(reached < FAR, np.inf)
    return {int(customer): row.tolist() for customer, row in whole.iterrows()}


@given(
    events=rows,
    window=st.sampled_from([None, 0, 3, 10]),
    first_only=st.booleans(),
    steps=st.sampled_from(["ab", "abc", "aab", "aba"]),
)
@settings(max_examples=150, deadline=None)
def test_chains_are_those_of_a_search(
    events: list[tuple[int, str, int, str]], window: int | None, first_only: bool, steps: str
) -> None:
    table = table_of(events)
    if not set(steps) <= set(table["event"]):
        return
    found = customer_chains(
        table,
        list(steps),
        END,
        window=None if window is None else window * DAY,
        first_only=first_only,
    )
    expected = searched(table, steps, window, first_only=first_only)
    started = {customer: reached for customer, reached in expected.items() if reached[0] < np.inf}
    assert days(found.table) == started
    assert found.open == len(expected) - len(started)


@pytest.mark.parametrize("first_only", [False, True])
@pytest.mark.parametrize("window", [None, 2 * DAY])
def test_every_engine_finds_the_same(engine: Any, first_only: bool, window: int | None) -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(1, 100, 800),
            "event": rng.choice(list("abcz"), 800),
            "event_time": START + pd.to_timedelta(rng.integers(0, 24 * 33, 800), unit="h"),
            "channel": rng.choice(["web", "微信"], 800),
        }
    )
    options = {"window": window, "first_only": first_only, "columns": ["channel"]}
    plain = customer_chains(table, ["a", "b", "c"], END, **options)
    found = customer_chains(engine(table), ["a", "b", "c"], END, **options)
    pd.testing.assert_frame_equal(
        plain.table, found.table, check_dtype=False, check_index_type=False
    )
    assert (plain.open, plain.ties, plain.later) == (found.open, found.ties, found.later)
    assert plain.table["channel"].isin(["web", "微信"]).all()


def test_many_customers_over_a_year_to_the_second() -> None:
    # A customer's number times a year in microseconds is more than 64 bits hold.
    customer = np.arange(400_000)
    visit = START + pd.to_timedelta(customer * 77 % (300 * 86_400), unit="s")
    one = pd.DataFrame({"customer_id": customer, "event": "a", "event_time": visit})
    two = one.assign(event="b", event_time=visit + pd.Timedelta(days=1))
    late = customer % 2 == 1
    two.loc[late, "event_time"] += pd.Timedelta(days=3)
    found = customer_chains(
        pd.concat([two, one]),
        ["a", "b"],
        pd.Timestamp("2025-12-31"),
        window=2 * DAY,
        first_only=False,
    )
    assert ((found.table["reached_2"] < FAR).to_numpy() == ~late).all()
