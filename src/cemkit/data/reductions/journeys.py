"""Events to the rows that journeys are made of: who, what and when, up to `as_of`."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_positive, check_spellings, meant, normal_ids, one_label_a_row
from cemkit.checks.options import LONGEST_WINDOW_DAYS, shown
from cemkit.data.days import day_number, day_of
from cemkit.data.engines import collect, is_in_memory, scan
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.errors import DataError
from cemkit.formats import count_text

Integers = npt.NDArray[np.int64]
DAY = 86_400_000_000  # microseconds
SECOND = 1_000_000
UNITS = (DAY, SECOND, 1000, 1)  # of times, the longest first
KEY_BITS = 62
DENSE = 4  # whole numbers of at most so many times their range need no search
NEAR = 0.75  # likeness of names, as of 'vists' and 'visit'
ALIKE = 0.5  # as of two Chinese words of two letters with one in common
UNDATED = np.iinfo(np.int64).min
NO_ROWS = "events has no rows; check the filter that made the table"


def span(days: float, name: str) -> int:
    """Return a number of days, of which a part is possible, in microseconds."""
    if check_positive(days, name) > LONGEST_WINDOW_DAYS:
        raise ValueError(f"{name} must be at most {LONGEST_WINDOW_DAYS:,}, not {days:g}")
    return max(round(days * DAY), 1)


@dataclasses.dataclass(frozen=True, slots=True)
class EventRows:
    """Events up to a day as numbers, in the order of the table."""

    customer: Integers
    ids: pd.Index  # of the customers, sorted
    event: Integers
    names: pd.Index  # of the events, sorted
    time: Integers  # microseconds since 1970
    columns: pd.DataFrame  # the columns asked for
    undated: int
    later: int
    unknown: tuple[str, ...]  # events of other kinds whose names are near one of those asked for


@dataclasses.dataclass(frozen=True, slots=True)
class OrderedRows:
    """Rows by customer, time and kind."""

    who: Integers
    when: Integers
    what: Integers

    @property
    def ties(self) -> int:
        """Rows at the same time as the row of the same customer before them."""
        return int((~changed(self.who, self.when)).sum())


def event_rows(
    events: Any, end: pd.Timestamp, kinds: Sequence[Any] | None, columns: Sequence[str] = ()
) -> EventRows:
    """The events of some kinds, or of all, up to the end of a day."""
    needed = list(dict.fromkeys([*NEEDED, *columns]))
    frame = scan_events(events, needed)
    unknown: tuple[str, ...] = ()
    check_complete(frame, ("customer_id", "event"), HINT)
    if kinds is not None and not is_in_memory(events):
        unknown = check_kinds(frame, kinds)
        frame = frame.filter(nw.col("event").is_in(list(kinds)))
    table = collect(frame.select(*needed))
    if table.empty and kinds is None:
        raise DataError(NO_ROWS)
    event, names = numbered(table["event"], "event")
    time = _stamps(table["event_time"])
    check_spellings(names, "event")
    wanted = np.ones(len(table), dtype=np.bool_)
    if kinds is not None:
        unknown = unknown or check_names(kinds, names.tolist())
        wanted = np.isin(names, list(kinds))[event]
    undated, later = wanted & (time == UNDATED), wanted & (time >= (day_of(end) + 1) * DAY)
    kept = wanted & ~undated & ~later
    if not kept.all():
        table, time = table[kept], time[kept]
        event, names = only_present(event[kept], names)
    customer, ids = numbered(table["customer_id"], "customer_id")
    return EventRows(
        customer=customer,
        ids=ids,
        event=event,
        names=names,
        time=time,
        columns=table[list(dict.fromkeys(columns))].reset_index(drop=True),
        undated=int(undated.sum()),
        later=int(later.sum()),
        unknown=unknown,
    )


def _stamps(times: pd.Series) -> Integers:
    """A column of times in microseconds since 1970; `UNDATED` where one is missing."""
    if isinstance(times.dtype, pd.ArrowDtype):
        times = times.astype("datetime64[us]")
    stamps: Integers = pd.to_datetime(times).to_numpy("datetime64[us]").view(np.int64)
    return stamps


def only_present(codes: Integers, names: pd.Index) -> tuple[Integers, pd.Index]:
    """The numbers of the names that occur, and these."""
    present = np.bincount(codes, minlength=len(names)) > 0
    return (np.cumsum(present) - 1)[codes], names[present]


def stays(events: Any) -> bool:
    """Whether the events are counted where they live; Dask has no windows in an order."""
    return not is_in_memory(events) and not scan(events, "events").implementation.is_dask()


def check_kinds(frame: nw.LazyFrame[Any], kinds: Sequence[str]) -> tuple[str, ...]:
    """Raise where an event that is asked for never occurs; return others with a name near it."""
    # Engines group faster than they look for distinct rows.
    return check_names(kinds, collect(frame.group_by("event").agg(nw.len()))["event"].tolist())


def without_time(undated: int) -> str:
    """What to say of events without a time where none is left."""
    return f"; {count_text(undated, 'events have')} no event_time, fill it in" if undated else ""


def check_names(kinds: Sequence[str], there: list[Any]) -> tuple[str, ...]:
    """Raise where an event that is asked for never occurs; return others with a name near it."""
    check_spellings(there, "event")
    if not there:
        raise DataError(NO_ROWS)
    for kind in kinds:
        if kind not in there:
            raise DataError(
                f"event never is {shown(kind)}{meant(kind, there, ALIKE)}; the events are "
                f"{', '.join(map(shown, sorted(map(str, there))[:20]))}"
            )
    others = sorted(name for name in there if isinstance(name, str) and name not in kinds)
    return tuple(name for name in others if meant(name, kinds, NEAR))


def numbered(values: pd.Series, name: str) -> tuple[Integers, pd.Index]:
    """The number of each value among the sorted distinct ones, and these; -1 for a missing one."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if values.dtype == np.int64 and len(values):
        least, most = int(values.min()), int(values.max())
        if most - least < DENSE * len(values):
            codes, occurring = only_present(
                values.to_numpy() - least, pd.RangeIndex(least, most + 1)
            )
            return codes, pd.Index(occurring.to_numpy())
    with one_label_a_row(name):
        codes, own = pd.factorize(values)
    number, distinct = pd.factorize(normal_ids(own) if name == "customer_id" else own, sort=True)
    mixed = distinct.dtype == object
    texts = sum(isinstance(value, str) for value in distinct) if mixed else 0
    if 0 < texts < len(distinct):
        raise DataError(
            f"{name} must hold text or numbers, and not both, such as "
            f"{shown(distinct[0])} and {shown(distinct[-1])}"
        )
    return np.append(number, -1).astype(np.int64)[codes], pd.Index(distinct)


def in_order(customer: Integers, time: Integers, kind: Integers, kinds: int) -> OrderedRows:
    """The rows by customer, time and kind."""
    key = _packed(customer, time, kind, kinds)
    if key is None:
        order = np.lexsort((kind, time, customer))
        return OrderedRows(customer[order], time[order], kind[order])
    # The sorted keys hold all that the rows hold, which saves the way by their order.
    key.numbers.sort()
    return OrderedRows(*key.unpacked())


def sorted_rows(
    customer: Integers, time: Integers, kind: Integers, kinds: int, last: npt.NDArray[np.generic]
) -> Integers:
    """The order of the rows by customer, time, kind and a last column."""
    key = _packed(customer, time, kind, kinds)
    return np.lexsort((last, kind, time, customer) if key is None else (last, key.numbers))


def changed(*columns: Integers) -> npt.NDArray[np.bool_]:
    """Whether each row differs in any column from the one before it; the first one does."""
    new = np.zeros(len(columns[0]), dtype=np.bool_)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


@dataclasses.dataclass(frozen=True, slots=True)
class _Key:
    """Customer, time and kind of each row in one number."""

    numbers: Integers
    earliest: int
    unit: int
    time_bits: int
    kind_bits: int

    def unpacked(self) -> tuple[Integers, Integers, Integers]:
        """The three again."""
        who: Integers = self.numbers >> (self.time_bits + self.kind_bits)
        when: Integers = (self.numbers >> self.kind_bits) & ((1 << self.time_bits) - 1)
        when *= self.unit
        when += self.earliest
        return who, when, self.numbers & ((1 << self.kind_bits) - 1)


def _packed(customer: Integers, time: Integers, kind: Integers, kinds: int) -> _Key | None:
    """One number per row, or None where that would be too long."""
    if not len(time):
        return None
    earliest = int(time.min())
    since = time - earliest
    unit = next(size for size in UNITS if not (since % size).any())
    since //= unit
    time_bits, kind_bits = int(since.max()).bit_length(), (kinds - 1).bit_length()
    if int(customer.max()).bit_length() + time_bits + kind_bits > KEY_BITS:
        return None
    values = customer << time_bits
    values |= since
    values <<= kind_bits
    values |= kind
    return _Key(values, earliest, unit, time_bits, kind_bits)


def microseconds(engine: nw.Implementation) -> nw.Expr:
    """A lazy time as microseconds since 1970; from its parts where an engine has nothing faster."""
    time = nw.col("event_time").cast(nw.Datetime("us"))
    if engine.is_polars():
        return time.dt.timestamp("us")
    if engine.is_duckdb():
        return time.dt.total_microseconds()  # epoch_us, which DuckDB has for times, too
    parts = (
        (time.dt.hour(), 3600 * SECOND),
        (time.dt.minute(), 60 * SECOND),
        (time.dt.second(), SECOND),
        (time.dt.microsecond(), 1),
    )
    whole = day_number(nw.col("event_time"), engine).cast(nw.Int64) * DAY
    for part, size in parts:
        whole = whole + part.cast(nw.Int64) * size
    return whole
