"""Square roots of covariance matrices, from which draws are made."""

import numpy as np

from cemkit.arrays import Floats


def symmetric_root(covariance: Floats) -> Floats:
    """The symmetric square root.

    It is the same on every machine, and so are draws from it. The signs of eigenvectors are not,
    nor are the vectors themselves where eigenvalues are equal.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
