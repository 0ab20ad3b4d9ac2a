"""Raw order lines in pandas: what is wrong with them, what they become, who the customers are.

Run it with `python examples/orders_pandas.py`. With the environment variable
CEMKIT_REFERENCE_DATA it reads the UCI Online Retail lines from there; else it makes lines with
the same faults out of a seeded simulation.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import audit_orders, customer_table, prepare_orders, simulate_orders
from cemkit.data import net_returns, profile_table

pd.set_option("display.width", 110)
pd.set_option("display.max_columns", 20)

NAMES = {
    "customer_id": "CustomerID",
    "order_date": "InvoiceDate",
    "unit_price": "UnitPrice",
    "quantity": "Quantity",
    "order_id": "InvoiceNo",
    "product": "StockCode",
    "cancelled": "C",
}
FAULTS = ("missing_customer", "duplicate", "cancelled")


def simulated() -> pd.DataFrame:
    """Return simulated lines with missing customers, duplicates and cancellations."""
    orders = simulate_orders(3_000, start_date="2010-12-01").table
    rng = np.random.default_rng(0)
    lines = pd.DataFrame(
        {
            "InvoiceNo": (536_365 + np.arange(len(orders))).astype(str),
            "StockCode": rng.choice(["85123A", "71053", "22423"], len(orders)),
            "Quantity": 1,
            "InvoiceDate": orders["order_date"].astype(str),
            "UnitPrice": orders["amount"],
            "CustomerID": orders["customer_id"].where(rng.random(len(orders)) > 0.2),
        }
    )
    back = lines.sample(frac=0.03, random_state=1)
    dates = (pd.to_datetime(back["InvoiceDate"]) + pd.Timedelta(days=9)).dt.strftime("%Y-%m-%d")
    back = back.assign(InvoiceNo="C" + back["InvoiceNo"], Quantity=-1, InvoiceDate=dates)
    return pd.concat([lines, back, lines.sample(frac=0.01, random_state=2)], ignore_index=True)


def main() -> None:
    """Audit, prepare, net the returns, summarise."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    raw = pd.read_parquet(Path(folder) / "online_retail.parquet") if folder else simulated()
    form = "%m/%d/%Y %H:%M" if "/" in raw["InvoiceDate"].iloc[0] else None

    audit = audit_orders(raw, as_of="2011-12-09", date_format=form, **NAMES)
    print(audit, "\n")
    print(audit.sentence())
    print(f"{audit.rows - audit.rows_with(*FAULTS):,} rows are left without {', '.join(FAULTS)}\n")

    identified = ("missing_customer", "duplicate")
    with_returns = prepare_orders(
        raw, drop=identified, date_format=form, **{**NAMES, "cancelled": None}
    )
    netting = net_returns(with_returns)
    print(netting.sentence())
    print(netting.table["days_to_return"].describe().round(1).to_string(), "\n")

    orders = prepare_orders(raw, drop=FAULTS, date_format=form, **NAMES)
    print(f"{len(orders):,} lines, {orders['amount'].sum():,.2f} in money, by quarter:")
    quarters = orders["order_date"].dt.to_period("Q")
    print(orders["amount"].groupby(quarters).sum().round(0).to_string(), "\n")

    customers = customer_table(orders, as_of="2011-12-09")
    columns = ["kind", "missing", "distinct", "mean", "median", "maximum", "skewness", "outliers"]
    print(f"{len(customers):,} customers:")
    print(profile_table(customers).table[columns].to_string(float_format="{:,.2f}".format))


if __name__ == "__main__":
    main()
