"""How often intervals of `forecast_customer_base` hold what simulated seasonal shops then sell.

Customers come at a steady rate and buy as BG/NBD says on a true clock: a peak before Christmas, and
less on Saturdays and Sundays. The forecast knows only the orders: it estimates a seasonal clock
from one to two and a half years of them, fits both models on it, and forecasts on from a day that
differs between shops. Run it with `python benchmarks/proofs/clocked_base.py [shops] [file]`; it
writes its table to the file after each shop. The table of the last run is in clocked_base.md.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from cemkit import BetaGeoModel
from cemkit.clv import SeasonalClock, forecast_customer_base
from cemkit.errors import CemkitWarning

DAYS, HORIZON = 1095, 91
CUSTOMERS = 3_000
N_DRAWS = 500
START = pd.Timestamp("2021-01-01")
STRENGTHS = (0.5, 0.15)
MEAN_AMOUNT, FIRST_SEEN = 25.0, 365


def shop(seed: int, strength: float) -> tuple[pd.DataFrame, pd.Timestamp]:
    """Orders of three years, and the day up to which they are seen."""
    rng = np.random.default_rng(seed)
    days = pd.date_range(START, periods=DAYS)
    turn = 2 * np.pi * (days.day_of_year.to_numpy() - 335) / 365.25
    weekday = np.where(days.day_of_week >= 5, 0.6, 1.0)
    intensity = weekday * np.exp(strength * (np.cos(turn) + 0.4 * np.cos(2 * turn)))
    time = np.concatenate([[0.0], np.cumsum(intensity / intensity[:365].mean())])
    joined = rng.integers(0, DAYS, CUSTOMERS)
    rate, leaves = rng.gamma(0.8, 1 / 40, CUSTOMERS), rng.beta(0.8, 4, CUSTOMERS)
    own = rng.gamma(4.5, 4 / (3.5 * MEAN_AMOUNT), CUSTOMERS)
    rows = [np.column_stack([np.arange(CUSTOMERS), joined])]
    customer, now = np.arange(CUSTOMERS), time[joined + 1]
    while len(customer):
        now = now + rng.exponential(1 / rate[customer])
        inside = now < time[-1]
        customer, now = customer[inside], now[inside]
        rows.append(np.column_stack([customer, np.searchsorted(time, now, "right") - 1]))
        stays = rng.random(len(customer)) >= leaves[customer]
        customer, now = customer[stays], now[stays]
    who, day = np.unique(np.vstack(rows), axis=0).T
    amount = rng.gamma(4.0, 1 / own[who])
    orders = pd.DataFrame({"customer_id": who, "order_date": days[day], "amount": amount})
    seen = FIRST_SEEN + rng.integers(0, DAYS - HORIZON - FIRST_SEEN)
    return orders, START + pd.Timedelta(days=int(seen))


def one_shop(seed: int, strength: float) -> dict[str, float]:
    """What of one shop lay in its intervals."""
    orders, as_of = shop(seed, strength)
    clock = SeasonalClock().fit(orders, as_of)
    found = forecast_customer_base(
        BetaGeoModel(clock=clock),
        orders,
        as_of,
        horizon_days=HORIZON,
        n_draws=N_DRAWS,
        random_state=seed,
    )
    ahead = (orders["order_date"] - as_of).dt.days
    later = orders[(ahead > 0) & (ahead <= HORIZON)]
    week = (ahead[later.index] - 1) // 7
    sold = pd.DataFrame(
        {"purchases": later.groupby(week).size(), "revenue": later.groupby(week)["amount"].sum()}
    ).reindex(range(HORIZON // 7), fill_value=0)
    weeks = found.periods.reset_index(drop=True)
    row: dict[str, float] = {}
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


def report(rows: dict[float, list[dict[str, float]]]) -> str:
    """Means over the shops with their errors, as Markdown."""
    tables = {strength: pd.DataFrame(found).astype(float) for strength, found in rows.items()}
    first = next(iter(tables.values()))
    lines = [
        "How often intervals of `forecast_customer_base` hold what simulated shops with a season",
        "sell; written by `benchmarks/proofs/clocked_base.py`. The clock is estimated from one to",
        "two and a half years of orders.",
        "",
        f"{len(first):,} shops of {CUSTOMERS:,} customers for each season, "
        f"{HORIZON} days forecast; intervals of 95 %",
        "",
        "| | " + " | ".join(f"season of strength {strength}" for strength in tables) + " |",
        "|---" * (len(tables) + 1) + "|",
    ]
    for name in first:
        cells = [f"{found[name].mean():.3f} ± {found[name].sem():.3f}" for found in tables.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(n_shops: int, file: str | None) -> None:
    """Print the table, and keep it in a file as it grows."""
    warnings.simplefilter("ignore", CemkitWarning)
    rows: dict[float, list[dict[str, float]]] = {strength: [] for strength in STRENGTHS}
    for seed in range(n_shops):
        for strength in STRENGTHS:
            rows[strength].append(one_shop(seed, strength))
        if file is not None:
            Path(file).write_text(report(rows), encoding="utf-8")
    print(report(rows))


if __name__ == "__main__":
    shops, table = [*sys.argv[1:], None, None][:2]
    main(int(shops or 1_000), table)
