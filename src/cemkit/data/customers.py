"""summarize_customers: from orders to one row per customer."""

import datetime as dt

import narwhals as nw
import pandas as pd

from cemkit.checks import check_as_of, check_columns
from cemkit.errors import DataError, NotEnoughDataError

HINT = "make the orders table with prepare_orders"


def summarize_customers(orders: pd.DataFrame, as_of: str | dt.date | pd.Timestamp) -> pd.DataFrame:
    """One row per customer: how recently, how often and how much they bought.

    A purchase is a row whose amount is not negative; a negative amount is a return. Dates and
    counts come from purchases alone, amounts are net of returns. Rows dated after `as_of` are left
    out, and customers without a purchase up to `as_of` have no row. Without `order_id`, an order
    is a day on which the customer bought.

    Args:
        orders: `customer_id, order_date, amount` and, where present, `order_id`.
        as_of: The last day seen.

    Returns:
        Sorted by its index `customer_id`, with

        - `first_order_date, last_order_date`: days of the first and last purchase,
        - `order_count`: purchase orders (RFM frequency),
        - `total_amount`: the sum net of returns, and `mean_amount`: that sum per order,
        - `recency_days`: days from the last purchase to `as_of`,
        - `tenure_days`: days from the first purchase to `as_of` (T),
        - `repeat_count`: purchase days after the first (x),
        - `repeat_mean_amount`: net amount after the first purchase day, per repeat purchase day
          (z; 0 where there is none).

        The papers' t_x is `tenure_days - recency_days`.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        NotEnoughDataError: `orders` is empty, or holds no purchase.
        DataError: `as_of` lies before the first order.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob"],
        ...         "order_date": pd.to_datetime(["1997-01-01", "1997-01-11", "1997-01-05"]),
        ...         "amount": [20.0, 30.0, 5.0],
        ...     }
        ... )
        >>> customers = summarize_customers(orders, as_of="1997-01-31")
        >>> customers[["order_count", "total_amount", "recency_days", "tenure_days"]]
                     order_count  total_amount  recency_days  tenure_days
        customer_id
        ann                    2          50.0            20           30
        bob                    1           5.0            26           26
    """
    end = check_as_of(as_of)
    frame = nw.from_native(orders, eager_only=True)
    check_columns(frame.columns, ["customer_id", "order_date", "amount"], HINT)
    if frame.is_empty():
        raise NotEnoughDataError("orders", have=0, need=1)
    order_id = ["order_id"] if "order_id" in frame.columns else []
    past = frame.select(
        "customer_id", "amount", *order_id, day=nw.col("order_date").dt.truncate("1d")
    ).filter(nw.col("day") <= end.to_pydatetime())
    if past.is_empty():
        first = frame["order_date"].min()
        raise DataError(f"as_of={end:%Y-%m-%d} lies before the first order, on {first:%Y-%m-%d}")
    purchases = past.filter(nw.col("amount") >= 0)
    if purchases.is_empty():
        raise NotEnoughDataError("purchases up to as_of", have=0, need=1)
    return _measured(_aggregated(past, purchases, order_id), end)


def _aggregated(
    past: nw.DataFrame[pd.DataFrame], purchases: nw.DataFrame[pd.DataFrame], order_id: list[str]
) -> pd.DataFrame:
    days = purchases.select("customer_id", "day").unique()
    order = days if not order_id else purchases.select("customer_id", *order_id).unique()
    dates = days.group_by("customer_id").agg(
        nw.col("day").min().alias("first_order_date"),
        nw.col("day").max().alias("last_order_date"),
        nw.len().alias("purchase_days"),
    )
    counts = order.group_by("customer_id").agg(nw.len().alias("order_count"))
    later = nw.col("day") > nw.col("first_order_date")
    amounts = (
        past.join(dates.select("customer_id", "first_order_date"), on="customer_id")
        .with_columns(repeat_amount=nw.when(later).then(nw.col("amount")).otherwise(nw.lit(0.0)))
        .group_by("customer_id")
        .agg(
            nw.col("amount").sum().alias("total_amount"),
            nw.col("repeat_amount").sum().alias("repeat_amount"),
        )
    )
    joined = dates.join(counts, on="customer_id").join(amounts, on="customer_id")
    return joined.to_pandas().set_index("customer_id").sort_index()


def _measured(sums: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    repeat_count = sums["purchase_days"].astype("int64") - 1
    return pd.DataFrame(
        {
            "first_order_date": sums["first_order_date"],
            "last_order_date": sums["last_order_date"],
            "order_count": sums["order_count"].astype("int64"),
            "total_amount": sums["total_amount"],
            "mean_amount": sums["total_amount"] / sums["order_count"],
            "recency_days": (end - sums["last_order_date"]).dt.days,
            "tenure_days": (end - sums["first_order_date"]).dt.days,
            "repeat_count": repeat_count,
            "repeat_mean_amount": sums["repeat_amount"] / repeat_count.clip(lower=1),
        }
    )
