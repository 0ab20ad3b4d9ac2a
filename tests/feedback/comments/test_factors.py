"""Weights under given factors: non-negative least squares, each comment on its own."""

import numpy as np
from scipy import sparse
from scipy.optimize import nnls

from cemkit.feedback.comments.factors import factor_weights, learnt_factors

RNG = np.random.default_rng(0)
FACTORS = RNG.random((4, 30)) * (RNG.random((4, 30)) < 0.4)
ROWS = sparse.csr_matrix(RNG.random((60, 30)) * (RNG.random((60, 30)) < 0.3))


def test_weights_are_those_of_scipys_nnls() -> None:
    expected = [nnls(FACTORS.T, row)[0] for row in ROWS.toarray()]
    np.testing.assert_allclose(factor_weights(ROWS, FACTORS), expected, atol=1e-8)


def test_weights_of_a_comment_do_not_depend_on_the_others() -> None:
    alone = np.vstack([factor_weights(ROWS[[k]], FACTORS) for k in range(10)])
    np.testing.assert_allclose(factor_weights(ROWS, FACTORS)[:10], alone, atol=1e-12)


def test_planted_factors_are_found() -> None:
    truth = np.kron(np.eye(3), np.ones(5))
    weights = RNG.random((200, 3)) ** 3
    found = learnt_factors(sparse.csr_matrix(weights @ truth), 3, 0)
    assert sorted((found > 0.1).astype(int).tolist()) == sorted(truth.astype(int).tolist())
    np.testing.assert_allclose((found**2).sum(axis=1), 1)
