"""Values against mpmath and closed forms; derivatives against central differences."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.arrays import Floats
from cemkit.clv.purchases.likelihoods import (
    RowDerivatives,
    beta_geo_rows,
    gamma_gamma_rows,
    log_beta_ratio,
    mixture,
    pareto_nbd_rows,
)

X = np.array([0.0, 1, 2, 7, 26, 300])
T_X = np.array([0.0, 4, 30.43, 35, 30.86, 39])
T = np.array([38.86, 4, 38.86, 77.86, 31, 39.0])


def beta_geo(theta: list[Floats]) -> RowDerivatives:
    return beta_geo_rows(theta, X, T_X, T, can_leave_at_once=False)


def modified(theta: list[Floats]) -> RowDerivatives:
    return beta_geo_rows(theta, X, T_X, T, can_leave_at_once=True)


def pareto_nbd(theta: list[Floats]) -> RowDerivatives:
    return pareto_nbd_rows(theta, X, T_X, T)


def gamma_gamma(theta: list[Floats]) -> RowDerivatives:
    return gamma_gamma_rows(theta[:3], X[1:], T[1:])


def log_sum(values: list[mpmath.mpf]) -> float:
    return float(mpmath.log(mpmath.fsum(values)))


@pytest.mark.parametrize("rows", [pareto_nbd, beta_geo, modified, gamma_gamma])
@pytest.mark.parametrize("theta", [(0.55, 10.6, 0.61, 11.7), (2.0, 0.3, 1.0, 0.5), (9, 40, 3, 8)])
def test_derivatives_are_those_of_the_value(
    rows: Callable[[list[Floats]], RowDerivatives], theta: tuple[float, ...]
) -> None:
    logs, step = np.log(theta), 1e-5
    middle = rows(list(np.exp(logs)))
    for i in range(len(middle.gradient)):
        move = np.zeros(4)
        move[i] = step
        above, below = rows(list(np.exp(logs + move))), rows(list(np.exp(logs - move)))
        slope = (above.value - below.value) / (2 * step)
        assert middle.gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-6)
        curve = (above.gradient - below.gradient) / (2 * step)
        assert middle.hessian[i] == pytest.approx(curve, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("theta", [(0.55, 10.6, 0.61, 11.7), (3, 80, 2, 1), (0.1, 1, 40, 90)])
def test_pareto_nbd_is_the_published_likelihood(theta: tuple[float, ...]) -> None:
    r, alpha, s, beta = (mpmath.mpf(value) for value in theta)
    ours = pareto_nbd_rows([np.array(float(value)) for value in theta], X, T_X, T).value
    for i in range(len(X)):
        x, t_x, end = (mpmath.mpf(float(values[i])) for values in (X, T_X, T))
        left = mpmath.quad(
            lambda u, x=x: (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1),
            mpmath.linspace(t_x, end, 33),
        )
        bracket = s * left + (alpha + end) ** -(r + x) * (beta + end) ** -s
        prior = mpmath.gammaprod([r + x], [r]) * alpha**r * beta**s
        assert ours[i] == pytest.approx(log_sum([prior * bracket]), rel=1e-10)


def test_beta_geo_is_the_published_likelihood() -> None:
    r, alpha, a, b = theta = tuple(map(mpmath.mpf, ("0.243", "4.414", "0.793", "2.426")))
    ours = beta_geo([np.array(float(value)) for value in theta]).value
    at_once = modified([np.array(float(value)) for value in theta]).value
    for i in range(len(X)):
        x, t_x, end = (mpmath.mpf(float(values[i])) for values in (X, T_X, T))
        prior = mpmath.gammaprod([r + x], [r]) * alpha**r / mpmath.beta(a, b)
        stays = mpmath.beta(a, b + x) / (alpha + end) ** (r + x)
        leaves = mpmath.beta(a + 1, b + x - 1) / (alpha + t_x) ** (r + x) if x else 0
        assert ours[i] == pytest.approx(log_sum([prior * stays, prior * leaves]), rel=1e-12)
        stays = mpmath.beta(a, b + x + 1) / (alpha + end) ** (r + x)
        leaves = mpmath.beta(a + 1, b + x) / (alpha + t_x) ** (r + x)
        assert at_once[i] == pytest.approx(log_sum([prior * stays, prior * leaves]), rel=1e-12)


def test_gamma_gamma_is_the_integral_over_scales() -> None:
    p, q, gamma, x, z = 6.25, 3.74, 15.44, 3, 35.0

    def density(nu: mpmath.mpf) -> mpmath.mpf:
        spend = (nu * x) ** (p * x) * z ** (p * x - 1) * mpmath.exp(-nu * x * z)
        prior = gamma**q * nu ** (q - 1) * mpmath.exp(-gamma * nu) / mpmath.gamma(q)
        return spend / mpmath.gamma(p * x) * prior

    exact = mpmath.log(mpmath.quad(density, [0, 0.1, 0.3, 1, 5]))
    theta = [np.array(value) for value in (p, q, gamma)]
    ours = gamma_gamma_rows(theta, np.array([3.0]), np.array([z]))
    assert ours.value.item() == pytest.approx(float(exact), rel=1e-10)


def test_parameters_per_row_give_what_each_gives_alone() -> None:
    alphas = np.array([5.0, 10, 20, 5, 10, 20])
    theta = [np.array(0.5), alphas, np.array(0.6), np.array(12.0)]
    together = pareto_nbd_rows(theta, X, T_X, T)
    for i, alpha in enumerate(alphas):
        one = slice(i, i + 1)
        alone = pareto_nbd_rows([theta[0], np.array(alpha), *theta[2:]], X[one], T_X[one], T[one])
        assert together.value[i] == pytest.approx(alone.value.item(), rel=1e-11)
        assert together.hessian[..., i] == pytest.approx(alone.hessian[..., 0], rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    a=st.floats(0.01, 100),
    b=st.floats(0.01, 100),
    i=st.integers(0, 3),
    j=st.integers(0, 2000),
)
def test_beta_ratios_are_those_of_mpmath(a: float, b: float, i: int, j: int) -> None:
    exact = mpmath.log(mpmath.beta(a + i, b + j)) - mpmath.log(mpmath.beta(a, b))
    steps = np.array([float(i)]), np.array([float(j)])
    one = log_beta_ratio(np.array(a), np.array(b), *steps).value.item()
    each = log_beta_ratio(np.array([a]), np.array([b]), *steps).value.item()
    assert one == pytest.approx(float(exact), rel=1e-9, abs=1e-10)
    assert one == pytest.approx(each, rel=1e-12, abs=1e-12)


def test_a_part_that_cannot_be_does_not_count() -> None:
    parts = np.array([[0.0], [-np.inf]])
    rows = mixture(parts, [np.array([[2.0], [50.0]])], {(0, 0): np.array([[3.0], [70.0]])})
    assert rows.value == 0
    assert rows.gradient == 2
    assert rows.hessian == 3
