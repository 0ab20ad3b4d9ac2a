"""The few Narwhals verbs that give the same answer on every backend."""

from typing import Any

import narwhals as nw
import pandas as pd

EPOCH_YEAR = 1970


def scan(table: Any, name: str) -> nw.LazyFrame[Any]:
    """Any supported table as a lazy Narwhals frame; nothing is read yet.

    Args:
        table: A pandas, Polars, PyArrow, DuckDB, Dask or PySpark table.
        name: What the table is, for the message.

    Raises:
        TypeError: It is none of these.

    Examples:
        >>> scan(pd.DataFrame({"amount": [1.0]}), "orders").collect_schema().names()
        ['amount']
    """
    try:
        frame: nw.LazyFrame[Any] = nw.from_native(table).lazy()
        return frame
    except TypeError as error:
        raise TypeError(
            f"{name} must be a pandas, Polars, PyArrow, DuckDB, Dask or PySpark table, "
            f"not {type(table).__name__}"
        ) from error


def collect(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The rows of a lazy frame in memory, as pandas.

    Args:
        frame: What is left after reducing; small.

    Examples:
        >>> collect(scan(pd.DataFrame({"amount": [1.0]}), "orders"))
           amount
        0     1.0
    """
    rows: pd.DataFrame = frame.collect("pandas").to_native()
    return rows


def day_number(date: nw.Expr) -> nw.Expr:
    """Days since 1970-01-01: whole numbers, which subtract alike on every backend.

    Args:
        date: An expression of dates or datetimes without a time zone.

    Examples:
        >>> dates = scan(
        ...     pd.DataFrame({"day": pd.to_datetime(["1970-01-02", "2000-03-01"])}), "dates"
        ... )
        >>> collect(dates.select(number=day_number(nw.col("day"))))["number"].tolist()
        [1, 11017]
    """
    year = date.dt.year().cast(nw.Int64)
    leap_days = (year - 1969) // 4 - (year - 1901) // 100 + (year - 1601) // 400
    day_of_year = date.dt.ordinal_day().cast(nw.Int64)
    return (year - EPOCH_YEAR) * 365 + leap_days + day_of_year - 1
