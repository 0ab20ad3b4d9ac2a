"""TF-IDF as scikit-learn has it."""

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from cemkit.feedback.comments.weights import rarity, weighted


def test_weights_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    dense = rng.poisson(0.5, (40, 12)).astype(float)
    dense[[3, 39]] = 0
    counts = sparse.csr_matrix(dense)
    expected = TfidfTransformer(sublinear_tf=True).fit(counts)
    np.testing.assert_allclose(rarity(counts), expected.idf_)
    np.testing.assert_allclose(
        weighted(counts, rarity(counts)).toarray(), expected.transform(counts).toarray()
    )


def test_comments_without_a_term_have_no_weight() -> None:
    for rows in ([[0.0, 0], [1, 2], [0, 0]], [[0.0, 0]]):
        found = weighted(sparse.csr_matrix(rows), np.ones(2)).toarray()
        assert np.isfinite(found).all()
        assert (found[0] == 0).all()
