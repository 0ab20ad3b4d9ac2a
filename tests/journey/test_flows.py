"""Transitions and paths, against loops and resampled customers."""

from collections import Counter
from itertools import groupby
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from cemkit.data import simulate_events
from cemkit.errors import DataError
from cemkit.journey import common_paths, transitions

AS_OF = "2024-01-31"
ENGINES = [pd.DataFrame, pl.DataFrame, lambda table: pl.DataFrame(table).lazy(), duckdb.from_df]


def random_events(rows: int, seed: int = 0, customers: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    hours = rng.integers(0, 24 * 31, rows)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, rows),
            "event": rng.choice(["浏览", "cart", "order"], rows, p=[0.6, 0.3, 0.1]),
            "event_time": pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h"),
        }
    )


def test_rates_from_an_event_sum_to_one() -> None:
    found = transitions(random_events(500), as_of=AS_OF, session_gap_hours=24)
    matrix = found.matrix()
    assert matrix.sum(axis=1).to_numpy() == pytest.approx(1)
    assert list(matrix.columns) == [*matrix.index, "(end)"]
    assert found.transitions == 500
    drop = found.drop_off()
    assert drop["rate"].is_monotonic_decreasing
    assert (found.table["lower"] <= found.table["rate"]).all()
    assert (found.table["rate"] <= found.table["upper"]).all()


def test_bounds_take_the_customer_as_the_unit() -> None:
    # Half of the customers always go on, half never: each move of one says what the last one said.
    rows = []
    for customer in range(60):
        for visit in range(20):
            day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=visit)
            rows.append((customer, "visit", day))
            if customer % 2:
                rows.append((customer, "order", day + pd.Timedelta(hours=1)))
    events = pd.DataFrame(rows, columns=["customer_id", "event", "event_time"])
    found = transitions(events, as_of=AS_OF, session_gap_hours=12).table
    row = found[(found["event"] == "visit") & (found["next_event"] == "order")].iloc[0]
    assert row["rate"] == pytest.approx(0.5)
    # Sixty customers, and not 1,200 moves: 1.96 * sqrt(.25 / 60).
    assert (row["upper"] - row["lower"]) / 2 == pytest.approx(0.1265, abs=0.01)


def test_errors_are_those_of_resampled_customers() -> None:
    events = random_events(3000, 2, customers=200)
    found = transitions(events, as_of=AS_OF).table.set_index(["event", "next_event"])
    by_customer = dict(list(events.groupby("customer_id")))
    rng, draws = np.random.default_rng(0), []
    for _ in range(60):
        chosen = rng.choice(list(by_customer), len(by_customer))
        parts = [by_customer[c].assign(customer_id=k) for k, c in enumerate(chosen)]
        again = transitions(pd.concat(parts), as_of=AS_OF).table
        draws.append(again.set_index(["event", "next_event"])["rate"])
    spread = pd.concat(draws, axis=1).std(axis=1)
    implied = (found["upper"] - found["lower"]) / (2 * 1.959964)
    assert (implied / spread).median() == pytest.approx(1, abs=0.2)


def test_common_paths_are_those_of_a_loop() -> None:
    events = random_events(400, 4)
    for collapse in (True, False):
        paths: Counter[tuple[str, ...]] = Counter()
        for _, own in events.groupby("customer_id"):
            path = own.sort_values(["event_time", "event"])["event"].tolist()
            paths[tuple([event for event, _ in groupby(path)] if collapse else path)] += 1
        found = common_paths(
            events, as_of=AS_OF, top=1000, collapse_repeats=collapse, max_length=1000
        )
        assert dict(zip(found["path"], found["customers"], strict=True)) == dict(paths)
        assert found["share"].sum() == pytest.approx(1)
        assert not found["cut"].any()


def test_paths_up_to_a_target_and_cut_paths() -> None:
    events = random_events(400, 5)
    found = common_paths(events, as_of=AS_OF, target="order", top=1000)
    assert all(path[-1] == "order" and "order" not in path[:-1] for path in found["path"])
    buyers = events.loc[events["event"] == "order", "customer_id"].nunique()
    assert found["customers"].sum() == buyers
    short = common_paths(events, as_of=AS_OF, max_length=2, top=1000)
    assert short["path"].map(len).max() == 2
    assert short["customers"].sum() == events["customer_id"].nunique()
    assert short["cut"].any()


def test_row_order_does_not_matter() -> None:
    events = random_events(300, 6)
    for function in (transitions, common_paths):
        one, other = function(events, as_of=AS_OF), function(events[::-1], as_of=AS_OF)
        tables = [getattr(found, "table", found) for found in (one, other)]
        pd.testing.assert_frame_equal(*tables)


def test_rates_are_those_of_the_simulation() -> None:
    found = transitions(simulate_events(5000, step_rates=(0.6, 0.3, 0.4)).table, as_of="2023-05-31")
    matrix = found.matrix()
    assert matrix.loc["visit", "view"] == pytest.approx(0.6, abs=0.03)
    assert matrix.loc["view", "cart"] == pytest.approx(0.3, abs=0.03)


def test_bad_questions_are_refused() -> None:
    events = random_events(50)
    with pytest.raises(DataError, match="there is no event up to as_of=2023-01-01"):
        transitions(events, as_of="2023-01-01")
    with pytest.raises(DataError, match="there is no event up to as_of=2023-01-01"):
        common_paths(events, as_of="2023-01-01")
    with pytest.raises(ValueError, match="session_gap_hours must be above 0"):
        transitions(events, as_of=AS_OF, session_gap_hours=0)
    with pytest.raises(DataError, match=r"event never is 'oder' \(did you mean 'order'\?\)"):
        common_paths(events, as_of=AS_OF, target="oder")
    with pytest.raises(ValueError, match="top must be at least 1"):
        common_paths(events, as_of=AS_OF, top=0)


def with_channels(rows: int = 600, seed: int = 3) -> pd.DataFrame:
    events = random_events(rows, seed)
    return events.assign(channel=np.random.default_rng(seed).choice([1, 2], rows))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_group_is_that_of_the_first_event(engine: Any) -> None:
    events = with_channels()
    times = events.groupby("customer_id")["event_time"].transform("min")
    own = events[events["event_time"] == times].groupby("customer_id")["channel"].min()
    found = transitions(engine(events), as_of=AS_OF, by="channel")
    assert found.by == ("channel",)
    for channel, rows in found.table.groupby("channel"):
        alone = transitions(events[events["customer_id"].map(own) == channel], as_of=AS_OF)
        pd.testing.assert_frame_equal(
            rows.drop(columns="channel").reset_index(drop=True), alone.table
        )
    assert found.customers == transitions(events, as_of=AS_OF).customers
    assert found.matrix().index.names == ["channel", "event"]
    assert found.matrix().sum(axis=1).to_numpy() == pytest.approx(1)
    assert " in 1 (" in found.sentence() or " in 2 (" in found.sentence()


def test_groups_of_people_and_wrong_groups() -> None:
    events = with_channels()
    people = pd.DataFrame({"customer_id": range(40), "level": ["金卡", "银卡"] * 20})
    found = transitions(events, as_of=AS_OF, by="level", people=people)
    even = transitions(events[events["customer_id"] % 2 == 0], as_of=AS_OF).table
    rows = found.table[found.table["level"] == "金卡"].drop(columns="level")
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), even)
    with pytest.raises(DataError, match="repeated customer_id"):
        transitions(events, as_of=AS_OF, by="level", people=pd.concat([people, people]))
    with pytest.raises(DataError, match=r"level is missing for .* customers; name it"):
        transitions(events, as_of=AS_OF, by="level", people=people[:5])
    with pytest.raises(DataError, match="at their first event"):
        transitions(events.assign(channel=None), as_of=AS_OF, by="channel")
    with pytest.raises(ValueError, match="by names 'rate', a column of the result"):
        transitions(events, as_of=AS_OF, by="rate")


@pytest.mark.parametrize("engine", ENGINES)
def test_events_that_are_numbers(engine: Any) -> None:
    events = random_events(200)
    events["event"] = events["event"].map({"浏览": 1, "cart": 2, "order": 3})
    found = transitions(engine(events), as_of=AS_OF)
    assert found.table["event"].tolist() == transitions(events, as_of=AS_OF).table["event"].tolist()
    assert list(found.matrix().columns) == [1, 2, 3, "(end)"]
