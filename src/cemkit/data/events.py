"""Events: what customers did besides ordering, read once for every room."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns, local_dates, one_label_a_row
from cemkit.data.days import dates_of, day_number, day_numbers, day_of
from cemkit.data.engines import as_frame, collect
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import check_complete
from cemkit.data.people import check_matching
from cemkit.errors import DataError
from cemkit.formats import count_text

NEEDED = ("customer_id", "event", "event_time")
MOST_KINDS = 100
HINT = "an event table has customer_id, event, event_time and, where known, channel"


def scan_events(events: Any, needed: Sequence[str] = NEEDED) -> nw.LazyFrame[Any]:
    """An event table as a lazy frame whose columns have the right types.

    ISO text is read where the rows are in memory; engines read text differently.
    """
    frame = as_frame(plain_events(events), "events")
    schema = frame.collect_schema()
    check_columns(schema.names(), needed, HINT)
    time = schema["event_time"]
    if isinstance(frame, nw.DataFrame) and not isinstance(time, nw.Date | nw.Datetime):
        return _with_read_times(frame).lazy()
    if not isinstance(time, nw.Date | nw.Datetime) or getattr(time, "time_zone", None):
        raise DataError(
            f"event_time must hold local dates and times without a time zone, not {time}; convert "
            f"the column first{_remedy(time)}"
        )
    lazy: nw.LazyFrame[Any] = frame.lazy()
    return lazy


def _with_read_times(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The frame with its times read from ISO text or from Python's dates."""
    times = local_dates(frame["event_time"].to_pandas(), "event_time")
    if frame.implementation.is_pandas():
        table: pd.DataFrame = frame.to_native().assign(event_time=times)
        return nw.from_native(table)
    read = nw.new_series("event_time", times, backend=frame.implementation)
    read_frame: nw.DataFrame[Any] = frame.with_columns(read)
    return read_frame


def _remedy(time: Any) -> str:
    """How to convert a column of another type."""
    if getattr(time, "time_zone", None):
        return ", with .dt.tz_convert(zone).dt.tz_localize(None) in pandas"
    return ", with pandas.to_datetime or the engine's own function"


def plain_events(events: Any) -> Any:
    """An event table of pandas with its ids in a column, not in the index; others as they are."""
    if not isinstance(events, pd.DataFrame) or "customer_id" in events.columns:
        return events
    return events.reset_index() if events.index.name == "customer_id" else events


def event_features(events: Any, customers: pd.Index, end: pd.Timestamp) -> pd.DataFrame:
    """How often, on how many days and when last each customer did each kind of thing."""
    rows = _past(events, end)
    day, count = nw.col("day"), nw.len().alias("count")
    visits = rows.select("customer_id", "day").unique().group_by("customer_id").agg(count)
    days = collect(visits).set_index("customer_id")["count"]
    if len(days):
        check_spelling(days.index)
        check_matching(pd.Index(days.index), customers, "events")
    with one_label_a_row("event"):
        kinds = collect(rows.group_by("customer_id", "event").agg(count, day.max()))
    # Under their names as text: 1 and "1" are one kind.
    kinds["event"] = kinds["event"].astype(str)
    of_each = kinds.groupby(["customer_id", "event"], as_index=False, observed=True)
    kinds = of_each.agg({"count": "sum", "day": "max"})
    names = sorted(kinds["event"].unique())
    if len(names) > MOST_KINDS:
        raise DataError(
            f"event has {count_text(len(names), 'different values')}, such as {names[0]!r}; need "
            f"at most {MOST_KINDS} kinds of event, so group them first"
        )
    by_customer = kinds.groupby("customer_id")
    columns: dict[str, pd.Series] = {
        "event_count": by_customer["count"].sum(),
        "event_days": days,
        "last_event_date": _dates(by_customer["day"].max()),
    }
    for name in names:
        mine = kinds[kinds["event"] == name].set_index("customer_id")
        columns[f"{name}_event_count"] = mine["count"]
        columns[f"last_{name}_event_date"] = _dates(mine["day"])
    table = pd.DataFrame({name: column.reindex(customers) for name, column in columns.items()})
    counts = [name for name in columns if not name.endswith("_date")]
    return table.assign(**table[counts].fillna(0).astype("int64"))


def _past(events: Any, end: pd.Timestamp) -> nw.LazyFrame[Any]:
    """`customer_id, event, day` up to the day `end`."""
    frame = scan_events(events)
    check_complete(frame, NEEDED, HINT)
    if frame.implementation.is_pandas():
        table: pd.DataFrame = frame.collect("pandas").to_native()
        rows = table[["customer_id", "event"]].assign(day=day_numbers(table["event_time"]))
        if isinstance(rows["event"].dtype, pd.CategoricalDtype):
            rows["event"] = rows["event"].astype(str)
        frame = nw.from_native(rows).lazy()
    else:
        frame = frame.select(
            "customer_id", "event", day=day_number(nw.col("event_time"), frame.implementation)
        )
    return frame.filter(nw.col("day") <= day_of(end))


def _dates(days: pd.Series) -> pd.Series:
    return pd.Series(dates_of(days.to_numpy("int64")), index=days.index)
