"""Predictions against mpmath, over parameters, counts and tenures far beyond those of real data."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.prediction.clv import prediction
from cemkit.prediction.clv.fitting import Array

ONE = np.ones(1)


def arrays(theta: tuple[float, ...]) -> list[Array]:
    return [np.array(float(value)) for value in theta]


def pieces(end: mpmath.mpf) -> list[mpmath.mpf]:
    return [0, *(end * mpmath.mpf(2) ** -k for k in range(7, -1, -1))]


@pytest.mark.parametrize(
    ("theta", "x", "T", "rate", "horizon"),
    [
        ((0.243, 30.9, 0.793, 2.426), 0, 272, 0, 273),
        ((0.243, 30.9, 0.793, 2.426), 26, 217, 2.6e-4, None),
        ((0.243, 30.9, 0.793, 2.426), 2000, 272, 2.6e-4, None),
        ((0.243, 30.9, 1.0, 2.426), 0, 272, 0, 365),
        ((0.5, 30.9, 0.3, 0.4), 0, 272, 2.6e-4, 365),
        ((28, 0.18, 0.3, 0.4), 0, 0.44, 0, 39),
        ((90, 0.02, 1, 0.1), 1, 1.9, 2.6e-4, None),
        ((0.01, 100, 100, 100), 2000, 10_000, 0, 1 / 24),
        ((16, 0.2, 78, 0.04), 2000, 0.13, 1e-3, 365),
    ],
)
def test_beta_geo_purchases_are_those_of_mpmath(
    theta: tuple[float, ...], x: float, T: float, rate: float, horizon: float | None
) -> None:
    r, alpha, a, b = theta
    ours = prediction.beta_geo_purchases(
        arrays(theta), x * ONE, T * ONE, x * ONE, rate=rate, horizon=horizon
    )
    age = mpmath.mpf(alpha + T)
    end = mpmath.log1p((horizon or 60 / rate) / age)

    def flow(v: mpmath.mpf) -> mpmath.mpf:
        survival = mpmath.hyp2f1(r + x + 1, a, a + b + x, -mpmath.expm1(v))
        return mpmath.exp(v - rate * age * mpmath.expm1(v)) * survival

    exact = (r + x) * mpmath.quad(flow, pieces(end), maxdegree=5)
    assert ours.item() == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(
    ("theta", "T", "rate", "horizon"),
    [
        ((0.55, 74, 0.61, 82), 272, 2.6e-4, None),
        ((0.55, 74, 1.0, 82), 272, 2.6e-4, 365),
        ((0.55, 74, 2.0, 0.01), 0.04, 1e-6, None),
        ((0.01, 0.01, 100, 100), 10_000, 2.6e-4, None),
        ((100, 100, 0.01, 0.01), 0.04, 2.6e-4, None),
        ((5, 1, 8, 0.1), 1, 1e-4, None),
    ],
)
def test_pareto_nbd_discounted_purchases_are_those_of_mpmath(
    theta: tuple[float, ...], T: float, rate: float, horizon: float | None
) -> None:
    r, alpha, s, beta = theta
    ours = prediction.pareto_nbd_discounted(arrays(theta), 3 * ONE, T * ONE, rate, horizon)
    start = mpmath.mpf(beta + T)
    end = mpmath.log1p((horizon or 60 / rate) / start)
    total = mpmath.quad(
        lambda v: mpmath.exp((1 - s) * v - rate * start * mpmath.expm1(v)), pieces(end)
    )
    assert ours.item() == pytest.approx(float((r + 3) * start / (alpha + T) * total), rel=1e-9)


@pytest.mark.parametrize(("x", "exact"), [(132, 6.2060517889632418), (133, 6.2528722475748113)])
def test_pareto_nbd_purchases_of_heavy_buyers_are_those_of_lifetimes_tests(
    x: int, exact: float
) -> None:
    theta = arrays((0.55, 10.58, 0.61, 11.67))
    odds = prediction.pareto_nbd_log_odds_gone(theta, x * ONE, 200 * ONE, 200 * ONE)
    assert odds.item() == -np.inf or odds.item() < -600
    ours = prediction.pareto_nbd_purchases(theta, x * ONE, 200 * ONE, 10)
    assert ours.item() == pytest.approx(exact, rel=1e-12)


def extreme_histories(n: int) -> tuple[list[Array], Array, Array, Array]:
    random = np.random.default_rng(0)
    theta = [np.exp(random.uniform(np.log(0.01), np.log(100), n)) for _ in range(4)]
    theta[2][::7] = 1.0
    theta[3][::11] = theta[1][::11]
    x = np.floor(np.exp(random.uniform(0, np.log(2001), n)))
    x[::3] = 0
    T = np.exp(random.uniform(np.log(0.04), np.log(12_000), n))
    t_x = np.where(x > 0, T * random.random(n) ** 0.3, 0)
    t_x[1::6] = np.where(x > 0, T, 0)[1::6]
    return theta, x, t_x, T


def test_nothing_overflows_at_ten_thousand_extreme_points() -> None:
    theta, x, t_x, T = extreme_histories(10_000)
    with np.errstate(over="raise", invalid="raise"):
        for odds in (
            prediction.pareto_nbd_log_odds_gone(theta, x, t_x, T),
            prediction.beta_geo_log_odds_gone(theta, x, t_x, T, x),
        ):
            assert not np.isnan(odds).any()
            assert (odds < np.inf).all()
        purchases = prediction.pareto_nbd_purchases(theta, x, T, 365)
        discounted = prediction.pareto_nbd_discounted(theta, x, T, 2.6e-4, 365)
    assert np.isfinite(purchases).all()
    assert (discounted <= purchases * (1 + 1e-10)).all()
    assert (discounted >= purchases * np.exp(-2.6e-4 * 365) * (1 - 1e-10)).all()


def test_beta_geo_purchases_stay_finite_at_extreme_points() -> None:
    theta, x, _, T = extreme_histories(400)
    purchases = prediction.beta_geo_purchases(theta, x, T, x, rate=0, horizon=365)
    discounted = prediction.beta_geo_purchases(theta, x, T, x, rate=2.6e-4, horizon=365)
    assert (purchases > 0).all()
    assert (discounted <= purchases * (1 + 1e-8)).all()
    assert (discounted >= purchases * np.exp(-2.6e-4 * 365) * (1 - 1e-8)).all()
    pace = (theta[0] + x) / (theta[1] + T) * 365
    assert (purchases <= pace * (1 + 1e-8)).all()


def test_odds_of_having_left_are_those_of_mpmath() -> None:
    theta, x, t_x, T = extreme_histories(10_000)
    ours = prediction.pareto_nbd_log_odds_gone(theta, x, t_x, T)
    chosen = np.flatnonzero((t_x < T) & (np.abs(ours) < 600))[::400]
    assert len(chosen) > 15
    for i in chosen:
        exact = log_odds(*(mpmath.mpf(values[i]) for values in (*theta, x, t_x, T)))
        assert ours[i] == pytest.approx(float(exact), abs=1e-9)


def log_odds(
    r: mpmath.mpf,
    alpha: mpmath.mpf,
    s: mpmath.mpf,
    beta: mpmath.mpf,
    x: mpmath.mpf,
    t_x: mpmath.mpf,
    T: mpmath.mpf,
) -> mpmath.mpf:
    start = min(alpha, beta) + t_x

    def leaving(v: mpmath.mpf) -> mpmath.mpf:
        u = t_x + start * mpmath.expm1(v)
        slower = ((alpha + T) / (alpha + u)) ** (r + x) * ((beta + T) / (beta + u)) ** s
        return slower / (beta + u) * start * mpmath.exp(v)

    return mpmath.log(s * mpmath.quad(leaving, pieces(mpmath.log1p((T - t_x) / start))))


@settings(max_examples=8, deadline=None)
@given(
    r=st.floats(0.05, 5),
    s=st.floats(0.05, 5),
    x=st.integers(0, 40),
    horizon=st.floats(1, 200),
    beta_geo=st.booleans(),
)
def test_probabilities_of_each_number_sum_to_one_and_average_to_the_expectation(
    r: float, s: float, x: int, horizon: float, beta_geo: bool
) -> None:
    T, most = 400 * ONE, 300
    if beta_geo:
        theta = arrays((r, 40, s, 2))
        chances = [
            prediction.beta_geo_probabilities(theta, x * ONE, T, x * ONE, n=n, horizon=horizon)
            for n in range(most)
        ]
        expected = prediction.beta_geo_purchases(
            theta, x * ONE, T, x * ONE, rate=0, horizon=horizon
        )
    else:
        theta = arrays((r, 40, s, 60))
        chances = [
            prediction.pareto_nbd_probabilities(theta, x * ONE, T, n, horizon) for n in range(most)
        ]
        expected = prediction.pareto_nbd_purchases(theta, x * ONE, T, horizon)
    probabilities = np.concatenate(chances)
    assert probabilities.min() >= 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-9)
    assert probabilities @ np.arange(most) == pytest.approx(expected.item(), rel=1e-8)
