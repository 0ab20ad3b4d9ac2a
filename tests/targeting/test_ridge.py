"""SummedRidge: scikit-learn's Ridge at the penalty of least generalised cross-validation error."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from cemkit.targeting.ridge import PENALTIES, SummedRidge, standardise


def data(n: int = 200, noise: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4)) @ np.diag([1, 100, 0.01, 1]) + [5, 1000, 0, -3]
    return X, 2 * X[:, 0] - 0.01 * X[:, 1] + rng.normal(size=n) * noise


def test_it_is_scikit_learns_ridge_with_the_least_gcv_error() -> None:
    X, y = data(noise=5.0)
    scaled = StandardScaler().fit_transform(X)
    errors, fits = [], []
    for penalty in len(y) * PENALTIES:
        model = Ridge(penalty).fit(scaled, y)
        inner = scaled.T @ scaled + penalty * np.eye(4)
        hat = 1 + np.trace(scaled @ np.linalg.solve(inner, scaled.T))
        errors.append(np.square(y - model.predict(scaled)).sum() / (len(y) - hat) ** 2)
        fits.append(model.predict(scaled))
    ours = SummedRidge().fit(X, y)
    np.testing.assert_allclose(ours.predict(X), fits[int(np.argmin(errors))], rtol=1e-7)
    assert 0 < int(np.argmin(errors)) < len(PENALTIES) - 1


def test_pure_noise_is_shrunk_and_a_line_is_not() -> None:
    X, y = data(noise=0.0)
    np.testing.assert_allclose(SummedRidge().fit(X, y).predict(X), y, rtol=1e-4)
    spread = {"ours": 0.0, "least squares": 0.0}
    for seed in range(20):
        noise = np.random.default_rng(seed).normal(size=len(y))
        spread["ours"] += SummedRidge().fit(X, noise).predict(X).std()
        spread["least squares"] += LinearRegression().fit(X, noise).predict(X).std()
    assert spread["ours"] < 0.6 * spread["least squares"]


def test_constant_and_repeated_columns_change_nothing() -> None:
    X, y = data()
    expected = SummedRidge().fit(X, y).predict(X)
    constant = np.column_stack([X, np.full(len(y), 7e9)])
    np.testing.assert_allclose(SummedRidge().fit(constant, y).predict(constant), expected)
    twice = np.column_stack([X, X[:, 0]])
    assert np.isfinite(SummedRidge().fit(twice, y).coefficients_).all()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_rows_than_features(n: int) -> None:
    X, y = data(n)
    found = SummedRidge().fit(X, y).predict(X)
    assert np.isfinite(found).all()
    assert found.mean() == pytest.approx(y.mean())


def test_standardised_features_give_the_same_fit_in_units() -> None:
    X, y = data(500)
    X = np.column_stack([X, np.full(500, 3.0), 1.7e9 + X[:, 0]])
    own = X.copy()
    center, scale = standardise(own)
    assert own.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert own.std(axis=0) == pytest.approx([1, 1, 1, 1, 0, 1])
    fit = SummedRidge().fit(own, y)
    np.testing.assert_allclose(fit.in_units(center, scale).predict(X), fit.predict(own), atol=1e-5)
