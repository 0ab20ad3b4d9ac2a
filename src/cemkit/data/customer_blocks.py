"""The blocks of the customer table: further columns of its customers, each made when asked for."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.data.days import EPOCH, dates_of, day_of
from cemkit.data.engines import category_values, collect
from cemkit.data.order_rows import HINT, check_complete, scan_orders
from cemkit.data.promotions import with_promoted
from cemkit.data.purchase_days import (
    PurchaseDays,
    is_purchase,
    past_rows,
    purchase_day_rows,
    sorted_purchases,
)
from cemkit.data.reductions.activity import activity_in_memory, activity_sums
from cemkit.errors import DataError, MissingColumnsError

Frame = nw.LazyFrame[Any]
FAVOURITES = ("product", "category", "brand", "channel")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SLOPE_ROUNDING = 1e-12


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrders:
    """The orders up to a day, whose ids, dates and amounts have been checked.

    `customers` is the core of their table; `purchases` are those of orders in memory.
    """

    orders: Any
    end: pd.Timestamp
    customers: pd.DataFrame
    purchases: PurchaseDays | None
    windows: Sequence[int]

    @property
    def columns(self) -> list[str]:
        """The names of the columns of the orders."""
        return scan_orders(self.orders).collect_schema().names()

    def number(self, name: str) -> nw.Expr:
        """A column of money or fractions as a float; text and other values are refused."""
        dtype = scan_orders(self.orders).collect_schema()[name]
        if not dtype.is_numeric():
            raise DataError(f"{name} must be numeric, not {dtype}; {HINT}")
        return nw.col(name).cast(nw.Float64)

    def rows(self, *kept: str) -> Frame:
        """The rows with columns to keep; in memory, categories as their values."""
        rows = past_rows(self.orders, self.end, **{name: name for name in kept})
        if not rows.implementation.is_pandas():
            return rows
        table: pd.DataFrame = rows.collect("pandas").to_native()
        for name in kept:
            if isinstance(table[name].dtype, pd.CategoricalDtype):
                table[name] = category_values(table[name])
        return nw.from_native(table).lazy()

    def bought(self, *kept: str) -> Frame:
        """The rows of purchases."""
        return self.rows(*kept).filter(is_purchase(nw.col("amount")))


def activity(known: KnownOrders) -> pd.DataFrame:
    """Gaps between purchase days, and purchase days and amounts in each window."""
    sums = _activity_sums(known)
    core, today = known.customers, day_of(known.end)
    counts = [f"order_days_{window}" for window in known.windows]
    amounts = [f"amount_{window}" for window in known.windows]
    windows = [name for pair in zip(counts, amounts, strict=True) for name in pair]
    table = pd.DataFrame({name: sums[name] for name in windows}, index=sums.index)
    gaps, tenure, recency = core["repeat_count"], core["tenure_days"], core["recency_days"]
    some, span = gaps.clip(lower=1), tenure - recency
    mean_gap = span / some
    # In whole numbers, so that equal gaps vary by exactly 0.
    variance = (some * sums["squared_gap_sum"] - span**2) / some**2
    mean_gap_days = mean_gap.where(gaps > 0, tenure).astype("float64")
    return table.assign(
        silent_share=recency / tenure.clip(lower=1),
        mean_gap_days=mean_gap_days,
        gap_variation=(variance**0.5 / mean_gap.where(gaps > 1, 1)).where(gaps > 1, 0.0),
        order_trend=_order_trend(core, sums["day_sum"] - (gaps + 1) * today),
        log_total_amount=np.log1p(core["total_amount"].clip(lower=0)),
        log_overdue=np.log1p(recency / mean_gap_days.clip(lower=1)),
    )


def _activity_sums(known: KnownOrders) -> pd.DataFrame:
    frame = scan_orders(known.orders)
    rows = frame.select("customer_id", "order_date", "amount")
    if known.purchases is not None:
        return activity_in_memory(known.purchases, known.end, known.windows)
    if frame.implementation.is_dask():
        # All rows of a customer come into one partition, which is then a small table in memory.
        parts = rows.to_native().shuffle("customer_id")
        parts = parts.map_partitions(_activity_part, known.end, known.windows)
        sums = collect(nw.from_native(parts).lazy())
        return sums.set_index("customer_id").sort_index()
    return activity_sums(known.orders, known.end, known.windows)


def _activity_part(rows: pd.DataFrame, end: pd.Timestamp, windows: Sequence[int]) -> pd.DataFrame:
    purchases = sorted_purchases(rows, ["customer_id"], end)
    return activity_in_memory(purchases, end, windows).reset_index()


def _order_trend(core: pd.DataFrame, day_sum: pd.Series) -> pd.Series:
    """Laplace's statistic from the sum of the purchase days, counted from `as_of`."""
    gaps, tenure = core["repeat_count"], core["tenure_days"]
    # Sum over repeat purchases of days since the first one, against half the tenure each.
    some, since_first = gaps.clip(lower=1), day_sum + (gaps + 1) * tenure
    centred = since_first / (some * tenure.clip(lower=1)) - 0.5
    trends: pd.Series = centred * np.sqrt(12 * some)
    return trends.where(gaps > 0, 0.0)


def trend(known: KnownOrders) -> pd.DataFrame:
    """Whether purchases come faster, and whether they grow, by purchase day."""
    amount, x = nw.col("amount"), nw.col("x")
    days = known.bought().group_by("customer_id", "day").agg(amount.sum())
    days = days.with_columns(x=nw.col("day") - day_of(known.end))
    days = days.with_columns(xx=x * x, xa=x * amount)
    sums = collect(days.group_by("customer_id").agg(nw.col("x", "xx", "amount", "xa").sum()))
    sums = _on_customers(sums, known)
    n = known.customers["repeat_count"] + 1
    up, down = n * sums["xa"], sums["x"] * sums["amount"]
    spread = n * sums["xx"] - sums["x"] ** 2
    covered = (up - down).where((up - down).abs() > SLOPE_ROUNDING * up.abs(), 0.0)
    slope = (covered / spread.where(spread > 0, 1)).where(spread > 0, 0.0)
    trends = {"order_trend": _order_trend(known.customers, sums["x"]), "amount_slope": slope}
    return pd.DataFrame(trends)


def returns(known: KnownOrders) -> pd.DataFrame:
    """What came back: rows, money, its share, and when last."""
    amount = nw.col("amount")
    back = amount < 0
    rows = known.rows().with_columns(
        bought=nw.when(back).then(amount * 0).otherwise(amount),
        returned_amount=nw.when(back).then(amount * -1).otherwise(amount * 0),
        return_count=back.cast(nw.Int64),
        return_day=nw.when(back).then(nw.col("day")),
    )
    sums = rows.group_by("customer_id").agg(
        nw.col("bought", "returned_amount", "return_count").sum(), nw.col("return_day").max()
    )
    table = _on_customers(collect(sums), known)
    bought, returned = table["bought"], table["returned_amount"]
    share = (returned / bought.where(bought > 0)).fillna((returned > 0).astype("float64"))
    return pd.DataFrame(
        {
            "return_count": table["return_count"].astype("int64"),
            "returned_amount": returned,
            "returned_share": share,
            "last_return_date": _dates(table["return_day"]),
        }
    )


def favourites(known: KnownOrders) -> pd.DataFrame:
    """The product, category, brand and channel that most purchase rows have, with its share."""
    parts = []
    for name in (name for name in FAVOURITES if name in known.columns):
        rows = known.bought(name).filter(~nw.col(name).is_null()).select("customer_id", name)
        most = _on_customers(_most_frequent(rows, name), known)
        counts = most["different"].fillna(0).astype("int64").rename(f"{name}_count")
        best = most[[name, "share"]].set_axis(
            [f"favourite_{name}", f"favourite_{name}_share"], axis=1
        )
        parts += [best, counts]
    return pd.concat(parts, axis=1)


def habits(known: KnownOrders) -> pd.DataFrame:
    """The weekday of most purchase days, and the hour of most days and hours with a purchase."""
    days = purchase_day_rows(known.rows())
    # Far above 0: SQL has remainders of its own below it.
    weekday = (nw.col("day") + 7_000_000 + EPOCH.weekday()) % 7
    on = _on_customers(
        _most_frequent(days.select("customer_id", weekday=weekday), "weekday"), known
    )
    names = pd.Series(WEEKDAYS)
    table = pd.DataFrame(
        {
            "habitual_weekday": on["weekday"].map(names),
            "habitual_weekday_share": on["share"],
            "habitual_hour": np.nan,
            "habitual_hour_share": np.nan,
        }
    )
    if scan_orders(known.orders).collect_schema()["order_date"] == nw.Date:
        return table
    moment = nw.col("order_date").dt
    timed = known.bought("order_date").with_columns(
        hour=moment.hour().cast(nw.Int64),
        seconds=moment.minute().cast(nw.Int64) * 60 + moment.second().cast(nw.Int64),
    )
    timed = timed.filter((nw.col("hour") > 0) | (nw.col("seconds") > 0))
    hours = timed.select("customer_id", "day", "hour").unique().select("customer_id", "hour")
    at = _on_customers(_most_frequent(hours, "hour"), known)
    return table.assign(habitual_hour=at["hour"].astype("float64"), habitual_hour_share=at["share"])


def promotion(known: KnownOrders) -> pd.DataFrame:
    """The share of orders and of spend on promotion, and its mean discount."""
    key = "order_id" if "order_id" in known.columns else "day"
    discount = ["discount"] if "discount" in known.columns else []
    kept = ["promotion", *discount, *(["order_id"] if key == "order_id" else [])]
    rows = with_promoted(known.bought(*kept))
    amount, promoted = nw.col("amount"), nw.col("promoted")
    rows = rows.with_columns(promoted_amount=amount * promoted)
    orders = rows.group_by("customer_id", key).agg(
        promoted.max(), nw.col("amount", "promoted_amount").sum()
    )
    sums = orders.group_by("customer_id").agg(
        nw.col("promoted", "amount", "promoted_amount").sum(), promoted.count().alias("orders")
    )
    table = _on_customers(collect(sums), known)
    spend_share = table["promoted_amount"] / table["amount"].where(table["amount"] > 0)
    shares = pd.DataFrame(
        {
            "promotion_count": table["promoted"].astype("int64"),
            "promotion_share": table["promoted"] / table["orders"],
            "promotion_spend_share": spend_share.fillna(0.0),
        }
    )
    if not discount:
        return shares
    depth = known.number("discount")
    unknown = depth.is_null() | depth.is_nan().fill_null(False)
    known_depth = rows.filter(promoted == 1, ~unknown).select("customer_id", depth)
    of_each = known_depth.group_by("customer_id").agg(
        nw.col("discount").mean(),
        nw.col("discount").min().alias("least"),
        nw.col("discount").max().alias("most"),
    )
    depths = collect(of_each)
    if (depths["least"] < 0).any() or (depths["most"] > 1).any():
        raise DataError(
            "discount must be a fraction of the list price from 0 to 1 (0.2 is 20 % "
            f"off), but runs from {depths['least'].min():g} to {depths['most'].max():g}; "
            "divide percentages by 100"
        )
    return shares.assign(mean_discount=_on_customers(depths, known)["discount"])


def margin(known: KnownOrders) -> pd.DataFrame:
    """The amounts less the costs of their rows, in money and as a fraction of the amount."""
    cost = known.number("cost")
    rows = known.rows("cost").with_columns(
        missing=(cost.is_null() | ~cost.is_finite()).cast(nw.Int64), left=nw.col("amount") - cost
    )
    table = collect(rows.group_by("customer_id").agg(nw.col("left", "missing").sum()))
    if table["missing"].sum():
        check_complete(scan_orders(known.orders), ["cost"])
    left, total = _on_customers(table, known)["left"], known.customers["total_amount"]
    return pd.DataFrame({"contribution_margin": left, "margin": left / total.where(total > 0)})


def _most_frequent(rows: Frame, name: str) -> pd.DataFrame:
    """The value of most rows of each customer, the first of those tied, and its share of them."""
    counts = rows.group_by("customer_id", name).agg(nw.len().alias("rows"))
    if counts.implementation.is_pandas():
        return _most_in_pandas(counts.collect("pandas").to_native(), name)
    if counts.implementation.is_dask():  # which has no smallest text
        parts = counts.to_native().shuffle("customer_id").map_partitions(_most_in_pandas, name)
        return collect(nw.from_native(parts).lazy())
    if rows.collect_schema()[name] in {nw.Categorical, nw.Enum}:
        counts = counts.with_columns(nw.col(name).cast(nw.String))
    totals = counts.group_by("customer_id").agg(
        nw.col("rows").max().alias("most"),
        nw.col("rows").sum().alias("all"),
        nw.len().alias("different"),
    )
    best = counts.join(totals, on="customer_id").filter(nw.col("rows") == nw.col("most"))
    table = collect(
        best.group_by("customer_id").agg(
            nw.col(name).min(), nw.col("most", "all", "different").max()
        )
    )
    return table.assign(share=table["most"] / table["all"])


def _most_in_pandas(counts: pd.DataFrame, name: str) -> pd.DataFrame:
    if counts[name].dtype == object:
        counts = counts.assign(**{name: counts[name].astype(str)})
    ordered = counts.sort_values(["rows", name], ascending=[False, True])
    groups = counts.groupby("customer_id")["rows"]
    totals = pd.DataFrame({"all": groups.sum(), "different": groups.size()})
    table = ordered.drop_duplicates("customer_id").join(totals, on="customer_id")
    return table.assign(share=table["rows"] / table["all"])


def _on_customers(table: pd.DataFrame, known: KnownOrders) -> pd.DataFrame:
    table = table.set_index("customer_id").reindex(known.customers.index)
    floats = [name for name, dtype in table.dtypes.items() if pd.api.types.is_float_dtype(dtype)]
    return table.astype(dict.fromkeys(floats, "float64"))


def _dates(days: pd.Series) -> pd.Series:
    """Days by number as dates; missing ones stay missing."""
    return pd.Series(dates_of(days.to_numpy(np.float64, na_value=np.nan)), index=days.index)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How a block is made, and the columns of orders that it takes: all `needs`, or `any_of`."""

    make: Callable[[KnownOrders], pd.DataFrame]
    needs: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()

    def fits(self, columns: Sequence[str]) -> bool:
        """Whether the orders have the columns that the block takes."""
        there = set(columns)
        return there >= set(self.needs) and (not self.any_of or bool(there & set(self.any_of)))

    def check(self, name: str, columns: Sequence[str]) -> None:
        """Raise unless the orders have the columns that the block takes."""
        hint = f"the block {name!r} of the customer table takes them"
        check_columns(columns, self.needs, hint)
        if not self.fits(columns):
            raise MissingColumnsError(self.any_of, columns, f"include={name!r} takes one of them")


BLOCKS = {
    "activity": Block(make=activity),
    "trend": Block(make=trend),
    "returns": Block(make=returns),
    "favourites": Block(make=favourites, any_of=FAVOURITES),
    "habits": Block(make=habits),
    "promotion": Block(make=promotion, needs=("promotion",)),
    "margin": Block(make=margin, needs=("cost",)),
}
