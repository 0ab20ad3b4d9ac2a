"""How often intervals of `forecast_customer_base` hold what simulated shops then sell.

Shops are plain: customers come at a steady rate and buy as BG/NBD and Gamma-Gamma say, without a
season and without shocks. The forecast does not know it: it fits both models, measures shocks and
forecasts new customers. Run it with `python benchmarks/proofs/customer_base.py [shops]`; the table
that it printed is in customer_base.md.
"""

import sys

import pandas as pd

from cemkit import BetaGeoModel
from cemkit.clv import CustomerBaseForecast, forecast_customer_base
from cemkit.data import simulate_orders

SEEN, HORIZON = 364, 91
CUSTOMERS = 3_000
N_DRAWS = 500
START = pd.Timestamp("2022-01-03")


def week_sums(orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Purchase days and revenue of each week after as_of."""
    days = (orders["order_date"] - as_of).dt.days
    after = orders[(days > 0) & (days <= HORIZON)]
    week = (days[after.index] - 1) // 7
    bought = after.drop_duplicates(["customer_id", "order_date"])
    sums = {
        "purchases": bought.groupby(week[bought.index]).size(),
        "revenue": after.groupby(week)["amount"].sum(),
    }
    return pd.DataFrame(sums).reindex(range(HORIZON // 7), fill_value=0)


def forecast_of(seed: int) -> tuple[CustomerBaseForecast, pd.DataFrame]:
    """The forecast of one shop, and what it sold."""
    orders = simulate_orders(
        CUSTOMERS,
        start_date=START,
        n_days=SEEN + HORIZON,
        acquisition_days=SEEN + HORIZON,
        random_state=seed,
    ).table
    as_of = START + pd.Timedelta(days=SEEN - 1)
    found = forecast_customer_base(
        BetaGeoModel(), orders, as_of, horizon_days=HORIZON, n_draws=N_DRAWS, random_state=seed
    )
    return found, week_sums(orders, as_of)


def main() -> None:
    n_shops = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    rows = []
    for seed in range(n_shops):
        found, sold = forecast_of(seed)
        weeks = found.periods.reset_index(drop=True)
        row = {"shocks": found.weekly_deviation > 0.05}
        for name in ("purchases", "revenue"):
            total = sold[name].sum()
            lower, upper = getattr(found, f"{name}_lower"), getattr(found, f"{name}_upper")
            inside = sold[name].between(weeks[f"{name}_lower"], weeks[f"{name}_upper"])
            row |= {
                f"{name}, total": lower <= total <= upper,
                f"{name}, weeks": inside.mean(),
                f"{name}, bias": getattr(found, name) / total - 1,
                f"{name}, width": (upper - lower) / getattr(found, name),
            }
        rows.append(row)
    table = pd.DataFrame(rows).astype(float)
    summary = pd.DataFrame({"mean": table.mean(), "error": table.sem()}).round(4)
    print(f"{n_shops} shops of {CUSTOMERS:,} customers, {SEEN} days seen, {HORIZON} forecast")
    print(summary.to_string())


if __name__ == "__main__":
    main()
