"""Sums over rows, and intervals of parameters."""

import numpy as np
import pytest

from cemkit import BetaGeoModel, GammaGammaModel
from cemkit.clv.purchases.estimates import (
    check_covariance,
    check_parameters,
    fit_rows,
    in_chunks,
    total_derivatives,
)
from cemkit.clv.purchases.likelihoods import RowDerivatives, log_beta_ratio
from cemkit.errors import DataError


def test_designs_chain_derivatives_as_matrices_would() -> None:
    random = np.random.default_rng(0)
    gradient, half = random.random((2, 5)), random.random((2, 2, 5))
    rows = RowDerivatives(random.random(5), gradient, half + half.transpose(1, 0, 2))
    counts = np.arange(1.0, 6)
    designs = [np.ones((5, 1)), np.column_stack([np.ones(5), random.random((5, 2))])]
    value, slope, curve = total_derivatives(rows, designs, counts)
    wide = np.zeros((2, 5, 4))
    wide[0, :, :1], wide[1, :, 1:] = designs
    assert value == pytest.approx(counts @ rows.value)
    assert slope == pytest.approx(np.einsum("knm,kn,n->m", wide, gradient, counts))
    expected = np.einsum("knm,kjn,n,jnp->mp", wide, rows.hessian, counts, wide)
    assert curve == pytest.approx(expected)


def test_chunks_add_up() -> None:
    values = np.arange(10.0)

    def derivatives(part: slice) -> tuple[float, np.ndarray, np.ndarray]:
        total = values[part].sum()
        return float(total), np.array([total]), np.array([[total]])

    for size in (1, 3, 10, 99):
        assert in_chunks(derivatives, 10, size) == (45, 45, 45)


def test_a_fit_to_rows_is_that_of_the_closed_form() -> None:
    """With no heterogeneity left, a beta-binomial mean is the share of successes."""
    stays, leaves = np.array([0.0, 1, 2]), np.array([2.0, 1, 0])
    best = fit_rows(
        lambda theta, part: log_beta_ratio(theta[0], theta[1], stays[part], leaves[part]),
        counts=np.array([30.0, 20.0, 10.0]),
        start=[1.0, 1.0],
        chunk=2,
    )
    a, b = np.exp(best.point)
    assert a / (a + b) == pytest.approx(1 / 3, abs=0.01)
    assert np.sqrt(np.diag(best.covariance)).max() < 2


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"q": 1.0, "p": 1.0}, r"its params are \['q', 'p'\]; this model has \['p', 'q'\]"),
        ({"p": 1.0}, r"its params are \['p'\]"),
        ({"p": 0.0, "q": 1.0}, "p must be above 0"),
        ({"p": 1.0, "q": -1.0}, "q must be above 0"),
        ({"p": 1.0, "q": 1e9}, r"from e\^-12 to e\^12, not 1e\+09"),
    ],
)
def test_parameters_of_no_model_are_refused(params: dict[str, float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_parameters(params, {"p": 12.0, "q": 12.0}, ["p", "q"])


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[1.0]], "its covariance has 1 parameters, not 2"),
        ([[1.0, 0.0], [0.0, -1.0]], "variances must be above 0, not -1"),
        ([[1.0, 0.0], [0.0, 0.0]], "variances must be above 0, not 0"),
        ([[1.0, 0.5], [0.4, 1.0]], "is not symmetric"),
        ([[1.0, 2.0], [2.0, 1.0]], "correlations beyond 1"),
        ([[1.0, np.nan], [np.nan, 1.0]], "must be null where a variance is, and nowhere else"),
        ([[np.nan, 0.0], [0.0, 1.0]], "must be null where a variance is, and nowhere else"),
    ],
)
def test_what_is_no_covariance_is_refused(covariance: list[list[float]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_covariance(np.array(covariance), 2)


def test_parameters_that_could_not_be_read_again_are_not_saved() -> None:
    model = BetaGeoModel.from_parameters(r=1e30, alpha=1.0, a=1.0, b=1.0)
    with pytest.raises(DataError, match="r must be above 0, from"):
        model.to_json()
    rich = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=1e15)  # a large unit of money
    assert GammaGammaModel.from_json(rich.to_json()).params_.equals(rich.params_)
