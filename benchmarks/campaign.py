"""The path of a campaign over a million customers and twenty offers, step by step.

The peer of the eligible pairs is the same question in plain pandas: join people, consent and
suppression, and cross with the conditions; both must find the same pairs. No library draws a
hold-out within a budget or plans one, so the other steps have their time, and what must hold of
them is checked.
"""

import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import cemkit
from cemkit import allocate_offers, offer_profit
from cemkit.experiments import hold_out
from cemkit.promotion import eligible_pairs

DAY, HOLDOUT = "2024-03-31", 0.2
OFFERS = pd.DataFrame(
    {
        "offer": [f"offer {k:02d}" for k in range(20)],
        "discount": np.linspace(0.02, 0.2, 20),
        "contact_cost": np.linspace(0.1, 0.6, 20),
        "eligible": [f"clv >= {10 * k}" if k % 2 else None for k in range(20)],
    }
)


def tables(n: int) -> dict[str, pd.DataFrame]:
    """Return seeded customers, people, consent and suppression."""
    rng = np.random.default_rng(0)
    ids = pd.RangeIndex(n, name="customer_id")
    customers = pd.DataFrame(
        {
            "churn_probability": rng.beta(3, 2, n),
            "expected_mean_amount": rng.lognormal(3, 1, n),
            "clv": rng.lognormal(4, 1, n),
        },
        index=ids,
    )
    room = customers["churn_probability"] * rng.beta(2, 8, n)
    rises = {
        offer: room * (0.5 + 4 * discount) * rng.uniform(0.8, 1.2, n)
        for offer, discount in zip(OFFERS["offer"], OFFERS["discount"], strict=True)
    }
    people = pd.DataFrame(
        {"customer_id": ids, "preferred_channel": rng.choice(["email", "sms", "wechat"], n)}
    )
    consent = pd.DataFrame(
        {
            "customer_id": ids,
            "channel": people["preferred_channel"],
            "purpose": "marketing",
            "granted": rng.random(n) < 0.7,
            "since": pd.Timestamp("2024-01-01"),
        }
    )
    suppression = pd.DataFrame({"customer_id": rng.choice(n, n // 20, replace=False)})
    return {
        "customers": customers.assign(**rises),
        "people": people,
        "consent": consent,
        "suppression": suppression,
    }


def plain(given: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the same pairs in plain pandas."""
    consent = given["consent"]
    granted = consent[consent["granted"] & (consent["purpose"] == "marketing")]
    both = ["customer_id", "channel"]
    reached = given["people"].rename(columns={"preferred_channel": "channel"})
    reached = reached.merge(granted[both], on=both)
    reached = reached[~reached["customer_id"].isin(given["suppression"]["customer_id"])]
    clv = given["customers"]["clv"].reindex(reached["customer_id"]).to_numpy()
    parts = []
    for offer, condition in zip(OFFERS["offer"], OFFERS["eligible"], strict=True):
        least = float(condition.split()[-1]) if isinstance(condition, str) else -np.inf
        parts.append(reached[clv >= least].assign(offer=offer))
    return pd.concat(parts, ignore_index=True)


def seconds(run: Callable[[], Any], times: int = 3) -> float:
    """Return the median processor time of a call, which other processes do not lengthen."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    given = tables(n)
    who = {**given, "customers": given["customers"][["clv"]]}
    pairs = eligible_pairs(offers=OFFERS, as_of=DAY, **who)
    assert len(plain(given)) == pairs.pairs
    ours, theirs = (
        seconds(lambda: eligible_pairs(offers=OFFERS, as_of=DAY, **who)),
        seconds(lambda: plain(given)),
    )
    print(f"eligible_pairs: {ours:.2f} s, pandas {theirs:.2f} s; {pairs.pairs:,} pairs")

    uplift = {offer: offer for offer in OFFERS["offer"]}
    began = time.process_time()
    profits = offer_profit(given["customers"], OFFERS, uplift, margin=0.4)
    print(f"offer_profit: {time.process_time() - began:.2f} s, {len(profits):,} rows")
    budget = 0.1 * n
    limits = {"eligible": pairs.table, "budget": budget, "holdout": HOLDOUT}
    began = time.process_time()
    allocation = allocate_offers(profits, **limits)
    print(
        f"allocate_offers: {time.process_time() - began:.2f} s; profit "
        f"{allocation.total_profit:,.2f}, gap {allocation.gap_profit:.4f}"
    )
    audience = hold_out(allocation, DAY, salt="spring")
    assert 0.98 * budget < audience.expected_cost <= budget
    print(f"hold_out: {seconds(lambda: hold_out(allocation, DAY, salt='spring')):.2f} s")
    print(f"  {audience.sentence()}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak {peak:.2f} GB; Python {platform.python_version()}, cemkit {cemkit.__version__}")


if __name__ == "__main__":
    main()
