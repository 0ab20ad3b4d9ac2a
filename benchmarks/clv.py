"""Purchase models and lifetime value against lifetimes, on simulated customers.

Run it with `python benchmarks/clv.py`, or with some of `orders alone lifetimes` behind it. All is
measured at 1,000,000 customers, but for the ratio of Pareto/NBD: it is measured at 100,000, where
lifetimes still finishes.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

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


def against_lifetimes(name: str, n: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
    customers, model, fitter = simulated(n), MODELS[name], getattr(lifetimes, name)()
    age = customers["tenure_days"] - customers["recency_days"]
    (theirs,) = in_turns(
        lambda: fitter.fit(customers["repeat_count"], age, customers["tenure_days"]), rounds=0
    )
    (ours,) = in_turns(lambda: model().fit(customers))
    off = (fitter.params_ / model().fit(customers).params_ - 1).abs().max()
    report(
        f"{model.display_name} fit with standard errors",
        f"{n:,} customers, whole days",
        ours,
        rows=n,
        peer="lifetimes, no standard errors, once",
        peer_seconds=theirs,
        agreed=bool(off < 0.05),
        note=f"Parameters within {off:.0e}.",
    )


def alone(n: int) -> None:
    customers, distinct = simulated(n), simulated(n, whole_days=False)
    days = f"{n:,} customers, whole days"
    for model in MODELS.values():
        fit = f"{model.display_name} fit with standard errors"
        for table, data, rounds in (
            (customers, days, 5),
            (distinct, f"{n:,} customers, every row distinct", 2),
        ):
            call = lambda model=model, table=table: model().fit(table)  # noqa: E731
            (taken,) = in_turns(call, rounds=rounds)
            report(fit, data, taken, rows=n, megabytes=peak_megabytes())
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
            (taken,) = in_turns(call, rounds=3)
            report(f"{what}, {model.display_name}", days, taken, rows=n)
        (refits,) = in_turns(
            lambda fitted=fitted: bootstrap_parameters(fitted, customers, n_resamples=20), rounds=0
        )
        report(
            f"200 bootstrap refits, {model.display_name}",
            days,
            10 * refits,
            rows=n,
            note="10 times 20 refits.",
        )
    (taken,) = in_turns(lambda: GammaGammaModel().fit(customers), rounds=3)
    report("Gamma-Gamma fit", days, taken, rows=n)
    for model in (BetaGeoModel(), ParetoNBDModel()):
        value = CustomerLifetimeValue(model).fit(customers)
        (taken,) = in_turns(
            lambda value=value: value.add_to(customers, confidence_level=0.95), rounds=2
        )
        report(f"CLV with 95 % bounds, {model.display_name}", days, taken, rows=n)


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

    (taken,) = in_turns(run, rounds=0)
    data = f"{n_orders:,} orders, {n_customers:,} customers"
    memory = peak_megabytes()
    report("orders to CLV", data, taken, rows=n_orders, megabytes=memory, note="Once.")


def main() -> None:
    parts = sys.argv[1:] or ["orders", "alone", "lifetimes"]
    if "orders" in parts:
        from_orders(sized(3_000_000, 30_000), sized(600_000, 6_000))
    if "alone" in parts:
        alone(sized(1_000_000, 10_000))
    if "lifetimes" in parts:
        against_lifetimes("BetaGeoFitter", sized(1_000_000, 5_000))
        against_lifetimes("ModifiedBetaGeoFitter", sized(1_000_000, 5_000))
        against_lifetimes("ParetoNBDFitter", sized(100_000, 2_000))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
