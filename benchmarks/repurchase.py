"""Repurchase cycles of five million orders.

No peer pools cycles, so there is none to compare with; the planted shape must come back.
"""

import sys

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

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
    orders = simulated_orders(int(sys.argv[1]) if len(sys.argv) > 1 else sized(5_000_000, 100_000))
    model = RepurchaseCycle().fit(orders, as_of="2023-12-31")
    params = model.params_.iloc[0]
    assert abs(params["shape"] / SHAPE - 1) < 0.05
    (seconds,) = in_turns(lambda: RepurchaseCycle().fit(orders, as_of="2023-12-31"), rounds=3)
    report(
        "repurchase cycles, fitted and predicted",
        f"{len(orders):,} simulated orders, {len(model.cycles_):,} customers",
        seconds,
        rows=len(orders),
        megabytes=peak_megabytes(),
        peer="none pools cycles",
        note=f"Shape {params['shape']:.3f} (planted {SHAPE}), r {params['r']:.3f} (planted {R}).",
    )


if __name__ == "__main__":
    main()
