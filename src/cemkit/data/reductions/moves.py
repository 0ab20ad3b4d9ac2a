"""Events to moves from one event to the customer's next, counted where the data live."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_spellings
from cemkit.data.days import after_day
from cemkit.data.engines import collect
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.data.reductions.chains import FAR, at_the_start
from cemkit.data.reductions.journeys import (
    EventRows,
    Integers,
    changed,
    event_rows,
    in_order,
    microseconds,
    stays,
)

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
    rows: int  # events up to the day
    ties: int  # of these, at the same time as the one of the same customer before


@dataclasses.dataclass(frozen=True, slots=True)
class NumberedMoves:
    """Each move in memory, by customer, as numbers.

    `first` has a row for each customer, index `customer_id`, with the columns asked for as they
    were at the first event.
    """

    customer: Integers
    event: Integers
    following: Integers  # the number of events for the end of a path
    names: pd.Index
    first: pd.DataFrame
    undated: int
    later: int
    rows: int
    ties: int


@dataclasses.dataclass(frozen=True, slots=True)
class LazyMoves:
    """Events, and how often each customer made each move, where the data live.

    `events` has `customer_id, event, event_time`; `each` has `customer, event, next_event, count`.
    """

    events: nw.LazyFrame[Any]
    each: nw.LazyFrame[Any]
    undated: int
    later: int


def customer_moves(
    events: Any,
    end: pd.Timestamp,
    *,
    gap: int | None,
    collapse_repeats: bool,
    columns: Sequence[str] | None = None,
) -> NumberedMoves | LazyMoves:
    """Find each customer's moves up to the end of a day.

    A pause of over `gap` microseconds ends a path. Given columns, or a list of none, the events
    are brought into memory, since each customer must be known.
    """
    if columns is None and stays(events):
        return _where_they_live(events, end, gap, collapse_repeats=collapse_repeats)
    found = event_rows(events, end, None, columns or ())
    return _in_memory(found, gap, collapse_repeats=collapse_repeats)


def sum_moves(moves: NumberedMoves | LazyMoves, groups: pd.DataFrame | None = None) -> Moves:
    """Sum moves over customers, or over those of each group.

    `groups` has the rows of `moves.first`, and the columns that split them.
    """
    if isinstance(moves, NumberedMoves):
        return _summed_in_memory(moves, groups)
    return _summed_where_they_live(moves)


def _summed_in_memory(moves: NumberedMoves, groups: pd.DataFrame | None) -> Moves:
    """Sums over customers by pair and by event; rows of one pair and customer are one run."""
    size = len(moves.names)
    group, split = group_numbers(groups, len(moves.first))
    place = group[moves.customer] * size + moves.event
    runs = _runs(place, moves.customer)
    total = np.empty(len(place))
    total[runs.order] = np.repeat(runs.length, runs.length)
    of_pair = _runs(place * (size + 1) + moves.following, moves.customer)
    pairs, totals = of_pair.sums(), runs.sums()
    pairs["products"] = of_pair.sum(of_pair.length * total[of_pair.order[of_pair.first]])
    named = np.array([*moves.names, END], dtype=object)
    from_event, following = np.divmod(pairs.index.to_numpy(), size + 1)
    for table, number in ((pairs, from_event), (totals, totals.index.to_numpy())):
        table.insert(0, "event", named[number % size])
        for name in reversed(split.columns):
            table.insert(0, name, split[name].take(number // size).array)
    pairs.insert(len(split.columns) + 1, "next_event", named[following])
    return Moves(
        pairs=pairs.reset_index(drop=True),
        events=totals.reset_index(drop=True),
        customers=len(moves.first),
        rows=moves.rows,
        ties=moves.ties,
    )


def group_numbers(groups: pd.DataFrame | None, customers: int) -> tuple[Integers, pd.DataFrame]:
    """The group of each customer, and the columns of each group."""
    if groups is None:
        return np.zeros(customers, np.int64), pd.DataFrame(index=[0])
    grouped = groups.groupby(list(groups.columns), observed=True, sort=True)
    number: Integers = np.asarray(grouped.ngroup(), dtype=np.int64)
    first = np.unique(number, return_index=True)[1]
    split: pd.DataFrame = groups.iloc[first].reset_index(drop=True)
    return number, split


@dataclasses.dataclass(frozen=True, slots=True)
class _Runs:
    """Rows of one place and customer: the order that brings them together, and the runs in it."""

    order: Integers
    first: Integers  # in that order
    length: Integers
    place: Integers  # of each run

    def sum(self, values: npt.NDArray[Any]) -> Floats:
        """The sum over the runs of each place that occurs."""
        sums: Floats = np.bincount(self.place, values).astype(np.float64)
        return sums[np.bincount(self.place) > 0]

    def sums(self) -> pd.DataFrame:
        """Moves, customers and squares of each place that occurs, by its number."""
        places, customers = np.unique(self.place, return_counts=True)
        return pd.DataFrame(
            {
                "moves": self.sum(self.length).astype(np.int64),
                "customers": customers,
                "squares": self.sum(self.length.astype(np.float64) ** 2),
            },
            index=places,
        )


def _runs(place: Integers, customer: Integers) -> _Runs:
    """The runs of rows that stand by customer."""
    # A stable sort of short numbers is one pass, and keeps the order of the customers.
    order = np.argsort(place.astype(np.min_scalar_type(place.max(initial=0))), kind="stable")
    sorted_place = place[order]
    first = np.flatnonzero(changed(sorted_place, customer[order]))
    return _Runs(order, first, np.diff(first, append=len(order)), sorted_place[first])


def _summed_where_they_live(moves: LazyMoves) -> Moves:
    """The same in one pass of the engine."""
    # As floats, since the square of an engine's short count may be too large for it.
    each = moves.each.with_columns(nw.col("count").cast(nw.Float64))
    count, total = nw.col("count"), nw.col("total")
    each = each.with_columns(total=count.sum().over("customer", "event"))
    each = each.with_columns(square=count * count, product=count * total, share=count / total)
    names = ("count", "square", "product", "share")
    sums = [nw.col(name).sum() for name in names]
    pairs = collect(
        each.group_by("event", "next_event").agg(nw.len().alias("customers"), *sums)
    ).rename(columns={"count": "moves", "square": "squares", "product": "products"})
    # From one event, a customer's shares sum to 1, and the products to the squares of all moves.
    events = pairs.groupby("event", as_index=False)[["moves", "share", "products"]].sum()
    events = events.rename(columns={"share": "customers", "products": "squares"})
    events["customers"] = events["customers"].round()
    pairs = pairs[["event", "next_event", "moves", "customers", "squares", "products"]]
    check_spellings(events["event"], "event")
    if moves.events.collect_schema()["event"].is_numeric():
        for table, name in ((pairs, "event"), (pairs, "next_event"), (events, "event")):
            table[name] = [text if text == END else _number(text) for text in table[name]]
    whole = {"moves": "int64", "customers": "int64"}
    moments = moves.events.select("customer_id", "event_time").unique()
    customers = nw.col("customer_id").n_unique().alias("customers")
    counts = collect(moments.select(nw.len().alias("moments"), customers)).fillna(0).iloc[0]
    rows = int(collect(moves.events.select(nw.len().alias("rows")))["rows"].iloc[0])
    return Moves(
        pairs=pairs.astype(whole),
        events=events.astype(whole),
        customers=int(counts["customers"]),
        rows=rows,
        ties=rows - int(counts["moments"]),
    )


def _number(text: str) -> float:
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _in_memory(found: EventRows, gap: int | None, *, collapse_repeats: bool) -> NumberedMoves:
    """Each move, and the columns at the first event of each customer."""
    size = len(found.names)
    rows = in_order(found.customer, found.time, found.event, size)
    who, what = rows.who, rows.what
    ends = np.ones(len(who), dtype=np.bool_)
    ends[:-1] = who[1:] != who[:-1]
    if gap is not None:
        ends[:-1] |= rows.when[1:] - rows.when[:-1] > gap
    if collapse_repeats:
        kept = np.ones(len(who), dtype=np.bool_)
        kept[1:] = ends[:-1] | (what[1:] != what[:-1])
        # The last of a run carries its end.
        last = np.append(kept[1:], True)
        who, what, ends = who[last], what[last], ends[last]
    following = np.append(what[1:], 0)
    following[ends] = size
    return NumberedMoves(
        customer=who,
        event=what,
        following=following,
        names=found.names,
        first=columns_at_the_first(found),
        undated=found.undated,
        later=found.later,
        rows=len(found.time),
        ties=rows.ties,
    )


def columns_at_the_first(found: EventRows) -> pd.DataFrame:
    """The columns at each customer's first event; of equally early ones the smallest value."""
    size = len(found.ids)
    first = pd.DataFrame(index=pd.Index(found.ids, name="customer_id"))
    if len(found.columns.columns):
        earliest = np.full(size, FAR)
        np.minimum.at(earliest, found.customer, found.time)
        begins = found.time == earliest[found.customer]
        for name in found.columns:
            first[name] = at_the_start(found.columns[name], begins, found.customer, size)
    return first


def _where_they_live(
    events: Any, end: pd.Timestamp, gap: int | None, *, collapse_repeats: bool
) -> LazyMoves:
    """The same by windows of the engine."""
    frame = scan_events(events)
    check_complete(frame, ("customer_id", "event"), HINT)
    stamp = nw.col("event_time")
    undated = stamp.is_null().cast(nw.Int64).sum().alias("undated")
    later = (stamp >= after_day(end)).cast(nw.Int64).sum().alias("later")
    counts = collect(frame.select(undated, later)).fillna(0)
    left_out = {str(name): int(counts[name].iloc[0]) for name in counts.columns}
    frame = frame.filter(~stamp.is_null() & (stamp < after_day(end))).select(*NEEDED)
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
    each = rows.group_by("customer", "event", "next_event").agg(nw.len().alias("count"))
    return LazyMoves(events=frame, each=each, **left_out)


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
