"""The forecast of a customer base and the comparison in money, on simulated customers.

Run it with `python benchmarks/customer_base.py [customers]`. No peer forecasts a base with
intervals, so there is none to compare with: the answers are checked against the sums of what the
models expect of each customer.
"""

import sys
import time

import numpy as np
import pandas as pd
from rows import peak_megabytes, report, sized

from cemkit import BetaGeoModel, GammaGammaModel, ParetoNBDModel, customer_table
from cemkit.clv import compare_value_models, forecast_customer_base
from cemkit.data import simulate_orders

AS_OF, HORIZON = pd.Timestamp("2023-12-31"), 91


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else sized(300_000, 5_000)
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
        report(
            "forecast of a customer base, 13 weeks, 1,000 draws, "
            f"{model.display_name} fitted before",
            f"{n:,} simulated customers, {len(orders):,} orders",
            seconds,
            rows=len(orders),
            megabytes=peak_megabytes(),
            peer="none forecasts a base with intervals",
            note=f"Revenue of known customers is its closed form to {abs(known / exact - 1):.0e}.",
        )
    start = time.process_time()
    compare_value_models(orders, AS_OF, HORIZON)
    report(
        "`compare_value_models`",
        f"{n:,} simulated customers, {len(orders):,} orders",
        time.process_time() - start,
        rows=len(orders),
        megabytes=peak_megabytes(),
    )


if __name__ == "__main__":
    main()
