"""Labels of what one hopes for: a repurchase, an upgrade, a first purchase."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import by_customer, check_as_of, check_frame, check_same_ids
from cemkit.data.ladders import check_ladder_is_bought, read_ladder
from cemkit.data.reductions.outcomes import window_buyers, window_outcomes, window_products
from cemkit.errors import NotEnoughDataError


def label_repurchase(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Label the customers who bought again in the `window_days` after `as_of`.

    Args:
        orders: `customer_id, order_date, amount`, reaching to the end of the window, on any engine.
        as_of: Last day that counts as the past.
        window_days: Length of the outcome window, `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover, where nothing was sold on it; by default the day
            of the last order.

    Returns:
        `repurchased`, 1 or 0, on the sorted index `customer_id` of everyone who bought up to
        `as_of`. A return is no purchase.

    Raises:
        DataError: The window ends after the data do, `data_until` lies before the last order, or
            `as_of` lies before the first.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> label_repurchase(orders, as_of="2024-01-31", window_days=90).to_dict()
        {'ann': 1, 'bob': 0}
    """
    known = window_outcomes(orders, as_of, window_days, data_until=data_until)
    return (known["purchase_days"] > 0).astype("int64").rename("repurchased")


def label_first_purchase(
    orders: Any,
    people: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Label the people who bought for the first time in the `window_days` after `as_of`.

    Orders do not show who has not bought yet, so the people table names them. Leave out people who
    became known only after `as_of`: otherwise the future decides who is labelled.

    Args:
        orders: `customer_id, order_date, amount`, reaching to the end of the window, on any engine.
        people: Table with one row per person, `customer_id` as a column or as the index.
        as_of: Last day that counts as the past.
        window_days: Length of the outcome window, `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover, where nothing was sold on it; by default the day
            of the last order.

    Returns:
        `first_purchased`, 1 or 0, on the sorted index `customer_id` of the people who bought
        nothing up to `as_of`. A return is no purchase.

    Raises:
        DataError: The window ends after the data do, an id of `people` is missing or occurs twice,
            or ids are numbers in one table and text in the other.
        NotEnoughDataError: Everyone in `people` had bought by `as_of`.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-06-30"]),
        ...         "amount": [20.0, 30.0, 8.0],
        ...     }
        ... )
        >>> people = pd.DataFrame({"customer_id": ["ann", "bob", "cat", "dan"]})
        >>> label_first_purchase(orders, people, as_of="2024-01-31", window_days=90).to_dict()
        {'bob': 1, 'cat': 0, 'dan': 0}
    """
    ids = by_customer(check_frame(people, "people"), "people").index.sort_values()
    before, within = window_buyers(orders, as_of, window_days, data_until=data_until)
    known = before.append(within)
    if len(known):
        check_same_ids(ids, known, "people", "orders")
    waiting = ids[before.get_indexer(ids) < 0]
    if waiting.empty:
        raise NotEnoughDataError(
            f"people who had not bought by {check_as_of(as_of):%Y-%m-%d}",
            have=0,
            need=1,
            hint="people lists those who never ordered, too",
        )
    bought = (within.get_indexer(waiting) >= 0).astype(np.int64)
    return pd.Series(bought, index=waiting.rename("customer_id"), name="first_purchased")


def label_upgrade(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    ladder: Any,
    data_until: str | dt.date | pd.Timestamp | None = None,
) -> pd.Series:
    """Label the customers who moved up the ladder in the `window_days` after `as_of`.

    A customer stands on the highest rung bought up to `as_of`, and moves up with a purchase of a
    higher one in the window.

    Args:
        orders: `customer_id, order_date, amount, product`, reaching to the end of the window, on
            any engine.
        as_of: Last day that counts as the past.
        window_days: Length of the outcome window, `as_of < date <= as_of + window_days`.
        ladder: Products from the lowest to the highest, as in `["basic", "premium"]`, or a table
            `product, level` where several products share a level. Other products do not count.
        data_until: Last day that the data cover, where nothing was sold on it; by default the day
            of the last order.

    Returns:
        `upgraded`, 1 or 0, on the sorted index `customer_id` of everyone who by `as_of` had bought
        a product of the ladder and none of its highest level. A return is no purchase.

    Raises:
        MissingColumnsError: The orders have no `product`.
        DataError: The window ends after the data do, `as_of` lies before the first order, or the
            ladder has one level only, a product twice, or none that anyone bought.
        NotEnoughDataError: Nobody stood below the highest level.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-03-01", "2024-01-05", "2024-06-30"]
        ...         ),
        ...         "amount": [20.0, 90.0, 20.0, 90.0],
        ...         "product": ["basic", "premium", "basic", "premium"],
        ...     }
        ... )
        >>> ladder = ["basic", "premium"]
        >>> label_upgrade(orders, as_of="2024-01-31", window_days=90, ladder=ladder).to_dict()
        {'ann': 1, 'bob': 0}
    """
    rungs = read_ladder(ladder)
    bought, products = window_products(orders, as_of, window_days, data_until=data_until)
    check_ladder_is_bought(rungs, products)
    bought = bought.assign(rung=bought["product"].map(rungs).astype("float64"))
    bought = bought.dropna(subset="rung")
    stood = bought[bought["before"] > 0].groupby("customer_id")["rung"].max()
    stood = stood[stood < rungs.max()].sort_index()
    if stood.empty:
        raise NotEnoughDataError(
            "customers below the highest level of the ladder",
            have=0,
            need=1,
            hint=f"nobody had bought a lower product by {check_as_of(as_of):%Y-%m-%d}",
        )
    reached = bought[bought["within"] > 0].groupby("customer_id")["rung"].max()
    up: pd.Series = reached.reindex(stood.index).fillna(-1) > stood
    return up.astype("int64").rename("upgraded")
