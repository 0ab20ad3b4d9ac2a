"""Seeded weekly sales with a season, a Christmas peak, promotions, and dips after them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

WEEKS = 52


@dataclass
class WeeklySales:
    """Sales, the promotions in them, and the truth about both, on the scale of the logarithm."""

    sales: pd.Series
    promotions: pd.DataFrame
    lift: float
    dips: np.ndarray


def simulate_weekly_sales(seed: int, *, n: int = 169, has_dip: bool = True) -> WeeklySales:
    rng = np.random.default_rng(seed)
    index = pd.period_range("2021-01-04", periods=n, freq="W-SUN")
    on = _promotion_weeks(rng, n)
    lift = rng.uniform(0.15, 0.7)
    dips = -lift * rng.uniform(0.1, 0.5) * rng.uniform(0.3, 0.7) ** np.arange(4) * has_dip
    places = np.arange(n)
    latest = np.maximum.accumulate(np.where(on, places, -1))
    since = np.where(latest >= 0, places - latest, 0)
    effect = lift * on + np.concatenate([[0.0], dips, np.zeros(n)])[np.minimum(since, 5)] * ~on
    drift = np.cumsum(rng.normal(0, 0.012, n)) if rng.random() < 0.4 else np.zeros(n)
    level = rng.uniform(4, 8) + rng.normal(0, 0.0015) * places
    sales = np.exp(level + _season(rng, places) + effect + _noise(rng, n) + drift)
    return WeeklySales(
        sales=pd.Series(np.round(sales, 1), index=index),
        promotions=_table(index, on),
        lift=lift,
        dips=dips,
    )


def _promotion_weeks(rng: np.random.Generator, n: int) -> np.ndarray:
    on = np.zeros(n, dtype=bool)
    week = int(rng.integers(2, 8))
    while week < n:
        length = int(rng.integers(1, 4))
        on[week : week + length] = True
        week += length + int(rng.integers(4, 12))
    return on


def _season(rng: np.random.Generator, places: np.ndarray) -> np.ndarray:
    season = rng.uniform(0, 0.5) * np.exp(-0.5 * ((places % WEEKS - 50) / 1.2) ** 2)
    for k in (1, 2, 3):
        angle = 2 * np.pi * k * places / WEEKS
        season += rng.normal(0, 0.18 / k) * np.sin(angle) + rng.normal(0, 0.18 / k) * np.cos(angle)
    return season


def _noise(rng: np.random.Generator, n: int) -> np.ndarray:
    ar, ma, spread = rng.uniform(0.2, 0.8), rng.uniform(-0.4, 0.4), rng.uniform(0.04, 0.14)
    shocks = rng.normal(0, spread, n + 50)
    noise = np.zeros(n + 50)
    for t in range(1, n + 50):
        noise[t] = ar * noise[t - 1] + shocks[t] + ma * shocks[t - 1]
    return noise[50:]


def _table(index: pd.PeriodIndex, on: np.ndarray) -> pd.DataFrame:
    edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return pd.DataFrame(
        {
            "promotion": [f"P{i}" for i in range(1, len(starts) + 1)],
            "start_date": index[starts].start_time,
            "end_date": index[ends].end_time.normalize(),
        }
    )
