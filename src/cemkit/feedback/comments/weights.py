"""Weights of terms: the frequency in the comment times the rarity among all comments."""

from typing import Any

import numpy as np
from scipy import sparse

from cemkit.arrays import Floats
from cemkit.feedback.comments.terms import comments_with


def rarity(counts: Any) -> Floats:
    """Return the inverse document frequency: log((1 + comments) / (1 + comments with it)) + 1."""
    weights: Floats = np.log((1 + counts.shape[0]) / (1 + comments_with(counts))) + 1
    return weights


def weighted(counts: Any, idf: Floats) -> Any:
    """Return (1 + log count) times rarity, scaled so that each comment has length 1."""
    rows = sparse.csr_matrix(counts, copy=True)
    rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
    lengths = np.sqrt(np.add.reduceat(np.append(rows.data**2, 0.0), rows.indptr[:-1]))
    lengths[np.diff(rows.indptr) == 0] = 1.0  # where reduceat gives the next value
    rows.data /= np.repeat(lengths, np.diff(rows.indptr))
    return rows
