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
from cemkit.data.engines import collect, is_in_memory
from cemkit.data.events import HINT, NEEDED, plain_events, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.data.reductions.journeys import (
    DAY,
    Integers,
    check_kinds,
    check_names,
    microseconds,
    numbered,
    sorted_rows,
)

NEVER = -(10**18)  # microseconds; a null would not pass through a running maximum
FAR = 10**18


@dataclasses.dataclass(frozen=True, slots=True)
class Chains:
    """How far each customer came who has a start that counts, by `customer_id`.

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
    frame, counts = _step_rows(events, steps, end, columns)
    moment = (day_of(end) + 1) * DAY
    wanted = (
        Wanted(steps, FAR, first_only, FAR)
        if window is None
        else Wanted(steps, window, first_only, moment - window - 1)
    )
    # A row that could serve as two steps takes the rows in their order.
    alone = len(set(steps)) == len(steps)
    if alone and not is_in_memory(events) and not frame.implementation.is_dask():
        table, ties = _where_they_live(frame, wanted, columns)
    else:
        rows = collect(frame.select(*dict.fromkeys([*NEEDED, *columns])))
        table, ties = _in_memory(rows, wanted, columns)
    started = table["start"] < FAR
    # Those without a start had no group, which makes numbers objects.
    table, waiting = table[started].infer_objects(), int((~started).sum())
    return Chains(table=table, open=waiting, ties=ties, **counts)


def customer_kinds(
    events: Any, steps: Sequence[str], end: pd.Timestamp, *, columns: Sequence[str] = ()
) -> Chains:
    """When each customer who did the first step had done each of the first steps, in any order."""
    frame, counts = _step_rows(events, steps, end, columns)
    if frame.implementation.is_dask():
        frame = nw.from_native(collect(frame)).lazy()
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


def _step_rows(
    events: Any, steps: Sequence[str], end: pd.Timestamp, columns: Sequence[str]
) -> tuple[nw.LazyFrame[Any], dict[str, int]]:
    """The events of the steps up to the end of a day, and how many are left out or ambiguous."""
    needed, kinds = list(dict.fromkeys([*NEEDED, *columns])), list(dict.fromkeys(steps))
    events = plain_events(events)
    frame, time = scan_events(events, needed), nw.col("event_time")
    check_complete(frame, ("customer_id", "event"), HINT)
    if isinstance(events, pd.DataFrame):
        frame = nw.from_native(_rows_of_kinds(events[needed], kinds)).lazy()
    else:
        check_kinds(frame, kinds)
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
    return frame, {**left_out, "in_several": several}


def _rows_of_kinds(events: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    """The rows of some events, which pandas finds by numbers faster than by their names."""
    codes, names = pd.factorize(events["event"])
    check_names(kinds, names.tolist())
    return events[np.isin(names, kinds)[codes]]


def _by_customer(table: pd.DataFrame) -> pd.DataFrame:
    """A table with one row per customer on its ids, sorted."""
    ids = normal_ids(pd.Index(table.pop("customer_id")))
    return table.set_index(pd.Index(ids, name="customer_id")).sort_index()


def _in_memory(
    rows: pd.DataFrame, wanted: Wanted, columns: Sequence[str]
) -> tuple[pd.DataFrame, int]:
    customer, ids = numbered(rows["customer_id"], "customer_id")
    time = pd.to_datetime(rows["event_time"]).to_numpy("datetime64[us]").view(np.int64)
    place = {name: k for k, name in enumerate(dict.fromkeys(wanted.steps))}
    codes, names = pd.factorize(rows["event"])
    kind = np.array([place[name] for name in names], dtype=np.int64)[codes]
    first_row = kind == 0
    starts = np.full(len(ids), FAR)
    counted = first_row & (time <= wanted.last_start)
    if wanted.first_only:
        earliest = np.full(len(ids), FAR)
        np.minimum.at(earliest, customer[first_row], time[first_row])
        counted &= time == earliest[customer]
    np.minimum.at(starts, customer[counted], time[counted])
    begun = np.zeros(len(ids), dtype=np.bool_)
    begun[customer[first_row]] = True
    order = sorted_rows(customer, time, kind, len(place))
    who, when, what, may = (part[order] for part in (customer, time, kind, counted))
    table = {"start": starts, "reached_1": starts}
    # Starts are carried as rows: the latest start of a customer is the one furthest down.
    carried: Integers = np.where(may, np.arange(len(who)), -1)
    for number, step in enumerate(wanted.steps[1:], start=2):
        latest = _latest_before(carried, who)
        hit = (what == place[step]) & (latest >= 0)
        hit &= when - when[latest] <= wanted.window
        carried = np.where(hit, latest, -1)
        reached = np.full(len(ids), FAR)
        np.minimum.at(reached, who[hit], when[hit])
        table[f"reached_{number}"] = reached
    same = (np.diff(who, prepend=-1) == 0) & (np.diff(when, prepend=NEVER) == 0)
    made = pd.DataFrame(table, index=pd.Index(ids, name="customer_id"))
    for name in columns:
        made[name] = at_the_start(
            rows[name], counted & (time == starts[customer]), customer, len(ids)
        )
    return made[begun], int(same.sum())


def _latest_before(starts: Integers, who: Integers) -> Integers:
    """The row of the latest start among the customer's rows before each row; -1 for none."""
    latest = np.maximum.accumulate(np.append(-1, starts))[:-1]
    return np.where((latest >= 0) & (who[latest] == who), latest, -1)


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
    before = time.shift(1).over("customer_id", **order)
    rows = rows.with_columns(tie=nw.when(before == time).then(nw.lit(1)).otherwise(nw.lit(0)))
    starts = (own == 0) & (time <= wanted.last_start)
    if wanted.first_only:
        rows = rows.with_columns(opening=nw.when(own == 0).then(time).otherwise(nw.lit(FAR)))
        rows = rows.with_columns(opening=nw.col("opening").min().over("customer_id"))
        starts = starts & (time == nw.col("opening"))
    rows = rows.with_columns(carried_1=nw.when(starts).then(time).otherwise(nw.lit(NEVER)))
    reached = {}
    for number in range(2, len(wanted.steps) + 1):
        latest = nw.col(f"carried_{number - 1}").cum_max().over("customer_id", **order)
        rows = rows.with_columns(latest=latest)
        hit = (own == number - 1) & (time - nw.col("latest") <= wanted.window)
        name = f"carried_{number}"
        rows = rows.with_columns(
            nw.when(hit).then(nw.col("latest")).otherwise(nw.lit(NEVER)).alias(name)
        )
    for number in range(1, len(wanted.steps) + 1):
        known = nw.col(f"carried_{number}") > NEVER
        reached[f"reached_{number}"] = nw.when(known).then(time).otherwise(nw.lit(FAR))
    rows = rows.with_columns(
        **reached, begins=nw.when(own == 0).then(nw.lit(1)).otherwise(nw.lit(0))
    )
    sums = [nw.col(name).min() for name in reached]
    each = rows.group_by("customer_id").agg(*sums, nw.col("begins").max(), nw.col("tie").sum())
    table = _by_customer(collect(each))
    ties = int(table.pop("tie").sum())
    table.insert(0, "start", table["reached_1"])
    for group, name in zip(_groups(columns), columns, strict=True):
        table[name] = _column_at_the_start(rows, group, table.index)
    return table[table.pop("begins") > 0], ties


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
