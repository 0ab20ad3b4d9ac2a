"""The customer report on Online Retail, and on simulated orders in Parquet.

No peer writes such a page, so there is none to compare with: counts and sums of the page are
checked against DuckDB.
"""

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from rows import peak_megabytes, report, sized

from cemkit import prepare_orders
from cemkit.data import PurchaseProcess, simulate_orders
from cemkit.report import customer_report

DAYS = 730
OFTEN = PurchaseProcess(scale_days=7.2, leave_a=0.4, leave_b=4.0)


def measured(name: str, orders: Any, as_of: str) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    found = customer_report(orders, as_of)
    page = found.html
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    customers, rows = duckdb.sql(
        "select count(distinct case when amount >= 0 then customer_id end), count(*) from orders"
    ).fetchall()[0]
    numbers = found.table.set_index("name")["value"]
    assert (numbers["customers"], numbers["order_rows"]) == (customers, rows)
    absent = {key for key in found.problems if "no table of" not in found.problems[key]}
    report(
        "customer_report",
        f"{name}, {customers:,} customers",
        wall,
        rows=rows,
        megabytes=peak_megabytes(),
        agreed=True,
        note=f"wall clock, {cpu:.1f} CPU s; a page of {len(page.encode()):,} bytes; not computed: "
        f"{', '.join(sorted(absent)) or 'nothing'}",
    )


def online_retail() -> pd.DataFrame:
    folder = Path(os.environ["CEMKIT_REFERENCE_DATA"])
    raw = pd.read_parquet(folder / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw["amount"] = raw["Quantity"] * raw["UnitPrice"]
    names = {"customer_id": "CustomerID", "order_date": "InvoiceDate", "order_id": "InvoiceNo"}
    return prepare_orders(raw, **names)


def main() -> None:
    n = sized(1_050_000, 20_000)
    retail = online_retail()
    measured("Online Retail", retail, "2011-12-09")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        simulate_orders(
            n, start_date="2022-01-01", n_days=DAYS, acquisition_days=500, process=OFTEN, path=path
        )
        relation = duckdb.read_parquet(str(path / "orders-*.parquet"))
        measured("Parquet through DuckDB", relation, "2023-12-31")


if __name__ == "__main__":
    main()
