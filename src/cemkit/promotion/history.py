"""supporting_purchases: what a customer bought that belongs to what is on offer."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_same_ids, customer_ids, local_dates
from cemkit.data.columns import check_table, numbers
from cemkit.promotion.texts import one_lines


def supporting_purchases(
    orders: pd.DataFrame, customers: pd.Index, scopes: pd.Index, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Up to two products per customer and scope that a message may mention."""
    check_table(orders, "orders", ["product"])
    ids, wanted = customer_ids(orders, "orders"), customers.unique()
    check_same_ids(wanted, ids, "actions", "orders")
    seen = wanted.get_indexer(ids) >= 0
    bought_at: npt.NDArray[np.datetime64] = np.full(len(orders), np.datetime64(as_of, "us"))
    if "order_date" in orders.columns:
        bought_at = local_dates(orders["order_date"], "order_date")
        seen &= bought_at.astype("datetime64[D]") <= np.datetime64(as_of, "D")
    amount = numbers(orders["amount"], "amount") if "amount" in orders.columns else 0.0
    columns = [column for column in ("category", "product") if column in orders.columns]
    texts = {column: one_lines(orders[column], column) for column in columns}
    bought = pd.DataFrame({"customer_id": ids, **texts, "last": bought_at, "amount": amount})
    bought = bought[seen & (texts["product"] != "")]
    scoped = [bought.assign(scope=bought[column]) for column in columns]
    matching = pd.concat([part[part["scope"].isin(scopes)] for part in scoped])
    products = matching.groupby(["customer_id", "scope", "product"], as_index=False).agg(
        last=("last", "max"), least=("amount", "min")
    )
    kept = products[products["least"] >= 0].sort_values(
        ["last", "product"], ascending=[False, True], kind="stable"
    )
    each = kept.groupby(["customer_id", "scope"])["product"]
    first = each.first()
    second = kept[each.cumcount() == 1].set_index(["customer_id", "scope"])["product"]
    return pd.DataFrame({"first": first, "second": second.reindex(first.index)})
