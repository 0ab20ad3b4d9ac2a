"""A log of traffic fines as journeys, every count against SQL: funnel, times, moves.

CEMKIT_REFERENCE_DATA names the folder that holds traffic_fines.parquet (R's eventdataR). Without it
the script walks through simulated events. It needs duckdb. With a folder
(`python examples/journey.py pictures`) it also draws pictures of simulated events there.
"""

import os
import sys
from pathlib import Path

import duckdb
import pandas as pd

from cemkit.data import simulate_events, simulate_responses
from cemkit.journey import (
    attribute_conversions,
    common_paths,
    conversion_paths,
    fix_list,
    funnel,
    journey_map,
    step_times,
    transitions,
)

SQL = """
with sent as (
  select customer_id, min(event_time) as sent from events where event = 'Send Fine' group by 1
), notified as (
  select customer_id, min(event_time) as notified from sent join events using (customer_id)
  where event = 'Insert Fine Notification' and event_time >= sent group by 1
), paid as (
  select customer_id from notified join events using (customer_id)
  where event = 'Payment' and event_time >= notified group by 1
)
select (select count(*) from sent), (select count(*) from notified), (select count(*) from paid)
"""


def fines(folder: str) -> pd.DataFrame:
    """The log with the names of an event table."""
    log = pd.read_parquet(Path(folder) / "traffic_fines.parquet")
    return log.set_axis(["customer_id", "event", "event_time"], axis=1)


def walk(events: pd.DataFrame, steps: list[str], as_of: str) -> None:
    """Print how far cases come, how long it takes, and what they do next."""
    found = funnel(events, steps, as_of=as_of)
    print(found.sentence())
    print(found.table[["step", "customers", "rate", "rate_lower", "rate_upper"]].round(3))
    print(step_times(events, steps[:2], as_of=as_of).sentence())
    print(transitions(events, as_of=as_of).sentence())
    print(transitions(events, as_of=as_of).sentence("zh"))
    print(common_paths(events, as_of=as_of, top=3)[["path", "customers", "share"]])


def check(events: pd.DataFrame, steps: list[str], as_of: str) -> None:
    """Compare the funnel with SQL."""
    (by_hand,) = duckdb.connect().from_df(events).query("events", SQL).fetchall()
    ours = tuple(funnel(events, steps, as_of=as_of).table["customers"])
    print(f"by SQL {by_hand}, by funnel {ours}")
    assert by_hand == ours


def draw(folder: Path) -> None:
    """Draw pictures of simulated events in a folder."""
    folder.mkdir(exist_ok=True)
    events = simulate_events(4_000, step_rates=(0.6, 0.3, 0.4)).table
    answers = simulate_responses(3_000, touchpoints=["visit", "cart", "delivery"]).table
    options = {"as_of": "2023-04-30", "window_days": 7}
    steps = ["visit", "view", "cart", "order"]
    laid_out = journey_map(events, answers, target="order", **options)
    credit = attribute_conversions(conversion_paths(events, as_of="2023-04-30", lookback_days=30))
    pictures = {
        "funnel": funnel(events, steps, by="channel", **options).plot(),
        "transition_graph": transitions(events, as_of="2023-04-30").plot(),
        "map": laid_out.plot(),
        "attribution": credit.plot(),
        "fix_list": fix_list(journey_map=laid_out, funnel=funnel(events, steps, **options)).plot(),
    }
    for name, ax in pictures.items():
        ax.figure.savefig(folder / f"journey_{name}.png", dpi=80)


def main() -> None:
    """Walk through the log, or through simulated events where it is not at hand."""
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]))
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        print("CEMKIT_REFERENCE_DATA does not name the folder with traffic_fines.parquet")
        walk(simulate_events(2000).table, ["visit", "view", "cart", "order"], "2023-05-31")
        return
    events, steps = fines(folder), ["Send Fine", "Insert Fine Notification", "Payment"]
    walk(events, steps, "2013-12-31")
    check(events, steps, "2013-12-31")


if __name__ == "__main__":
    main()
