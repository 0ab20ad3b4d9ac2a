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
        orders: Order table with `customer_id, order_date, amount`, on any engine. The data must
            cover the whole window.
        as_of: Last day of the past; the window begins on the next day.
        window_days: Length of the outcome window in days: `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        Series `repurchased` of 1 and 0, on the sorted index `customer_id` of everyone who bought up
        to `as_of`. A return is not a purchase.

    Raises:
        DataError: The window ends after the data, `data_until` lies before the last order, or
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

    Orders do not show who has not bought yet, so the people table lists everyone. Leave out people
    who became known only after `as_of`; otherwise information from the future enters the labels.

    Args:
        orders: Order table with `customer_id, order_date, amount`, on any engine. The data must
            cover the whole window.
        people: Table with one row per person, `customer_id` as a column or as the index.
        as_of: Last day of the past; the window begins on the next day.
        window_days: Length of the outcome window in days: `as_of < date <= as_of + window_days`.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        Series `first_purchased` of 1 and 0, on the sorted index `customer_id` of the people who
        bought nothing up to `as_of`. A return is not a purchase.

    Raises:
        DataError: The window ends after the data, an id of `people` is missing or occurs twice, or
            ids are numbers in one table and text in the other.
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
    """Label the customers who moved up a product ladder in the `window_days` after `as_of`.

    A customer's level is the highest level bought up to `as_of`. A purchase of a higher level in
    the window is an upgrade.

    Args:
        orders: `customer_id, order_date, amount, product`, on any engine. The data must cover the
            whole window.
        as_of: Last day of the past; the window begins on the next day.
        window_days: Length of the outcome window in days: `as_of < date <= as_of + window_days`.
        ladder: Products from the lowest to the highest, as in `["basic", "premium"]`, or a table
            `product, level` where several products share a level. Other products do not count.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.

    Returns:
        Series `upgraded` of 1 and 0, on the sorted index `customer_id` of everyone who by `as_of`
        had bought a product of the ladder, but none of its highest level. A return is not a
        purchase.

    Raises:
        MissingColumnsError: The orders have no `product`.
        DataError: The window ends after the data, `as_of` lies before the first order, or the
            ladder has only one level, a product twice, or no product that anyone bought.
        NotEnoughDataError: No customer was below the highest level.

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
