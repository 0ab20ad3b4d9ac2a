"""How often intervals of `forecast_customer_base` hold what simulated shops then sell.

Shops are plain: customers come at a steady rate and buy as BG/NBD and Gamma-Gamma say, without a
season and without shocks. The forecast does not know it: it fits both models, measures shocks and
forecasts new customers. Run it with `python benchmarks/proofs/customer_base.py [shops] [file]`; it
writes its table to the file after each shop, so that a run that was stopped has one as well. The
table of the last run is in customer_base.md.
"""

import sys
from pathlib import Path

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


def one_shop(seed: int) -> dict[str, float]:
    """What of one shop lay in its intervals."""
    found, sold = forecast_of(seed)
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


def report(rows: list[dict[str, float]]) -> str:
    """Means over the shops with their errors, as Markdown."""
    table = pd.DataFrame(rows).astype(float)
    lines = [
        "How often intervals of `forecast_customer_base` hold what simulated plain shops sell;",
        "written by `benchmarks/proofs/customer_base.py`.",
        "",
        f"{len(rows)} shops of {CUSTOMERS:,} customers, {SEEN} days seen, {HORIZON} forecast; "
        "intervals of 95 %",
        "",
        "| | mean | error |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {table[name].mean():.3f} | {table[name].sem():.3f} |" for name in table]
    return "\n".join(lines) + "\n"


def main(n_shops: int, file: str | None) -> None:
    """Print the table, and keep it in a file as it grows."""
    rows = []
    for seed in range(n_shops):
        rows.append(one_shop(seed))
        if file is not None:
            Path(file).write_text(report(rows), encoding="utf-8")
    print(report(rows))


if __name__ == "__main__":
    shops, table = [*sys.argv[1:], None, None][:2]
    main(int(shops or 1_000), table)
