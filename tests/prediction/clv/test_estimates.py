"""Sums over rows, and intervals of parameters."""

import numpy as np
import pytest

from cemkit.prediction.clv.estimates import fit_rows, in_chunks, total_derivatives
from cemkit.prediction.clv.likelihoods import RowDerivatives, log_beta_ratio


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
