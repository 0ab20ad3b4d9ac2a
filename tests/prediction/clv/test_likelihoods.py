"""Gradients and Hessians against differences of values that mpmath gives."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import approx_fprime

from cemkit.prediction.clv.likelihoods import (
    beta_geo_log_likelihood,
    gamma_gamma_log_likelihood,
)

X = np.array([0.0, 1.0, 2.0, 26.0])
T_X = np.array([0.0, 12.0, 30.43, 30.86])
T = np.array([38.86, 12.0, 38.86, 31.0])
N = np.array([3.0, 1.0, 2.0, 1.0])
BETA_GEO = np.array([0.243, 4.414, 0.793, 2.426])
GAMMA_GAMMA = np.array([6.25, 3.74, 15.44])
Z = np.array([8.0, 22.35, 35.0, 120.0])


def beta_geo(theta):
    return beta_geo_log_likelihood(theta, X, T_X, T, N)


def gamma_gamma(theta):
    return gamma_gamma_log_likelihood(theta, X + 1, Z, N)


def test_beta_geo_value_at_thirty_digits() -> None:
    with mpmath.workdps(30):
        r, alpha, a, b = (mpmath.mpf(float(v)) for v in BETA_GEO)
        total = mpmath.mpf(0)
        for x, t_x, t, n in zip(X, T_X, T, N, strict=True):
            gone = a / (b + x - 1) * (alpha + t_x) ** -(r + x) if x else 0
            total += n * mpmath.log(
                mpmath.beta(a, b + x)
                / mpmath.beta(a, b)
                * mpmath.gamma(r + x)
                / mpmath.gamma(r)
                * alpha**r
                * ((alpha + t) ** -(r + x) + gone)
            )
    assert beta_geo(BETA_GEO)[0] == pytest.approx(float(total), rel=1e-13)


def test_gamma_gamma_value_at_thirty_digits() -> None:
    with mpmath.workdps(30):
        p, q, gamma = (mpmath.mpf(float(v)) for v in GAMMA_GAMMA)
        total = mpmath.mpf(0)
        for x, z, n in zip(X + 1, Z, N, strict=True):
            total += n * mpmath.log(
                gamma**q
                * z ** (p * x - 1)
                * x ** (p * x)
                / mpmath.beta(p * x, q)
                / (gamma + x * z) ** (p * x + q)
            )
    assert gamma_gamma(GAMMA_GAMMA)[0] == pytest.approx(float(total), rel=1e-13)


@pytest.mark.parametrize(
    ("function", "theta"),
    [(beta_geo, BETA_GEO), (beta_geo, BETA_GEO * 3), (gamma_gamma, GAMMA_GAMMA)],
)
def test_derivatives_are_those_of_the_value(function, theta) -> None:
    _, gradient, hessian = function(theta)
    slopes = approx_fprime(theta, lambda t: function(t)[0], 1e-7 * theta)
    np.testing.assert_allclose(gradient, slopes, rtol=2e-5, atol=1e-5)
    curves = [
        approx_fprime(theta, lambda t, i=i: function(t)[1][i], 1e-7 * theta)
        for i in range(len(theta))
    ]
    np.testing.assert_allclose(hessian, curves, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12)
