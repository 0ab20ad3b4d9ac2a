"""The first jobs on tables as users have them: ids as text, dates as text, Arrow, objects, returns.

Each job is written as its users write it first: the raw table into `prepare_orders`, its result
into `customer_table`, and so on. All forms hold the same facts, so all give the same customers.
The peer of each is the same work in plain pandas: dates read, one group-by of customers.
"""

import numpy as np
import pandas as pd
import tables
from rows import in_turns, peak_megabytes, report, sized

from cemkit import RFMSegmenter, audit_orders, customer_table, prepare_orders

ORDERS = sized(1_000_000, 20_000)


def prepared(raw: pd.DataFrame) -> pd.DataFrame:
    """The orders table; amounts of returned lines get their sign."""
    if "returned" in raw:
        amount = raw["amount"].where(~raw["returned"], -raw["amount"])
        raw = raw.assign(amount=amount).drop(columns="returned")
    return prepare_orders(raw)


def segments(raw: pd.DataFrame) -> pd.DataFrame:
    """From the raw table to customers with their segments."""
    customers = customer_table(prepared(raw), tables.AS_OF)
    return RFMSegmenter().fit(customers).add_to(customers)


def by_hand(raw: pd.DataFrame) -> pd.DataFrame:
    """Customers in plain pandas: their days and money, and three scores."""
    date = pd.to_datetime(raw["order_date"])
    amount = raw["amount"].astype("float64")
    if "returned" in raw:
        amount = amount.where(~raw["returned"], -amount)
    lines = pd.DataFrame({"id": raw["customer_id"], "date": date, "amount": amount})
    bought = lines[lines["amount"] >= 0]
    by = bought.groupby("id")
    found = pd.DataFrame({"last": by["date"].max(), "count": by["date"].nunique()})
    found["total"] = lines.groupby("id")["amount"].sum()
    for name, values in found.items():
        found[f"{name}_score"] = pd.qcut(values.rank(method="first"), 5, labels=False)
    return found


def plain_group_by(raw: pd.DataFrame) -> pd.DataFrame:
    """The group-by that an audit is measured in."""
    date = pd.to_datetime(raw["order_date"])
    lines = pd.DataFrame({"id": raw["customer_id"], "date": date, "amount": raw["amount"]})
    return lines.groupby("id").agg({"date": ["min", "max"], "amount": ["sum", "size"]})


def main() -> None:
    """Report the rows of each form."""
    table = tables.orders(ORDERS)
    expected = segments(table)
    data = f"{ORDERS:,} order lines, {ORDERS // 10:,} customers, 3 % returns"
    for form, made in tables.FORMS.items():
        raw = made(table)
        found, peer = segments(raw), by_hand(raw)
        same = ["order_count", "recency_days", "recency_score", "frequency_score"]
        ids = found.index.astype(str).str.removeprefix("C").astype("int64")
        assert np.array_equal(found[same].to_numpy(), expected.loc[ids, same].to_numpy())
        assert np.allclose(found["total_amount"], peer.loc[found.index, "total"])
        assert (found["order_count"] == peer.loc[found.index, "count"]).all()
        row = {"form": form, "rows": ORDERS}
        mine, theirs = in_turns(lambda: segments(raw), lambda: by_hand(raw), rounds=sized(3, 1))  # noqa: B023
        report(
            "raw orders to RFM segments",
            data,
            mine,
            megabytes=peak_megabytes(),
            peer="plain pandas, three scores without segments",
            peer_seconds=theirs,
            agreed=True,
            **row,
        )
        mine, theirs = in_turns(
            lambda: audit_orders(raw, tables.AS_OF, n_examples=0),  # noqa: B023
            lambda: plain_group_by(raw),  # noqa: B023
            rounds=sized(3, 1),
        )
        report(
            "`audit_orders`",
            data,
            mine,
            megabytes=peak_megabytes(),
            peer="dates read and one group-by in plain pandas",
            peer_seconds=theirs,
            **row,
        )


if __name__ == "__main__":
    main()
