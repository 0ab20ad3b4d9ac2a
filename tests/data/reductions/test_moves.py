"""Moves between events, against a loop over customers, on every engine."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.reductions.moves import END, Moves, customer_moves, sum_moves

AS_OF = pd.Timestamp("2024-01-31")
HOUR = 3_600_000_000


def random_events(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    hours = rng.integers(0, 24 * 33, rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(1, rows // 6 + 2, rows),
            "event": rng.choice(["浏览", "cart", "order"], rows),
            "event_time": pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h"),
        }
    )


def looped(events: pd.DataFrame, gap: int | None, *, collapse: bool) -> Counter[Any]:
    """Count each customer's moves."""
    moves: Counter[Any] = Counter()
    seen = events[events["event_time"] < AS_OF + pd.Timedelta(days=1)]
    for customer, own in seen.groupby("customer_id"):
        path = own.sort_values(["event_time", "event"])
        hours = path["event_time"].tolist()
        runs: list[list[str]] = [[]]
        for place, event in enumerate(path["event"]):
            pause = (
                place
                and gap is not None
                and (hours[place] - hours[place - 1]) > pd.Timedelta(gap, "us")
            )
            if pause:
                runs.append([])
            if not (collapse and runs[-1] and runs[-1][-1] == event):
                runs[-1].append(event)
        for run in runs:
            moves.update((customer, *pair) for pair in zip(run, [*run[1:], END], strict=True))
    return moves


def counted(events: Any, end: pd.Timestamp, **options: Any) -> Moves:
    return sum_moves(customer_moves(events, end, **options))


def plain(moves: Moves) -> tuple[pd.DataFrame, pd.DataFrame]:
    pairs = moves.pairs.sort_values(["event", "next_event"], ignore_index=True)
    return pairs, moves.events.sort_values("event", ignore_index=True)


@given(
    seed=st.integers(0, 9999),
    rows=st.integers(1, 60),
    gap=st.sampled_from([None, 5 * HOUR, 200 * HOUR]),
    collapse=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_moves_are_those_of_a_loop(seed: int, rows: int, gap: int | None, collapse: bool) -> None:
    events = random_events(rows, seed)
    events.loc[0, "event_time"] = pd.Timestamp("2024-01-01")  # one is seen
    expected = looped(events, gap, collapse=collapse)
    found = counted(events, AS_OF, gap=gap, collapse_repeats=collapse)
    pairs: Counter[Any] = Counter()
    squares: Counter[Any] = Counter()
    products: Counter[Any] = Counter()
    totals: Counter[Any] = Counter()
    for (customer, event, _), count in expected.items():
        totals[customer, event] += count
    for (customer, event, following), count in expected.items():
        pairs[event, following] += count
        squares[event, following] += count**2
        products[event, following] += count * totals[customer, event]
    for row in found.pairs.itertuples():
        key = (row.event, row.next_event)
        assert (row.moves, row.squares, row.products) == (pairs[key], squares[key], products[key])
    assert len(found.pairs) == len(pairs)
    assert found.events["moves"].sum() == sum(expected.values())


@pytest.mark.parametrize("collapse", [False, True])
@pytest.mark.parametrize("gap", [None, 24 * HOUR])
def test_every_engine_counts_the_same(engine: Any, gap: int | None, collapse: bool) -> None:
    events = random_events(500, 1)
    expected = plain(counted(events, AS_OF, gap=gap, collapse_repeats=collapse))
    found = plain(counted(engine(events), AS_OF, gap=gap, collapse_repeats=collapse))
    for one, other in zip(expected, found, strict=True):
        pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_a_customer_with_very_many_moves_on_short_counts() -> None:
    # 70,000 squared does not fit into the 32 bits of a Polars count.
    times = pl.datetime_range(
        pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-20"), "20s", eager=True
    ).head(70_000)
    events = pl.DataFrame({"event_time": times}).with_columns(customer_id=1, event=pl.lit("visit"))
    found = counted(events.lazy(), AS_OF, gap=None, collapse_repeats=False)
    assert found.pairs["squares"].max() == 69_999.0**2
    assert found.pairs["moves"].dtype == found.pairs["customers"].dtype == np.int64
