"""The path of a campaign over a million customers and twenty offers, step by step.

The peer of the eligible pairs is the same question in plain pandas: join people, consent and
suppression, and cross with the conditions; both must find the same pairs. No library draws a
hold-out within a budget or plans one, so the other steps have their time, and what must hold of
them is checked.
"""

import sys
import time

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

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


def main() -> None:
    """Print the rows."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else sized(1_000_000, 10_000)
    given = tables(n)
    who = {**given, "customers": given["customers"][["clv"]]}
    pairs = eligible_pairs(offers=OFFERS, as_of=DAY, **who)
    assert len(plain(given)) == pairs.pairs
    ours, theirs = in_turns(
        lambda: eligible_pairs(offers=OFFERS, as_of=DAY, **who), lambda: plain(given), rounds=3
    )
    report(
        "`eligible_pairs`: consent, suppression and 10 conditions",
        f"{n:,} customers, 20 offers, {pairs.pairs:,} pairs",
        ours,
        rows=n,
        megabytes=peak_megabytes(),
        peer="pandas",
        peer_seconds=theirs,
        agreed=True,
    )

    uplift = {offer: offer for offer in OFFERS["offer"]}
    began = time.process_time()
    profits = offer_profit(given["customers"], OFFERS, uplift, margin=0.4)
    report("`offer_profit`", f"{len(profits):,} pairs", time.process_time() - began)
    budget = 0.1 * n
    limits = {"eligible": pairs.table, "budget": budget, "holdout": HOLDOUT}
    began = time.process_time()
    allocation = allocate_offers(profits, **limits)
    report(
        "`allocate_offers` of eligible pairs with a hold-out of 20 %",
        f"{len(profits):,} profit rows, {pairs.pairs:,} eligible pairs",
        time.process_time() - began,
        megabytes=peak_megabytes(),
        note=f"{allocation.gap_profit:.2f} below the bound of {allocation.bound_profit:,.0f}.",
    )
    audience = hold_out(allocation, DAY, salt="spring")
    assert 0.98 * budget < audience.expected_cost <= budget
    (taken,) = in_turns(lambda: hold_out(allocation, DAY, salt="spring"), rounds=3)
    report(
        "`hold_out` of that allocation, within the budget",
        f"{len(allocation.table):,} actions, 20 offers",
        taken,
        note=f"{audience.expected_cost:,.2f} of {budget:,.0f} spent.",
    )


if __name__ == "__main__":
    main()
