"""One page from the tables of a shop, in English and Chinese.

Run it with `python examples/report.py [folder]`. The shop is simulated; with CEMKIT_REFERENCE_DATA
naming the folder that holds Online Retail, its page is written as well.
"""

import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from cemkit import prepare_orders
from cemkit.data import simulate_shop
from cemkit.report import CustomerReport, customer_report

STEPS = ["visit", "view", "cart", "order"]


def write(report: CustomerReport, folder: Path, name: str) -> None:
    """Write each form of a report."""
    page = report.to_html(folder / f"{name}.html")
    (folder / f"{name}.json").write_text(report.to_json(), encoding="utf-8")
    tables = report.to_parquet(folder / name)
    print(f"{page.name}: {page.stat().st_size:,} bytes, {len(tables)} tables")
    print(f"  {report.sentence(report.language)}")


def online_retail(folder: str) -> pd.DataFrame:
    raw = pd.read_parquet(Path(folder) / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw["amount"] = raw["Quantity"] * raw["UnitPrice"]
    names = {"customer_id": "CustomerID", "order_date": "InvoiceDate", "order_id": "InvoiceNo"}
    return prepare_orders(raw, **names)


def main(folder: Path) -> None:
    shop = simulate_shop(800)
    tables = {"responses": shop.responses, "events": shop.events, "steps": STEPS}
    for language in ("en", "zh"):
        report = customer_report(shop.orders, shop.as_of, **tables, language=language)
        write(report, folder, f"shop-{language}")
    reference = os.environ.get("CEMKIT_REFERENCE_DATA")
    if reference is None:
        print("CEMKIT_REFERENCE_DATA does not name the folder with online_retail.parquet")
        return
    write(customer_report(online_retail(reference), "2011-12-09"), folder, "online-retail")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        target = Path(sys.argv[1])
        target.mkdir(parents=True, exist_ok=True)
        main(target)
    else:
        with tempfile.TemporaryDirectory() as made:
            main(Path(made))
