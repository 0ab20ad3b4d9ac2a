"""Which products go together, and which lead to dearer ones: counts, with intervals."""

import datetime as dt
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import ndtri

from cemkit.checks import check_as_of, check_columns, check_fraction, check_frame, check_integer
from cemkit.data.reductions.repurchase import purchase_gaps
from cemkit.proportions.intervals import critical_value, rate_bounds

PAIRS = 4_000_000  # formed at once, so that memory does not grow with the customers
Floats = npt.NDArray[np.float64]


def association_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    min_customers: int = 10,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Pairs of products bought by the same customers, up to `as_of`.

    Args:
        orders: `customer_id, order_date, amount, product`, on any engine.
        as_of: The last day seen.
        min_customers: Pairs that fewer customers share are left out.
        confidence_level: Of the intervals.

    Returns:
        One row per ordered pair, highest lift first: `product, next_product`; `customers` (who
        bought both), `product_customers, next_customers` (who bought each); `confidence` =
        customers / product_customers with its Wilson bounds `confidence_lower, confidence_upper`;
        `lift` = confidence / the share of all customers who bought `next_product`, with bounds
        `lift_lower, lift_upper` (log-normal, delta method on the three counts); `cosine`.
        No row where no pair is shared by so many.

    Raises:
        NotEnoughDataError: There is no purchase up to `as_of`.

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
    z = float(ndtri(0.5 + check_fraction(confidence_level, "confidence_level") / 2))
    least = check_integer(min_customers, "min_customers", minimum=1)
    table, _ = purchase_gaps(orders, check_as_of(as_of), ["product"])
    who, ids = pd.factorize(table["customer_id"])
    what, products = pd.factorize(table["product"], sort=True)
    bought = sparse.csr_array(
        (np.ones(len(who), dtype=np.int64), (who, what)), (len(ids), len(products))
    )
    together = (bought.T @ bought).tocoo()
    kept = (together.row != together.col) & (together.data >= least)
    first, second, both = together.row[kept], together.col[kept], together.data[kept]
    of_product = np.bincount(what)
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
    order = np.lexsort((second, first, -both, -lift))
    return pd.DataFrame(pairs).iloc[order].reset_index(drop=True)


def upgrade_paths(
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    min_customers: int = 10,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """From which products customers move on to dearer ones, and how long it takes.

    A customer takes the path from one product to a dearer one when the first purchase of the
    dearer lies on a later day than that of the other. The price of a product is its median amount
    per unit (per row without `quantity`) over the purchases up to `as_of`.

    Args:
        orders: `customer_id, order_date, amount, product` and, where present, `quantity`.
        as_of: The last day seen.
        min_customers: Paths that fewer customers took are left out.
        confidence_level: Of the intervals.

    Returns:
        One row per path, most customers first: `product, next_product, price_ratio` (above 1),
        `customers` (who took it), `product_customers`, `share` of these with Wilson bounds
        `share_lower, share_upper`, `forward_share` (of the customers who bought both on different
        days, those who bought the dearer one later) and `mean_days` between the first purchases.

    Raises:
        NotEnoughDataError: There is no purchase up to `as_of`.

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
    prices = _prices(orders, end)
    table, _ = purchase_gaps(orders, end, ["product"])
    enough = table.groupby("product")["product"].transform("size") >= least
    what, products = pd.factorize(table["product"], sort=True)
    price = prices.reindex(products).to_numpy(dtype=np.float64)
    moves = _moves(table.assign(code=what)[enough], price)
    moves = moves[moves["customers"] >= least]
    first, second = (moves.index.get_level_values(name).to_numpy() for name in ("first", "second"))
    n, taken = np.bincount(what)[first], moves["customers"].to_numpy()
    lower, upper = rate_bounds(taken * 1.0, n * 1.0, critical_value(confidence_level))
    paths = {
        "product": products.take(first),
        "next_product": products.take(second),
        "price_ratio": price[second] / price[first],
        "customers": taken,
        "product_customers": n,
        "share": taken / n,
        "share_lower": lower,
        "share_upper": upper,
        "forward_share": taken / (taken + moves["back"].to_numpy()),
        "mean_days": moves["days"].to_numpy() / taken,
    }
    order = np.lexsort((second, first, -taken))
    return pd.DataFrame(paths).iloc[order].reset_index(drop=True)


def _log_lift_error(both: Floats, n1: Floats, n2: Floats, n: int) -> Floats:
    """Of log(n both / (n1 n2)): the delta method on the four cells of a multinomial."""
    # The variance of a sum of indicators' logs: with p, q the margins and s the share of both,
    # 1/s - 1/p - 1/q + 2 s / (p q) - 1, over n.
    p, q, s = n1 / n, n2 / n, both / n
    variance: Floats = (1 / s - 1 / p - 1 / q + 2 * s / (p * q) - 1) / n
    return np.sqrt(np.maximum(variance, 0))


def _prices(orders: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    check_columns(check_frame(orders, "orders").columns, ["product", "amount", "order_date"])
    past = orders[(orders["amount"] > 0) & (orders["order_date"].dt.normalize() <= end)]
    prices: pd.Series = (past["amount"] / past.get("quantity", 1)).groupby(past["product"]).median()
    return prices


def _moves(bought: pd.DataFrame, price: Floats) -> pd.DataFrame:
    """For each product and dearer one: customers who took the path, who came back, total days."""
    who = bought["customer_id"].to_numpy()
    starts = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    size = np.diff(np.append(starts, len(who)))
    block = np.cumsum(size**2) // PAIRS
    firsts = np.append(np.flatnonzero(np.append(True, np.diff(block) > 0)), len(size))
    code, day = bought["code"].to_numpy(), bought["first_day"].to_numpy()
    shape = (len(price), len(price))
    taken, back, days = (sparse.csr_array(shape, dtype=np.int64) for _ in range(3))
    for start, end in pairwise(firsts.tolist()):
        left, right = _pairs(starts[start:end], size[start:end])
        left, right, gap = _dearer(code[left], code[right], day[right] - day[left], price)
        for_each = [
            sparse.coo_array((values, (left, right)), shape).tocsr()
            for values in ((gap > 0).astype(np.int64), (gap < 0).astype(np.int64), gap.clip(min=0))
        ]
        taken, back, days = taken + for_each[0], back + for_each[1], days + for_each[2]
    found = taken.tocoo()
    keys = pd.MultiIndex.from_arrays([found.row, found.col], names=["first", "second"])
    columns = {"customers": found.data}
    columns["back"], columns["days"] = (
        np.asarray(part[found.row, found.col]).ravel() for part in (back, days)
    )
    return pd.DataFrame(columns, index=keys)


def _pairs(
    starts: npt.NDArray[np.intp], size: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Every row with every row of the same customer."""
    partners = np.repeat(size, size)
    rows = np.arange(size.sum()) + starts[0]
    begins = np.cumsum(partners) - partners - np.repeat(starts, size)
    left = np.repeat(rows, partners)
    return left, np.arange(len(left)) - np.repeat(begins, partners)


def _dearer(
    left: npt.NDArray[np.intp],
    right: npt.NDArray[np.intp],
    gap: npt.NDArray[np.int64],
    price: Floats,
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    kept = (price[right] > price[left]) & (gap != 0)
    return left[kept], right[kept], gap[kept]
