"""Orders to what each known customer did in the window after `as_of`: one rule for every reader."""

import datetime as dt
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks import check_as_of, check_days
from cemkit.data.days import date_of, day_of
from cemkit.data.engines import collect
from cemkit.data.order_ids import check_spelling
from cemkit.data.purchase_days import (
    check_none_missing,
    is_purchase,
    order_rows,
    purchase_day_rows,
)
from cemkit.data.reductions.data_span import Day, check_window_seen
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

NEVER = 2**31 - 1  # later than any day


def window_outcomes(
    orders: Any, as_of: Day, window_days: int, *, data_until: Day | None = None
) -> pd.DataFrame:
    """Return `purchase_days, amount` in `as_of < date <= as_of + window_days` of known customers.

    Raises where the window ends after the data do: what is bought later would count as not bought.
    """
    start, end = _window(as_of, window_days)
    rows = order_rows(orders)
    day, inside = nw.col("day"), _inside(start, end)
    totals = _checked_totals(orders, start, end, data_until)
    known = totals[totals["first_day"] <= day_of(start)].set_index("customer_id").sort_index()
    counts = purchase_day_rows(rows.filter(inside)).group_by("customer_id")
    bought = collect(counts.agg(day.count().alias("count"))).set_index("customer_id")["count"]
    bought = bought.reindex(known.index).fillna(0).astype("int64")
    return pd.DataFrame({"purchase_days": bought, "amount": known["amount"].astype("float64")})


def window_buyers(
    orders: Any, as_of: Day, window_days: int, *, data_until: Day | None = None
) -> tuple[pd.Index, pd.Index]:
    """Return who bought up to `as_of`, and who bought in the window after it, each sorted.

    Nobody need have bought by `as_of`. Raises where the window ends after the data do.
    """
    start, end = _window(as_of, window_days)
    totals = _checked_totals(orders, start, end, data_until, before_first=True)
    before = totals.loc[totals["first_day"] <= day_of(start), "customer_id"]
    bought = order_rows(orders).filter(_inside(start, end) & is_purchase(nw.col("amount")))
    within = collect(bought.select("customer_id").unique())["customer_id"]
    return pd.Index(before).sort_values(), pd.Index(within).sort_values()


def window_products(
    orders: Any, as_of: Day, window_days: int, *, data_until: Day | None = None
) -> tuple[pd.DataFrame, list[Any]]:
    """Return `customer_id, product, before, within`: who bought what up to `as_of` and after it.

    `before` and `within` count the purchase rows of those who bought by `as_of`, in the past and in
    the window. The second is every product of the orders up to the end of the window.
    """
    start, end = _window(as_of, window_days)
    totals = _checked_totals(orders, start, end, data_until)
    known = totals.loc[totals["first_day"] <= day_of(start), "customer_id"]
    rows, inside = order_rows(orders, product="product"), _inside(start, end)
    rows = rows.filter(is_purchase(nw.col("amount")) & (nw.col("day") <= day_of(end)))
    rows = rows.filter(~nw.col("product").is_null())
    counted = rows.select(
        "customer_id",
        "product",
        within=inside.cast(nw.Int64),
        before=(nw.col("day") <= day_of(start)).cast(nw.Int64),
    )
    sums = counted.group_by("customer_id", "product").agg(nw.col("within", "before").sum())
    table = collect(sums)
    products = pd.unique(table["product"]).tolist()
    return table[table["customer_id"].isin(known)], products


def _window(as_of: Day, window_days: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    start = check_as_of(as_of)
    days = check_days(window_days, "window_days")
    if (dt.date.max - start.date()).days < days:
        raise ValueError(
            f"{count_text(days, 'days')} after as_of={start:%Y-%m-%d} end after the year 9999"
        )
    return start, start + pd.Timedelta(days=days)


def _inside(start: pd.Timestamp, end: pd.Timestamp) -> nw.Expr:
    return (nw.col("day") > day_of(start)) & (nw.col("day") <= day_of(end))


def _checked_totals(
    orders: Any,
    start: pd.Timestamp,
    end: pd.Timestamp,
    data_until: Day | None,
    *,
    before_first: bool = False,
) -> pd.DataFrame:
    """The totals of each customer, with none missing and the window within the data."""
    totals = _totals(order_rows(orders), _inside(start, end), day_of(end))
    check_none_missing(orders, int(totals["missing"].sum()))
    # Before those who came later are left out: they may be the others under another spelling.
    check_spelling(totals["customer_id"])
    _check_period(totals, start, end, data_until, before_first=before_first)
    return totals


def anyone_bought(orders: Any, as_of: Day, window_days: int) -> bool:
    """Whether anyone at all, known by `as_of` or not, bought in the window after it."""
    first = day_of(check_as_of(as_of))
    day = nw.col("day")
    inside = (day > first) & (day <= first + window_days) & is_purchase(nw.col("amount"))
    return len(collect(order_rows(orders).filter(inside).head(1))) > 0


def customers_between(orders: Any, first: pd.Timestamp, last: pd.Timestamp) -> pd.Index:
    """Everyone with an order row, be it a return, from the first to the last day."""
    rows = order_rows(orders).filter(_inside(first - pd.Timedelta(days=1), last))
    ids: pd.Index = pd.Index(collect(rows.select("customer_id").unique())["customer_id"])
    return ids[ids.argsort()]


def _totals(rows: nw.LazyFrame[Any], inside: nw.Expr, last: int) -> pd.DataFrame:
    day, amount = nw.col("day"), nw.col("amount")
    rows = rows.with_columns(
        first_day=nw.when(is_purchase(amount)).then(day).otherwise(day * 0 + NEVER),
        amount=nw.when(inside).then(amount).otherwise(amount * 0),
        missing=nw.when(day <= last).then(nw.col("missing")).otherwise(nw.col("missing") * 0),
    )
    return collect(
        rows.group_by("customer_id").agg(
            nw.col("first_day").min(),
            nw.col("day").max().alias("last_day"),
            nw.col("amount", "missing").sum(),
        )
    )


def _check_period(
    totals: pd.DataFrame,
    start: pd.Timestamp,
    end: pd.Timestamp,
    data_until: Day | None,
    *,
    before_first: bool,
) -> None:
    if totals.empty:
        raise NotEnoughDataError("orders", have=0, need=1)
    check_window_seen(end, date_of(totals["last_day"].max()), data_until)
    if (first := int(totals["first_day"].min())) == NEVER:
        raise NotEnoughDataError("purchases", have=0, need=1)
    if first > day_of(start) and not before_first:
        raise DataError(
            f"as_of={start:%Y-%m-%d} lies before the first order, on {date_of(first):%Y-%m-%d}; "
            "choose a later as_of"
        )
