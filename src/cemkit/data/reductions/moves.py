"""Events to moves from one event to the customer's next, counted where the data live."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.data.days import after_day
from cemkit.data.engines import collect, is_in_memory
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.data.reductions.chains import FAR, at_the_start
from cemkit.data.reductions.journeys import Integers, microseconds, numbered, sorted_rows

END = "(end)"


@dataclasses.dataclass(frozen=True, slots=True)
class Moves:
    """Moves between events, with sums over customers that say how sure their rates are.

    `pairs` has a row for each move: `event, next_event, moves`, the `customers` who made it, and
    over customers `squares` of their moves and `products` with all their moves from the event.
    `events` has a row for each event: `moves` from it, `customers`, `squares` over customers.
    Both begin with the columns that split the customers.
    """

    pairs: pd.DataFrame
    events: pd.DataFrame
    customers: int


@dataclasses.dataclass(frozen=True, slots=True)
class CustomerMoves:
    """How often each customer made each move, where the data live.

    `each` has `customer, event, next_event, count`. `first` has a row for each customer, index
    `customer_id`, with the columns asked for as they were at the first event, or is None where
    the moves stay on their engine.
    """

    each: nw.LazyFrame[Any]
    first: pd.DataFrame | None
    numbers: bool  # events are numbers, which an engine gives as text beside the end of a path
    undated: int
    later: int


def customer_moves(
    events: Any,
    end: pd.Timestamp,
    *,
    gap: int | None,
    collapse_repeats: bool,
    columns: Sequence[str] | None = None,
) -> CustomerMoves:
    """Count each customer's moves up to the end of a day.

    A pause of over `gap` microseconds ends a path. Given columns, or a list of none, the events
    are brought into memory, since each customer must be known.
    """
    needed = list(dict.fromkeys([*NEEDED, *(columns or ())]))
    frame = scan_events(events, needed)
    check_complete(frame, ("customer_id", "event"), HINT)
    time = nw.col("event_time")
    undated = time.is_null().cast(nw.Int64).sum().alias("undated")
    later = (time >= after_day(end)).cast(nw.Int64).sum().alias("later")
    counts = collect(frame.select(undated, later)).fillna(0)
    left_out = {str(name): int(counts[name].iloc[0]) for name in counts.columns}
    frame = frame.filter(~time.is_null() & (time < after_day(end))).select(*needed)
    if columns is None and not is_in_memory(events) and not frame.implementation.is_dask():
        each = _where_they_live(frame, gap, collapse_repeats=collapse_repeats)
        numbers = frame.collect_schema()["event"].is_numeric()
        return CustomerMoves(each, None, numbers, **left_out)
    counted, first = _in_memory(
        collect(frame), gap, collapse_repeats=collapse_repeats, columns=columns or ()
    )
    return CustomerMoves(nw.from_native(counted).lazy(), first, False, **left_out)


def sum_moves(moves: CustomerMoves, groups: pd.DataFrame | None = None) -> Moves:
    """Sum moves over customers, or over those of each group.

    `groups` has the rows of `moves.first`, and the columns that split them.
    """
    each, split = moves.each, []
    if groups is not None:
        split = list(groups.columns)
        known = nw.from_native(groups.reset_index(drop=True).rename_axis("customer").reset_index())
        each = each.join(known.lazy(), on="customer", how="left")
    pairs, totals = _summed(each, split)
    if moves.numbers:
        for table, name in ((pairs, "event"), (pairs, "next_event"), (totals, "event")):
            table[name] = [text if text == END else _number(text) for text in table[name]]
    ids = each.select("customer").unique().select(nw.len().alias("customers"))
    return Moves(pairs, totals, int(collect(ids)["customers"].iloc[0]))


def _summed(each: nw.LazyFrame[Any], split: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sums over customers of their moves, by pair and by event."""
    # As floats, since the square of an engine's short count may be too large for it.
    each = each.with_columns(nw.col("count").cast(nw.Float64))
    count, total = nw.col("count"), nw.col("total")
    totals = each.group_by("customer", "event", *split).agg(count.sum().alias("total"))
    of_each = totals.select("customer", "event", "total")
    both = each.join(of_each, on=["customer", "event"], how="left").with_columns(
        square=count * count, product=count * total
    )
    pairs = both.group_by(*split, "event", "next_event").agg(
        count.sum().alias("moves"),
        nw.len().alias("customers"),
        nw.col("square").sum().alias("squares"),
        nw.col("product").sum().alias("products"),
    )
    events = (
        totals.with_columns(square=total * total)
        .group_by(*split, "event")
        .agg(
            total.sum().alias("moves"),
            nw.len().alias("customers"),
            nw.col("square").sum().alias("squares"),
        )
    )
    whole = {"moves": "int64", "customers": "int64"}
    return collect(pairs).astype(whole), collect(events).astype(whole)


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _in_memory(
    rows: pd.DataFrame, gap: int | None, *, collapse_repeats: bool, columns: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How often each customer made each move, and the columns at the first event of each."""
    customer, ids = numbered(rows["customer_id"], "customer_id")
    event, names = numbered(rows["event"], "event")
    time = pd.to_datetime(rows["event_time"]).to_numpy("datetime64[us]").view(np.int64)
    order = sorted_rows(customer, time, event, len(names))
    who, when, what = customer[order], time[order], event[order]
    first = _at_the_first(rows, customer, time, ids, columns)
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
    counted = pd.DataFrame(
        {
            "customer": made // size**2,
            "event": named[pair // size],
            "next_event": named[pair % size],
            "count": count,
        }
    )
    return counted, first


def _at_the_first(
    rows: pd.DataFrame, customer: Integers, time: Integers, ids: pd.Index, columns: Sequence[str]
) -> pd.DataFrame:
    """The columns at each customer's first event; of equally early ones the smallest value."""
    earliest = np.full(len(ids), FAR)
    np.minimum.at(earliest, customer, time)
    first = pd.DataFrame(index=pd.Index(ids, name="customer_id"))
    for name in columns:
        first[name] = at_the_start(rows[name], time == earliest[customer], customer, len(ids))
    return first


def _where_they_live(
    frame: nw.LazyFrame[Any], gap: int | None, *, collapse_repeats: bool
) -> nw.LazyFrame[Any]:
    """The same by windows of the engine."""
    time = microseconds(frame.implementation)
    rows = frame.select("event", customer=nw.col("customer_id"), time=time)
    order: dict[str, Any] = {"order_by": ["time", "event"]}
    if collapse_repeats:
        rows = _with_next(rows, gap, order)
        repeats = (nw.col("next_event") == nw.col("event")) & (nw.col("ends") == 0)
        rows = rows.with_columns(repeats=nw.when(repeats).then(nw.lit(1)).otherwise(nw.lit(0)))
        rows = rows.filter(nw.col("repeats") == 0).select("customer", "event", "time", "ends")
        following = nw.col("event").shift(-1).over("customer", **order)
        rows = rows.with_columns(next_event=following)
    else:
        rows = _with_next(rows, gap, order)
    over = (nw.col("ends") == 1) | nw.col("next_event").is_null()
    following = nw.when(over).then(nw.lit(END)).otherwise(nw.col("next_event").cast(nw.String))
    rows = rows.with_columns(event=nw.col("event").cast(nw.String), next_event=following)
    return rows.group_by("customer", "event", "next_event").agg(nw.len().alias("count"))


def _with_next(
    rows: nw.LazyFrame[Any], gap: int | None, order: dict[str, Any]
) -> nw.LazyFrame[Any]:
    """Each row with the customer's next event, and whether a pause comes before that."""
    rows = rows.with_columns(
        next_event=nw.col("event").shift(-1).over("customer", **order),
        next_time=nw.col("time").shift(-1).over("customer", **order),
    )
    if gap is None:
        return rows.with_columns(ends=nw.lit(0))
    pause = nw.col("next_time") - nw.col("time") > gap
    return rows.with_columns(ends=nw.when(pause).then(nw.lit(1)).otherwise(nw.lit(0)))
