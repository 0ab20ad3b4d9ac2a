"""Offers by chance: shares, limits, and independence of what an offer earns."""

import numpy as np
import pytest

from cemkit.targeting.exploration import drawn_offers, exploration_shares
from cemkit.targeting.solver import Problem


def problem(n: int, limits: list[float]) -> Problem:
    rng = np.random.default_rng(0)
    return Problem(
        profit=rng.normal(size=(n, 2)),
        cost=rng.uniform(0.5, 1.5, (n, 2)),
        limits=np.array(limits),
        max_per_customer=1,
    )


def test_a_number_is_the_share_of_every_offer() -> None:
    assert exploration_shares(0.2, ["a", "b"]).tolist() == [0.2, 0.2]
    assert exploration_shares({"b": 0.3}, ["a", "b"]).tolist() == [0.0, 0.3]
    with pytest.raises(ValueError, match="sum to at most 1"):
        exploration_shares({"a": 0.7, "b": 0.4}, ["a", "b"])


def test_each_customer_gets_each_offer_with_its_share() -> None:
    """Over 400 draws the share of each customer has a standard error of 2 %."""
    of, allowed = problem(30, [np.inf] * 3), np.ones((30, 2), dtype=bool)
    allowed[:5, 1] = False
    shares = np.array([0.3, 0.2])
    counts = sum(
        drawn_offers(of, allowed, shares, np.random.default_rng(seed)).astype(int)
        for seed in range(400)
    )
    expected = np.where(allowed, shares, 0.0)
    assert np.abs(counts / 400 - expected).max() < 5 * 0.023
    assert counts[:5, 1].sum() == 0


def test_limits_are_kept_and_whoever_is_drawn_first_is_drawn_by_chance() -> None:
    of, allowed = problem(200, [20.0, 10.0, np.inf]), np.ones((200, 2), dtype=bool)
    reached = np.zeros(200)
    for seed in range(300):
        drawn = drawn_offers(of, allowed, np.array([0.5, 0.5]), np.random.default_rng(seed))
        assert (of.used(drawn) <= of.limits).all()
        assert of.used(drawn)[0] > 17
        assert drawn.sum(axis=1).max() == 1
        reached += drawn.any(axis=1)
    share = reached.sum() / 300 / 200
    assert np.abs(reached / 300 - share).max() < 5 * np.sqrt(share / 300)


def test_without_a_share_nobody_is_drawn() -> None:
    of = problem(20, [np.inf] * 3)
    rng = np.random.default_rng(0)
    assert not drawn_offers(of, np.ones((20, 2), dtype=bool), np.zeros(2), rng).any()
