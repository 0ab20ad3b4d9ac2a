"""Drawn histories against a simulation of each purchase in turn."""

import numpy as np
import pytest

from cemkit.clv.purchases.simulation import (
    beta_geo_histories,
    pareto_nbd_histories,
    simulated_customers,
)

N, T = 6000, 300.0


def purchase_by_purchase(
    random: np.random.Generator, rate: float, lifetime: float, leaves_with: float, at_once: bool
) -> tuple[int, float]:
    """One customer, followed from purchase to purchase."""
    if at_once and random.random() < leaves_with:
        return 0, 0.0
    now, x, last = 0.0, 0, 0.0
    while True:
        now += random.exponential(1 / rate)
        if now > min(lifetime, T):
            return x, last
        x, last = x + 1, now
        if random.random() < leaves_with:
            return x, last


def assert_alike(ours: tuple[np.ndarray, np.ndarray], theirs: list[tuple[int, float]]) -> None:
    x, t_x = np.array(theirs).T
    for mine, other in ((ours[0], x), (ours[1], t_x), (ours[0] == 0, x == 0)):
        error = np.sqrt((np.var(mine) + np.var(other)) / N)
        assert np.mean(mine) == pytest.approx(np.mean(other), abs=4 * error)


def test_pareto_nbd_histories_are_those_of_purchase_by_purchase() -> None:
    random = np.random.default_rng(0)
    x, t_x, alive = pareto_nbd_histories(random, np.full(N, T), r=2, alpha=60, s=2, beta=200)
    theirs = [
        purchase_by_purchase(
            random,
            random.gamma(2, 1 / 60),
            random.exponential(1 / random.gamma(2, 1 / 200)),
            leaves_with=0,
            at_once=False,
        )
        for _ in range(N)
    ]
    assert_alike((x, t_x), theirs)
    assert alive.mean() == pytest.approx((200 / (200 + T)) ** 2, abs=0.02)
    assert (t_x <= T).all()
    assert ((t_x > 0) == (x > 0)).all()


@pytest.mark.parametrize("at_once", [True, False])
def test_beta_geo_histories_are_those_of_purchase_by_purchase(at_once: bool) -> None:
    random = np.random.default_rng(1)
    x, t_x, _ = beta_geo_histories(
        random, np.full(N, T), r=2, alpha=60, a=1, b=3, can_leave_at_once=at_once
    )
    theirs = [
        purchase_by_purchase(random, random.gamma(2, 1 / 60), np.inf, random.beta(1, 3), at_once)
        for _ in range(N)
    ]
    assert_alike((x, t_x), theirs)


def test_a_horizon_each_or_one_for_all() -> None:
    def draw(random: np.random.Generator, T: np.ndarray) -> tuple[np.ndarray, ...]:
        return np.ones(len(T)), T / 2, np.full(len(T), True)

    random = np.random.default_rng(0)
    drawn = simulated_customers(2, [10, 20], random, draw)
    assert drawn["tenure_days"].tolist() == [10, 20]
    assert drawn["recency_days"].tolist() == [5, 10]
    with pytest.raises(ValueError, match="one number or 3"):
        simulated_customers(3, [10, 20], random, draw)
