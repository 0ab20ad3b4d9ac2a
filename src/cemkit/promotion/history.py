"""supporting_purchases: what a customer bought that belongs to what is on offer."""

import pandas as pd

from cemkit.checks import check_columns, customer_ids


def supporting_purchases(
    orders: pd.DataFrame, customers: pd.Index, scopes: pd.Index, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Up to two products per customer and scope that a message may mention.

    A product supports a scope when it, or its category, is that scope. Products that the customer
    returned are not mentioned; the latest bought come first, then by name.

    Args:
        orders: `customer_id, product`, and where there `category, order_date, amount`. Orders
            after `as_of` are not looked at.
        customers: The customers who matter.
        scopes: What promotions hold for.
        as_of: The last day seen.

    Returns:
        `first, second` (missing where there is one alone), on `customer_id, scope`.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1],
        ...         "product": ["shoes", "book"],
        ...         "category": ["sport", "media"],
        ...     }
        ... )
        >>> supporting_purchases(
        ...     orders, pd.Index([1]), pd.Index(["sport"]), pd.Timestamp("2024-01-31")
        ... )
                            first second
        customer_id scope
        1           sport   shoes    NaN
    """
    check_columns(orders.columns, ["product"])
    orders = orders.assign(customer_id=customer_ids(orders, "orders"))
    orders = orders[customers.unique().get_indexer(pd.Index(orders["customer_id"])) >= 0]
    if "order_date" in orders.columns:
        orders = orders[orders["order_date"] < as_of + pd.Timedelta(days=1)]
    columns = [column for column in ("category", "product") if column in orders.columns]
    scoped = [orders.assign(scope=orders[column]) for column in columns]
    matching = pd.concat([part[part["scope"].isin(scopes)] for part in scoped])
    bought = pd.DataFrame(
        {
            "customer_id": matching["customer_id"],
            "scope": matching["scope"],
            "product": matching["product"],
            "last": matching.get("order_date", as_of),
            "amount": matching.get("amount", 0.0),
        }
    )
    products = bought.groupby(["customer_id", "scope", "product"], as_index=False).agg(
        last=("last", "max"), least=("amount", "min")
    )
    kept = products[products["least"] >= 0].sort_values(
        ["last", "product"], ascending=[False, True], kind="stable"
    )
    each = kept.groupby(["customer_id", "scope"])["product"]
    first = each.first()
    second = kept[each.cumcount() == 1].set_index(["customer_id", "scope"])["product"]
    return pd.DataFrame({"first": first, "second": second.reindex(first.index)})
