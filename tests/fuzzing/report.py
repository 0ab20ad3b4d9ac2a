"""Sound calls of the public names of `cemkit.report`."""

from pathlib import Path

import numpy as np
import pandas as pd

from cemkit.report import CustomerReport, customer_report

RNG = np.random.default_rng(0)
ORDERS = pd.DataFrame(
    {
        "customer_id": RNG.integers(0, 6, 40),
        "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 80, 40), "D"),
        "amount": np.round(RNG.gamma(2, 10, 40), 2),
    }
)
FEW = {"orders": ORDERS, "as_of": "2024-03-31"}
REPORT = customer_report(**FEW)


def written(language: str) -> tuple[CustomerReport, str]:
    """Use each way of writing a report."""
    folder = Path("report")
    REPORT.to_parquet(folder)
    REPORT.to_html(folder / "page.html")
    return REPORT, REPORT.to_json() + REPORT.to_markdown() + REPORT.sentence(language)


CALLS = {
    "customer_report": (
        customer_report,
        {**FEW, "language": "zh", "minimum_cell": 2, "name_customers": True, "margin": 0.4}
        | {"confidence_level": 0.9, "random_state": 1, "progress": False, "budget": 10.0},
    ),
    "CustomerReport": (written, {"language": "en"}),
}
VARIANTS = {
    "CustomerReport": [
        {"customers": None},
        {"customers": 1},
        {"problems": {}},
        {"problems": {"churn": "too few"}, "customers": 12_345},
    ]
}
