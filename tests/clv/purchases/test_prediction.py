"""Predictions against mpmath, over parameters, counts and tenures far beyond those of real data."""

import mpmath
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import BetaGeoModel, ParetoNBDModel
from cemkit.arrays import Floats
from cemkit.clv.purchases import prediction

ONE = np.ones(1)
RATE = 2.6e-4  # a day: 10 % a year
NUMBERS = (0, 1, 3, 50, 2000)


def arrays(theta: tuple[float, ...]) -> list[Floats]:
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
        ((0.1, 0.01, 8000, 50), 3, 0.04, 2.6e-4, 365),
    ],
)
def test_beta_geo_purchases_are_those_of_mpmath(
    theta: tuple[float, ...], x: float, T: float, rate: float, horizon: float | None
) -> None:
    r, alpha, a, b = theta
    ours = prediction.beta_geo_purchases(
        arrays(theta), x * ONE, T * ONE, x * ONE, rate=rate, horizon=horizon
    )
    exact = beta_geo_purchases(r + x, mpmath.mpf(alpha + T), a, b + x, rate, horizon)
    assert ours.item() == pytest.approx(float(exact), rel=1e-9)


def beta_geo_purchases(
    shape: mpmath.mpf, age: mpmath.mpf, a: float, b: float, rate: float, horizon: float | None
) -> mpmath.mpf:
    end = mpmath.log1p((horizon or 60 / rate) / age)

    def flow(v: mpmath.mpf) -> mpmath.mpf:
        survival = mpmath.hyp2f1(shape + 1, a, a + b, -mpmath.expm1(v))
        return mpmath.exp(v - rate * age * mpmath.expm1(v)) * survival

    return shape * mpmath.quad(flow, pieces(end), maxdegree=5)


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
    exact = pareto_nbd_purchases(
        r + 3, mpmath.mpf(alpha + T), s, mpmath.mpf(beta + T), rate, horizon
    )
    assert ours.item() == pytest.approx(float(exact), rel=1e-9)


def pareto_nbd_purchases(
    shape: mpmath.mpf,
    age: mpmath.mpf,
    s: mpmath.mpf,
    start: mpmath.mpf,
    rate: float,
    horizon: float | None,
) -> mpmath.mpf:
    end = mpmath.log1p((horizon or 60 / rate) / start)
    total = mpmath.quad(
        lambda v: mpmath.exp((1 - s) * v - rate * start * mpmath.expm1(v)), pieces(end)
    )
    return shape * start / age * total


@pytest.mark.parametrize(("x", "exact"), [(132, 6.2060517889632418), (133, 6.2528722475748113)])
def test_pareto_nbd_purchases_of_heavy_buyers_are_those_of_lifetimes_tests(
    x: int, exact: float
) -> None:
    theta = arrays((0.55, 10.58, 0.61, 11.67))
    odds = prediction.pareto_nbd_log_odds_gone(theta, x * ONE, 200 * ONE, 200 * ONE)
    assert odds.item() == -np.inf or odds.item() < -600
    ours = prediction.pareto_nbd_purchases(theta, x * ONE, 200 * ONE, 10)
    assert ours.item() == pytest.approx(exact, rel=1e-12)


def extreme_histories(n: int) -> tuple[list[Floats], Floats, Floats, Floats]:
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


def test_pareto_nbd_predictions_stay_in_range_at_ten_thousand_extreme_points() -> None:
    theta, x, t_x, T = extreme_histories(10_000)
    with np.errstate(over="raise", invalid="raise"):
        odds = prediction.pareto_nbd_log_odds_gone(theta, x, t_x, T)
        purchases = prediction.pareto_nbd_purchases(theta, x, T, 365)
        discounted = prediction.pareto_nbd_discounted(theta, x, T, RATE, 365)
        forever = prediction.pareto_nbd_discounted(theta, x, T, RATE, None)
        chances = list(prediction.pareto_nbd_probabilities(theta, x, T, np.array(NUMBERS), 365).T)
    check_ranges(odds, purchases, discounted, forever, chances)


@pytest.mark.parametrize("n_points", [400, pytest.param(10_000, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("at_once", [False, True], ids=["BG/NBD", "MBG/NBD"])
def test_beta_geo_predictions_stay_in_range_at_extreme_points(n_points: int, at_once: bool) -> None:
    theta, x, t_x, T = extreme_histories(n_points)
    occasions = x + at_once
    with np.errstate(over="raise", invalid="raise"):
        odds = prediction.beta_geo_log_odds_gone(theta, x, t_x, T, occasions)
        purchases, discounted, forever = (
            prediction.beta_geo_purchases(theta, x, T, occasions, rate=rate, horizon=horizon)
            for rate, horizon in ((0, 365), (RATE, 365), (RATE, None))
        )
        chances = [
            prediction.beta_geo_probabilities(theta, x, T, occasions, n=n, horizon=365)
            for n in NUMBERS
        ]
    check_ranges(odds, purchases, discounted, forever, chances)
    pace = (theta[0] + x) / (theta[1] + T) * 365
    assert (purchases <= pace * (1 + 1e-8)).all()


def check_ranges(
    odds: Floats, purchases: Floats, discounted: Floats, forever: Floats, chances: list[Floats]
) -> None:
    assert not np.isnan(odds).any()
    assert (odds < np.inf).all()
    assert (purchases > 0).all()
    assert np.isfinite(forever).all()
    assert (discounted <= purchases * (1 + 1e-10)).all()
    assert (discounted >= purchases * np.exp(-RATE * 365) * (1 - 1e-10)).all()
    assert (discounted <= forever * (1 + 1e-8)).all()
    assert (np.array(chances) >= 0).all()
    assert (np.sum(chances, axis=0) <= 1 + 1e-10).all()


@pytest.mark.parametrize("n_points", [3, pytest.param(24, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("at_once", [False, True], ids=["BG/NBD", "MBG/NBD"])
def test_beta_geo_predictions_at_extreme_points_are_those_of_mpmath(
    n_points: int, at_once: bool
) -> None:
    theta, x, t_x, T = extreme_histories(10_000)
    for i in np.linspace(100, 9_999, n_points).astype(int):
        here = [value[i : i + 1] for value in (x, T, x + at_once)]
        of_row = [value[i : i + 1] for value in theta]
        r, alpha, a, b = (float(value[i]) for value in theta)
        shape, age, left_b = mpmath.mpf(r) + x[i], mpmath.mpf(alpha) + T[i], b + here[2].item()
        for rate, horizon in ((0, 365), (RATE, 365), (RATE, None)):
            ours = prediction.beta_geo_purchases(of_row, *here, rate=rate, horizon=horizon)
            exact = beta_geo_purchases(shape, age, a, left_b, rate, horizon)
            assert ours.item() == pytest.approx(float(exact), rel=1e-9)
        for n in NUMBERS:
            ours = prediction.beta_geo_probabilities(of_row, *here, n=n, horizon=365)
            chance = beta_geo_probability(shape, age, a, left_b, n, 365)
            assert ours.item() == pytest.approx(float(chance), rel=1e-9, abs=1e-15)
        if here[2].item() > 0:
            ours = prediction.beta_geo_log_odds_gone(of_row, here[0], t_x[i : i + 1], *here[1:])
            slower = shape * mpmath.log(age / (mpmath.mpf(alpha) + t_x[i]))
            odds = mpmath.log(mpmath.mpf(a) / (left_b - 1)) + slower
            assert ours.item() == pytest.approx(float(odds), abs=1e-9)


def beta_geo_probability(
    shape: mpmath.mpf, age: mpmath.mpf, a: float, b: float, n: int, horizon: float
) -> mpmath.mpf:
    """n purchases, staying after each; or at least n, of which the last is the last for good."""
    share = horizon / (age + horizon)
    stays = mpmath.beta(a, b + n) / mpmath.beta(a, b)
    exactly = mpmath.gammaprod([shape + n], [shape, n + 1]) * (1 - share) ** shape * share**n
    if n == 0:
        return stays * exactly
    leaves = stays * a / (mpmath.mpf(b) + n - 1)
    return stays * exactly + leaves * mpmath.betainc(n, shape, 0, share, regularized=True)


@pytest.mark.parametrize("n_points", [3, pytest.param(24, marks=pytest.mark.exhaustive)])
def test_pareto_nbd_predictions_at_extreme_points_are_those_of_mpmath(n_points: int) -> None:
    theta, x, _, T = extreme_histories(10_000)
    for i in np.linspace(100, 9_999, n_points).astype(int):
        of_row, here = [value[i : i + 1] for value in theta], (x[i : i + 1], T[i : i + 1])
        r, alpha, s, beta = (mpmath.mpf(value[i]) for value in theta)
        shape, age, start = r + x[i], alpha + T[i], beta + T[i]
        for rate, horizon in ((0, 365), (RATE, 365), (RATE, None)):
            ours = (
                prediction.pareto_nbd_discounted(of_row, *here, rate, horizon)
                if rate
                else prediction.pareto_nbd_purchases(of_row, *here, horizon)
            )
            exact = pareto_nbd_purchases(shape, age, s, start, rate, horizon)
            assert ours.item() == pytest.approx(float(exact), rel=1e-9)
        for n in NUMBERS:
            ours = prediction.pareto_nbd_probabilities(of_row, *here, np.array([n]), 365)
            chance = pareto_nbd_probability(shape, age, s, start, n, 365)
            assert ours.item() == pytest.approx(float(chance), rel=1e-9, abs=1e-15)


def pareto_nbd_probability(
    shape: mpmath.mpf, age: mpmath.mpf, s: mpmath.mpf, start: mpmath.mpf, n: int, horizon: float
) -> mpmath.mpf:
    """n purchases in the time lived: the horizon, or up to the moment of leaving within it."""

    def bought(u: mpmath.mpf) -> mpmath.mpf:
        ways = mpmath.gammaprod([shape + n], [shape, n + 1])
        return ways * (age / (age + u)) ** shape * (u / (age + u)) ** n

    scale = min(start / (s + 1), age / shape)

    def left(v: mpmath.mpf) -> mpmath.mpf:
        u = scale * mpmath.expm1(v)
        return s / start * (start / (start + u)) ** (s + 1) * bought(u) * (u + scale)

    end = mpmath.log1p(horizon / scale)
    return (start / (start + horizon)) ** s * bought(horizon) + mpmath.quad(
        left, mpmath.linspace(0, end, 25), maxdegree=5
    )


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
        chances = list(
            prediction.pareto_nbd_probabilities(theta, x * ONE, T, np.arange(most), horizon)
        )
        expected = prediction.pareto_nbd_purchases(theta, x * ONE, T, horizon)
    probabilities = np.concatenate(chances)
    assert probabilities.min() >= 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-9)
    assert probabilities @ np.arange(most) == pytest.approx(expected.item(), rel=1e-8)


def test_customers_who_leave_alike_take_no_more_points_than_others() -> None:
    """Where a and b run to infinity, as a fit may, survival is a power of r + x + 1 alone."""
    degrees = [
        prediction._chebyshev_degree(8.0, 3 * ONE, a * ONE, 3 * a * ONE) for a in (1, 20, 8103)
    ]
    assert max(degrees) < 1.5 * min(degrees)


@pytest.mark.parametrize("n", [0, 1, 50, 10_000])
@pytest.mark.parametrize("horizon", [1.0, 365.0, 1e6])
def test_probabilities_of_many_purchases_are_those_of_mpmath(n: int, horizon: float) -> None:
    """BG/NBD in 40 digits: Fader, Hardie, Lee (2005), equation 8, for a customer with x = 800."""
    theta = [np.array(v) for v in (0.24, 31.0, 0.79, 2.43)]
    x, T = np.array([800.0]), np.array([400.0])
    ours = prediction.beta_geo_probabilities(theta, x, T, x, n=n, horizon=horizon).item()
    with mpmath.workdps(40):
        r, alpha, a, b = (mpmath.mpf(str(value)) for value in (0.24, 31, 0.79, 2.43))
        shape, age, left_b = r + 800, alpha + 400, b + 800
        share = mpmath.mpf(horizon) / (age + mpmath.mpf(horizon))
        stays = mpmath.beta(a, left_b + n) / mpmath.beta(a, left_b)
        ways = mpmath.gamma(shape + n) / mpmath.gamma(shape) / mpmath.gamma(n + 1)
        exact = stays * ways * (1 - share) ** shape * share**n
        if n > 0:
            leaves = stays * a / (left_b + n - 1)
            exact += leaves * mpmath.betainc(n, shape, 0, share, regularized=True)
    assert ours == pytest.approx(float(exact), rel=1e-9, abs=1e-280)


@pytest.mark.parametrize("n", [10**6, 2**31 - 1])
def test_no_count_takes_long(n: int) -> None:
    table = pd.DataFrame(
        {"repeat_count": [0, 800], "recency_days": [9, 1], "tenure_days": [9, 400]}
    )
    for model in (
        BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43),
        ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.6, beta=81),
    ):
        chances = model.purchase_probabilities(table, n, 1e7)
        assert chances.between(0, 1).all()
        with pytest.raises(ValueError, match="n must be at most 2,147,483,647, not 10"):
            model.purchase_probabilities(table, 10**12, 365)
