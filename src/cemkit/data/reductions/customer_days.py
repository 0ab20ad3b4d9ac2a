"""Contacts, events, complaints and the like to rows per customer and day, on any engine."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns, local_days, normal_ids, one_label_a_row
from cemkit.data.days import MISSING_DAY, day_number, day_of
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling
from cemkit.errors import DataError

Frame = nw.LazyFrame[Any]
UNDATED = day_of(MISSING_DAY)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDays:
    """`table` has a row per customer, day and further columns, with the count of its `rows`.

    `unknown` rows have no customer or no date, `after` rows a date after the last day seen; both
    are left out.
    """

    table: pd.DataFrame
    unknown: int
    after: int


def counted_days(
    rows: Any,
    title: str,
    date: str,
    end: pd.Timestamp,
    *,
    keep: Sequence[str] = (),
    dates: Mapping[str, str] | None = None,
) -> CustomerDays:
    """Count the rows of each customer and day up to `end`, split by the columns to keep.

    `dates` names further columns of dates, which become days too; a missing one is None.
    """
    further = dict(dates or {})
    frame = scan(rows, title)
    columns = ["customer_id", date, *further.values()]
    check_columns(frame.collect_schema().names(), [*columns, *keep], f"{title} takes them")
    frame = frame.select(*dict.fromkeys([*columns, *keep]))
    keys = ["customer_id", "day", *further, *keep]
    if frame.implementation.is_pandas_like() or frame.implementation.is_pyarrow():
        counted = _in_memory(collect(frame), title, {"day": date, **further}, keys)
    else:
        counted = _on_engine(frame, title, {"day": date, **further}, keys)
    known = counted["customer_id"].notna() & (counted["day"] > UNDATED)
    past = known & (counted["day"] <= day_of(end))
    table = counted[past].reset_index(drop=True)
    check_spelling(pd.Index(table["customer_id"].unique()), f"customer_id of {title}")
    table["customer_id"] = normal_ids(table["customer_id"])  # whole numbers without the missing
    return CustomerDays(
        table=table,
        unknown=int(counted["rows"][~known].sum()),
        after=int(counted["rows"][known & ~past].sum()),
    )


def _in_memory(
    table: pd.DataFrame, title: str, dates: Mapping[str, str], keys: list[str]
) -> pd.DataFrame:
    days = {
        name: pd.Series(
            local_days(table[column], f"{column} of {title}").astype("int64"), table.index
        ).where(table[column].notna(), UNDATED)
        for name, column in dates.items()
    }
    ids = pd.Series(normal_ids(table["customer_id"], f"customer_id of {title}"), table.index)
    rows = table.assign(customer_id=ids, **days)[keys]
    with one_label_a_row(f"{' and '.join(keys[2:])} of {title}"):
        counts = rows.groupby(keys, dropna=False, observed=True, sort=False).size()
    return counts.reset_index(name="rows")


def _on_engine(frame: Frame, title: str, dates: Mapping[str, str], keys: list[str]) -> pd.DataFrame:
    schema = frame.collect_schema()
    days = {}
    for name, column in dates.items():
        dtype = schema[column]
        if not isinstance(dtype, nw.Date | nw.Datetime) or getattr(dtype, "time_zone", None):
            raise DataError(
                f"{column} of {title} must hold local dates without a time zone, not {dtype}; "
                "convert the column first"
            )
        when = nw.col(column).cast(nw.Datetime("us")) if dtype == nw.Date else nw.col(column)
        filled = when.fill_null(MISSING_DAY.to_pydatetime())
        days[name] = day_number(filled, frame.implementation)
    counts = frame.with_columns(**days).group_by(*keys).agg(nw.len().alias("rows"))
    return collect(counts)
