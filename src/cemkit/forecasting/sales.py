"""sales_from_orders: regular series of sales from a table of orders."""

import datetime as dt
import warnings
from typing import Any, Literal

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_choice, check_flag
from cemkit.data.reductions.data_span import Day, data_end
from cemkit.data.reductions.sales import daily_amounts
from cemkit.errors import CemkitWarning, DataError

SalesPeriod = Literal["day", "week", "month", "quarter", "year"]
FREQUENCIES = {"day": "D", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def sales_from_orders(
    orders: Any,
    period: SalesPeriod = "week",
    *,
    by: str | None = None,
    week_start: str = "monday",
    partial: Literal["drop", "keep"] = "drop",
    gaps: Literal["zero", "missing"] = "zero",
    net: bool = True,
    start: str | dt.date | None = None,
    end: str | dt.date | None = None,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series | pd.DataFrame:
    """Sum the sales of every period, on the engine of the order table.

    Args:
        orders: Order table with `order_date, amount` (pandas, Polars, PyArrow, DuckDB, Dask or
            PySpark).
        period: Length of a period.
        by: Column to split by, such as `category`. None for one series.
        week_start: Day on which weeks begin.
        partial: Treatment of a first or last period that the data cover only in part: `"drop"`
            leaves it out and warns, `"keep"` keeps it.
        gaps: Value of periods without an order: `"zero"`, or `"missing"` if the shop was closed or
            data are missing.
        net: Whether to subtract returns (negative amounts). False leaves returns out.
        start: First day that the data cover; by default the day of the first order.
        end: Last day to sum; by default the last day that the data cover. Orders outside `start` to
            `end` are left out.
        data_until: Last day that the data cover. By default the day of the last order, returns
            included, or `end` if that is later; give it if nothing was sold on the last days.

    Returns:
        A Series of amounts on a PeriodIndex. With `by`, a DataFrame with one column per value on
        the same index.

    Raises:
        MissingColumnsError: A column is missing.
        ValueError: `by` names `order_date` or `amount`.
        DataError: There is no order, or no whole period; a date, an amount or a value of `by` is
            missing; `data_until` lies before the last order or before `end`.

    Examples:
        >>> days = pd.to_datetime(["2024-01-01", "2024-01-14", "2024-01-21"])
        >>> orders = pd.DataFrame({"customer_id": 1, "order_date": days, "amount": [3.0, 4.0, 5.0]})
        >>> sales_from_orders(orders, "week").tolist()
        [3.0, 4.0, 5.0]
    """
    check_choice(period, "period", (*FREQUENCIES, "week"))
    check_choice(week_start, "week_start", WEEKDAYS)
    check_choice(partial, "partial", ("drop", "keep"))
    check_choice(gaps, "gaps", ("zero", "missing"))
    check_flag(net, "net")
    daily = daily_amounts(orders, by=by, net=net)
    if daily.empty:
        raise DataError("need at least 1 row in orders, got 0")
    # A day with nothing but returns is a day that the data cover.
    days = daily["day"] if net else daily_amounts(orders)["day"]
    first = days.min() if start is None else check_as_of(start, "start")
    last = _last_day(days.max(), end, data_until)
    daily = daily[daily["day"].between(first, last)]
    if daily.empty:
        raise DataError(
            f"orders has no rows from {first.date()} to {last.date()}; check start and end"
        )
    index = _index(first, last, _frequency(period, week_start), partial)
    table = _summed(daily, by, index)
    if gaps == "zero":
        table = table.fillna(0.0)
    return table if by is not None else table["amount"]


def _last_day(
    last_order: pd.Timestamp, end: str | dt.date | None, data_until: Day | None
) -> pd.Timestamp:
    """The last day to sum: `end`, or else the last one that the data cover."""
    covered = data_end(last_order, data_until)
    if end is None:
        return covered
    last = check_as_of(end, "end")
    if data_until is not None and last > covered:
        raise DataError(
            f"end={last.date()} lies after data_until={covered.date()}; use an earlier end"
        )
    return last


def _frequency(period: SalesPeriod, week_start: str) -> str:
    if period != "week":
        return FREQUENCIES[period]
    last_day = WEEKDAYS[WEEKDAYS.index(week_start) - 1]
    return f"W-{last_day[:3].upper()}"


def _index(first: pd.Timestamp, last: pd.Timestamp, frequency: str, partial: str) -> pd.PeriodIndex:
    index = pd.period_range(first, last, freq=frequency)
    if partial == "keep":
        return index
    begins, ends = index.start_time.normalize(), index.end_time.normalize()
    whole = np.asarray((begins >= first) & (ends <= last))
    if not whole.any():
        raise DataError(
            f"the orders ({first.date()} to {last.date()}) cover no whole period; use a "
            "shorter one, or partial='keep'"
        )
    if not whole.all():
        dropped = ", ".join(str(one) for one in index[~whole])
        warnings.warn(
            f"left out {dropped}: the orders ({first.date()} to {last.date()}) cover "
            "only a part; give start and data_until if they cover more, or keep them "
            "with partial='keep'",
            CemkitWarning,
            stacklevel=3,
        )
    return index[whole]


def _summed(daily: pd.DataFrame, by: str | None, index: pd.PeriodIndex) -> pd.DataFrame:
    periods = pd.PeriodIndex(daily["day"], freq=index.freq)
    if by is None:
        return daily.groupby(periods)["amount"].sum().reindex(index).to_frame("amount")
    sums = daily.groupby([periods, daily[by]], observed=True)["amount"].sum().unstack()
    return sums.reindex(index)
