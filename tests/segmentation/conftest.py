"""Customers of CDNOW and of Online Retail, whom every segmentation must place."""

from pathlib import Path

import pandas as pd
import pytest

from cemkit import customer_table, load_cdnow, prepare_orders


@pytest.fixture(scope="session")
def cdnow_customers() -> pd.DataFrame:
    """Return the 23,570 customers of the whole of CDNOW."""
    return customer_table(prepare_orders(load_cdnow()), as_of="1998-06-30")


@pytest.fixture(scope="session")
def online_retail_customers(reference_data: Path) -> pd.DataFrame:
    """Return the known customers of Online Retail; some have sent back more than they bought."""
    raw = pd.read_parquet(reference_data / "online_retail.parquet").dropna(subset=["CustomerID"])
    raw = raw.assign(
        amount=raw["Quantity"] * raw["UnitPrice"],
        date=pd.to_datetime(raw["InvoiceDate"], format="mixed"),
    )
    orders = prepare_orders(raw, customer_id="CustomerID", order_date="date", order_id="InvoiceNo")
    return customer_table(orders, as_of="2011-12-09")
