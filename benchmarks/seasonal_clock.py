"""A seasonal clock and the model on it against the plain fit, and quantiles.

No peer has a seasonal clock or quantiles in closed form, so the plain fit is what the clock is
measured against. Quantiles are checked against single probabilities, and a clock without effects
against calendar days.
"""

import time

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
from cemkit.clv import SeasonalClock
from cemkit.data import simulate_orders

AS_OF, HORIZON, LEVELS = pd.Timestamp("2023-12-31"), 180, [0.1, 0.5, 0.9]


def check_clock(orders: pd.DataFrame, customers: pd.DataFrame, plain: BetaGeoModel) -> None:
    """A clock without effects is calendar days."""
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
    n = sized(1_000_000, 20_000)
    drawn = simulate_orders(n, start_date="2022-01-01", n_days=730, acquisition_days=700)
    orders = drawn.table
    customers = customer_table(orders, AS_OF)
    plain = BetaGeoModel().fit(customers)
    check_clock(orders, customers, plain)
    clock = SeasonalClock().fit(orders, AS_OF)
    read, on_clock, in_days = in_turns(
        lambda: SeasonalClock().fit(orders, AS_OF),
        lambda: BetaGeoModel(clock=clock).fit(customers),
        lambda: BetaGeoModel().fit(customers),
    )
    report(
        "seasonal clock, and BG/NBD on it",
        f"{len(orders):,} simulated orders of 730 days",
        read + on_clock,
        rows=n,
        megabytes=peak_megabytes(),
        peer="cemkit's own fit in calendar days",
        peer_seconds=in_days,
        agreed=True,
    )
    model, spend = ParetoNBDModel().fit(customers), GammaGammaModel().fit(customers)
    check_quantiles(model, customers)
    value = CustomerLifetimeValue(model, spend, horizon_days=HORIZON).fit(customers)
    jobs = {
        "three quantiles of purchases": lambda: model.purchase_quantiles(
            customers, HORIZON, LEVELS
        ),
        "three quantiles of spend": lambda: value.spend_quantiles(customers, LEVELS),
        "chance to spend a sum": lambda: value.spend_probability(customers, 100.0),
        "date of the next purchase": lambda: model.next_purchase(
            customers, AS_OF, horizon_days=HORIZON
        ),
    }
    for what, seconds in zip(jobs, in_turns(*jobs.values(), clock=time.perf_counter), strict=True):
        report(
            f"{what}, Pareto/NBD",
            "the same customers",
            seconds,
            rows=n,
            megabytes=peak_megabytes(),
            note="By the clock.",
        )


if __name__ == "__main__":
    main()
