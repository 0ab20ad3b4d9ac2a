"""A seasonal clock and the model on it against the plain fit, and quantiles, on simulated orders.

Run it with `python benchmarks/seasonal_clock.py [customers]`. No peer has a seasonal clock or
quantiles in closed form, so the plain fit is what the clock is measured against. Quantiles are
checked against single probabilities, and a clock without effects against plain days.
"""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd

import cemkit
from cemkit import (
    BetaGeoModel,
    CustomerLifetimeValue,
    GammaGammaModel,
    ParetoNBDModel,
    customer_table,
)
from cemkit.clv import SeasonalClock
from cemkit.data import simulate_orders

AS_OF, HORIZON, LEVELS = pd.Timestamp("2023-12-31"), 180, [0.1, 0.5, 0.9]


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def seconds(call: Callable[[], object], times: int = 5) -> float:
    """CPU seconds: the median after a warm-up."""
    call()
    taken = []
    for _ in range(times):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return median(taken)


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB"


def check_clock(orders: pd.DataFrame, customers: pd.DataFrame, plain: BetaGeoModel) -> None:
    """A clock without effects is plain days."""
    still = SeasonalClock(0, weekdays=False).fit(orders, AS_OF)
    on = BetaGeoModel(clock=still).fit(customers)
    np.testing.assert_allclose(on.params_, plain.params_, rtol=1e-6)


def check_quantiles(model: ParetoNBDModel, customers: pd.DataFrame) -> None:
    """Up to the quantile there is at least its level, and less of it before."""
    some = customers.head(2_000)
    found = model.purchase_quantiles(some, HORIZON, [0.9]).iloc[:, 0].to_numpy()
    each = [model.purchase_probabilities(some, n, HORIZON) for n in range(int(found.max()) + 1)]
    below = np.cumsum(np.stack(each, axis=1), axis=1)
    at = np.arange(len(some)), found.astype(int)
    assert (below[at] >= 0.9 - 1e-9).all()
    before = np.where(found > 0, below[at[0], np.maximum(at[1] - 1, 0)], 0.0)
    assert (before < 0.9 + 1e-9).all()


def main() -> None:
    """Print the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    print(
        f"cemkit {cemkit.__version__}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    drawn = simulate_orders(n, start_date="2022-01-01", n_days=730, acquisition_days=700)
    orders = drawn.table
    customers = customer_table(orders, AS_OF)
    plain = BetaGeoModel().fit(customers)
    check_clock(orders, customers, plain)
    clock = SeasonalClock().fit(orders, AS_OF)
    parts = [
        seconds(lambda: SeasonalClock().fit(orders, AS_OF)),
        seconds(lambda: BetaGeoModel(clock=clock).fit(customers)),
        seconds(lambda: BetaGeoModel().fit(customers)),
    ]
    row(
        "seasonal clock, and BG/NBD on it",
        f"{n:,} customers, {len(orders):,} orders, 730 days",
        f"{parts[0]:.2f} + {parts[1]:.2f} CPU s",
        f"the plain fit {parts[2]:.2f} CPU s",
        f"{(parts[0] + parts[1]) / parts[2]:.2f}",
        peak(),
    )
    model, spend = ParetoNBDModel().fit(customers), GammaGammaModel().fit(customers)
    check_quantiles(model, customers)
    value = CustomerLifetimeValue(model, spend, horizon_days=HORIZON).fit(customers)
    bought = seconds(lambda: model.purchase_quantiles(customers, HORIZON, LEVELS))
    spent = seconds(lambda: value.spend_quantiles(customers, LEVELS))
    row(
        "quantiles of purchases, of spend, Pareto/NBD",
        f"{n:,} customers, three quantiles",
        f"{bought:.2f}, {spent:.2f} CPU s",
        peak(),
    )


if __name__ == "__main__":
    main()
