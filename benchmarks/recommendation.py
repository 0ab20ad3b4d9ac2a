"""Next products for every customer of Online Retail, scored against the most popular ones.

Needs the reference data: set CEMKIT_REFERENCE_DATA to the folder with `online_retail.parquet`.
"""

import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path

import pandas as pd

import cemkit
from cemkit import CrossSell
from cemkit.recommendation import evaluate_recommendations


def online_retail(folder: Path) -> pd.DataFrame:
    """Return the orders of known customers."""
    raw = pd.read_parquet(folder / "online_retail.parquet").dropna(subset=["CustomerID"])
    return pd.DataFrame(
        {
            "customer_id": raw["CustomerID"].astype(int),
            "order_date": pd.to_datetime(raw["InvoiceDate"]),
            "amount": raw["Quantity"] * raw["UnitPrice"],
            "product": raw["StockCode"],
        }
    )


def main() -> None:
    """Print the row."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        sys.exit(print("CEMKIT_REFERENCE_DATA does not name the folder of reference data"))
    orders = online_retail(Path(folder))
    taken = []
    for _ in range(4):
        start = time.perf_counter()
        model = CrossSell().fit(orders, as_of="2011-12-09")
        table = model.recommend(k=10)
        taken.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{len(model.customers_):,} customers, {len(model.products_):,} products, "
        f"{len(table):,} recommendations: {statistics.median(taken[1:]):.2f} s, "
        f"best {min(taken):.2f}, peak {peak:.2f} GB"
    )
    print(evaluate_recommendations(orders, "2011-09-09", window_days=91).sentence())
    print(f"Python {platform.python_version()}, cemkit {cemkit.__version__}")


if __name__ == "__main__":
    main()
