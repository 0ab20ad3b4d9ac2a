"""The regression of repeat purchases against statsmodels, and cells against brute force."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cemkit.clv.clock.calendar_days import weekday_columns, year_columns
from cemkit.clv.clock.intensity import AGES, BLOCK, cells_of, estimated_intensity
from cemkit.data.days import day_of
from cemkit.data.reductions.purchase_ages import purchases_by_first_day
from cemkit.errors import NotEnoughDataError

AS_OF = pd.Timestamp("2022-06-30")


def test_cells_count_customers_and_purchases_by_day_and_age(seasonal_orders: pd.DataFrame) -> None:
    orders = seasonal_orders[seasonal_orders["customer_id"] < 60]
    pairs = purchases_by_first_day(orders, AS_OF)
    start = int(pairs["first_day"].min())
    n = day_of(AS_OF) - start + 1
    cells = cells_of(pairs, n)
    seen = orders[orders["order_date"] <= AS_OF].drop_duplicates()
    first = seen.groupby("customer_id")["order_date"].min()
    days = (seen["order_date"] - seen["customer_id"].map(first)).dt.days
    assert cells.repeats.sum() == (days > 0).sum()
    # Every customer is at risk on each day after the first.
    assert cells.customers.sum() == (AS_OF - first).dt.days.sum()
    day = 400
    ages = (pd.Timestamp(np.datetime64(start + day, "D")) - first).dt.days
    by_hand = np.histogram(ages[ages > 0], [*AGES, 10**6])[0]
    assert cells.customers[cells.day == day].tolist() == by_hand[by_hand > 0].tolist()


def test_without_a_prior_and_luck_it_is_a_poisson_regression() -> None:
    rng = np.random.default_rng(0)
    n = 500
    pairs = [(0, 0, 40_000)] + [
        (0, d, int(rng.poisson(400 * (0.5 if d % 7 < 2 else 1)))) for d in range(1, n)
    ]
    cells = cells_of(pd.DataFrame(pairs, columns=["first_day", "day", "purchases"]), n)
    design = weekday_columns(np.arange(n))[:, 1:]
    found = estimated_intensity(cells, design, np.full(6, 1e-9), 1.4)
    log_age = np.log(cells.age)
    knots = [np.maximum(log_age - np.log(at), 0) for at in (30.0, 120.0, 365.0)]
    trend = (cells.day - cells.day.mean()) / 365.25
    X = np.column_stack([design[cells.day], np.ones(len(log_age)), trend, log_age, *knots])
    weight = 1 / (1 + found.luck**2 * np.bincount((n - 1 - cells.day) // BLOCK, cells.repeats))
    block = weight[(n - 1 - cells.day) // BLOCK]
    fit = sm.GLM(
        cells.repeats, X, family=sm.families.Poisson(), exposure=cells.customers, var_weights=block
    ).fit()
    assert found.effects == pytest.approx(fit.params[:6], abs=0.02)


def test_luck_beyond_chance_is_found_and_shrinks_effects() -> None:
    rng = np.random.default_rng(1)
    n = 730
    luck = np.exp(0.3 * rng.normal(size=n // BLOCK + 1))[np.arange(n)[::-1] // BLOCK]
    counts = rng.poisson(200 * luck)
    counts[0] = 10_000
    cells = cells_of(pd.DataFrame({"first_day": 0, "day": np.arange(n), "purchases": counts}), n)
    design = np.cos(2 * np.pi * np.arange(n) / 365)[:, None]
    found = estimated_intensity(cells, design, np.array([25.0]), 2.0)
    assert found.luck == pytest.approx(0.3, abs=0.12)
    assert np.sqrt(found.covariance[0, 0]) > 0.05  # chance alone would say 0.004


def test_nobody_bought_again() -> None:
    pairs = pd.DataFrame({"first_day": [0, 5], "day": [0, 5], "purchases": [3, 1]})
    with pytest.raises(NotEnoughDataError, match="need at least 1 customer with a repeat"):
        estimated_intensity(cells_of(pairs, 400), np.ones((400, 1)), np.ones(1), 1.1)


def test_effects_shrink_with_the_evidence(seasonal_orders: pd.DataFrame) -> None:
    pairs = purchases_by_first_day(seasonal_orders, AS_OF)
    n = day_of(AS_OF) - int(pairs["first_day"].min()) + 1
    design = year_columns(np.arange(n), 1)
    sizes = []
    for share in (0.001, 0.01, 0.1, 1.0):  # the same season, seen in fewer purchases
        fewer = pairs.assign(purchases=share * pairs["purchases"])
        found = estimated_intensity(cells_of(fewer, n), design, np.full(2, 25.0), 1.5)
        sizes.append(float(np.linalg.norm(found.effects)))
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.3 * sizes[-1]
