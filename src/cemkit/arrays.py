"""Arrays: what they are called in annotations, and the root of a covariance that draws take."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def symmetric_root(covariance: Floats) -> Floats:
    """The symmetric square root.

    It is the same on every machine, and so are draws from it. The signs of eigenvectors are not,
    nor are the vectors themselves where eigenvalues are equal.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
