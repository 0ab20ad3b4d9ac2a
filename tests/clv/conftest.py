"""A shop whose season is known."""

import numpy as np
import pandas as pd
import pytest

DAYS = pd.date_range("2021-01-01", periods=3 * 365, unit="us")


def true_intensity(strength: float) -> np.ndarray:
    """Return a peak on 1 December and quiet Sundays, with a mean of 1."""
    turn = 2 * np.pi * (DAYS.day_of_year.to_numpy() - 335) / 365
    week = np.where(DAYS.day_of_week == 6, 0.4, 1.0)
    raw = week * np.exp(strength * np.cos(turn))
    return raw / raw.mean()


def shop(strength: float, n: int = 3_000, seed: int = 0) -> pd.DataFrame:
    """Draw BG/NBD customers, who join on any day and buy in the time of the true intensity."""
    rng = np.random.default_rng(seed)
    time = np.concatenate([[0.0], np.cumsum(true_intensity(strength))])
    joined = rng.integers(0, len(DAYS) - 30, n)
    rate, leaves = rng.gamma(0.8, 1 / 40, n), rng.beta(0.8, 4, n)
    customer, now = np.arange(n), time[joined + 1]
    rows = [np.column_stack([customer, joined])]
    while len(customer):
        now = now + rng.exponential(1 / rate[customer])
        inside = now < time[-1]
        customer, now = customer[inside], now[inside]
        rows.append(np.column_stack([customer, np.searchsorted(time, now, "right") - 1]))
        stays = rng.random(len(customer)) >= leaves[customer]
        customer, now = customer[stays], now[stays]
    who, day = np.unique(np.vstack(rows), axis=0).T
    return pd.DataFrame({"customer_id": who, "order_date": DAYS[day], "amount": 10.0})


@pytest.fixture(scope="session")
def seasonal_orders() -> pd.DataFrame:
    """Return three years of orders with a strong season."""
    return shop(0.5)


@pytest.fixture(scope="session")
def steady_orders() -> pd.DataFrame:
    """Return three years of orders whose intensity differs by the day of the week alone."""
    return shop(0.0, seed=1)
