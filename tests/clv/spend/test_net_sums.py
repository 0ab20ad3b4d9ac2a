"""Sums of normal amounts, against simulation and against each other."""

import numpy as np
import pytest

from cemkit.clv.purchases.predictive import PurchaseChances
from cemkit.clv.spend.net_sums import NetSums

CHANCES = PurchaseChances(
    alive=np.array([0.8, 1.0]),
    kind=np.array([0, 1]),
    start=np.array([0, 3, 7]),
    chance=np.array([0.5, 0.3, 0.2, 0.1, 0.2, 0.3, 0.4]),
    beyond=np.array([0.5, 0.2, 0.0, 0.9, 0.7, 0.4, 0.0]),
)
ROW = np.array([0, 1, 1])
SUMS = NetSums(CHANCES, ROW, np.array([5.0, -3.0, 40.0]), np.array([4.0, 9.0, 1.0]), within=25.0)


def simulated(n: int) -> np.ndarray:
    random = np.random.default_rng(0)
    sums = []
    for row, mean, variance in zip(ROW, SUMS.mean, SUMS.variance, strict=True):
        bought = CHANCES.draw(np.full(n, row), random)
        own = random.normal(mean, np.sqrt(variance), n)
        sums.append(random.normal(bought * own, np.sqrt(bought * SUMS.within)))
    return np.array(sums)


@pytest.mark.parametrize("level", [0.05, 0.2, 0.5, 0.9, 0.99])
def test_quantiles_are_those_of_simulated_sums(level: float) -> None:
    n = 200_000
    found, sums = SUMS.quantile(level), simulated(n)
    below = (sums < found[:, None] - 1e-12).mean(axis=1)
    within = (sums <= found[:, None] + 1e-12).mean(axis=1)
    error = 5 * np.sqrt(level * (1 - level) / n)
    assert (below <= level + error).all()
    assert (within >= level - error).all()


def test_the_chance_of_an_amount_is_that_of_simulated_sums() -> None:
    n, sums = 200_000, simulated(200_000)
    for amount in (-10.0, 0.0, 1e-9, 12.0):
        found = SUMS.at_least(np.full(3, amount))
        exact = (sums >= amount).mean(axis=1)
        assert found == pytest.approx(exact, abs=5 * 0.5 / np.sqrt(n))
