"""Purchase models and lifetime value against lifetimes, on simulated customers.

Run it with `python benchmarks/clv.py`, or with some of `orders alone lifetimes` behind it. All is
measured at 1,000,000 customers, but for the ratio of Pareto/NBD: it is measured at 100,000, where
lifetimes still finishes.
"""

import os
import platform
import resource
import sys
import time
import warnings
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
from cemkit.clv import ModifiedBetaGeoModel, bootstrap_parameters

MODELS = {
    "ParetoNBDFitter": ParetoNBDModel,
    "BetaGeoFitter": BetaGeoModel,
    "ModifiedBetaGeoFitter": ModifiedBetaGeoModel,
}


def simulated(n: int, whole_days: bool = True) -> pd.DataFrame:
    """Customers who joined over 100 days, seen for 200 to 300 days."""
    random = np.random.default_rng(1)
    tenure = random.uniform(200, 300, n)
    truth = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82)
    table = truth.simulate(n, np.floor(tenure) if whole_days else tenure, random_state=2)
    if whole_days:
        latest = np.minimum(np.floor(table["recency_days"]), table["tenure_days"] - 1)
        table["recency_days"] = latest.where(table["repeat_count"] > 0, table["tenure_days"])
        table = table.astype({"recency_days": int, "tenure_days": int})
    amount = random.gamma(6, 6, n).round(2) + 0.01
    table["repeat_mean_amount"] = np.where(table["repeat_count"] > 0, amount, 0.0)
    return table.drop(columns="alive")


def seconds(call: Callable[[], object], times: int = 5) -> float:
    call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return median(taken)


def once(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}"


def against_lifetimes(name: str, n: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
    customers, model, fitter = simulated(n), MODELS[name], getattr(lifetimes, name)()
    age = customers["tenure_days"] - customers["recency_days"]
    theirs = once(lambda: fitter.fit(customers["repeat_count"], age, customers["tenure_days"]))
    ours = seconds(lambda: model().fit(customers))
    off = (fitter.params_ / model().fit(customers).params_ - 1).abs().max()
    row(
        f"{model.display_name} fit with standard errors",
        f"{n:,} customers",
        f"{ours:.3f} s",
        f"lifetimes {theirs:.1f} s",
        f"{theirs / ours:,.0f}",
        f"parameters within {off:.1e}",
        machine(),
    )


def alone(n: int) -> None:
    customers, distinct = simulated(n), simulated(n, whole_days=False)
    for model in MODELS.values():
        row(
            f"{model.display_name} fit",
            f"{n:,} customers, days",
            f"{seconds(lambda model=model: model().fit(customers)):.2f} s",
        )
        row(
            f"{model.display_name} fit",
            f"{n:,} customers, all distinct",
            f"{seconds(lambda model=model: model().fit(distinct), 2):.2f} s",
        )
        fitted = model().fit(customers)
        for what, call in {
            "P(alive)": lambda fitted=fitted: fitted.alive_probability(customers),
            "expected purchases": lambda fitted=fitted: fitted.expected_purchases(customers, 365),
            "one-year value": lambda fitted=fitted: fitted.expected_discounted_purchases(
                customers, 0.1, 365
            ),
            "infinite value": lambda fitted=fitted: fitted.expected_discounted_purchases(
                customers, 0.1
            ),
        }.items():
            row(
                f"{model.display_name} {what}",
                f"{n:,} customers, days",
                f"{seconds(call, 3):.2f} s",
            )
        refits = once(lambda fitted=fitted: bootstrap_parameters(fitted, customers, n_resamples=20))
        row(
            f"{model.display_name} 200 refits (10 times 20)",
            f"{n:,} customers, days",
            f"{10 * refits:.1f} s",
        )
    row(
        "Gamma-Gamma fit",
        f"{n:,} customers",
        f"{seconds(lambda: GammaGammaModel().fit(customers), 3):.2f} s",
    )
    for model in (BetaGeoModel(), ParetoNBDModel()):
        value = CustomerLifetimeValue(model).fit(customers)
        taken = seconds(lambda value=value: value.add_to(customers, confidence_level=0.95), 2)
        row(
            f"CLV with 95 % bounds, {model.display_name}",
            f"{n:,} customers, days",
            f"{taken:.2f} s",
        )


def from_orders(n_orders: int, n_customers: int) -> None:
    random = np.random.default_rng(3)
    day = random.integers(0, 365, n_orders)
    orders = pd.DataFrame(
        {
            "customer_id": random.integers(0, n_customers, n_orders),
            "order_date": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"),
            "amount": random.gamma(4, 10, n_orders).round(2) + 0.01,
        }
    )

    def run() -> None:
        customers = customer_table(orders, "2024-12-31")
        CustomerLifetimeValue().fit(customers).add_to(customers)

    row(
        "orders to CLV",
        f"{n_orders:,} orders, {n_customers:,} customers",
        f"{once(run):.2f} s",
        f"peak {peak_gigabytes():.2f} GB",
    )


def peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    print(f"cemkit {cemkit.__version__}, {machine()}")
    parts = sys.argv[1:] or ["orders", "alone", "lifetimes"]
    if "orders" in parts:
        from_orders(3_000_000, 600_000)
    if "alone" in parts:
        alone(1_000_000)
        print(f"peak {peak_gigabytes():.2f} GB")
    if "lifetimes" in parts:
        against_lifetimes("BetaGeoFitter", 1_000_000)
        against_lifetimes("ModifiedBetaGeoFitter", 1_000_000)
        against_lifetimes("ParetoNBDFitter", 100_000)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
