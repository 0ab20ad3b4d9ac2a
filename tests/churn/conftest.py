"""Real customers for the churn tests: CDNOW, which ships, and Telco, where reference data is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from cemkit import customer_table, label_churn, load_cdnow, prepare_orders


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    return load_cdnow()


@pytest.fixture(scope="session")
def known(cdnow: pd.DataFrame) -> pd.DataFrame:
    return customer_table(cdnow, "1997-09-30", include="activity").select_dtypes("number")


@pytest.fixture(scope="session")
def churned(cdnow: pd.DataFrame) -> pd.Series:
    return label_churn(cdnow, "1997-09-30", 182)


@pytest.fixture(scope="session")
def telco(reference_data: Path) -> pd.DataFrame:
    table = pd.read_csv(reference_data / "Telco-Customer-Churn.csv", index_col="customerID")
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce")
    return table.assign(Churn=(table["Churn"] == "Yes").astype(int)).rename_axis("customer_id")


@pytest.fixture(scope="session")
def telco8(telco: pd.DataFrame) -> pd.DataFrame:
    """The eight columns of the published logit."""
    return pd.DataFrame(
        {
            "tenure": telco["tenure"],
            "charges": telco["MonthlyCharges"],
            "one_year": telco["Contract"] == "One year",
            "two_year": telco["Contract"] == "Two year",
            "fiber": telco["InternetService"] == "Fiber optic",
            "paperless": telco["PaperlessBilling"] == "Yes",
            "check": telco["PaymentMethod"] == "Electronic check",
            "senior": telco["SeniorCitizen"],
        }
    )


@pytest.fixture(scope="session")
def telco_terms(telco: pd.DataFrame) -> pd.DataFrame:
    """As in the references: indicators without the first level, a blank TotalCharges being 0."""
    return pd.get_dummies(telco.drop(columns="Churn").fillna(0), drop_first=True).astype(float)


def with_scaled_amounts(
    train: pd.DataFrame, test: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As in the references, which scale these three columns and no indicator."""
    amounts = ["tenure", "MonthlyCharges", "TotalCharges"]
    mean, size = train[amounts].mean(), train[amounts].std(ddof=0)
    scaled = [part.assign(**(part[amounts] - mean) / size) for part in (train, test)]
    return scaled[0], scaled[1]


@pytest.fixture(scope="session")
def telco_split(
    telco: pd.DataFrame, telco_terms: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    train, test, churned, outcome = train_test_split(
        telco_terms, telco["Churn"], test_size=0.3, random_state=0, stratify=telco["Churn"]
    )
    return *with_scaled_amounts(train, test), churned, outcome


@pytest.fixture(scope="session")
def telco_fifth(
    telco: pd.DataFrame, telco_terms: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
    tested = np.arange(len(telco)) % 5 == 0
    parts = with_scaled_amounts(telco_terms[~tested], telco_terms[tested])
    return *parts, telco["Churn"][~tested], telco["Churn"][tested]


@pytest.fixture(scope="session")
def article() -> pd.DataFrame:
    """The ten customers of the source article."""
    return pd.DataFrame(
        {
            "purchase_frequency": [1, 3, 2, 5, 1, 4, 2, 6, 1, 3],
            "days_since_last_purchase": [30, 5, 10, 2, 45, 1, 15, 3, 60, 8],
            "avg_order_value": [50, 100, 75, 150, 40, 120, 80, 200, 30, 90],
            "churn": [1, 0, 0, 0, 1, 0, 0, 0, 1, 0],
        }
    )


@pytest.fixture(scope="session")
def online_retail(reference_data: Path) -> pd.DataFrame:
    raw = pd.read_parquet(reference_data / "online_retail.parquet")
    raw = raw[raw["CustomerID"].notna() & ~raw["InvoiceNo"].str.startswith("C")]
    raw = raw[(raw["Quantity"] > 0) & (raw["UnitPrice"] > 0)]
    raw = raw.assign(
        amount=raw["Quantity"] * raw["UnitPrice"],
        date=pd.to_datetime(raw["InvoiceDate"], format="mixed"),
    )
    return prepare_orders(
        raw[["CustomerID", "date", "amount", "InvoiceNo"]],
        customer_id="CustomerID", order_date="date", order_id="InvoiceNo",
    )  # fmt: skip
