"""Which products go together, and which lead to more expensive ones: counts, with intervals."""

import datetime as dt
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from cemkit.arrays import Floats
from cemkit.checks import (
    check_as_of,
    check_fraction,
    check_frame,
    check_integer,
    finite_values,
    local_days,
)
from cemkit.data.ladders import check_ladder_is_bought, read_ladder
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.proportions.intervals import critical_value, rate_bounds

ENTRIES = 10_000_000  # of a matrix formed at once, so that memory does not grow with customers


def association_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    min_customers: int = 10,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the pairs of products bought by the same customers up to `as_of`.

    Args:
        orders: Order table with `customer_id, order_date, amount, product`, on any engine.
        as_of: Last day seen. Later orders are left out.
        min_customers: Smallest number of customers of a pair. Rarer pairs are left out.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        One row per ordered pair, highest lift first: `product, next_product`; the number of
        `customers` who bought both; `product_customers, next_customers`, who bought each;
        `confidence` = customers / product_customers with its Wilson bounds `confidence_lower,
        confidence_upper`; `lift` = confidence / the share of all customers who bought
        `next_product`, with bounds `lift_lower, lift_upper` (log-normal, delta method on the three
        counts); `cosine`. The table is empty if no pair has `min_customers` customers.

    Raises:
        NotEnoughDataError: There is not a purchase up to `as_of`.

    References:
        Brin, Motwani, Silverstein (1997), Beyond market baskets, SIGMOD (lift); Wilson (1927).

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 2, 3, 4],
        ...         "order_date": pd.Timestamp("2024-01-01"),
        ...         "amount": 1.0,
        ...         "product": ["tea", "pot", "tea", "pot", "tea", "mug"],
        ...     }
        ... )
        >>> pairs = association_table(orders, "2024-01-31", min_customers=1)
        >>> pairs[["product", "next_product", "customers", "lift"]]
          product next_product  customers      lift
        0     pot          tea          2  1.333333
        1     tea          pot          2  1.333333
    """
    z = critical_value(check_fraction(confidence_level, "confidence_level"))
    least = check_integer(min_customers, "min_customers", minimum=1)
    table, _ = purchase_gaps(orders, check_as_of(as_of), ["product"])
    who, ids = pd.factorize(table["customer_id"])
    what, products = pd.factorize(table["product"], sort=True)
    of_product = np.bincount(what)
    who, code = (codes[of_product[what] >= least] for codes in (who, what))
    bought = sparse.csr_array(
        (np.ones(len(who), dtype=np.int64), (who, code)), (len(ids), len(products))
    )
    together = (bought.T @ bought).tocsr().sorted_indices().tocoo()
    kept = (together.row != together.col) & (together.data >= least)
    first, second, both = together.row[kept], together.col[kept], together.data[kept]
    n1, n2, n = of_product[first], of_product[second], len(ids)
    confidence, lift = both / n1, both * n / (n1 * n2)
    lower, upper = rate_bounds(both * 1.0, n1 * 1.0, critical_value(confidence_level))
    spread = np.exp(z * _log_lift_error(both, n1, n2, n))
    pairs = {
        "product": products.take(first),
        "next_product": products.take(second),
        "customers": both,
        "product_customers": n1,
        "next_customers": n2,
        "confidence": confidence,
        "confidence_lower": lower,
        "confidence_upper": upper,
        "lift": lift,
        "lift_lower": lift / spread,
        "lift_upper": lift * spread,
        "cosine": both / np.sqrt(n1 * n2),
    }
    order = np.lexsort((-both, -lift))  # of equals in the order of their names, as they stand
    return pd.DataFrame(pairs).iloc[order].reset_index(drop=True)


def upgrade_paths(
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    ladder: Any = None,
    min_customers: int = 10,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Return the upgrade paths from products to higher ones, and how long they take.

    A product is higher if it is more expensive or, with a ladder, on a higher level. A customer
    takes the path from one product to a higher one if the first purchase of the higher product is
    on a later day than that of the other. The price of a product is its median amount per unit (per
    row without `quantity`) over the purchases up to `as_of` with an amount above 0. Without a
    ladder, a product that was always free has no path.

    Args:
        orders: Order table with `customer_id, order_date, amount, product` and, where present,
            `quantity`.
        as_of: Last day seen. Later orders are left out.
        ladder: Products from the lowest to the highest, or a table with `product, level`. None
            orders products by price.
        min_customers: Smallest number of customers of a path. Rarer paths are left out.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        One row per path, most customers first: `product, next_product, price_ratio` (above 1
        without a ladder; missing where a product never cost anything), the number of `customers`
        who took it; `product_customers`; the `share` of these who took it, with Wilson bounds
        `share_lower, share_upper`; `forward_share` (of the customers who bought both on different
        days, the share who bought the higher one later) and `mean_days` between the first
        purchases.

    Raises:
        NotEnoughDataError: There is not a purchase up to `as_of`.
        DataError: A quantity of a purchase is missing or not above 0, or the ladder has only one
            level, a product twice, or no product that anyone bought.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 2],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-01-11", "2024-01-02", "2024-01-22"]
        ...         ),
        ...         "amount": [5.0, 50.0, 5.0, 50.0],
        ...         "product": ["basic", "premium", "basic", "premium"],
        ...     }
        ... )
        >>> paths = upgrade_paths(orders, "2024-01-31", min_customers=2)
        >>> paths[["product", "next_product", "price_ratio", "customers", "mean_days"]]
          product next_product  price_ratio  customers  mean_days
        0   basic      premium         10.0          2       15.0
    """
    check_fraction(confidence_level, "confidence_level")
    least = check_integer(min_customers, "min_customers", minimum=1)
    end = check_as_of(as_of)
    table, _ = purchase_gaps(check_frame(orders, "orders"), end, ["product"])
    prices = _prices(orders, end)
    what, products = pd.factorize(table["product"], sort=True)
    of_product = np.bincount(what)
    enough = of_product[what] >= least
    moves = _moves(table.assign(code=what)[enough], len(products))
    price = prices.reindex(products).to_numpy(dtype=np.float64)
    first, second = np.divmod(moves.index.to_numpy(), len(products))
    height = price if ladder is None else _heights(ladder, products)
    kept = (moves["customers"].to_numpy() >= least) & (height[second] > height[first])
    first, second, n = first[kept], second[kept], of_product[first[kept]]
    taken, days = (moves[name].to_numpy()[kept] for name in ("customers", "days"))
    back = moves["customers"].reindex(second * len(products) + first, fill_value=0).to_numpy()
    lower, upper = rate_bounds(taken * 1.0, n.astype(np.float64), critical_value(confidence_level))
    paths = {
        "product": products.take(first),
        "next_product": products.take(second),
        "price_ratio": price[second] / price[first],
        "customers": taken,
        "product_customers": n,
        "share": taken / n,
        "share_lower": lower,
        "share_upper": upper,
        "forward_share": taken / (taken + back),
        "mean_days": days / taken,
    }
    order = np.argsort(-taken, kind="stable")
    return pd.DataFrame(paths).iloc[order].reset_index(drop=True)


def _heights(ladder: Any, products: pd.Index) -> Floats:
    """The rung of each product; missing for those that are not on the ladder."""
    rungs = read_ladder(ladder)
    check_ladder_is_bought(rungs, products)
    return rungs.reindex(products.astype(object)).to_numpy(dtype=np.float64)


def _log_lift_error(both: Floats, n1: Floats, n2: Floats, n: int) -> Floats:
    """Of log(n both / (n1 n2)): the delta method on the four cells of a multinomial."""
    # The variance of a sum of indicators' logs: with p, q the margins and s the share of both,
    # 1/s - 1/p - 1/q + 2 s / (p q) - 1, over n.
    p, q, s = n1 / n, n2 / n, both / n
    variance: Floats = (1 / s - 1 / p - 1 / q + 2 * s / (p * q) - 1) / n
    return np.sqrt(np.maximum(variance, 0))


def _prices(orders: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    amount = finite_values(orders["amount"], "amount")
    day = local_days(orders["order_date"], "order_date")
    counted = (amount > 0) & (day <= end.to_datetime64())
    past, each = orders[counted], pd.Series(amount[counted], index=orders.index[counted])
    if "quantity" in past:
        quantity = finite_values(past["quantity"], "quantity")
        if (quantity <= 0).any():
            raise DataError(
                "quantity is not above 0 in "
                f"{count_text(int((quantity <= 0).sum()), 'purchases')}, so they have no price per "
                "unit; correct or leave out those rows first"
            )
        each = each / quantity
    prices: pd.Series = each.groupby(past["product"], observed=True).median()
    return prices


def _moves(bought: pd.DataFrame, products: int) -> pd.DataFrame:
    """How many customers first bought a product after another, and the days between, summed."""
    who = pd.factorize(bought["customer_id"])[0]
    order = np.lexsort((bought["first_day"], who))
    who, code, day = who[order], *(bought[name].to_numpy()[order] for name in ("code", "first_day"))
    visits = np.flatnonzero((np.diff(who, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0))
    ends = np.append(visits, len(code))
    begins = np.searchsorted(who, who[visits])
    blocks = np.unique(np.cumsum(visits - begins) // ENTRIES, return_index=True)[1]
    moved, days = (sparse.csc_array((products, products), dtype=np.int64) for _ in range(2))
    for start, end in pairwise([*blocks.tolist(), len(visits)]):
        rows, lengths = _ranges(begins[start:end], visits[start:end])
        since = np.repeat(day[visits[start:end]], lengths) - day[rows]
        shape, earlier = (end - start, products), np.append(0, np.cumsum(lengths))
        codes = code[ends[start] : ends[end]]
        new = sparse.csr_array(
            (np.ones(len(codes), np.int64), codes, ends[start : end + 1] - ends[start]), shape
        )
        before = sparse.csr_array((np.ones(len(rows), np.int64), code[rows], earlier), shape)
        waited = sparse.csr_array((since, code[rows], earlier), shape)
        moved, days = moved + before.T @ new, days + waited.T @ new
    found, days = moved.tocsr().tocoo(), days.tocsr()
    keys = found.row.astype(np.int64) * products + found.col
    return pd.DataFrame({"customers": found.data, "days": days.data}, index=keys)


def _ranges(
    starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The numbers from each start up to its end, one range after the other; and how many each."""
    lengths = ends - starts
    skipped = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return np.arange(len(skipped)) + skipped, lengths
