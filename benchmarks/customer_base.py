"""The forecast of a customer base and the comparison in money, on simulated customers.

Run it with `python benchmarks/customer_base.py [customers]`. No peer forecasts a base with
intervals, so there is none to compare with: the answers are checked against the sums of what the
models expect of each customer.
"""

import os
import platform
import resource
import sys
import time

import numpy as np
import pandas as pd

import cemkit
from cemkit import BetaGeoModel, GammaGammaModel, ParetoNBDModel, customer_table
from cemkit.clv import compare_value_models, forecast_customer_base
from cemkit.data import simulate_orders

AS_OF, HORIZON = pd.Timestamp("2023-12-31"), 91


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB"


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(
        f"cemkit {cemkit.__version__}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    orders = simulate_orders(
        n, start_date="2023-01-01", n_days=365 + HORIZON, acquisition_days=365, random_state=0
    ).table
    customers = customer_table(orders, AS_OF)
    spend = GammaGammaModel().fit(customers)
    for model in (BetaGeoModel().fit(customers), ParetoNBDModel().fit(customers)):
        start = time.process_time()
        found = forecast_customer_base(model, orders, AS_OF, horizon_days=HORIZON)
        seconds = time.process_time() - start
        expected = model.expected_purchases(customers, HORIZON)
        exact = (expected * spend.expected_mean_amount(customers)).sum()
        known = found.cohorts["revenue"].drop("new").sum()
        np.testing.assert_allclose(known, exact, rtol=1e-9)
        row(
            f"base forecast, {model.display_name} fitted",
            f"{n:,} customers, {len(orders):,} orders, 13 weeks, 1,000 draws",
            f"{seconds:.1f} CPU s",
            f"known customers agree to {abs(known / exact - 1):.0e}",
            peak(),
        )
    start = time.process_time()
    compare_value_models(orders, AS_OF, HORIZON)
    row(
        "compare_value_models",
        f"{n:,} customers",
        f"{time.process_time() - start:.1f} CPU s",
        peak(),
    )


if __name__ == "__main__":
    main()
