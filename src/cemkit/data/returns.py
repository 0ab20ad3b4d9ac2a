"""net_returns: which purchase each return takes back, and which returns match nothing."""

import dataclasses
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.data.engines import collect
from cemkit.data.order_ids import check_spelling_in
from cemkit.data.order_rows import check_complete, scan_orders
from cemkit.results import Result

CENT = 0.005
PRODUCT = "product_as_text"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NetReturns(Result):
    """Returns and the purchases they reverse, from `net_returns`.

    `table` has one row per return: its own columns and `matched`, `purchase_date`,
    `purchase_order_id` (where orders have ids), `purchase_amount` and `days_to_return`. Amounts of
    returns are negative.

    Examples:
        >>> NetReturns(
        ...     returns=2,
        ...     matched=1,
        ...     unmatched=1,
        ...     matched_amount=-9.0,
        ...     unmatched_amount=-1.0,
        ...     table=pd.DataFrame(),
        ... ).sentence()
        '1 of 2 returns match a purchase (-9.00); 1 match nothing (-1.00).'
    """

    returns: int
    matched: int
    unmatched: int
    matched_amount: float
    unmatched_amount: float
    table: pd.DataFrame


def net_returns(orders: Any) -> NetReturns:
    """Match each return with the purchase it reverses.

    A return is matched to a purchase of the same customer, and of the same product where there is
    such a column (rows without a product count as one product). The purchase is not after the
    return, and at least the returned amount of it is still unmatched. A purchase with exactly the
    returned amount left comes first, then the latest one. Earlier returns are matched first, so
    nothing is returned twice.

    Args:
        orders: Order table with `customer_id, order_date, amount` and, where present, `product` and
            `order_id`, on any engine. Only rows of customers (and products) with a return are
            brought into memory.

    Returns:
        A `NetReturns`, whose table has one row per return in date order, with the matched purchase.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        DataError: An id, date or amount is missing, or the dates are not dates.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 1],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-09"]),
        ...         "amount": [20.0, 50.0, -20.0],
        ...     }
        ... )
        >>> net_returns(orders).table[["amount", "matched", "purchase_date", "days_to_return"]]
           amount  matched purchase_date  days_to_return
        0   -20.0     True    2024-01-01               8
    """
    frame = scan_orders(orders)
    check_spelling_in(frame)
    rows, purchase = purchases_of_returns(frame)
    table = rows[rows["amount"] < 0].assign(matched=purchase >= 0)
    names = {"order_date": "purchase_date", "order_id": "purchase_order_id"}
    bought = rows[[c for c in [*names, "amount"] if c in rows.columns]]
    if "order_id" in bought and pd.api.types.is_integer_dtype(bought["order_id"].dtype):
        # A missing one makes no floats of the others.
        unsigned = pd.api.types.is_unsigned_integer_dtype(bought["order_id"].dtype)
        bought = bought.astype({"order_id": "UInt64" if unsigned else "Int64"})
    bought = bought.rename(columns={**names, "amount": "purchase_amount"})
    table = table.join(bought.reindex(purchase).set_index(table.index))
    days = (table["order_date"].dt.normalize() - table["purchase_date"].dt.normalize()).dt.days
    table = table.assign(days_to_return=days.astype("Int64"))
    table = table.sort_values("order_date", kind="stable", ignore_index=True)
    amounts = table["amount"].groupby(table["matched"]).sum()
    return NetReturns(
        returns=len(table),
        matched=int(table["matched"].sum()),
        unmatched=int((~table["matched"]).sum()),
        matched_amount=float(amounts.get(True, 0.0)),
        unmatched_amount=float(amounts.get(False, 0.0)),
        table=table,
    )


def purchases_of_returns(orders: nw.LazyFrame[Any]) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """The rows that returns are matched among, and the position there of each return's purchase."""
    rows = _rows_around_returns(orders)
    keys = [name for name in ("customer_id", PRODUCT) if name in rows.columns]
    rows = rows.sort_values([*keys, "order_date", "amount"], kind="stable", ignore_index=True)
    purchase = _matches(rows, keys, rows["amount"].to_numpy(dtype=np.float64) < 0)
    return rows.drop(columns=PRODUCT, errors="ignore"), purchase


def _rows_around_returns(orders: nw.LazyFrame[Any]) -> pd.DataFrame:
    check_complete(orders)
    names = orders.collect_schema().names()
    columns = ["customer_id", "product", "order_date", "amount", "order_id"]
    # PyArrow's dates would come to pandas as Python objects.
    date = nw.col("order_date").cast(nw.Datetime("us"))
    orders = orders.select(*(name for name in columns if name in names))
    orders, keys = orders.with_columns(order_date=date), ["customer_id"]
    if "product" in names:
        # A join on a missing product would lose its rows.
        product = nw.col("product").cast(nw.String).fill_null("")
        orders, keys = orders.with_columns(product.alias(PRODUCT)), ["customer_id", PRODUCT]
    with_return = orders.filter(nw.col("amount") < 0).select(*keys).unique()
    return collect(orders.join(with_return, on=keys, how="inner"))


def _matches(
    rows: pd.DataFrame, keys: list[str], is_return: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """The position of each return's purchase among the sorted rows, or -1."""
    group = rows.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
    returned = np.flatnonzero(is_return)
    starts = np.searchsorted(group, group[returned])
    ends = np.searchsorted(group, group[returned], side="right")
    amounts = rows["amount"].to_numpy(dtype=np.float64)
    dates = rows["order_date"].to_numpy(dtype="datetime64[us]").view(np.int64)
    left = np.where(is_return, 0.0, amounts)
    found = np.full(len(returned), -1, dtype=np.int64)
    for number, (row, start, end) in enumerate(zip(returned, starts, ends, strict=True)):
        # On one moment a return sorts before the purchases, so the search ends after that moment.
        stop = start + np.searchsorted(dates[start:end], dates[row], side="right")
        candidates = start + np.flatnonzero(left[start:stop] >= -amounts[row] - CENT)
        if len(candidates):
            exact = candidates[np.abs(left[candidates] + amounts[row]) < CENT]
            found[number] = exact[-1] if len(exact) else candidates[-1]
            left[found[number]] += amounts[row]
    return found
