"""Orders to purchases per day of a cohort: what a purchase model is tracked against."""

import datetime as dt
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_as_of, normal_ids
from cemkit.checks.tables import check_column_names
from cemkit.data.days import day_of
from cemkit.data.engines import collect
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.data.purchase_days import order_rows, purchase_day_rows


def cohort_purchases_by_day(orders: Any, as_of: str | dt.date | pd.Timestamp) -> pd.DataFrame:
    """Purchases per day of the customers who first bought up to `as_of`."""
    if isinstance(orders, pd.DataFrame) and "customer_id" in orders.columns:
        check_column_names(orders.columns, "orders")
        ids = normal_ids(orders["customer_id"])
        orders = orders.assign(customer_id=pd.Series(ids, index=orders.index))
    check_complete(scan_orders(orders))
    last = day_of(check_as_of(as_of))
    days = purchase_day_rows(order_rows(orders))
    firsts = days.group_by("customer_id").agg(nw.col("day").min().alias("first_day"))
    cohort = firsts.filter(nw.col("first_day") <= last)
    per_day = collect(
        days.join(cohort, on="customer_id").group_by("day").agg(nw.len().alias("purchases"))
    ).set_index("day")["purchases"]
    joined = collect(cohort.group_by("first_day").agg(nw.len().alias("first_purchases")))
    first = joined.set_index("first_day")["first_purchases"].reindex(per_day.index, fill_value=0)
    table = pd.DataFrame({"first_purchases": first, "repeat_purchases": per_day - first})
    table.index = pd.to_datetime(table.index, unit="D").rename("day")
    return table.astype("int64").sort_index()
