"""next_upgrade: the product each customer may move up to, and how many others did."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_frame
from cemkit.data.days import dates_of, day_of
from cemkit.data.ladders import check_ladder_is_bought, read_ladder
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.recommendation.associations import upgrade_paths
from cemkit.results import Result

PATH = ["customers", "product_customers", "share", "share_lower", "share_upper", "mean_days"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NextUpgrade(Result):
    """The next product up for each customer, from `next_upgrade`.

    Attributes:
        as_of: Last day seen.
        customers: Number of customers with a purchase by `as_of`.
        with_upgrade: Number of customers with a next product.
        at_top: Number of customers who have bought a product of the highest level.
        no_path: Number of customers below the highest level from whose product nobody (or fewer
            than `min_customers`) moved up.
        off_ladder: Number of customers without a product of the ladder.
        table: One row per customer with a next product: `product` (the highest bought),
            `next_product`, `since_date` (the first purchase of `product`) and `days_since`. The
            path has the number of `customers` who took it, `product_customers`, their `share` with
            `share_lower, share_upper`, and its `mean_days`.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 3],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-01-11", "2024-01-02", "2024-01-05"]
        ...         ),
        ...         "amount": [5.0, 50.0, 5.0, 2.0],
        ...         "product": ["basic", "premium", "basic", "gift wrap"],
        ...     }
        ... )
        >>> found = next_upgrade(orders, "2024-01-31", ladder=["basic", "premium"], min_customers=1)
        >>> print(found.sentence())
        1 of 3 customers has a next product; 1 already at the top, 1 off the ladder, 0 without ...
    """

    as_of: pd.Timestamp
    customers: int
    with_upgrade: int
    at_top: int
    no_path: int
    off_ladder: int
    table: pd.DataFrame


def next_upgrade(
    orders: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    ladder: Any,
    min_customers: int = 10,
    confidence_level: float = 0.95,
) -> NextUpgrade:
    """Return the most likely next product of each customer on a product ladder.

    A customer's level is the highest level bought up to `as_of`. The next product is the most
    frequent upgrade from the customer's product, by `upgrade_paths` on the same ladder. Ties go to
    the nearest level, then to the first name.

    Args:
        orders: Order table with `customer_id, order_date, amount, product` and, where present,
            `quantity`.
        as_of: Last day seen. Later orders are left out.
        ladder: Products from the lowest to the highest, as in `["basic", "plus", "premium"]`, or a
            table with `product, level` if several products share a level.
        min_customers: Smallest number of customers of a path. Rarer paths are left out.
        confidence_level: Confidence level of the intervals of the share, as a fraction.

    Returns:
        A `NextUpgrade`, whose table has one row per customer with a next product, and which counts
        the others by reason. A return is not a purchase.

    Raises:
        MissingColumnsError: The orders have no `product`.
        DataError: The ladder has only one level, a product twice, or no product that anyone bought.
        NotEnoughDataError: There is not a purchase up to `as_of`.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2],
        ...         "order_date": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-02"]),
        ...         "amount": [5.0, 50.0, 5.0],
        ...         "product": ["basic", "premium", "basic"],
        ...     }
        ... )
        >>> found = next_upgrade(orders, "2024-01-31", ladder=["basic", "premium"], min_customers=1)
        >>> found.table[["product", "next_product", "days_since", "share"]]
                    product next_product  days_since  share
        customer_id
        2             basic      premium          29    0.5
    """
    rungs, end = read_ladder(ladder), check_as_of(as_of)
    bought, _ = purchase_gaps(check_frame(orders, "orders"), end, ["product"])
    check_ladder_is_bought(rungs, pd.unique(bought["product"]))
    paths = upgrade_paths(
        orders, end, ladder=ladder, min_customers=min_customers, confidence_level=confidence_level
    )
    standing = _standing(bought, rungs)
    top = standing["rung"] == rungs.max()
    found = standing[~top].merge(_best(paths, rungs), on="product", how="inner")
    everyone = bought["customer_id"].nunique()
    table = found.set_index("customer_id").sort_index()
    return NextUpgrade(
        as_of=end,
        customers=everyone,
        with_upgrade=len(table),
        at_top=int(top.sum()),
        no_path=int((~top).sum()) - len(table),
        off_ladder=everyone - len(standing),
        table=pd.DataFrame(
            {
                "product": table["product"],
                "next_product": table["next_product"],
                "since_date": dates_of(table["first_day"].to_numpy(np.int64)),
                "days_since": day_of(end) - table["first_day"],
                **{name: table[name] for name in PATH},
            }
        ),
    )


def _standing(bought: pd.DataFrame, rungs: pd.Series) -> pd.DataFrame:
    """The highest product of each customer: of one level the one bought first, then by name."""
    own = bought.assign(rung=bought["product"].astype(object).map(rungs)).dropna(subset="rung")
    own = own.assign(name=own["product"].astype(str))
    order = own.sort_values(
        ["customer_id", "rung", "first_day", "name"], ascending=[True, False, True, True]
    )
    return order.drop_duplicates("customer_id")[["customer_id", "product", "rung", "first_day"]]


def _best(paths: pd.DataFrame, rungs: pd.Series) -> pd.DataFrame:
    """The path that most customers took from each product."""
    ranked = paths.assign(
        up=paths["next_product"].astype(object).map(rungs), name=paths["next_product"].astype(str)
    ).sort_values(["customers", "up", "name"], ascending=[False, True, True])
    return ranked.drop_duplicates("product")[["product", "next_product", *PATH]]
