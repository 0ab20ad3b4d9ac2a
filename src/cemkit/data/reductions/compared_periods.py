"""Orders to what each customer did in two periods that are compared."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.days import day_of
from cemkit.data.engines import collect
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import HINT, scan_orders
from cemkit.data.purchase_days import check_none_missing, is_purchase, order_rows
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

OUTSIDE, BASE, CURRENT = 0, 1, 2
NEVER = 2**31 - 1  # later than any day


class ComparedPeriods(NamedTuple):
    """Sums per customer, group and side, and the first purchase day of each customer."""

    cells: pd.DataFrame
    first_day: pd.Series
    has_quantity: bool
    later_rows: int


def sums_of_two_periods(
    orders: Any, base: pd.Period, current: pd.Period, by: Sequence[str]
) -> ComparedPeriods:
    """Purchases, returns and quantities of two periods, on any engine.

    `cells` has `customer_id`, the columns of `by`, `side` (1 for the base, 2 for the current
    period), `orders, amount, returned, quantity`; a missing group is a group.
    """
    columns = scan_orders(orders).collect_schema()
    check_columns(columns.names(), by, HINT)
    has_quantity = "quantity" in columns.names()
    if has_quantity and not columns["quantity"].is_numeric():
        raise DataError(f"quantity must be numeric, not {columns['quantity']}; {HINT}")
    groups = {f"group_{place}": name for place, name in enumerate(by)}
    kept = {name: name for name in ("order_id", "quantity") if name in columns.names()}
    end = day_of(current.end_time)
    every = order_rows(orders, **kept, **groups)
    first_day, later_rows = _first_days(orders, every, end)
    rows = every.with_columns(side=_side(base, current)).filter(nw.col("side") > OUTSIDE)
    keys = ["customer_id", *groups, "side"]
    parts = [_sums(rows, keys, has_quantity), _order_counts(rows, keys, "order_id" in kept)]
    cells = pd.concat(parts, ignore_index=True)
    summed = cells.groupby(keys, dropna=False, observed=True, as_index=False).sum()
    return ComparedPeriods(
        summed.rename(columns=groups).reset_index(drop=True), first_day, has_quantity, later_rows
    )


def _side(base: pd.Period, current: pd.Period) -> nw.Expr:
    day = nw.col("day")
    sides = [
        ((day >= day_of(period.start_time)) & (day <= day_of(period.end_time))).cast(nw.Int64)
        * number
        for period, number in ((base, BASE), (current, CURRENT))
    ]
    return sides[0] + sides[1]


def _first_days(orders: Any, rows: nw.LazyFrame[Any], end: int) -> tuple[pd.Series, int]:
    """The first purchase day of each customer up to the end, and how many rows come later."""
    day, past = nw.col("day"), nw.col("day") <= end
    bought = past & is_purchase(nw.col("amount"))
    columns = {
        "first": nw.when(bought).then(day).otherwise(day * 0 + NEVER),
        "later": (~past).cast(nw.Int64),
        "missing": nw.when(past).then(nw.col("missing")).otherwise(nw.col("missing") * 0),
    }
    sums = rows.select("customer_id", **columns).group_by("customer_id")
    table = collect(sums.agg(nw.col("first").min(), nw.col("later", "missing").sum()))
    check_none_missing(orders, int(table["missing"].sum()))
    first_day = table.set_index("customer_id")["first"].astype("int64")
    first_day = first_day[first_day < NEVER]
    if first_day.empty:
        raise NotEnoughDataError("purchases up to the end of the period", have=0, need=1)
    check_spelling(first_day.index)
    return first_day, int(table["later"].sum())


def _sums(rows: nw.LazyFrame[Any], keys: Sequence[str], has_quantity: bool) -> pd.DataFrame:
    amount = nw.col("amount")
    bought = is_purchase(amount)
    quantity = nw.col("quantity").cast(nw.Float64) if has_quantity else amount * 0
    odd = bought & (quantity.is_null() | ~quantity.is_finite() | (quantity < 0))
    columns = {
        "amount": nw.when(bought).then(amount).otherwise(amount * 0),
        "returned": nw.when(~bought).then(amount).otherwise(amount * 0),
        "quantity": nw.when(bought & ~odd).then(quantity).otherwise(amount * 0),
        "odd": odd.cast(nw.Int64),
    }
    summed = rows.select(*keys, **columns).group_by(*keys).agg(nw.col(*columns).sum())
    table = collect(summed)
    wrong = int(table.pop("odd").sum())
    if wrong:
        raise DataError(
            f"quantity is missing or negative in {count_text(wrong, 'purchases')}; find the "
            "values, or leave the column out, and the change of order value is not split"
        )
    values = ["amount", "returned", "quantity"]
    return table.astype({**dict.fromkeys(values, "float64"), "side": "int64"})


def _order_counts(rows: nw.LazyFrame[Any], keys: Sequence[str], has_order_id: bool) -> pd.DataFrame:
    """Distinct orders; without ids an order is a day of the customer."""
    order = "order_id" if has_order_id else "day"
    distinct = rows.filter(is_purchase(nw.col("amount"))).select(*keys, order).unique()
    counts = collect(distinct.group_by(*keys).agg(nw.len().alias("orders")))
    return counts.astype({"orders": "float64", "side": "int64"})
