"""Dates in text and dates with a time zone, read alike on every engine."""

import datetime as dt
import re
import warnings
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.data.engines import quoted
from cemkit.errors import DataError
from cemkit.formats import count_text

# Right after a time of the day, so that a year behind a hyphen is none.
UTC_OFFSET = r":\d\d(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)$"

# pandas reads these as the moment at which it runs, whatever the format.
WORDS_OF_THE_CLOCK = {"now", "today"}
LOOKED_AT = 10_000  # dates; where half of these are repeated, each text is read once
SHORTEST_DATE = 8  # characters, as in 20240331 or 2024-3-1; a year or a month alone is no day

# Spark reads dates by Java's letters, whose years of two digits all lie after 2000.
JAVA_LETTERS = {
    "%Y": "yyyy",
    "%m": "M",
    "%d": "d",
    "%H": "H",
    "%I": "h",
    "%M": "m",
    "%S": "s",
    "%f": "SSSSSS",
    "%p": "a",
    "%b": "MMM",
    "%B": "MMMM",
}


def read_dates(frame: Any, column: str, date_format: str | None, time_zone: str | None) -> Any:
    """The frame with a column as datetimes without a time zone; what is no date becomes missing."""
    if time_zone is not None:
        _check_zone(time_zone)
    if date_format is not None and (not isinstance(date_format, str) or not date_format):
        raise TypeError(f"date_format must be text such as '%Y-%m-%d', not {shown(date_format)}")
    dtype = frame.collect_schema()[column]
    if dtype.is_numeric() or dtype == nw.Boolean:
        raise DataError(
            f"{column} holds numbers ({dtype}), not dates; convert the column to dates first"
        )
    if not isinstance(dtype, nw.Date | nw.Datetime):
        frame = _read_text(frame, column, date_format, time_zone)
        if isinstance(frame, nw.DataFrame) or frame.implementation.is_dask():
            return frame  # read row by row, with the zones of the rows
        dtype = frame.collect_schema()[column]
    if getattr(dtype, "time_zone", None) is None:
        if time_zone is not None:
            raise DataError(_no_zone(column, time_zone))
        is_date = isinstance(dtype, nw.Date)
        return frame.with_columns(nw.col(column).cast(nw.Datetime("us"))) if is_date else frame
    if time_zone is None:
        raise DataError(
            f"{column} carries the time zone {dtype.time_zone}; name the time zone of "
            "the customers' days, as in time_zone='Europe/London'"
        )
    return _local(frame, column, time_zone)


def _no_zone(column: str, time_zone: str) -> str:
    return (
        f"{column} carries no time zone, so time_zone={time_zone!r} has nothing to convert: leave "
        "it out, and days count as they stand; where they are days of another place, give the "
        "dates their zone first, as with .dt.tz_localize('UTC')"
    )


def _check_zone(time_zone: str) -> None:
    if not isinstance(time_zone, str):
        raise TypeError(f"time_zone must be a name such as 'Europe/London', not {time_zone!r}")
    try:
        pd.Timestamp(0, tz=time_zone)
    except (KeyError, ValueError, IndexError, OSError) as error:
        raise ValueError(
            f"time_zone={time_zone!r} is not known; name it as in 'Europe/London'"
        ) from error


def _read_text(frame: Any, column: str, date_format: str | None, time_zone: str | None) -> Any:
    if isinstance(frame, nw.DataFrame):
        dates = _parsed(frame[column].to_pandas(), column, date_format, time_zone)
        if isinstance(frame.to_native(), pd.DataFrame):
            return nw.from_native(frame.to_native().assign(**{column: dates}))
        values = dates.to_numpy(dtype="datetime64[us]")
        return frame.with_columns(nw.new_series(column, values, backend=frame.implementation))
    if date_format is None:
        raise DataError(
            f"{column} holds text, which each engine reads differently; name its format, "
            "as in date_format='%Y-%m-%d'"
        )
    table = frame.to_native()
    if frame.implementation.is_dask():
        return nw.from_native(_read_in_dask(table, column, date_format, time_zone)).lazy()
    return nw.from_native(_READERS[frame.implementation](table, column, date_format)).lazy()


def _parsed(
    dates: pd.Series, column: str, date_format: str | None, time_zone: str | None
) -> pd.Series:
    _check_values(dates, column)
    if not _repeat(dates):
        return _moments(dates, np.ones(len(dates), int), column, date_format, time_zone)
    codes, texts = pd.factorize(dates)
    rows = np.bincount(codes[codes >= 0], minlength=len(texts))
    moments = _moments(pd.Series(texts), rows, column, date_format, time_zone).array
    return pd.Series(moments.take(codes, allow_fill=True), dates.index, name=dates.name)


def _repeat(dates: pd.Series) -> bool:
    """Whether many dates in text are the same, so that reading each text once is quicker."""
    some = dates.head(LOOKED_AT)
    if len(some) < LOOKED_AT or pd.api.types.infer_dtype(some, skipna=True) != "string":
        return False
    if some.nunique() > LOOKED_AT // 2:
        return False
    return pd.api.types.infer_dtype(dates, skipna=True) == "string"


def _moments(
    dates: pd.Series,
    rows: npt.NDArray[np.int64],
    column: str,
    date_format: str | None,
    time_zone: str | None,
) -> pd.Series:
    """The moments of dates, each of which stands in so many rows."""
    dates = _without_parts(dates, date_format)
    rule: Any = {"format": str(date_format or "ISO8601"), "errors": "coerce"}
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)  # pandas before 3 warns where 3 raises
        try:
            parsed = pd.to_datetime(dates, **rule)
        except (ValueError, FutureWarning):
            parsed = None
    if parsed is not None and parsed.dt.tz is None and parsed.notna().equals(dates.notna()):
        if time_zone is not None and parsed.notna().any():
            raise DataError(_no_zone(column, time_zone))
        return parsed
    # pandas 2 gives dates without an offset that of the row before.
    moments = pd.to_datetime(dates, utc=True, **rule)
    known = moments.notna().to_numpy()
    given = nw.from_native(dates[known].to_frame(column))
    offsets = given.select(utc_offset(nw.col(column))).to_native()[column]
    if offsets.isna().all():
        if time_zone is not None and len(offsets):
            raise DataError(_no_zone(column, time_zone))
        return moments.dt.tz_localize(None)
    if offsets.isna().any():
        with_offset = rows[known][offsets.notna().to_numpy()].sum()
        raise DataError(
            f"{column} has UTC offsets in {with_offset:,} of "
            f"{count_text(rows[known].sum(), 'dates')}; give them to all or to none"
        )
    if time_zone is None:
        raise DataError(
            f"{column} carries UTC offsets ({', '.join(sorted(offsets.unique())[:3])}); "
            "name the time zone of the customers' days, as in time_zone='Europe/London'"
        )
    return moments.dt.tz_convert(time_zone).dt.tz_localize(None)


def _without_parts(dates: pd.Series, date_format: str | None) -> pd.Series:
    """Leave out text that pandas reads though it names no day: "today", or "2024" alone."""
    shortest = SHORTEST_DATE if date_format is None else 0
    names_no_day = [
        isinstance(value, str) and (value in WORDS_OF_THE_CLOCK or len(value.strip()) < shortest)
        for value in dates.to_numpy(dtype=object)
    ]
    return dates.mask(np.array(names_no_day)) if any(names_no_day) else dates


def _check_values(dates: pd.Series, column: str) -> None:
    """Raise where Python objects are numbers, or lists and the like, among dates and text."""
    if dates.dtype != object or pd.api.types.infer_dtype(dates, skipna=True) in {"string", "date"}:
        return
    for value in dates:
        known = isinstance(value, str | dt.date | np.datetime64)
        if not known and not (pd.api.types.is_scalar(value) and pd.isna(value)):
            raise DataError(
                f"{column} holds {shown(value)}, which is not a date; convert the column to "
                "dates first"
            )


def utc_offset(date: nw.Expr) -> nw.Expr:
    """The offset at the end of dates in text, such as `+0800`; missing where there is none."""
    text = date.cast(nw.String)
    offset = text.str.replace_all("Z", "+0000", literal=True)
    offset = offset.str.replace_all(":", "", literal=True).str.slice(-5)
    return nw.when(text.str.contains(UTC_OFFSET)).then(offset)


def _read_in_polars(table: Any, column: str, date_format: str) -> Any:
    import polars as pl  # noqa: PLC0415 - an optional engine, which the table has loaded

    # There, %f alone counts billionths.
    date_format = date_format.replace(".%f", "%.f").replace("%f", "%6f")
    text = pl.col(column).cast(pl.String)
    zone = "UTC" if "%z" in date_format else None
    return table.with_columns(text.str.to_datetime(date_format, time_zone=zone, strict=False))


def _read_in_duckdb(table: Any, column: str, date_format: str) -> Any:
    text = date_format.replace("'", "''")
    return _replaced_in_duckdb(table, column, f"try_strptime({quoted(column)}, '{text}')")


def _replaced_in_duckdb(table: Any, column: str, expression: str) -> Any:
    replaced = f"{expression} AS {quoted(column)}"
    return table.select(f"* REPLACE ({replaced})")


def _read_in_dask(table: Any, column: str, date_format: str, time_zone: str | None) -> Any:
    def read(part: pd.DataFrame) -> pd.DataFrame:
        dates = _parsed(part[column], column, date_format, time_zone)
        return part.assign(**{column: dates.astype("datetime64[us]")})

    return table.map_partitions(read)


def _read_in_spark(table: Any, column: str, date_format: str) -> Any:
    from pyspark.sql import functions as F  # noqa: PLC0415, N812 - as Spark's users write it

    pattern = F.lit(_java_pattern(date_format))
    dates = F.try_to_timestamp(F.col(f"`{column}`"), pattern).cast("timestamp_ntz")
    return table.withColumn(column, dates)


_READERS = {
    nw.Implementation.POLARS: _read_in_polars,
    nw.Implementation.DUCKDB: _read_in_duckdb,
    nw.Implementation.PYSPARK: _read_in_spark,
}


def _java_pattern(date_format: str) -> str:
    parts = re.split("(%.)", date_format)  # what is between the directives, and they, in turn
    pieces = []
    for k, part in enumerate(parts):
        if k % 2 == 0:
            pieces.append("'" + part.replace("'", "''") + "'" if part else "")
            continue
        letters = JAVA_LETTERS.get(part)
        if letters is None:
            raise ValueError(
                f"date_format={date_format!r} has {part!r}, which Spark cannot read; convert "
                "the column to dates first"
            )
        # Numbers without anything between them need a fixed width.
        touches = (k > 1 and not parts[k - 1]) or (k < len(parts) - 2 and not parts[k + 1])
        pieces.append(letters * 2 if touches and len(letters) == 1 and letters != "a" else letters)
    return "".join(pieces)


def _local(frame: Any, column: str, time_zone: str) -> Any:
    if frame.implementation.is_duckdb():
        zone = time_zone.replace("'", "''")
        local_time = f"timezone('{zone}', {quoted(column)})"
        return nw.from_native(_replaced_in_duckdb(frame.to_native(), column, local_time)).lazy()
    if frame.implementation.is_pyspark():
        from pyspark.sql import functions as F  # noqa: PLC0415, N812 - as Spark's users write it

        session_day = F.col(f"`{column}`").cast("timestamp_ntz")
        dates = F.convert_timezone(None, F.lit(time_zone), session_day)
        return nw.from_native(frame.to_native().withColumn(column, dates)).lazy()
    if frame.implementation.is_pyarrow():
        # What pandas noted in the table would give the dates their time zone back on the way there.
        frame = nw.from_native(frame.to_native().replace_schema_metadata(None))
    if frame.implementation.is_pandas():
        # In pandas 2, a column of Arrow's would lose its time zone before it is converted.
        moments = pd.Series(frame.to_native()[column]).astype(pd.DatetimeTZDtype("us", "UTC"))
        frame = nw.from_native(frame.to_native().assign(**{column: moments}))
    local = nw.col(column).dt.convert_time_zone(time_zone).dt.replace_time_zone(None)
    return frame.with_columns(local)
