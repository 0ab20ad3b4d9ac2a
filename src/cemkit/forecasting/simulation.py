"""simulate_weekly_sales: sales with promotions and dips whose truth is known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_flag, check_integer, check_random_state
from cemkit.forecasting.years import DAYS_IN_WEEK, DAYS_IN_YEAR

CHRISTMAS = pd.Timestamp("2021-12-25")
LONGEST_DIP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklySales:
    """Simulated sales, the promotions in them, and what is true of both."""

    sales: pd.Series
    promotions: pd.DataFrame
    lift: float
    dips: Floats


def simulate_weekly_sales(
    *, n_weeks: int = 169, has_dip: bool = True, random_state: int = 0
) -> WeeklySales:
    """Simulate weekly sales with a season, a Christmas peak, correlated noise, promotions and dips.

    The season and its peak follow the date. A promotion lasts one to three weeks, with four to
    eleven weeks between two.

    Args:
        n_weeks: Number of weeks, from January 2021 on.
        has_dip: Whether sales fall after a promotion.
        random_state: Seed of the random numbers. The parameters are random, too.

    Examples:
        >>> weekly = simulate_weekly_sales()
        >>> len(weekly.sales), list(weekly.promotions.columns)
        (169, ['name', 'start_date', 'end_date'])
    """
    n = check_integer(n_weeks, "n_weeks", minimum=20, maximum=100_000)
    check_flag(has_dip, "has_dip")
    rng = np.random.default_rng(check_random_state(random_state))
    index = pd.period_range("2021-01-04", periods=n, freq="W-SUN")
    on = _promotion_weeks(rng, n)
    lift = rng.uniform(0.15, 0.7)
    fade = rng.uniform(0.1, 0.5) * rng.uniform(0.3, 0.7) ** np.arange(LONGEST_DIP)
    dips = (-lift * has_dip * fade).astype(np.float64)
    places = np.arange(n)
    latest = np.maximum.accumulate(np.where(on, places, -1))
    since = np.where(latest >= 0, places - latest, 0)
    effect = lift * on + np.concatenate([[0.0], dips, np.zeros(n)])[np.minimum(since, 5)] * ~on
    drift = np.cumsum(rng.normal(0, 0.012, n)) if rng.random() < 0.4 else np.zeros(n)
    level = rng.uniform(4, 8) + rng.normal(0, 0.0015) * places
    sales = np.exp(level + _season(rng, index) + effect + _noise(rng, n) + drift)
    return WeeklySales(
        sales=pd.Series(np.round(sales, 1), index=index),
        promotions=_table(index, on),
        lift=lift,
        dips=dips,
    )


def _promotion_weeks(rng: np.random.Generator, n: int) -> npt.NDArray[np.bool_]:
    on = np.zeros(n, dtype=bool)
    week = int(rng.integers(2, 8))
    while week < n:
        length = int(rng.integers(1, 4))
        on[week : week + length] = True
        week += length + int(rng.integers(4, 12))
    return on


def _season(rng: np.random.Generator, index: pd.PeriodIndex) -> Floats:
    middles = index.start_time + pd.Timedelta(days=3)
    since = np.asarray((middles - CHRISTMAS) / pd.Timedelta(days=1))
    away = (since + DAYS_IN_YEAR / 2) % DAYS_IN_YEAR - DAYS_IN_YEAR / 2
    season: Floats = rng.uniform(0, 0.5) * np.exp(-0.5 * (away / (1.2 * DAYS_IN_WEEK)) ** 2)
    for k in (1, 2, 3):
        angle = 2 * np.pi * k * since / DAYS_IN_YEAR
        season += rng.normal(0, 0.18 / k) * np.sin(angle) + rng.normal(0, 0.18 / k) * np.cos(angle)
    return season


def _noise(rng: np.random.Generator, n: int) -> Floats:
    ar, ma, spread = rng.uniform(0.2, 0.8), rng.uniform(-0.4, 0.4), rng.uniform(0.04, 0.14)
    shocks = rng.normal(0, spread, n + 50)
    noise = np.zeros(n + 50)
    for t in range(1, n + 50):
        noise[t] = ar * noise[t - 1] + shocks[t] + ma * shocks[t - 1]
    return noise[50:]


def _table(index: pd.PeriodIndex, on: npt.NDArray[np.bool_]) -> pd.DataFrame:
    edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return pd.DataFrame(
        {
            "name": [f"P{i}" for i in range(1, len(starts) + 1)],
            "start_date": index[starts].start_time,
            "end_date": index[ends].end_time.normalize(),
        }
    )
