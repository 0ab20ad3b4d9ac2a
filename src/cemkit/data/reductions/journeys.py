"""Events to the rows that journeys are made of: who, what and when, up to `as_of`."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_positive, meant, normal_ids
from cemkit.checks.options import LONGEST_WINDOW_DAYS, shown
from cemkit.data.days import after_day, day_number
from cemkit.data.engines import collect
from cemkit.data.events import HINT, NEEDED, scan_events
from cemkit.data.order_rows import check_complete
from cemkit.errors import DataError

Integers = npt.NDArray[np.int64]
DAY = 86_400_000_000  # microseconds
SECOND = 1_000_000
WIDEST_KEY = 2**62


def span(days: float, name: str) -> int:
    """Return a number of days, of which a part is possible, in microseconds."""
    if check_positive(days, name) > LONGEST_WINDOW_DAYS:
        raise ValueError(f"{name} must be at most {LONGEST_WINDOW_DAYS:,}, not {days:g}")
    return max(round(days * DAY), 1)


@dataclasses.dataclass(frozen=True, slots=True)
class EventRows:
    """Events up to a day; `time` in microseconds since 1970."""

    table: pd.DataFrame  # `customer_id, event, time` and the columns asked for
    undated: int
    later: int


def event_rows(
    events: Any, end: pd.Timestamp, kinds: Sequence[str] | None, columns: Sequence[str] = ()
) -> EventRows:
    """The events of some kinds, or of all, up to the end of a day."""
    frame = scan_events(events, list(dict.fromkeys([*NEEDED, *columns])))
    check_complete(frame, ("customer_id", "event"), HINT)
    if kinds is not None:
        check_kinds(frame, kinds)
        frame = frame.filter(nw.col("event").is_in(list(kinds)))
    time = nw.col("event_time")
    undated = time.is_null().cast(nw.Int64).sum().alias("undated")
    later = (time >= after_day(end)).cast(nw.Int64).sum().alias("later")
    counts = collect(frame.select(undated, later)).fillna(0).iloc[0]
    table = collect(
        frame.filter(~time.is_null() & (time < after_day(end))).select(
            *dict.fromkeys([*NEEDED, *columns])
        )
    )
    stamps = pd.to_datetime(table.pop("event_time")).to_numpy("datetime64[us]").view(np.int64)
    return EventRows(
        table=table.assign(time=stamps), undated=int(counts["undated"]), later=int(counts["later"])
    )


def check_kinds(frame: nw.LazyFrame[Any], kinds: Sequence[str]) -> None:
    """Raise where an event that is asked for never occurs."""
    check_names(kinds, collect(frame.select("event").unique())["event"].tolist())


def check_names(kinds: Sequence[str], there: list[Any]) -> None:
    """Raise where an event that is asked for is not among those that occur."""
    if not there:
        raise DataError("events has no rows; check the filter that made the table")
    for kind in kinds:
        if kind not in there:
            raise DataError(
                f"event never is {shown(kind)}{meant(kind, there)}; the events are "
                f"{', '.join(map(shown, sorted(map(str, there))[:20]))}"
            )


def numbered(values: pd.Series, name: str) -> tuple[Integers, pd.Index]:
    """The number of each value among the sorted distinct ones, and these."""
    known: Any = normal_ids(pd.Index(values)) if name == "customer_id" else values
    if isinstance(known, pd.Series) and isinstance(known.dtype, pd.CategoricalDtype):
        known = known.astype(known.cat.categories.dtype)
    codes, distinct = pd.factorize(known, sort=True)
    mixed = distinct.dtype == object
    texts = sum(isinstance(value, str) for value in distinct) if mixed else 0
    if 0 < texts < len(distinct):
        raise DataError(
            f"{name} must hold text or numbers, and not both, such as "
            f"{shown(distinct[0])} and {shown(distinct[-1])}"
        )
    return codes.astype(np.int64), pd.Index(distinct)


def sorted_rows(customer: Integers, time: Integers, kind: Integers, kinds: int) -> Integers:
    """The order of the rows by customer, time and kind."""
    if not len(time):
        return np.empty(0, np.int64)
    since = time - time.min()
    if not (since % SECOND).any():
        since //= SECOND
    span = int(since.max()) + 1
    if (int(customer.max()) + 1) * span * kinds < WIDEST_KEY:
        order: Integers = np.argsort((customer * span + since) * kinds + kind)
        return order
    return np.lexsort((kind, since, customer))


def microseconds(engine: nw.Implementation) -> nw.Expr:
    """A lazy time as microseconds since 1970, from its parts, which every engine has."""
    time = nw.col("event_time").cast(nw.Datetime("us"))
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
