"""Sums over periods against the plain loop, and against hypergeometric functions in mpmath."""

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.clv import BetaGeoBinomialModel, ShiftedBetaGeoModel
from cemkit.clv.annuities import beta_annuity

# Customers most of whom stay, nearly all of whom leave, and who are all alike.
SHAPES = [(0.66, 2.8), (1.2, 0.05), (0.01, 30.0), (685.0, 8103.0), (8103.0, 9000.0)]


def loop(a: float, b: float, rate: float, n_periods: int) -> float:
    total, there = 0.0, 1.0
    for k in range(1, n_periods + 1):
        total += there * (1 + rate) ** -k
        there *= (b + k - 1) / (a + b + k - 1)
    return total


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rate", [0.0, 1e-4, 0.1, 3.0])
@pytest.mark.parametrize("n_periods", [1, 2, 12, 3000])
def test_the_annuity_is_the_sum_over_the_periods(
    shape: tuple[float, float], rate: float, n_periods: int
) -> None:
    ours = beta_annuity(np.array([shape[0]]), np.array([shape[1]]), rate, n_periods)
    assert ours == pytest.approx(loop(*shape, rate, n_periods), rel=2e-11)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("rate", [1e-9, 1e-4])
def test_indefinitely_it_is_a_hypergeometric_function(
    shape: tuple[float, float], rate: float
) -> None:
    a, b = (mp.mpf(value) for value in shape)
    with mp.workdps(40):
        w = 1 / (1 + mp.mpf(rate))
        exact = float(w * mp.hyp2f1(1, b, a + b, w))
    ours = beta_annuity(np.array([shape[0]]), np.array([shape[1]]), rate, None)
    assert ours == pytest.approx(exact, rel=1e-10)


def test_indefinitely_is_as_long_as_anything_is_left() -> None:
    for shape in SHAPES:
        ours = beta_annuity(np.array([shape[0]]), np.array([shape[1]]), 0.1, None)
        assert ours == pytest.approx(loop(*shape, 0.1, 2000), rel=2e-11)


@given(
    st.floats(0.01, 1000), st.floats(0.01, 1000), st.floats(0, 2), st.integers(1, 400), st.data()
)
@settings(max_examples=60, deadline=None)
def test_any_annuity_is_its_sum_whatever_stands_beside_it(
    a: float, b: float, rate: float, n_periods: int, data: st.DataObject
) -> None:
    others = data.draw(st.lists(st.floats(0.01, 1000), min_size=2, max_size=2))
    ours = beta_annuity(np.array([a, others[0]]), np.array([b, others[1]]), rate, n_periods)
    assert ours[0] == pytest.approx(loop(a, b, rate, n_periods), rel=2e-11)


def test_millions_of_periods_are_one_sum() -> None:
    donors = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    table = pd.DataFrame(
        {"repeat_count": [6, 1], "last_opportunity": [6, 2], "opportunity_count": [6, 6]}
    )
    years = donors.expected_purchases(table, 2_000_000_000)
    # P(alive) (alpha + x) / (alpha + beta + n) times the sum, which telescopes.
    with mp.workdps(60):
        a, b, m = mp.mpf("0.66"), mp.mpf("9.8"), 2_000_000_000
        rest = mp.exp(mp.loggamma(b + m) - mp.loggamma(b))
        rest /= mp.exp(mp.loggamma(a + b - 1 + m) - mp.loggamma(a + b - 1))
        exact = float((a + b - 1) / (a - 1) * (1 - rest))
    share = (1.2 + 6) / (1.2 + 0.75 + 6) * donors.alive_probability(table).iloc[0]
    assert years.iloc[0] == pytest.approx(share * exact, rel=1e-9)

    contracts = ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2)
    held = pd.DataFrame({"period_count": [1, 4]})
    slow = contracts.expected_discounted_periods(held, 1e-7)
    assert (slow > contracts.expected_discounted_periods(held, 1e-3)).all()
    with pytest.raises(ValueError, match="discount_rate=1e-13 without a"):
        contracts.expected_discounted_periods(held, 1e-13)
    with pytest.raises(ValueError, match="n_periods must be at most 1,000,000, not 10"):
        contracts.survival(10**12)
    with pytest.raises(ValueError, match="n_opportunities must be at most 10,000, not 10"):
        donors.purchase_probabilities(table, 1, 10**6)
    with pytest.raises(ValueError, match="n_opportunities must be at most"):
        donors.expected_purchases(table, 10**12)
