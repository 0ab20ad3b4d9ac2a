"""Funnels, moves, times and credit of five million events, against windows of DuckDB by hand."""

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


def main() -> None:
    """Print the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else sized(5_000_000, 50_000)
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    events = simulated_events(n)
    connection = duckdb.connect()
    relation = connection.from_df(events)
    end = int(pd.Timestamp("2024-01-01").value) // 1000
    sql = FUNNEL.format(window=WINDOW * 86_400_000_000, end=end)
    data = f"{n:,} events, {n // 10:,} customers"
    steps = {"as_of": AS_OF, "window_days": WINDOW}
    theirs = relation.query("events", sql).fetchall()
    for table in (events, relation):
        assert funnel(table, STEPS, **steps).table["customers"].tolist() == list(theirs[0])
    mine, there, hand = in_turns(
        lambda: funnel(events, STEPS, **steps),
        lambda: funnel(relation, STEPS, **steps),
        lambda: relation.query("events", sql).fetchall(),
        rounds=runs,
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
        rounds=runs,
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
    (mine,) = in_turns(lambda: step_times(events, STEPS, as_of=AS_OF), rounds=runs)
    report("step times", data, mine, form="pandas", rows=n)
    paths = conversion_paths(events, as_of=AS_OF)
    (mine,) = in_turns(lambda: conversion_paths(events, as_of=AS_OF), rounds=1)
    data = f"{paths.paths:,} paths, 20 channels"
    report("conversion paths", data, mine, form="pandas", rows=n)
    for order in (1, 3):
        call = lambda order=order: attribute_conversions(paths, order=order)  # noqa: E731
        (mine,) = in_turns(call, rounds=runs)
        report(f"credit of channels by seven methods with intervals, order {order}", data, mine)


if __name__ == "__main__":
    main()
