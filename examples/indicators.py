"""A scorecard of real orders: text dates, returns, rows without a customer, two kinds of country.

Run it with `python examples/indicators.py`. Where CEMKIT_REFERENCE_DATA names a folder it reads the
UCI Online Retail lines from there; else it makes lines with the same troubles.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import audit_orders, prepare_orders
from cemkit.indicators import Scorecard, compare_scorecards, scorecard

pd.set_option("display.width", 150)
pd.set_option("display.max_columns", 20)
pd.set_option("display.max_rows", 40)
pd.set_option("display.float_format", "{:,.3f}".format)

COLUMNS = {
    "customer_id": "CustomerID",
    "order_date": "InvoiceDate",
    "order_id": "InvoiceNo",
    "product": "StockCode",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
}
SHOWN = ["indicator", "market", "period", "value", "lower", "upper", "change"]


def heading(text: str) -> None:
    """Print a line above each step."""
    print(f"\n{text}\n{'-' * len(text)}")


def simulated(n: int = 60_000) -> pd.DataFrame:
    """Make invoice lines with text dates, returns and missing ids."""
    rng = np.random.default_rng(0)
    customers = rng.gamma(0.6, 1, 900)
    who = rng.choice(900, n, p=customers / customers.sum())
    day = pd.Timestamp("2010-12-01") + pd.to_timedelta(rng.integers(0, 374, n), unit="D")
    returned = rng.random(n) < 0.02
    return pd.DataFrame(
        {
            "InvoiceNo": (who * 1000 + day.day_of_year).astype(str),
            "StockCode": rng.integers(10_000, 10_300, n).astype(str),
            "Quantity": np.where(returned, -1, rng.integers(1, 12, n)),
            "InvoiceDate": day.strftime("%Y-%m-%d %H:%M:%S"),
            "UnitPrice": np.round(rng.gamma(2, 2, n), 2),
            "CustomerID": np.where(rng.random(n) < 0.2, np.nan, 12_000.0 + who),
            "Country": np.where(who % 10 > 0, "United Kingdom", "Germany"),
        }
    )


def raw_lines() -> pd.DataFrame:
    """Return the lines of Online Retail where they are at hand."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    return pd.read_parquet(Path(folder) / "online_retail.parquet") if folder else simulated()


def prepared(raw: pd.DataFrame) -> pd.DataFrame:
    """Return the orders of known customers, returns included."""
    orders = prepare_orders(raw, **COLUMNS, drop=("missing_customer",))
    home = orders["Country"] == "United Kingdom"
    return orders.assign(market=np.where(home, "home", "abroad"))


def per_month(orders: pd.DataFrame) -> Scorecard:
    """Show the last finished month by market."""
    card = scorecard(orders, "2011-12-09", by="market", window_days=90)
    print(card.latest()[SHOWN].to_string(index=False))
    print("\nLeft out:")
    print(card.left_out.to_string(index=False))
    print(f"\nCustomers who bought in both markets in one month: {card.in_several_groups}")
    print("\nNot measured, and what it takes:")
    print(card.not_measured.to_string(index=False))
    return card


def per_trading_day(orders: pd.DataFrame) -> None:
    """Show revenue per day on which the shop sold: it is closed on Saturdays and at Christmas."""
    card = scorecard(orders, "2011-11-30", window_days=90, trading_days=True)
    amount = card.table[card.table["indicator"] == "total_amount"]
    print(amount[["period", "denominator", "value", "change"]].tail(4).to_string(index=False))


def restated(orders: pd.DataFrame) -> None:
    """Show what the returns of December changed in November, had they been booked there."""
    back = orders["amount"] < 0
    december = back & (orders["order_date"] >= "2011-12-01")
    booked = orders.assign(
        order_date=orders["order_date"].mask(december, pd.Timestamp("2011-11-30"))
    )
    reported = scorecard(orders, "2011-11-30", window_days=90)
    corrected = scorecard(booked, "2011-12-09", window_days=90)
    found = compare_scorecards(reported, corrected)
    print(found.sentence())
    columns = ["indicator", "period", "value_before", "value", "relative"]
    print(found.table[columns].head(5).to_string(index=False))


def main() -> None:
    """Go from raw lines to a scorecard, and to what changed it afterwards."""
    raw = raw_lines()
    heading("What the raw lines hold")
    print(audit_orders(raw, "2011-12-09", **COLUMNS).sentence())
    orders = prepared(raw)
    heading("The last finished month, by market")
    card = per_month(orders)
    print()
    print(card.sentence())
    print(card.sentence("zh"))
    heading("Revenue per trading day")
    per_trading_day(orders)
    heading("What late returns restated")
    restated(orders)


if __name__ == "__main__":
    main()
