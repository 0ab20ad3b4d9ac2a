"""Orders to what each customer did in two periods that are compared."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import narwhals as nw
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.days import MISSING_DAY, day_of
from cemkit.data.engines import collect
from cemkit.data.order_ids import check_spelling
from cemkit.data.order_rows import HINT, scan_orders
from cemkit.data.purchase_days import check_none_missing, is_purchase, order_rows
from cemkit.errors import DataError, NotEnoughDataError

OUTSIDE, BASE, CURRENT = 0, 1, 2
SUMS = ("orders", "amount", "returned", "quantity")


class ComparedPeriods(NamedTuple):
    """Sums per customer, group and side, and the first purchase day of each customer."""

    cells: pd.DataFrame
    first_day: pd.Series
    has_quantity: bool
    later_rows: int


def compared_periods(
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
    rows = every.filter(nw.col("day") <= end).with_columns(side=_side(base, current))
    first_day = _first_days(orders, rows)
    inside = rows.filter(nw.col("side") > OUTSIDE)
    keys = ["customer_id", *groups, "side"]
    parts = [_sums(inside, keys, has_quantity), _order_counts(inside, keys, "order_id" in kept)]
    cells = pd.concat(parts, ignore_index=True)
    summed = cells.groupby(keys, dropna=False, observed=True, as_index=False).sum()
    later = collect(every.filter(nw.col("day") > end).select(nw.len().alias("rows")))
    return ComparedPeriods(
        summed.rename(columns=groups).reset_index(drop=True),
        first_day,
        has_quantity,
        int(later["rows"].iloc[0]),
    )


def _side(base: pd.Period, current: pd.Period) -> nw.Expr:
    day = nw.col("day")
    sides = [
        ((day >= day_of(period.start_time)) & (day <= day_of(period.end_time))).cast(nw.Int64)
        * number
        for period, number in ((base, BASE), (current, CURRENT))
    ]
    return sides[0] + sides[1]


def _first_days(orders: Any, rows: nw.LazyFrame[Any]) -> pd.Series:
    """The first purchase day of each customer up to the current period."""
    check_none_missing(orders, _total(rows, "missing"))
    bought = rows.filter(is_purchase(nw.col("amount"))).select("customer_id", "day")
    firsts = collect(bought.group_by("customer_id").agg(nw.col("day").min()))
    if firsts.empty:
        raise NotEnoughDataError("purchases up to the end of the period", have=0, need=1)
    check_spelling(firsts["customer_id"])
    first_day = firsts.set_index("customer_id")["day"].astype("int64")
    if first_day.min() <= day_of(MISSING_DAY):
        raise DataError("order_date goes back to 1700-01-01; correct the dates")
    return first_day


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
            f"quantity is missing or negative in {wrong:,} purchases; find the values, or leave "
            "the column out, and the change of order value is not split"
        )
    values = ["amount", "returned", "quantity"]
    return table.astype({**dict.fromkeys(values, "float64"), "side": "int64"})


def _order_counts(rows: nw.LazyFrame[Any], keys: Sequence[str], has_order_id: bool) -> pd.DataFrame:
    """Distinct orders; without ids an order is a day of the customer."""
    order = "order_id" if has_order_id else "day"
    distinct = rows.filter(is_purchase(nw.col("amount"))).select(*keys, order).unique()
    counts = collect(distinct.group_by(*keys).agg(nw.len().alias("orders")))
    return counts.astype({"orders": "float64", "side": "int64"})


def _total(rows: nw.LazyFrame[Any], column: str) -> int:
    total = collect(rows.select(nw.col(column).sum()))[column].iloc[0]
    return 0 if pd.isna(total) else int(total)
