"""Which indicators changed, why revenue did, what churn will cost, and what customers cost.

Run it with `python examples/monitoring.py`. With the environment variable CEMKIT_REFERENCE_DATA it
reads the UCI Online Retail lines of 2010 and 2011 from there; else it simulates orders. With a
folder (`python examples/monitoring.py pictures`) it also draws pictures there.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import customer_table, load_cdnow, plots, prepare_orders, simulate_orders
from cemkit.clv import CustomerLifetimeValue
from cemkit.indicators import (
    acquisition_payback,
    expected_loss,
    monitor,
    retained_value,
    revenue_tree,
    scorecard,
)

pd.set_option("display.width", 120)
pd.set_option("display.max_columns", 20)
pd.set_option("display.float_format", "{:,.3f}".format)
WINDOW = 120  # days without a purchase after which a customer counts as lapsed
MONITORED = [
    *("buying_customers", "new_customers", "order_count", "total_amount"),
    *("retention_rate", "reactivation_rate", "average_order_value", "orders_per_customer"),
]


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def two_years() -> pd.DataFrame:
    """Return order lines from January 2010 to December 2011: purchases of known customers."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if folder is None:
        orders = simulate_orders(3_000, start_date="2010-01-01").table
        return orders.assign(quantity=1, country="simulated")
    parts = [
        pd.read_parquet(Path(folder) / f"{name}.parquet").dropna(subset=["CustomerID"])
        for name in ("online_retail_2010", "online_retail")
    ]
    raw = pd.concat(
        [part.assign(InvoiceDate=pd.to_datetime(part["InvoiceDate"])) for part in parts],
        ignore_index=True,
    )
    raw = raw[raw["Quantity"] > 0]  # the file of 2010 has no returns, so none are taken of 2011
    orders = prepare_orders(
        raw,
        customer_id="CustomerID",
        order_date="InvoiceDate",
        order_id="InvoiceNo",
        unit_price="UnitPrice",
        quantity="Quantity",
    )
    return orders.rename(columns={"Country": "country"})


def show(name: str, ax: object, folder: Path | None) -> None:
    """Save a picture where a folder is given."""
    if folder is not None:
        folder.mkdir(exist_ok=True)
        ax.figure.savefig(folder / f"monitoring_{name}.png", dpi=80)


def main(folder: Path | None = None) -> None:
    """Monitor two years of a shop, split a change, and value churn and acquisition."""
    orders = two_years()
    last_day = "2011-11-30"

    heading("1. Months against the year before: a short history finds large changes only")
    months = scorecard(orders, as_of=last_day, window_days=WINDOW)
    found = monitor(months, indicators=MONITORED, holidays=[])
    shown = ["indicator", "value", "forecast", "p_value_adjusted", "changed", "detectable"]
    print(found.table[shown].to_string(index=False), "\n")
    print(found.sentence())
    print(found.sentence("zh"))

    heading("2. The same days by week: four times as many periods")
    weeks = scorecard(orders, as_of="2011-11-27", period="week", window_days=WINDOW)
    weekly = monitor(weeks, indicators=MONITORED, last=4, holidays=["Easter"])
    print(weekly.table[shown].to_string(index=False), "\n")
    print(weekly.sentence())
    show("weeks", weekly.plot(), folder)

    heading("3. Why revenue changed from October to November")
    tree = revenue_tree(orders, as_of=last_day)
    print(tree.table.to_string(index=False), "\n")
    print(tree.sentence())
    print(tree.sentence("zh"))
    show("revenue", tree.plot(currency="£"), folder)
    at_home = orders["country"].eq("United Kingdom").map({True: "UK", False: "abroad"})
    split = revenue_tree(orders.assign(market=at_home), as_of=last_day, by="market")
    print(split.table.head(5).to_string(index=False))

    heading("4. What churn is expected to cost, and what is left (CDNOW)")
    customers = customer_table(load_cdnow(), as_of="1997-09-30")
    value = CustomerLifetimeValue(horizon_days=273).fit(customers).add_to(customers)
    # A customer who is active today: lifetime value alone already contains those who left.
    value["value_if_retained"] = value["clv"] / value["alive_probability"].clip(lower=0.01)
    value["churn_probability"] = 1 - value["alive_probability"]
    lost = retained_value(expected_loss(value))
    print(lost[["value_if_retained", "expected_loss", "retained_value"]].sum().to_string())

    heading("5. What new customers cost and when it comes back")
    rng = np.random.default_rng(0)
    value["acquisition_channel"] = rng.choice(["search", "friends", "banner"], len(value))
    costs = pd.DataFrame(
        {
            "cost_date": ["1997-01-01", "1997-01-01", "1997-02-01"],
            "amount": [90_000.0, 20_000.0, 50_000.0],
            "purpose": "acquisition",
            "channel": ["search", "friends", "banner"],
        }
    )
    paid = acquisition_payback(value, costs, as_of="1997-03-31", horizon_days=273)
    columns = ["channel", "new_customers", "acquisition_cost", "mean_clv", "value_ratio"]
    print(paid.table[[*columns, "payback_days"]].to_string(index=False), "\n")
    print(paid.sentence())
    show("scorecard", plots.indicators.scorecard(months, most=10), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
