"""How often intervals of `forecast_customer_base` hold what simulated shops then sell.

Shops have no season: customers come at a steady rate and buy as BG/NBD and Gamma-Gamma say. Plain
shops have no shocks either; the forecast does not know it, and measures them. From shops with
shocks a share of each week's repeat purchases is taken, around 30 %, and what is left is an AR(1)
process over the weeks with a standard deviation of .15 and an autocorrelation of .6. Run it with
`python benchmarks/proofs/customer_base.py [plain shops] [shops with shocks] [file]`; it writes its
table to the file after each shop, so that a run that was stopped has one as well. The table of the
last run is in customer_base.md.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from cemkit import BetaGeoModel
from cemkit.clv import CustomerBaseForecast, forecast_customer_base
from cemkit.data import simulate_orders

SEEN, HORIZON = 364, 91
CUSTOMERS = 3_000
N_DRAWS = 500
START = pd.Timestamp("2022-01-03")
KEPT, SHOCK, PERSISTENCE = 0.7, 0.15, 0.6  # of the repeat purchases of a week


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


def without_some(orders: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The orders less a share of each week's repeat purchases, which differs from week to week."""
    random = np.random.default_rng(seed)
    week = (orders["order_date"] - START).dt.days.to_numpy() // 7
    noise = random.standard_normal(week.max() + 1)
    state = lfilter([np.sqrt(1 - PERSISTENCE**2)], [1, -PERSISTENCE], noise)
    kept = np.minimum(KEPT * np.exp(SHOCK * state), 1.0)[week]
    first = orders["order_date"] == orders.groupby("customer_id")["order_date"].transform("min")
    return orders[first | (random.random(len(orders)) < kept)]


def forecast_of(seed: int, *, shocks: bool) -> tuple[CustomerBaseForecast, pd.DataFrame]:
    """The forecast of one shop, and what it sold."""
    orders = simulate_orders(
        CUSTOMERS,
        start_date=START,
        n_days=SEEN + HORIZON,
        acquisition_days=SEEN + HORIZON,
        random_state=seed,
    ).table
    if shocks:
        orders = without_some(orders, seed)
    as_of = START + pd.Timedelta(days=SEEN - 1)
    found = forecast_customer_base(
        BetaGeoModel(), orders, as_of, horizon_days=HORIZON, n_draws=N_DRAWS, random_state=seed
    )
    return found, week_sums(orders, as_of)


def one_shop(seed: int, *, shocks: bool) -> dict[str, float]:
    """What of one shop lay in its intervals."""
    found, sold = forecast_of(seed, shocks=shocks)
    weeks = found.periods.reset_index(drop=True)
    row: dict[str, float] = {"shops with shocks found above 5 %": found.weekly_deviation > 0.05}
    for name in ("purchases", "revenue"):
        total, expected = sold[name].sum(), getattr(found, name)
        lower, upper = getattr(found, f"{name}_lower"), getattr(found, f"{name}_upper")
        inside = sold[name].between(weeks[f"{name}_lower"], weeks[f"{name}_upper"])
        row |= {
            f"{name}: total inside": lower <= total <= upper,
            f"{name}: weeks inside": inside.mean(),
            f"{name}: forecast over actual, less 1": expected / total - 1,
            f"{name}: width of the interval over the forecast": (upper - lower) / expected,
        }
    return row


def report(plain: list[dict[str, float]], shocked: list[dict[str, float]]) -> str:
    """Means over the shops of both kinds with their errors, as Markdown."""
    kinds = [pd.DataFrame(rows).astype(float) for rows in (plain, shocked) if rows]
    counts = f"{len(plain)} plain shops" + (f" and {len(shocked)} with shocks" if shocked else "")
    lines = [
        "How often intervals of `forecast_customer_base` hold what simulated shops sell; written",
        "by `benchmarks/proofs/customer_base.py`.",
        "",
        f"{counts}, of {CUSTOMERS:,} customers, {SEEN} days seen, {HORIZON} forecast; "
        "intervals of 95 %",
        "",
        "| | plain shops |" + (" shops with shocks |" if shocked else ""),
        "|---|" + "---|" * len(kinds),
    ]
    for name in kinds[0]:
        cells = [f"{rows[name].mean():.3f} ± {rows[name].sem():.3f}" for rows in kinds]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main(n_plain: int, n_shocked: int, file: str | None) -> None:
    """Print the table, and keep it in a file as it grows."""
    found: tuple[list[dict[str, float]], list[dict[str, float]]] = [], []
    for shocks, n_shops in enumerate((n_plain, n_shocked)):
        for seed in range(n_shops):
            found[shocks].append(one_shop(seed, shocks=bool(shocks)))
            if file is not None:
                Path(file).write_text(report(*found), encoding="utf-8")
    print(report(*found))


if __name__ == "__main__":
    plain_shops, shops_with_shocks, table = [*sys.argv[1:], None, None, None][:3]
    main(int(plain_shops or 1_000), int(shops_with_shocks or 300), table)
