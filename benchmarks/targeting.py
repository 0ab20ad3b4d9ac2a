"""Allocate five offers over a million customers, and see how far from the bound it ends.

The peer is the linear program whole, in scipy's HiGHS, on as many customers as it solves in a time
one waits for; both must reach the same profit there.
"""

import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import scipy
from scipy import sparse
from scipy.optimize import linprog

import cemkit
from cemkit import allocate_offers, offer_profit

OFFERS = pd.DataFrame(
    {
        "offer": ["reminder", "5%", "10%", "15%", "20%"],
        "kind": ["none", *["percentage"] * 4],
        "discount": [None, 0.05, 0.1, 0.15, 0.2],
        "contact_cost": [0.1, 0.3, 0.5, 0.5, 1.0],
    }
)
SHARES = {"reminder": 0.05, "5%": 0.02, "10%": 0.03, "20%": 0.01}


def profit_table(n: int) -> pd.DataFrame:
    """Return the expected profit of five offers with n seeded customers."""
    rng = np.random.default_rng(0)
    customers = pd.DataFrame(
        {
            "churn_probability": rng.beta(3, 2, n),
            "expected_mean_amount": rng.lognormal(3, 1, n),
        },
        index=pd.RangeIndex(n, name="customer_id"),
    )
    room = customers["churn_probability"]
    for offer, discount in zip(OFFERS["offer"], OFFERS["discount"].fillna(0), strict=True):
        customers[offer] = room * rng.beta(2, 20, n) * (0.5 + 4 * discount)
    uplift = {offer: offer for offer in OFFERS["offer"]}
    return offer_profit(customers, OFFERS, uplift, margin=0.4)


def whole_program(table: pd.DataFrame, budget: float, capacities: dict[str, int]) -> float:
    """Return the profit of the linear program over every pair at once."""
    table = table[table["profit"] > 0]
    who, what = table["customer_id"].to_numpy(), table["offer"].cat.codes.to_numpy()
    pairs, ones = np.arange(len(table)), np.ones(len(table))
    customers = sparse.csr_array((ones, (who, pairs)))
    offers = sparse.csr_array((ones, (what, pairs)), (5, len(table)))
    ends = [capacities.get(offer, len(table)) for offer in table["offer"].cat.categories]
    found = linprog(
        -table["profit"],
        A_ub=sparse.vstack([sparse.csr_array(table["cost"].to_numpy()[None]), offers, customers]),
        b_ub=np.concatenate([[budget], ends, np.ones(customers.shape[0])]),
        bounds=(0, 1),
        method="highs",
    )
    return -found.fun


def seconds(run: Callable[[], object], times: int) -> float:
    """Return the median time of a call after one warm-up."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the row."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    table = profit_table(n)
    budget, capacities = 0.15 * n, {offer: int(share * n) for offer, share in SHARES.items()}
    found = allocate_offers(table, budget=budget, capacities=capacities)
    binding = (found.budget_price > 0) + sum(p > 0 for p in found.capacity_prices.values())
    value = table["profit"].max()
    ours = seconds(lambda: allocate_offers(table, budget=budget, capacities=capacities), 5)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    assert found.gap_profit <= binding * value
    print(f"{n:,} customers, 5 offers: {ours:.2f} s, peak {peak:.2f} GB")
    print(
        f"  profit {found.total_profit:,.2f}, gap {found.gap_profit:.4f}; {binding} limits bind, "
        f"and one customer is worth up to {value:,.2f}"
    )
    small = n // 50
    part = table.head(5 * small)
    limits = {"budget": 0.15 * small, "capacities": {o: int(s * small) for o, s in SHARES.items()}}
    exact = whole_program(part, **limits)
    found = allocate_offers(part, **limits)
    np.testing.assert_allclose(found.bound_profit, exact, rtol=1e-5)
    times = [
        seconds(lambda: allocate_offers(part, **limits), 3),
        seconds(lambda: whole_program(part, **limits), 3),
    ]
    print(
        f"{small:,} customers: ours {times[0]:.2f} s, HiGHS whole {times[1]:.2f} s, "
        f"{times[1] / times[0]:.1f} times; bound {found.bound_profit:,.3f} against {exact:,.3f}"
    )
    print(
        f"Python {platform.python_version()}, cemkit {cemkit.__version__}, "
        f"scipy {scipy.__version__}"
    )


if __name__ == "__main__":
    main()
