"""The best products of sparse scores are those of the same scores made dense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from cemkit.recommendation.best_products import best


def by_hand(scores: np.ndarray, k: int, seen: np.ndarray) -> list[list[int]]:
    """Sort every row by score and place."""
    found = []
    for row, taken in zip(scores, seen, strict=True):
        order = sorted(np.flatnonzero((row > 0) & ~taken), key=lambda place: (-row[place], place))
        found.append([int(place) for place in order[:k]])
    return found


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 6),
    columns=st.integers(1, 30),
    different=st.sampled_from([1, 3, 1000]),
    filled=st.sampled_from([0.0, 0.2, 0.9]),
    k=st.integers(1, 30),
    new_only=st.booleans(),
)
def test_sparse_and_dense_scores_have_the_same_best(
    seed: int, rows: int, columns: int, different: int, filled: float, k: int, new_only: bool
) -> None:
    rng, k = np.random.default_rng(seed), min(k, columns)
    scores = rng.integers(1, different + 1, (rows, columns)).astype(np.float32) / 7
    scores[rng.random((rows, columns)) >= filled] = 0
    seen = rng.random((rows, columns)) < (0.3 if new_only else 0)
    weights = sparse.csr_array(seen.astype(float)) if new_only else None
    top, score = best(scores.copy(), k, weights)
    # A product of sparse matrices leaves its columns in any order.
    mixed = sparse.csr_array(scores[:, ::-1])
    mixed.indices = (columns - 1 - mixed.indices).astype(mixed.indices.dtype)
    sparse_top, sparse_score = best(mixed, k, weights)
    assert np.array_equal(sparse_score > 0, score > 0)
    assert np.array_equal(sparse_score[score > 0], score[score > 0])
    assert np.array_equal(sparse_top[score > 0], top[score > 0])
    found = [list(map(int, one[kept])) for one, kept in zip(top, score > 0, strict=True)]
    assert found == by_hand(scores, k, seen)


def test_scores_that_differ_by_rounding_are_tied_in_both_forms() -> None:
    nearly = np.nextafter(np.float32(0.3), np.float32(1))
    scores = np.array([[0.3, nearly, 0.1, 0.0]], dtype=np.float32)
    for form in (scores.copy(), sparse.csr_array(scores)):
        top, score = best(form, 2, None)
        assert top.tolist() == [[0, 1]]
        assert score[0, 0] == score[0, 1] == pytest.approx(0.3)
