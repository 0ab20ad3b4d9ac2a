"""Rows with a time to what each customer did in each part of the day."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from cemkit.checks import check_columns
from cemkit.data.engines import collect, scan
from cemkit.data.reductions.moments import ROWS
from cemkit.data.reductions.table_rows import with_numbers
from cemkit.errors import DataError
from cemkit.formats import count_text


def in_part(column: str, part: int) -> str:
    """The name of a column's sum in one part of the day."""
    return f"{column} in part {part}"


def part_sums(
    table: Any, time: str, keys: Sequence[str], columns: Sequence[str], starts: Sequence[int]
) -> Any:
    """Sums and rows of each customer in each part of the day, zeros included.

    A part begins at its hour and ends where the next begins, the last one at the first hour of the
    next day. Without a `customer_id` every row is a customer.
    """
    frame = scan(table, "data")
    _check_times(frame, time)
    names = frame.collect_schema().names()
    ids = ["customer_id"] if "customer_id" in names else []
    numbers = with_numbers(frame, [*keys, *ids, time], columns)
    hour = nw.col(time).dt.hour()
    ends = [*starts[1:], starts[0]]
    flags = [
        (hour >= start) & (hour < end) if start < end else (hour >= start) | (hour < end)
        for start, end in zip(starts, ends, strict=True)
    ]
    values = {
        in_part(name, at): nw.when(flag).then(nw.col(name).cast(nw.Float64)).otherwise(nw.lit(0.0))
        for at, flag in enumerate(flags)
        for name in columns
    }
    values |= {
        in_part(ROWS, at): nw.when(flag).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
        for at, flag in enumerate(flags)
    }
    rows = numbers.select(*keys, *ids, **values)
    if not ids:
        return rows.to_native()
    return rows.group_by(*keys, *ids).agg(*(nw.col(name).sum() for name in values)).to_native()


def _check_times(frame: nw.LazyFrame[Any], time: str) -> None:
    """Raise unless the column holds local times of day."""
    schema = frame.collect_schema()
    check_columns(schema.names(), [time])
    dtype = schema[time]
    if not isinstance(dtype, nw.Datetime):
        raise DataError(
            f"{time} must hold dates with a time of day, not {dtype}; convert it, for example with "
            "pandas.to_datetime"
        )
    if dtype.time_zone is not None:
        raise DataError(
            f"{time} is in {dtype.time_zone}; convert it to the customers' local time "
            "and drop the time zone"
        )
    of_day = nw.col(time).dt
    is_late = (of_day.hour() > 0) | (of_day.minute() > 0) | (of_day.second() > 0)
    late = nw.when(is_late).then(nw.lit(1)).otherwise(nw.lit(0)).alias("late")
    gap = nw.when(nw.col(time).is_null()).then(nw.lit(1)).otherwise(nw.lit(0)).alias("gap")
    counts = collect(frame.select(late, gap).select(nw.col("late").sum(), nw.col("gap").sum()))
    found = counts.fillna(0).iloc[0]
    if found["gap"] > 0:
        raise DataError(
            f"{time} is missing in {count_text(int(found['gap']), 'rows')}; find it, or leave them "
            "out"
        )
    if found["late"] == 0:
        raise DataError(
            f"{time} holds dates without a time of day: every row is at midnight; use a "
            "column with times"
        )
