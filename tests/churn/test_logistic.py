"""The logistic fit against statsmodels and scikit-learn: small, large, badly scaled, hopeless."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from cemkit.churn.logistic import LogisticFit, fit_logistic, state_of
from cemkit.errors import ConvergenceError


def sample(rows: int, terms: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rows)
    matrix = rng.normal(size=(rows, terms)) @ rng.normal(size=(terms, terms)) + 3
    odds = matrix @ np.linspace(-0.5, 0.5, terms) - 1
    return matrix, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)


def scaling(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return matrix.mean(axis=0), matrix.std(axis=0)


@pytest.mark.parametrize("rows", [60, 20_000, 210_000])  # the last starts from a sample
def test_equals_statsmodels(rows: int) -> None:
    matrix, outcome = sample(rows)
    center, scale = scaling(matrix)
    fit = fit_logistic(matrix, outcome, None, center, scale, penalty=0.0)
    reference = sm.Logit(outcome, sm.add_constant((matrix - center) / scale)).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(fit.parameters, reference.params, rtol=1e-9)
    np.testing.assert_allclose(np.linalg.inv(fit.information), reference.cov_params(), rtol=1e-7)
    assert fit.log_likelihood == pytest.approx(reference.llf, rel=1e-12)


def test_equals_scikit_learn_with_penalty_and_weights() -> None:
    matrix, outcome = sample(500)
    weights = np.where(outcome > 0, 3.0, 1.0)
    fit = fit_logistic(matrix, outcome, weights, np.zeros(4), np.ones(4), penalty=2.5)
    reference = LogisticRegression(C=1 / 2.5, solver="newton-cholesky", tol=1e-12)
    reference.fit(matrix, outcome, sample_weight=weights)
    np.testing.assert_allclose(fit.parameters[1:], reference.coef_[0], rtol=1e-8)
    np.testing.assert_allclose(fit.parameters[0], reference.intercept_[0], rtol=1e-8)


def test_units_do_not_matter_without_a_penalty() -> None:
    matrix, outcome = sample(400)
    units = np.array([1e-6, 1.0, 1e7, 300.0])
    plain = fit_logistic(matrix, outcome, None, np.zeros(4), np.ones(4), penalty=0.0)
    other = fit_logistic(matrix * units + 1e3 * units, outcome, None,
                         1e3 * units, units, penalty=0.0)  # fmt: skip
    np.testing.assert_allclose(other.parameters, plain.parameters, rtol=1e-6)


@pytest.mark.parametrize("unit", [1e-9, 1e9, 1e150])
@pytest.mark.parametrize("rows", [1000, 210_000])
def test_units_do_not_end_the_search_early(unit: float, rows: int) -> None:
    half = np.random.default_rng(0).normal(size=(rows // 2, 1))
    column = np.vstack([half, -half])  # as many leave as stay: the intercept needs no step
    risk = 1 / (1 + np.exp(-1.5 * half[:, 0]))
    churned = (np.random.default_rng(1).random(rows // 2) < risk).astype(float)
    outcome = np.r_[churned, 1 - churned]
    fit = fit_logistic(column * unit, outcome, None, np.zeros(1), np.ones(1), penalty=0.0)
    reference = sm.Logit(outcome, column).fit(disp=0, tol=1e-12)
    assert fit.parameters[1] * unit == pytest.approx(reference.params[0], rel=1e-9)


@pytest.mark.parametrize("penalty", [1e-6, 1e-9, 1e-12])
def test_the_smallest_penalty_gives_separated_outcomes_an_optimum(penalty: float) -> None:
    column, outcome = np.array([[-2.0], [-1], [1], [2]]), np.array([0.0, 0, 1, 1])
    fit = fit_logistic(column, outcome, None, np.zeros(1), np.ones(1), penalty=penalty)
    # There the slope b solves 2 s(-b) + 4 s(-2 b) = penalty * b, s being the logistic function.
    expected = brentq(lambda b: 2 * expit(-b) + 4 * expit(-2 * b) - penalty * b, 0, 100, xtol=1e-12)
    assert fit.parameters[1] == pytest.approx(expected, rel=1e-6)


def test_row_order_does_not_matter() -> None:
    matrix, outcome = sample(20_000)
    order = np.random.default_rng(0).permutation(len(outcome))
    one = fit_logistic(matrix, outcome, None, *scaling(matrix), penalty=1.0)
    two = fit_logistic(matrix[order], outcome[order], None, *scaling(matrix), penalty=1.0)
    np.testing.assert_allclose(one.parameters, two.parameters, rtol=1e-8)


@pytest.mark.parametrize(
    ("column", "outcome", "message"),
    [
        ([[1.0], [2.0], [3.0], [4.0]], [0.0, 0, 1, 1], "outcome|outcomes"),
        ([[1.0], [1.0], [1.0]], [0.0, 1, 1], "not identified: some features are constant"),
        ([[1.0, 2], [2, 4], [3, 6], [5, 10]], [0.0, 1, 0, 1], "not identified"),
    ],
)
def test_without_an_optimum(column: list[list[float]], outcome: list[float], message: str) -> None:
    matrix = np.array(column)
    terms = matrix.shape[1]
    zero, one = matrix.mean(axis=0), np.ones(terms)
    with pytest.raises(ConvergenceError, match=message):
        fit_logistic(matrix, np.array(outcome), None, zero, one, penalty=0.0)
    assert np.isfinite(
        fit_logistic(matrix, np.array(outcome), None, zero, one, penalty=1.0).parameters
    ).all()


def test_state_is_of_plain_lists_and_numbers() -> None:
    matrix, outcome = sample(60)
    fit = fit_logistic(matrix, outcome, None, *scaling(matrix), penalty=1.0)
    again = LogisticFit(**state_of(fit))
    assert again.information == fit.information.tolist()
    assert again.log_likelihood == fit.log_likelihood
