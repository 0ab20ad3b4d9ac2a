"""Nodes against integrals known in closed form, or computed by mpmath."""

import mpmath
import numpy as np
import pytest
from scipy.special import betaln

from cemkit.clv.purchases.integration import beta_nodes, dropout_times, legendre


def test_legendre_nodes_are_exact_for_polynomials() -> None:
    nodes, weights = legendre(6)
    for power in range(12):
        assert weights @ nodes**power == pytest.approx(1 / (power + 1), rel=1e-14)


@pytest.mark.parametrize(
    ("theta", "x", "t_x", "T"),
    [
        ((0.55, 10.6, 0.61, 11.7), 0, 0, 39),
        ((0.55, 10.6, 0.61, 11.7), 26, 30.9, 31),
        ((0.01, 0.01, 100, 100), 0, 0, 10_000),
        ((100, 0.01, 0.01, 100), 2000, 5000, 10_000),
        ((0.3, 100, 100, 0.01), 2000, 9000, 10_000),
        ((1, 7, 1, 7), 5, 0.03, 0.04),
        ((2, 0.02, 30, 90), 1, 0.01, 9000),
    ],
)
def test_dropout_times_integrate_the_pareto_nbd(
    theta: tuple[float, ...], x: float, t_x: float, T: float
) -> None:
    r, alpha, s, beta = theta
    one = np.ones(1)
    parameters = [np.array(float(value)) for value in theta]
    times, weights = dropout_times(parameters, x * one, t_x * one, T * one)
    times, weights = times[:-1, 0], weights[:-1, 0]
    ours = weights @ (
        ((alpha + t_x) / (alpha + times)) ** (r + x) * ((beta + t_x) / (beta + times)) ** (s + 1)
    )
    start = min(alpha, beta) + t_x

    def density(v: mpmath.mpf) -> mpmath.mpf:
        u = t_x + start * mpmath.expm1(v)
        slower = ((alpha + t_x) / (alpha + u)) ** (r + x)
        return slower * ((beta + t_x) / (beta + u)) ** (s + 1) * start * mpmath.exp(v)

    end = mpmath.log1p(mpmath.mpf(T - t_x) / start)
    pieces = [0, *(end * mpmath.mpf(2) ** -k for k in range(8, -1, -1))]
    assert ours == pytest.approx(float(mpmath.quad(density, pieces)), rel=1e-10)


def test_a_customer_who_bought_today_has_had_no_time_to_leave() -> None:
    theta = [np.array(v) for v in (0.5, 10.0, 0.5, 10.0)]
    times, weights = dropout_times(theta, np.ones(1), np.full(1, 9.0), np.full(1, 9.0))
    assert (weights[:-1] == 0).all()
    assert times[-1] == 9
    assert weights[-1] == 1


@pytest.mark.parametrize("a", [0.01, 0.8, 5, 100])
@pytest.mark.parametrize("b", [0.01, 2.4, 100, 2002])
def test_beta_nodes_give_the_moments_of_the_beta_distribution(a: float, b: float) -> None:
    p, weights = beta_nodes(np.array([a]), np.array([b]), finest=1e4, steepest=2001)
    for i, j in ((1, 0), (0, 1), (2, 3)):
        exact = np.exp(betaln(a + i, b + j) - betaln(a, b))
        assert weights[0] @ (p**i * (1 - p) ** j) == pytest.approx(exact, rel=1e-11)
