"""The exact reductions that models are fitted on: group-bys that run where the data lives."""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from cemkit.checks import check_choice, check_columns
from cemkit.data.engines import collect, day_number, scan

Period = Literal["day", "week", "month", "quarter", "year"]
# Weeks run from Monday to Sunday.
FREQUENCIES = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
CUSTOMER_HINT = "make the table with summarize_customers"


def purchase_histories(customers: Any) -> pd.DataFrame:
    """The different purchase histories and how many customers share each.

    All that BG/NBD, MBG/NBD and Pareto/NBD need of a customer table.

    Args:
        customers: `repeat_count, recency_days, tenure_days`, on any engine.

    Returns:
        Sorted, one row per history: `repeat_count` (x), `active_days` (t_x, from the first to the
        last purchase), `tenure_days` (T) and `customers`.

    Examples:
        >>> table = pd.DataFrame(
        ...     {"repeat_count": [0, 2, 0], "recency_days": [9, 1, 9], "tenure_days": [9, 9, 9]}
        ... )
        >>> purchase_histories(table)
           repeat_count  active_days  tenure_days  customers
        0             0            0            9          2
        1             2            8            9          1
    """
    needed = ["repeat_count", "recency_days", "tenure_days"]
    frame = _with_columns(customers, "customers", needed, CUSTOMER_HINT)
    active = nw.col("tenure_days") - nw.col("recency_days")
    keys = ["repeat_count", "active_days", "tenure_days"]
    return _counted(frame.with_columns(active_days=active), keys)


def spend_histories(customers: Any) -> pd.DataFrame:
    """The different pairs of repeat purchases and mean amount, and how many customers share each.

    All that Gamma-Gamma needs of a customer table; customers without a repeat purchase are not in.

    Args:
        customers: `repeat_count, repeat_mean_amount`, on any engine.

    Returns:
        Sorted: `repeat_count`, `repeat_mean_amount`, `customers`.

    Examples:
        >>> table = pd.DataFrame({"repeat_count": [0, 2, 2], "repeat_mean_amount": [0, 5.0, 5.0]})
        >>> spend_histories(table)
           repeat_count  repeat_mean_amount  customers
        0             2                 5.0          2
    """
    keys = ["repeat_count", "repeat_mean_amount"]
    frame = _with_columns(customers, "customers", keys, CUSTOMER_HINT)
    return _counted(frame.filter(nw.col("repeat_count") > 0), keys)


def cell_sums(table: Any, cells: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Counts, sums, squares and cross-products per cell: all that means and CUPED need.

    Args:
        table: Rows with the cells' and the values' columns, on any engine, such as an experiment.
        cells: The columns that make a cell, such as `["variant"]`.
        values: Numeric (or true and false) columns.

    Returns:
        Sorted by its index, the cells: `n`, `<value>_sum` of each value, and `<a>_<b>_sum` of the
        product of each two values, squares included.

    Examples:
        >>> experiment = pd.DataFrame(
        ...     {"variant": ["A", "A", "B"], "converted": [1, 0, 1], "amount": [3.0, 0.0, 5.0]}
        ... )
        >>> cell_sums(experiment, ["variant"], ["converted", "amount"])["converted_amount_sum"]
        variant
        A    3.0
        B    5.0
        Name: converted_amount_sum, dtype: float64
    """
    frame = _with_columns(table, "table", [*cells, *values], "")
    numbers = frame.select(*cells, *(nw.col(value).cast(nw.Float64) for value in values))
    products = {
        f"{a}_{b}_sum": nw.col(a) * nw.col(b) for a, b in combinations_with_replacement(values, 2)
    }
    columns = {**{f"{value}_sum": nw.col(value) for value in values}, **products}
    sums = numbers.select(*cells, **columns).group_by(*cells)
    summed = collect(sums.agg(nw.len().alias("n"), *(nw.col(name).sum() for name in columns)))
    return summed.astype({"n": "int64"}).set_index(list(cells)).sort_index()


def sales_per_period(orders: Any, period: Period) -> pd.Series:
    """Amounts per day, week, month, quarter or year, net of returns; periods without any are 0.

    Args:
        orders: `order_date, amount`, on any engine; one sum a day comes back.
        period: Weeks run from Monday to Sunday.

    Returns:
        On a PeriodIndex without gaps, from the first to the last period that has an order. The
        first and the last may not be whole.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "order_date": pd.to_datetime(["2024-01-31", "2024-03-01"]),
        ...         "amount": [5.0, 7.0],
        ...     }
        ... )
        >>> sales_per_period(orders, "month")
        order_date
        2024-01    5.0
        2024-02    0.0
        2024-03    7.0
        Freq: M, Name: amount, dtype: float64
    """
    check_choice(period, "period", list(FREQUENCIES))
    frame = _with_columns(orders, "orders", ["order_date", "amount"], "see prepare_orders")
    amount = nw.col("amount").cast(nw.Float64)
    days = frame.select(day=day_number(nw.col("order_date")), amount=amount).group_by("day")
    sums = collect(days.agg(nw.col("amount").sum())).sort_values("day")
    dates = pd.to_datetime(sums["day"], unit="D")
    periods = pd.PeriodIndex(dates, freq=FREQUENCIES[period], name="order_date")
    totals = pd.Series(sums["amount"].to_numpy(dtype=float), index=periods, name="amount")
    totals = totals.groupby(level=0).sum()
    return totals.reindex(
        pd.period_range(periods.min(), periods.max(), name="order_date"), fill_value=0.0
    )


def _with_columns(table: Any, name: str, columns: Sequence[str], hint: str) -> nw.LazyFrame[Any]:
    frame = scan(table, name)
    check_columns(frame.collect_schema().names(), columns, hint)
    return frame


def _counted(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> pd.DataFrame:
    counts = collect(frame.select(*keys).group_by(*keys).agg(nw.len().alias("customers")))
    return counts.astype({"customers": "int64"}).sort_values(list(keys), ignore_index=True)
