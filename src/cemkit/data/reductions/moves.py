"""Events to moves from one event to the customer's next, counted where the data live."""

import dataclasses
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.data.days import after_day
from cemkit.data.engines import collect, is_in_memory
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.data.reductions.journeys import Integers, microseconds, numbered, sorted_rows

END = "(end)"


@dataclasses.dataclass(frozen=True, slots=True)
class Moves:
    """Moves between events, with sums over customers that say how sure their rates are.

    `pairs` has a row for each move: `event, next_event, moves`, the `customers` who made it, and
    over customers `squares` of their moves and `products` with all their moves from the event.
    `events` has a row for each event: `moves` from it, `customers`, `squares` over customers.
    """

    pairs: pd.DataFrame
    events: pd.DataFrame
    customers: int
    undated: int
    later: int


def count_moves(
    events: Any, end: pd.Timestamp, *, gap: int | None, collapse_repeats: bool
) -> Moves:
    """Count the moves up to the end of a day; a pause of over `gap` microseconds ends a path."""
    frame = scan_events(events)
    check_complete(frame, ("customer_id", "event"), HINT)
    time = nw.col("event_time")
    undated = time.is_null().cast(nw.Int64).sum().alias("undated")
    later = (time >= after_day(end)).cast(nw.Int64).sum().alias("later")
    left_out = collect(frame.select(undated, later)).fillna(0).iloc[0]
    frame = frame.filter(~time.is_null() & (time < after_day(end))).select(*NEEDED)
    if is_in_memory(events) or frame.implementation.is_dask():
        counted = _in_memory(collect(frame), gap, collapse_repeats=collapse_repeats)
        each: nw.LazyFrame[Any] = nw.from_native(counted).lazy()
    else:
        each = _where_they_live(frame, gap, collapse_repeats=collapse_repeats)
    pairs, totals = _summed(each)
    ids = each.select("customer_id").unique().select(nw.len().alias("customers"))
    customers = int(collect(ids)["customers"].iloc[0])
    return Moves(pairs, totals, customers, int(left_out["undated"]), int(left_out["later"]))


def _summed(each: nw.LazyFrame[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sums over customers of their moves, by pair and by event."""
    count = nw.col("count")
    totals = each.group_by("customer_id", "event").agg(count.sum().alias("total"))
    both = each.join(totals, on=["customer_id", "event"], how="left").with_columns(
        square=count * count, product=count * nw.col("total")
    )
    pairs = collect(
        both.group_by("event", "next_event").agg(
            count.sum().alias("moves"),
            nw.len().alias("customers"),
            nw.col("square").sum().alias("squares"),
            nw.col("product").sum().alias("products"),
        )
    )
    total = nw.col("total")
    of_event = totals.with_columns(square=total * total).group_by("event")
    events = collect(
        of_event.agg(
            total.sum().alias("moves"),
            nw.len().alias("customers"),
            nw.col("square").sum().alias("squares"),
        )
    )
    return pairs, events


def _in_memory(rows: pd.DataFrame, gap: int | None, *, collapse_repeats: bool) -> pd.DataFrame:
    """How often each customer made each move."""
    customer, _ = numbered(rows["customer_id"], "customer_id")
    event, names = numbered(rows["event"], "event")
    time = pd.to_datetime(rows["event_time"]).to_numpy("datetime64[us]").view(np.int64)
    order = sorted_rows(customer, time, event, len(names))
    who, when, what = customer[order], time[order], event[order]
    ends = np.ones(len(who), dtype=np.bool_)
    ends[:-1] = who[1:] != who[:-1]
    if gap is not None:
        ends[:-1] |= when[1:] - when[:-1] > gap
    if collapse_repeats:
        kept = np.ones(len(who), dtype=np.bool_)
        kept[1:] = ends[:-1] | (what[1:] != what[:-1])
        # The last of a run carries its end.
        last = np.append(kept[1:], True)
        who, what, ends = who[last], what[last], ends[last]
    size = len(names) + 1
    following = np.append(what[1:], 0)
    following[ends] = len(names)
    made, count = np.unique((who * size + what) * size + following, return_counts=True)
    pair: Integers = made % size**2
    named = np.array([*names, END], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": made // size**2,
            "event": named[pair // size],
            "next_event": named[pair % size],
            "count": count,
        }
    )


def _where_they_live(
    frame: nw.LazyFrame[Any], gap: int | None, *, collapse_repeats: bool
) -> nw.LazyFrame[Any]:
    """The same by windows of the engine."""
    rows = frame.select("customer_id", "event", time=microseconds(frame.implementation))
    order: dict[str, Any] = {"order_by": ["time", "event"]}
    if collapse_repeats:
        rows = _with_next(rows, gap, order)
        repeats = (nw.col("next_event") == nw.col("event")) & (nw.col("ends") == 0)
        rows = rows.with_columns(repeats=nw.when(repeats).then(nw.lit(1)).otherwise(nw.lit(0)))
        rows = rows.filter(nw.col("repeats") == 0).select("customer_id", "event", "time", "ends")
        following = nw.col("event").shift(-1).over("customer_id", **order)
        rows = rows.with_columns(next_event=following)
    else:
        rows = _with_next(rows, gap, order)
    over = (nw.col("ends") == 1) | nw.col("next_event").is_null()
    following = nw.when(over).then(nw.lit(END)).otherwise(nw.col("next_event").cast(nw.String))
    rows = rows.with_columns(event=nw.col("event").cast(nw.String), next_event=following)
    return rows.group_by("customer_id", "event", "next_event").agg(nw.len().alias("count"))


def _with_next(
    rows: nw.LazyFrame[Any], gap: int | None, order: dict[str, Any]
) -> nw.LazyFrame[Any]:
    """Each row with the customer's next event, and whether a pause comes before that."""
    rows = rows.with_columns(
        next_event=nw.col("event").shift(-1).over("customer_id", **order),
        next_time=nw.col("time").shift(-1).over("customer_id", **order),
    )
    if gap is None:
        return rows.with_columns(ends=nw.lit(0))
    pause = nw.col("next_time") - nw.col("time") > gap
    return rows.with_columns(ends=nw.when(pause).then(nw.lit(1)).otherwise(nw.lit(0)))
