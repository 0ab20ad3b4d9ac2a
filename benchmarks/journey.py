"""Funnels, moves, times and credit of five million events, against windows of DuckDB by hand."""

import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd

import cemkit
from cemkit.journey import (
    attribute_conversions,
    conversion_paths,
    funnel,
    step_times,
    transitions,
)

STEPS = ["visit", "view", "cart", "order"]
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
    kinds = np.array([*STEPS, "search", "return"])
    seconds = rng.integers(0, 365 * 86_400, n).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n // 10, n),
            "event": kinds[rng.choice(6, n, p=[0.4, 0.25, 0.12, 0.05, 0.15, 0.03])],
            "event_time": np.datetime64("2023-01-01", "s") + seconds,
            "channel": np.array([f"c{k:02}" for k in range(20)])[rng.integers(0, 20, n)],
        }
    )


def timed(function: Callable[[], Any], runs: int) -> tuple[Any, float]:
    """Return the answer and the median time."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        answer = function()
        taken.append(time.perf_counter() - start)
    return answer, statistics.median(taken)


def main() -> None:
    """Print the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    events = simulated_events(n)
    connection = duckdb.connect()
    relation = connection.from_df(events)
    end = int(pd.Timestamp("2024-01-01").value) // 1000
    sql = FUNNEL.format(window=WINDOW * 86_400_000_000, end=end)
    ours, mine = timed(lambda: funnel(events, STEPS, as_of=AS_OF, window_days=WINDOW), runs)
    theirs, hand = timed(lambda: relation.query("events", sql).fetchall(), runs)
    assert ours.table["customers"].tolist() == list(theirs[0])
    print(f"funnel, {n:,} events: {mine:.2f} s; DuckDB by hand {hand:.2f} s; {mine / hand:.2f}")
    lazy, there = timed(lambda: funnel(relation, STEPS, as_of=AS_OF, window_days=WINDOW), runs)
    assert lazy.table["customers"].tolist() == list(theirs[0])
    print(f"funnel on DuckDB: {there:.2f} s; by hand {hand:.2f} s; {there / hand:.2f}")
    ours, mine = timed(lambda: transitions(events, as_of=AS_OF), runs)
    theirs, hand = timed(lambda: relation.query("events", MOVES).fetchall(), runs)
    assert ours.transitions == sum(count for *_, count in theirs)
    ratio = f"{mine / hand:.2f}"
    print(f"transitions with intervals: {mine:.2f} s; counts by hand {hand:.2f} s; {ratio}")
    _, mine = timed(lambda: step_times(events, STEPS, as_of=AS_OF), runs)
    print(f"step times: {mine:.2f} s")
    paths, mine = timed(lambda: conversion_paths(events, as_of=AS_OF), 1)
    print(f"paths: {paths.paths:,}, {len(paths.table):,} distinct, {mine:.2f} s")
    for order in (1, 3):
        _, mine = timed(lambda order=order: attribute_conversions(paths, order=order), runs)
        print(f"credit by seven methods with intervals, order {order}: {mine:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak {peak:.2f} GB; Python {platform.python_version()}, cemkit {cemkit.__version__}")


if __name__ == "__main__":
    main()
