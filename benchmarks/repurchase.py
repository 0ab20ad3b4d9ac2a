"""Repurchase cycles of five million orders.

No peer pools cycles, so there is none to compare with; the planted shape must come back.
"""

import platform
import resource
import statistics
import sys
import time

import numpy as np
import pandas as pd

import cemkit
from cemkit import RepurchaseCycle

SHAPE, R, TYPICAL_DAYS, SPAN_DAYS = 1.5, 2.0, 50.0, 730


def simulated_orders(n: int) -> pd.DataFrame:
    """Return about n orders whose gaps are Weibull with gamma-distributed rates."""
    rng = np.random.default_rng(0)
    customers = int(n / 8.4)
    rate = rng.gamma(R, 1 / R, customers)
    day, rows = rng.uniform(0, SPAN_DAYS, customers), []
    while (alive := np.flatnonzero(day < SPAN_DAYS)).size:
        rows.append((alive, day[alive].astype(int)))
        gap = TYPICAL_DAYS * (rng.exponential(size=customers) / rate) ** (1 / SHAPE)
        day = day + np.maximum(gap, 1)
    who, days = (np.concatenate(part) for part in zip(*rows, strict=True))
    date = pd.Timestamp("2022-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame({"customer_id": who, "order_date": date, "amount": 1.0}).sample(
        frac=1, random_state=0, ignore_index=True
    )


def main() -> None:
    """Print the row."""
    orders = simulated_orders(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
    taken = []
    for _ in range(4):
        start = time.perf_counter()
        model = RepurchaseCycle().fit(orders, as_of="2023-12-31")
        taken.append(time.perf_counter() - start)
    params = model.params_.iloc[0]
    assert abs(params["shape"] / SHAPE - 1) < 0.05
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{len(orders):,} orders of {len(model.cycles_):,} customers: "
        f"{statistics.median(taken[1:]):.2f} s, best {min(taken):.2f}, peak {peak:.2f} GB; "
        f"shape {params['shape']:.3f} (planted {SHAPE}), r {params['r']:.3f} (planted {R})"
    )
    print(f"Python {platform.python_version()}, cemkit {cemkit.__version__}")


if __name__ == "__main__":
    main()
