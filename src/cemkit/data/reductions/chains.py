"""Events to how far each customer came through steps in their order, on any engine.

Rows stand by customer, time and step. For each step the latest start of a chain that reached the
step before is carried along as a running maximum: of all starts it most likely lies inside the
window.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import normal_ids
from cemkit.data.days import after_day, day_of
from cemkit.data.engines import collect
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.data.reductions.journeys import (
    DAY,
    EventRows,
    Integers,
    OrderedRows,
    changed,
    check_kinds,
    event_rows,
    in_order,
    microseconds,
    numbered,
    stays,
)

NEVER = -(10**18)  # microseconds; a null would not pass through a running maximum
FAR = 10**18


@dataclasses.dataclass(frozen=True, slots=True)
class Chains:
    """How far each customer with a start that counts came, by `customer_id`.

    `table` has `start`, the first start that counts, `reached_1, reached_2, ...`, the time at which
    a chain first reached each step (`FAR` where none did), in microseconds since 1970, and the
    columns asked for as they were at that start.
    """

    table: pd.DataFrame
    open: int  # customers with no start whose window is over
    undated: int
    later: int
    rows: int  # of the steps, up to the day
    ties: int  # rows at the same time as the row of the same customer before them
    in_several: int  # customers with several values of the columns
    unknown: tuple[str, ...]  # events that are no step, with a name near that of one


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What a chain is: its steps, its window in microseconds, and which starts count."""

    steps: Sequence[str]
    window: int
    first_only: bool
    last_start: int  # later starts have a window that is not over


def customer_chains(
    events: Any,
    steps: Sequence[str],
    end: pd.Timestamp,
    *,
    window: int | None,
    first_only: bool,
    columns: Sequence[str] = (),
) -> Chains:
    """How far each customer came through the steps up to the end of a day."""
    moment = (day_of(end) + 1) * DAY
    wanted = (
        Wanted(steps, FAR, first_only, FAR)
        if window is None
        else Wanted(steps, window, first_only, moment - window - 1)
    )
    # A row that could serve as two steps takes the rows in their order.
    if len(set(steps)) == len(steps) and stays(events):
        frame, counts = _step_rows(events, steps, end, columns)
        table, ties = _where_they_live(frame, wanted, columns)
    else:
        rows = event_rows(events, end, steps, columns)
        counts = _counts(rows)
        table, ties = _in_memory(rows, wanted)
    started = table["start"] < FAR
    # Those without a start had no group, which makes numbers objects.
    table, waiting = table[started].infer_objects(), int((~started).sum())
    return Chains(table=table, open=waiting, ties=ties, **counts)


def customer_kinds(
    events: Any, steps: Sequence[str], end: pd.Timestamp, *, columns: Sequence[str] = ()
) -> Chains:
    """When each customer who did the first step had done each of the first steps, in any order."""
    if not stays(events):
        found = event_rows(events, end, steps, columns)
        return Chains(table=_kinds_in_memory(found, steps), open=0, ties=0, **_counts(found))
    frame, counts = _step_rows(events, steps, end, columns)
    time = microseconds(frame.implementation)
    firsts = {
        f"reached_{number}": nw.when(nw.col("event") == step).then(time).otherwise(nw.lit(FAR))
        for number, step in enumerate(steps, start=1)
    }
    rows = frame.select("customer_id", time=time, **_groups(columns), **firsts)
    table = _by_customer(
        collect(rows.group_by("customer_id").agg(*(nw.col(n).min() for n in firsts)))
    )
    table = table[table["reached_1"] < FAR]
    table[list(firsts)] = np.maximum.accumulate(table[list(firsts)].to_numpy(), axis=1)
    start = pd.DataFrame({"start": table["reached_1"]})
    for group, name in zip(_groups(columns), columns, strict=True):
        start[name] = _column_at_the_start(rows, group, table.index)
    return Chains(table=start.join(table), open=0, ties=0, **counts)


def _counts(rows: EventRows) -> dict[str, Any]:
    """How many rows there are, how many are left out, and whose columns have several values."""
    several = np.zeros(len(rows.ids), dtype=np.bool_)
    for name in rows.columns:
        codes, first = numbered(rows.columns[name], str(name))[0], np.empty(len(rows.ids), np.int64)
        first[rows.customer] = codes
        several[rows.customer[codes != first[rows.customer]]] = True
    return {
        "undated": rows.undated,
        "later": rows.later,
        "rows": len(rows.time),
        "in_several": int(several.sum()),
        "unknown": rows.unknown,
    }


def _step_rows(
    events: Any, steps: Sequence[str], end: pd.Timestamp, columns: Sequence[str]
) -> tuple[nw.LazyFrame[Any], dict[str, Any]]:
    """The events of the steps up to the end of a day, and how many are left out or ambiguous."""
    needed, kinds = list(dict.fromkeys([*NEEDED, *columns])), list(dict.fromkeys(steps))
    frame, time = scan_events(events, needed), nw.col("event_time")
    check_complete(frame, ("customer_id", "event"), HINT)
    unknown = check_kinds(frame, kinds)
    frame = frame.filter(nw.col("event").is_in(kinds))
    undated = time.is_null().cast(nw.Int64).sum().alias("undated")
    later = (time >= after_day(end)).cast(nw.Int64).sum().alias("later")
    rows = (time < after_day(end)).cast(nw.Int64).sum().alias("rows")
    counts = collect(frame.select(undated, later, rows)).fillna(0)
    frame = frame.filter(~time.is_null() & (time < after_day(end)))
    several = 0
    if columns:
        groups = (
            frame.select("customer_id", *columns).unique().group_by("customer_id").agg(nw.len())
        )
        several = int((collect(groups)["len"] > 1).sum())
    left_out = {str(name): int(counts[name].iloc[0]) for name in counts.columns}
    return frame, {**left_out, "in_several": several, "unknown": unknown}


def _by_customer(table: pd.DataFrame) -> pd.DataFrame:
    """A table with one row per customer on its ids, sorted."""
    ids = normal_ids(pd.Index(table.pop("customer_id")))
    return table.set_index(pd.Index(ids, name="customer_id")).sort_index()


def _in_memory(found: EventRows, wanted: Wanted) -> tuple[pd.DataFrame, int]:
    """How far each customer came, and how many rows are at the time of the one before."""
    kinds = list(dict.fromkeys(wanted.steps))
    kind, size = _kinds(found, wanted.steps), len(found.ids)
    rows = in_order(found.customer, found.time, kind, len(kinds))
    who, when = rows.who, rows.when
    opening = np.flatnonzero(rows.what == 0)
    earliest = _first_times(rows, opening, size)
    may = when[opening] <= wanted.last_start
    if wanted.first_only:
        may &= when[opening] == earliest[who[opening]]
    opening = opening[may]
    starts = _first_times(rows, opening, size)
    table = {"start": starts, "reached_1": starts}
    first_own = _first_own(who)
    # Starts are carried as rows: the latest start of a customer is the one furthest down.
    at, start = opening, opening
    for number, step in enumerate(wanted.steps[1:], start=2):
        carried = np.full(len(who) + 1, -1)
        carried[at + 1] = start
        latest = np.maximum.accumulate(carried, out=carried)
        at = np.flatnonzero(rows.what == kinds.index(step))
        start = latest[at]
        known = start >= first_own[at]
        at, start = at[known], start[known]
        inside = when[at] - when[start] <= wanted.window
        at, start = at[inside], start[inside]
        table[f"reached_{number}"] = _first_times(rows, at, size)
    made = pd.DataFrame(table, index=pd.Index(found.ids, name="customer_id"))
    for name in found.columns:
        begins = (kind == 0) & (found.time == starts[found.customer])
        made[name] = at_the_start(found.columns[name], begins, found.customer, size)
    return made[earliest < FAR], rows.ties


def _first_own(who: Integers) -> Integers:
    """The first row of the customer of each row."""
    new = np.flatnonzero(changed(who))
    first: Integers = np.repeat(new, np.diff(new, append=len(who)))
    return first


def _first_times(rows: OrderedRows, some: Integers, size: int) -> Integers:
    """The time of each customer's first among some of the rows; `FAR` where there is none."""
    first = some[changed(rows.who[some])]
    times = np.full(size, FAR)
    times[rows.who[first]] = rows.when[first]
    return times


def _kinds_in_memory(found: EventRows, steps: Sequence[Any]) -> pd.DataFrame:
    """When each customer who did the first step had done each of the first steps."""
    kind, size = _kinds(found, steps), len(found.ids)
    firsts = np.full((size, len(steps)), FAR)
    np.minimum.at(firsts, (found.customer, kind), found.time)
    reached = np.maximum.accumulate(firsts, axis=1)
    table = pd.DataFrame({"start": reached[:, 0]}, index=pd.Index(found.ids, name="customer_id"))
    begins = (kind == 0) & (found.time == reached[found.customer, 0])
    for name in found.columns:
        table[name] = at_the_start(found.columns[name], begins, found.customer, size)
    for number in range(len(steps)):
        table[f"reached_{number + 1}"] = reached[:, number]
    return table[reached[:, 0] < FAR]


def _kinds(found: EventRows, steps: Sequence[Any]) -> Integers:
    """The step of each row, by its place among the distinct steps."""
    place = {name: k for k, name in enumerate(dict.fromkeys(steps))}
    return np.array([place[name] for name in found.names], dtype=np.int64)[found.event]


def at_the_start(
    values: pd.Series, begins: npt.NDArray[np.bool_], customer: Integers, size: int
) -> pd.Index:
    """The value of a column at each customer's start; of equally early ones the smallest."""
    codes, distinct = numbered(values[begins], str(values.name))
    own = np.full(size, len(distinct))
    np.minimum.at(own, customer[begins][codes >= 0], codes[codes >= 0])
    if (own < len(distinct)).all():
        return distinct.take(own)
    return pd.Index([*distinct, None], dtype=object).take(own)


def _where_they_live(
    rows: nw.LazyFrame[Any], wanted: Wanted, columns: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    """The same by windows of the engine; only one row per customer is brought into memory."""
    kind = nw.lit(0)
    for number, step in enumerate(wanted.steps[1:], start=1):
        kind = nw.when(nw.col("event") == step).then(nw.lit(number)).otherwise(kind)
    time = microseconds(rows.implementation)
    rows = rows.select("customer_id", kind=kind, time=time, **_groups(columns))
    order = {"order_by": ["time", "kind"]}
    own, time = nw.col("kind"), nw.col("time")
    opens = nw.when(own == 0).then(nw.lit(1)).otherwise(nw.lit(0))
    starts = (own == 0) & (time <= wanted.last_start)
    if wanted.first_only:
        rows = rows.with_columns(opening=nw.when(own == 0).then(time).otherwise(nw.lit(FAR)))
        rows = rows.with_columns(opening=nw.col("opening").min().over("customer_id"))
        starts = starts & (time == nw.col("opening"))
    rows = rows.with_columns(
        carried_1=nw.when(starts).then(time).otherwise(nw.lit(NEVER)), begins=opens
    )
    # All that needs one order of the rows is asked for at once.
    rows = rows.with_columns(
        before=time.shift(1).over("customer_id", **order),
        openings=nw.col("begins").cum_sum().over("customer_id", **order),
        latest=nw.col("carried_1").cum_max().over("customer_id", **order),
    )
    rows = rows.with_columns(
        tie=nw.when(nw.col("before") == time).then(nw.lit(1)).otherwise(nw.lit(0)),
        carried_2=_carried(1, wanted.window),
    )
    # Later steps need neither the starts, but for the first one, nor what no chain leads to.
    first = (nw.col("begins") == 1) & (nw.col("openings") == 1)
    rows = rows.filter(
        (own > 1) | (nw.col("carried_2") > NEVER) | (nw.col("tie") == 1) | first
    ).drop("before", "openings", "latest")
    for number in range(2, len(wanted.steps)):
        latest = nw.col(f"carried_{number}").cum_max().over("customer_id", **order)
        rows = rows.with_columns(latest=latest).with_columns(
            _carried(number, wanted.window).alias(f"carried_{number + 1}")
        )
    reached = {}
    for number in range(1, len(wanted.steps) + 1):
        known = nw.col(f"carried_{number}") > NEVER
        reached[f"reached_{number}"] = nw.when(known).then(time).otherwise(nw.lit(FAR))
    rows = rows.with_columns(**reached)
    sums = [nw.col(name).min() for name in reached]
    each = rows.group_by("customer_id").agg(*sums, nw.col("begins").max(), nw.col("tie").sum())
    table = _by_customer(collect(each))
    ties = int(table.pop("tie").sum())
    table.insert(0, "start", table["reached_1"])
    for group, name in zip(_groups(columns), columns, strict=True):
        table[name] = _column_at_the_start(rows, group, table.index)
    return table[table.pop("begins") > 0], ties


def _carried(kind: int, window: int) -> nw.Expr:
    """The latest start at the rows of a step that a chain reaches inside the window."""
    hit = (nw.col("kind") == kind) & (nw.col("time") - nw.col("latest") <= window)
    return nw.when(hit).then(nw.col("latest")).otherwise(nw.lit(NEVER))


def _groups(columns: Sequence[str]) -> dict[str, nw.Expr]:
    """The columns that split the customers, under names that no other column has."""
    return {f"group_{number}": nw.col(name) for number, name in enumerate(columns)}


def _column_at_the_start(rows: nw.LazyFrame[Any], name: str, ids: pd.Index) -> pd.Series:
    """The value of a column at each customer's start; of equally early ones the smallest."""
    started = rows.filter(nw.col("reached_1") < FAR)
    first = started.with_columns(first=nw.col("time").min().over("customer_id"))
    first = first.filter((nw.col("time") == nw.col("first")) & ~nw.col(name).is_null())
    own = collect(first.group_by("customer_id").agg(nw.col(name).min()))
    values = own.set_index(normal_ids(pd.Index(own["customer_id"])))[name]
    return values if values.index.equals(ids) else values.astype(object).reindex(ids)
