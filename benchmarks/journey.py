"""Funnels, moves and credit of five million events, against DuckDB by hand and retentioneering."""

import os
import sys

import duckdb
import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

from cemkit.journey import (
    attribute_conversions,
    conversion_paths,
    funnel,
    step_times,
    transitions,
)

EVENTS, RUNS = sized(5_000_000, 50_000), 3
DATA = f"{EVENTS:,} events, {EVENTS // 10:,} customers"
STEPS = ["visit", "view", "cart", "order"]
KINDS = [*STEPS, "search", "return"]
AS_OF, WINDOW = "2023-12-31", 7
# The latest start of each chain as a running maximum, by windows over customer and time.
FUNNEL = """
with r as (
  select customer_id c, epoch_us(event_time) t,
         case event when 'visit' then 1 when 'view' then 2 when 'cart' then 3 else 4 end k
  from events where event in ('visit', 'view', 'cart', 'order')
), a as (
  select *, case when k = 1 and t + {window} < {end} then t end s1 from r
), b as (
  select *, max(s1) over w m1 from a window w as (partition by c order by t, k)
), d as (
  select *, case when k = 2 and t - m1 <= {window} then m1 end s2 from b
), e as (
  select *, max(s2) over w m2 from d window w as (partition by c order by t, k)
), f as (
  select *, case when k = 3 and t - m2 <= {window} then m2 end s3 from e
), g as (
  select *, max(s3) over w m3 from f window w as (partition by c order by t, k)
)
select count(distinct case when s1 is not null then c end),
       count(distinct case when s2 is not null then c end),
       count(distinct case when s3 is not null then c end),
       count(distinct case when k = 4 and t - m3 <= {window} then c end) from g
"""
MOVES = """
select event, following, count(*) from (
  select event, lead(event) over (partition by customer_id order by event_time, event) following
  from events
) group by 1, 2
"""


def simulated_events(n: int) -> pd.DataFrame:
    """Return n events of a tenth as many customers, over a year, to the second."""
    rng = np.random.default_rng(0)
    kinds = np.array(KINDS)
    seconds = rng.integers(0, 365 * 86_400, n).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n // 10, n),
            "event": kinds[rng.choice(6, n, p=[0.4, 0.25, 0.12, 0.05, 0.15, 0.03])],
            "event_time": np.datetime64("2023-01-01", "s") + seconds,
            "channel": np.array([f"c{k:02}" for k in range(20)])[rng.integers(0, 20, n)],
        }
    )


def beside_retentioneering() -> None:
    """Report funnel and moves beside the peer's, each with the construction of its stream."""
    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    try:
        from retentioneering.eventstream import Eventstream
    except ImportError as error:
        print(f"{error}; left out")
        return
    events = simulated_events(EVENTS)
    schema = {"path_cols": ["customer_id"], "event_col": "event", "timestamp_col": "event_time"}
    stream = lambda: Eventstream(events.copy(), schema)  # noqa: E731
    reached = [step["unique_paths"] for step in stream().funnel_data(STEPS)["steps"]]
    counts = stream().transition_graph_data("count").loc[KINDS, [*KINDS, "path_end"]]
    found, moves = funnel(events, STEPS, as_of=AS_OF), transitions(events, as_of=AS_OF)
    jobs = {
        "funnel with intervals": (
            lambda: funnel(events, STEPS, as_of=AS_OF),
            lambda: stream().funnel_data(STEPS),
            found.table["customers"].tolist() == reached,
        ),
        "transitions with clustered intervals": (
            lambda: transitions(events, as_of=AS_OF),
            lambda: stream().transition_graph_data("count"),
            moves.transitions == counts.to_numpy().sum(),
        ),
    }
    for job, (ours, peers, agreed) in jobs.items():
        (mine,) = in_turns(ours, rounds=RUNS)
        report(
            job,
            DATA,
            mine,
            form="pandas",
            rows=len(events),
            peer="retentioneering with its construction, without intervals, once",
            peer_seconds=in_turns(peers, rounds=0)[0],
            agreed=bool(agreed),
        )


def beside_duckdb() -> None:
    """Report funnel and moves beside windows by hand, and what has no peer."""
    n, events, data = EVENTS, simulated_events(EVENTS), DATA
    connection = duckdb.connect()
    relation = connection.from_df(events)
    end = int(pd.Timestamp("2024-01-01").value) // 1000
    sql = FUNNEL.format(window=WINDOW * 86_400_000_000, end=end)
    steps = {"as_of": AS_OF, "window_days": WINDOW}
    theirs = relation.query("events", sql).fetchall()
    for table in (events, relation):
        assert funnel(table, STEPS, **steps).table["customers"].tolist() == list(theirs[0])
    mine, there, hand = in_turns(
        lambda: funnel(events, STEPS, **steps),
        lambda: funnel(relation, STEPS, **steps),
        lambda: relation.query("events", sql).fetchall(),
        rounds=RUNS,
    )
    for seconds, form in ((mine, "pandas"), (there, "DuckDB")):
        report(
            "funnel with a window and intervals",
            data,
            seconds,
            form=form,
            rows=n,
            megabytes=peak_megabytes(),
            peer="DuckDB windows by hand",
            peer_seconds=hand,
            agreed=True,
        )
    moves = relation.query("events", MOVES).fetchall()
    assert transitions(events, as_of=AS_OF).transitions == sum(count for *_, count in moves)
    mine, hand = in_turns(
        lambda: transitions(events, as_of=AS_OF),
        lambda: relation.query("events", MOVES).fetchall(),
        rounds=RUNS,
    )
    report(
        "transitions with clustered intervals",
        data,
        mine,
        form="pandas",
        rows=n,
        megabytes=peak_megabytes(),
        peer="DuckDB counts by hand, without intervals",
        peer_seconds=hand,
        agreed=True,
    )
    (mine,) = in_turns(lambda: step_times(events, STEPS, as_of=AS_OF), rounds=RUNS)
    report("step times", data, mine, form="pandas", rows=n)
    paths = conversion_paths(events, as_of=AS_OF)
    (mine,) = in_turns(lambda: conversion_paths(events, as_of=AS_OF), rounds=1)
    data = f"{paths.paths:,} paths, 20 channels"
    report("conversion paths", data, mine, form="pandas", rows=n)
    for order in (1, 3):
        call = lambda order=order: attribute_conversions(paths, order=order)  # noqa: E731
        (mine,) = in_turns(call, rounds=RUNS)
        report(f"credit of channels by seven methods with intervals, order {order}", data, mine)


PARTS = {"duckdb": beside_duckdb, "retentioneering": beside_retentioneering}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
