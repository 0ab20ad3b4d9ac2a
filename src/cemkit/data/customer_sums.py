"""Order lines to customers: the same exact sums, in the way each engine does fastest."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import one_label_a_row
from cemkit.data.days import MISSING_DAY, after_day, dates_of
from cemkit.data.engines import count_distinct, quoted
from cemkit.data.purchase_days import PurchaseDays, distinct_pairs, is_purchase

# What is left of a sum, as a part of what was bought, is rounding rather than money.
ROUNDING = 1e-13
SUMS = (
    "first_order_date",
    "last_order_date",
    "purchase_days",
    "total_amount",
    "repeat_amount",
    "order_count",
)
PER_CUSTOMER = ("first_order_date", "last_order_date", "purchase_days", "total_amount")


def in_memory_sums(
    purchases: PurchaseDays, orders: pd.DataFrame, order_id: str | None
) -> pd.DataFrame:
    """The sums of orders in memory and sorted, by counting into bins."""
    bought = is_purchase(purchases.amounts)
    firsts = np.full(len(purchases.index), np.iinfo(np.int64).max)
    firsts[purchases.customer[purchases.starts]] = purchases.first
    later = np.where(purchases.days > firsts[purchases.row], purchases.amounts, 0.0)
    rounding: float | npt.NDArray[np.floating] = 0.0
    if not bought.all():
        rounding = ROUNDING * purchases.summed(np.where(bought, purchases.amounts, 0.0))
    count = purchases.count
    if order_id is not None:
        ids = orders[order_id].to_numpy()[purchases.past]
        with one_label_a_row("order_id"):
            codes = pd.factorize(ids[bought], use_na_sentinel=False)[0]
        customer = distinct_pairs(purchases.row[bought], codes)[0]
        count = np.bincount(customer, minlength=len(purchases.index))
        count = count[purchases.customer[purchases.starts]]
    sums = {
        "first_order_date": dates_of(purchases.first),
        "last_order_date": dates_of(purchases.last),
        "purchase_days": purchases.count,
        "total_amount": purchases.summed(purchases.amounts),
        "repeat_amount": purchases.summed(later),
        "order_count": count,
    }
    for name in ("total_amount", "repeat_amount"):
        sums[name] = np.where(np.abs(sums[name]) < rounding, 0.0, sums[name])
    return pd.DataFrame(sums, index=purchases.buyers)


def lazy_sums(
    orders: nw.LazyFrame[Any], keys: Sequence[str], end: pd.Timestamp, order_id: str | None
) -> nw.LazyFrame[Any]:
    """The sums of `in_memory_sums` where the engine holds the orders; nothing is read yet."""
    # Names of its own, as the user's can be those of columns made on the way.
    own = {key: f"key_{number}" for number, key in enumerate(keys)}
    day = nw.col("order_date").fill_null(nw.lit(MISSING_DAY.to_pydatetime()))
    amount = nw.col("amount").cast(nw.Float64).fill_null(float("inf"))
    order = {} if order_id is None else {"order_id": nw.col(order_id)}
    named = {name: nw.col(key) for key, name in own.items()}
    past = orders.select(**named, **order, order_date=day, amount=amount)
    past = past.filter(nw.col("order_date") < after_day(end))
    inner = list(named)
    if past.implementation.is_duckdb():
        sums: nw.LazyFrame[Any] = nw.from_native(_in_duckdb(past.to_native(), inner)).lazy()
    elif past.implementation.is_polars():
        sums = _by_join(past, inner)
    else:
        sums = _by_window(past, inner)
    money = {
        name: nw.when(nw.col(name).abs() < nw.col("purchased") * ROUNDING)
        .then(nw.lit(0.0))
        .otherwise(nw.col(name))
        for name in ("total_amount", "repeat_amount")
    }
    sums = sums.with_columns(**money)
    if order_id is None:
        sums = sums.with_columns(order_count=nw.col("purchase_days"))
    else:
        bought = past.filter(is_purchase(nw.col("amount")))
        counts = count_distinct(bought, inner, "order_id", "order_count")
        sums = sums.join(counts, on=inner, how="left")
    return sums.select(*(nw.col(name).alias(key) for key, name in own.items()), *SUMS)


def _by_window(past: nw.LazyFrame[Any], keys: Sequence[str]) -> nw.LazyFrame[Any]:
    rows = past.with_columns(
        day=nw.col("order_date").dt.truncate("1d"),
        bought=is_purchase(nw.col("amount")).cast(nw.Int64),
        purchased=nw.when(is_purchase(nw.col("amount")))
        .then(nw.col("amount"))
        .otherwise(nw.lit(0.0)),
    )
    days = rows.group_by(*keys, "day").agg(
        nw.col("amount", "purchased").sum(), nw.col("bought").max()
    )
    days = days.with_columns(bought_day=nw.when(nw.col("bought") == 1).then(nw.col("day")))
    days = days.with_columns(first=nw.col("bought_day").min().over(*keys))
    later = nw.when(nw.col("day") > nw.col("first")).then(nw.col("amount")).otherwise(nw.lit(0.0))
    sums = days.with_columns(later=later).group_by(*keys)
    summed = sums.agg(
        nw.col("bought_day").min().alias("first_order_date"),
        nw.col("bought_day").max().alias("last_order_date"),
        nw.col("bought_day").count().alias("purchase_days"),
        nw.col("amount").sum().alias("total_amount"),
        nw.col("later").sum().alias("repeat_amount"),
        nw.col("purchased").sum(),
    )
    return summed.filter(nw.col("purchase_days") > 0)


def _by_join(past: nw.LazyFrame[Any], keys: Sequence[str]) -> nw.LazyFrame[Any]:
    dated = past.with_columns(day=nw.col("order_date").cast(nw.Date))
    days = (
        dated.filter(is_purchase(nw.col("amount")))
        .group_by(*keys, "day")
        .agg(nw.col("amount").sum())
    )
    sums = days.group_by(*keys).agg(
        nw.col("day").min().alias("first_order_date"),
        nw.col("day").max().alias("last_order_date"),
        nw.len().alias("purchase_days"),
        nw.col("amount").sum().alias("total_amount"),
    )
    firsts = days.select(*keys, first_order_date="day", first_amount="amount")
    sums = sums.join(firsts, on=[*keys, "first_order_date"], how="left")
    # One chain of joins, in which `sums` stands once, lets Polars make it once.
    returns = dated.filter(nw.col("amount") < 0).select(*keys, "day", returned="amount")
    early = nw.when(nw.col("day") <= nw.col("first_order_date")).then(nw.col("returned"))
    marked = sums.join(returns, on=list(keys), how="left").with_columns(
        early=early.otherwise(nw.lit(0.0)), returned=nw.col("returned").fill_null(0.0)
    )
    same = [nw.col(name).max() for name in (*PER_CUSTOMER, "first_amount")]
    summed = marked.group_by(*keys).agg(*same, nw.col("early", "returned").sum())
    net = nw.col("total_amount") + nw.col("returned")
    return summed.with_columns(
        nw.col("first_order_date", "last_order_date").cast(nw.Datetime("us")),
        total_amount=net,
        purchased=nw.col("total_amount"),
        repeat_amount=net - nw.col("first_amount") - nw.col("early"),
    )


def _in_duckdb(past: Any, keys: Sequence[str]) -> Any:
    return past.query("past", DUCKDB_SUMS.replace("$keys", ", ".join(map(quoted, keys))))


# arg_min spares the join with the first days; the lists are short, as returns are few.
DUCKDB_SUMS = """
WITH days AS (
    SELECT $keys, CAST(order_date AS DATE) AS day, sum(amount) AS amount
    FROM past WHERE amount >= 0 GROUP BY ALL
), sums AS (
    SELECT $keys, min(day) AS first_day, max(day) AS last_day, count(*) AS purchase_days,
           sum(amount) AS total, arg_min(amount, day) AS first_amount
    FROM days GROUP BY ALL
), returned AS (
    SELECT $keys, list({'day': CAST(order_date AS DATE), 'amount': amount}) AS returns
    FROM past WHERE amount < 0 GROUP BY ALL
)
SELECT $keys, CAST(first_day AS TIMESTAMP) AS first_order_date,
       CAST(last_day AS TIMESTAMP) AS last_order_date, purchase_days,
       total + coalesce(list_sum([r.amount FOR r IN returns]), 0) AS total_amount,
       total - first_amount + coalesce(
           list_sum([r.amount FOR r IN returns IF r.day > first_day]), 0
       ) AS repeat_amount,
       total AS purchased
FROM sums LEFT JOIN returned USING ($keys)
"""
