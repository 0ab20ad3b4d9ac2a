"""The named group-bys that models and tables are made from; each runs where the data live."""

import datetime as dt
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.engines import collect, day_number, scan

HINT = "make the orders table with prepare_orders"


def amounts_in_window(orders: Any, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Net amounts in `start < date <= end` of everyone who bought up to `start`.

    Args:
        orders: `customer_id, order_date, amount` on any engine.
        start: The last day before the window.
        end: The last day of the window.

    Returns:
        Sorted by its index `customer_id`: `amount`, 0 for those with no row in the window.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> amounts_in_window(orders, pd.Timestamp("2024-01-31"), pd.Timestamp("2024-03-31"))
                     amount
        customer_id
        ann            30.0
        bob             0.0
    """
    first, last = _day_count(start), _day_count(end)
    rows = _days(orders).filter(nw.col("day") <= last)
    within = nw.when(nw.col("day") > first).then(nw.col("amount")).otherwise(nw.lit(0.0))
    before = (nw.col("day") <= first) & (nw.col("amount") >= 0)
    rows = rows.with_columns(
        within=within, purchases=nw.when(before).then(nw.lit(1)).otherwise(nw.lit(0))
    )
    sums = rows.group_by("customer_id").agg(
        nw.col("within").sum().alias("amount"), nw.col("purchases").sum()
    )
    table = collect(sums.filter(nw.col("purchases") > 0).select("customer_id", "amount"))
    return table.set_index("customer_id").sort_index()


def last_order_day(orders: Any) -> pd.Timestamp:
    """The day of the last order.

    Args:
        orders: `customer_id, order_date, amount` on any engine.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {"customer_id": [1], "order_date": pd.to_datetime(["2024-01-01"]), "amount": [2.0]}
        ... )
        >>> last_order_day(orders)
        Timestamp('2024-01-01 00:00:00')
    """
    last = collect(_days(orders).select(nw.col("day").max()))["day"].iloc[0]
    return pd.Timestamp("1970-01-01") + pd.Timedelta(days=int(last))


def cohort_purchases(orders: Any, as_of: dt.date, period: str) -> pd.DataFrame:
    """Who of each cohort bought again, period by period, and for how much.

    A cohort is everyone whose first purchase lies in one period. Periods are numbered: weeks from
    Monday 1969-12-29, months, quarters and years from year 0.

    Args:
        orders: `customer_id, order_date, amount` on any engine.
        as_of: The last day seen; later rows are left out.
        period: `"week"`, `"month"`, `"quarter"` or `"year"`.

    Returns:
        One row per cohort and period in which it did anything: `cohort, period, buyers`
        (customers with a purchase), `amount` net of returns, `amount_squared` (the sum of the
        squares of each customer's amount in the period) and `returned` (customers whose first
        purchase on a later day than their first lies in the period).

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> table = cohort_purchases(orders, pd.Timestamp("2024-03-31"), "month")
        >>> table[["buyers", "amount", "returned"]].to_numpy().tolist()
        [[2.0, 25.0, 0.0], [1.0, 30.0, 1.0]]
    """
    rows = _days(orders, period).filter(nw.col("day") <= _day_count(pd.Timestamp(as_of)))
    purchases = rows.filter(nw.col("amount") >= 0)
    first = purchases.group_by("customer_id").agg(
        nw.col("day").min().alias("first_day"), nw.col("period").min().alias("cohort")
    )
    joined = rows.join(first, on="customer_id", how="inner")
    bought = joined.filter(nw.col("amount") >= 0)
    keys = ["cohort", "period"]
    buyers = (
        bought.select("customer_id", *keys).unique().group_by(*keys).agg(nw.len().alias("buyers"))
    )
    amounts = joined.group_by("customer_id", *keys).agg(nw.col("amount").sum())
    amounts = amounts.with_columns(amount_squared=nw.col("amount") * nw.col("amount"))
    sums = amounts.group_by(*keys).agg(nw.col("amount").sum(), nw.col("amount_squared").sum())
    second = bought.filter(nw.col("day") > nw.col("first_day"))
    again = second.group_by("customer_id", "cohort").agg(nw.col("period").min())
    returned = again.group_by(*keys).agg(nw.len().alias("returned"))
    tables = [collect(part).set_index(keys) for part in (buyers, sums, returned)]
    return pd.concat(tables, axis=1).fillna(0).sort_index().reset_index()


def period_number(day: nw.Expr, date: nw.Expr, period: str) -> nw.Expr:
    """The number of the period that a day lies in; periods that follow each other differ by 1.

    Args:
        day: The day's number from 1970-01-01.
        date: The date itself.
        period: `"week"`, `"month"`, `"quarter"` or `"year"`.

    Examples:
        >>> dates = scan(pd.DataFrame({"date": pd.to_datetime(["2024-02-29"])}), "dates")
        >>> number = period_number(day_number(nw.col("date")), nw.col("date"), "month")
        >>> collect(dates.select(month=number))["month"].tolist()
        [24289]
    """
    if period == "week":
        return (day + 3) // 7  # 1970-01-01 was a Thursday
    year, month = date.dt.year().cast(nw.Int64), date.dt.month().cast(nw.Int64) - 1
    return {"month": year * 12 + month, "quarter": year * 4 + month // 3, "year": year}[period]


def _days(orders: Any, period: str | None = None) -> nw.LazyFrame[Any]:
    frame = scan(orders, "orders")
    check_columns(frame.collect_schema().names(), ["customer_id", "order_date", "amount"], HINT)
    day = day_number(nw.col("order_date"))
    columns = {"day": day}
    if period is not None:
        columns["period"] = period_number(day, nw.col("order_date"), period)
    return frame.select("customer_id", nw.col("amount").cast(nw.Float64), **columns)


def _day_count(day: pd.Timestamp) -> int:
    return (day.normalize() - pd.Timestamp("1970-01-01")).days
