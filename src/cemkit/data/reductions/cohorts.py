"""Orders to what each cohort of first purchases did, period by period."""

from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from cemkit.arrays import Floats
from cemkit.data.days import dates_of
from cemkit.data.engines import collect, scan
from cemkit.data.order_ids import check_spelling, check_spelling_in
from cemkit.data.purchase_days import check_none_missing, distinct_pairs, is_purchase, past_rows
from cemkit.data.reductions.customer_parts import is_in_parts, reduced_parts

PURCHASES = nw.when(is_purchase(nw.col("amount"))).then(nw.lit(1)).otherwise(nw.lit(0))
PART = {
    **dict.fromkeys(["cohort", "period", "size", "missing"], "int64"),
    **dict.fromkeys(["count", "amount", "amount_squared"], "float64"),
}


def cohort_purchases(
    orders: Any, as_of: pd.Timestamp, period: str, measure: str
) -> tuple[pd.Series, pd.DataFrame]:
    """What the customers who first bought in the same period did, period by period."""
    if measure == "retention" and scan(orders, "orders").implementation.is_duckdb():
        return _counts_in_duckdb(orders, as_of, period)
    rows = past_rows(orders, as_of).with_columns(purchases=PURCHASES)
    if is_in_parts(rows):
        return _cells_in_parts(rows, orders, period, measure)
    table = _customer_days(rows, orders)
    check_none_missing(orders, int(table["missing"].sum()))
    check_spelling(table["customer_id"].unique())
    return _cells(table, period, measure)


def _counts_in_duckdb(
    orders: Any, as_of: pd.Timestamp, period: str
) -> tuple[pd.Series, pd.DataFrame]:
    """The cells of retention, counted where the rows are."""
    rows = past_rows(orders, as_of, own_when="order_date")
    missing = collect(rows.select(nw.col("missing").sum()))["missing"]
    check_none_missing(orders, int(missing.fillna(0).sum()))
    check_spelling_in(rows)
    number = lazy_period_number(nw.col("day"), nw.col("own_when"), period)
    bought = rows.filter(is_purchase(nw.col("amount"))).select("customer_id", period=number)
    first = bought.group_by("customer_id").agg(nw.col("period").min().alias("cohort"))
    cells = bought.join(first, on="customer_id", how="inner").group_by("cohort", "period")
    table = collect(cells.agg(nw.col("customer_id").n_unique().alias("count")))
    table = table.astype({"cohort": "int64", "period": "int64", "count": "float64"})
    table = table.sort_values(["cohort", "period"], ignore_index=True)
    started = table[table["cohort"] == table["period"]].set_index("cohort")["count"]
    sizes = started.astype("int64").rename(None).rename_axis(None)
    return sizes, table[["cohort", "period", "count"]]


def _cells_in_parts(
    rows: nw.LazyFrame[Any], orders: Any, period: str, measure: str
) -> tuple[pd.Series, pd.DataFrame]:
    """The cells where an engine holds the rows; only those of each part come into memory here."""
    check_spelling_in(rows)
    parts = reduced_parts(rows, partial(_part, period=period, measure=measure), PART)
    check_none_missing(orders, int(parts["missing"].sum()))
    table = parts.groupby(["cohort", "period"], as_index=False).sum()
    sizes = table[table["size"] > 0].set_index("cohort")["size"].rename_axis(None)
    cells = ["count", *(["amount", "amount_squared"] if measure == "amount" else [])]
    used = (table[cells] != 0).any(axis=1)
    return sizes.rename(None), table.loc[used, ["cohort", "period", *cells]].reset_index(drop=True)


def _part(rows: pd.DataFrame, *, period: str, measure: str) -> pd.DataFrame:
    """The cells of some customers and the sizes of their cohorts, or how many rows have gaps."""
    missing = int(rows["missing"].sum())
    if missing or rows.empty:
        gaps = pd.DataFrame({"cohort": [0], "period": [0], "missing": [missing]})
        return gaps.reindex(columns=list(PART), fill_value=0).astype(PART)
    sizes, cells = _cells(rows, period, measure)
    started = pd.DataFrame({"cohort": sizes.index, "period": sizes.index, "size": sizes})
    table = pd.concat([cells, started], ignore_index=True)
    return table.reindex(columns=list(PART)).fillna(0).astype(PART)


def _cells(rows: pd.DataFrame, period: str, measure: str) -> tuple[pd.Series, pd.DataFrame]:
    """The size of each cohort and its cells, from all rows of its customers."""
    code = pd.factorize(rows["customer_id"])[0].astype("int64")
    day = dates_of(rows["day"].to_numpy("int64")).astype("datetime64[D]")
    bought = rows["purchases"].to_numpy() > 0
    number = period_number(day, period)
    if not bought.any():
        return pd.Series(dtype="int64"), pd.DataFrame()
    low, span = number.min(), int(np.ptp(number)) + 1
    customer, number = code, number - low
    who, active = distinct_pairs(customer[bought], number[bought])
    cohort = np.full(code.max() + 1, -1)
    first = np.flatnonzero(np.diff(who, prepend=-1))
    cohort[who[first]] = active[first]
    sizes = np.bincount(cohort[cohort >= 0], minlength=span)
    started = np.flatnonzero(sizes)
    # Cells for the cohorts there are: one order of 1900 would else make millions of empty ones.
    cohort = np.where(cohort >= 0, np.searchsorted(started, cohort), -1)
    shape = len(started), span
    if measure == "repeat":
        who, on = _second_days(customer[bought], rows["day"].to_numpy("int64")[bought])
        active = period_number(on, period) - low
    cells = {"count": _by_cell(cohort[who], active, shape)}
    if measure == "amount":
        known = cohort[customer] >= 0
        entries = rows["amount"].to_numpy()[known], (customer[known], number[known])
        sums = sparse.csr_array(entries, (len(cohort), span))
        at = np.repeat(cohort, np.diff(sums.indptr)), sums.indices, shape
        cells |= {"amount": _by_cell(*at, sums.data), "amount_squared": _by_cell(*at, sums.data**2)}
    table = pd.DataFrame({name: cell.ravel() for name, cell in cells.items()})
    table.insert(0, "cohort", np.repeat(started, span) + low)
    table.insert(1, "period", np.tile(np.arange(span), len(started)) + low)
    used = (table[list(cells)] != 0).any(axis=1)
    return pd.Series(sizes[started], index=started + low), table[used].reset_index(drop=True)


def period_number(day: npt.NDArray[np.datetime64], period: str) -> npt.NDArray[np.int64]:
    """The number of the period that each day lies in, as pandas numbers it."""
    if period == "week":
        return (day.astype("int64") + 3) // 7 + 1  # 1970-01-01 was a Thursday
    month = day.astype("datetime64[M]").astype("int64")
    return month // {"month": 1, "quarter": 3, "year": 12}[period]


def lazy_period_number(day: nw.Expr, when: nw.Expr, period: str) -> nw.Expr:
    """The number of the period of a lazy date, as pandas numbers it."""
    if period == "week":
        weeks = 20_000  # so that days before 1970 are above 0: SQL divides those otherwise
        return (day.cast(nw.Int64) + 3 + 7 * weeks) // 7 - weeks + 1
    years = 300
    month = (when.dt.year().cast(nw.Int64) - 1970 + years) * 12 + when.dt.month().cast(nw.Int64) - 1
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    return month // length - years * 12 // length


def _customer_days(rows: nw.LazyFrame[Any], orders: Any) -> pd.DataFrame:
    if not isinstance(orders, pd.DataFrame):
        sums = nw.col("amount", "missing", "purchases").sum()
        rows = rows.group_by("customer_id", "day").agg(sums)
    return collect(rows)


def _second_days(
    customer: npt.NDArray[np.int64], day: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.datetime64]]:
    """Who bought on more than one day, and on which day for the second time."""
    who, day = distinct_pairs(customer, day)
    first = np.diff(who, prepend=-1) != 0
    second = np.flatnonzero(first[:-1] & ~first[1:]) + 1
    return who[second], dates_of(day[second]).astype("datetime64[D]")


def _by_cell(
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    shape: tuple[int, int],
    weights: Floats | None = None,
) -> Floats:
    cells = np.bincount(row * shape[1] + column, weights=weights, minlength=shape[0] * shape[1])
    return cells.reshape(shape).astype("float64")
