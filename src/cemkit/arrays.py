"""Arrays: their name in annotations, their largest size, and the root that draws take."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def largest_size(values: npt.NDArray[Any]) -> float:
    """The largest absolute value; missing ones are left out, and 0 where there is none."""
    low, high = (end.reduce(values, axis=None, initial=0.0) for end in (np.fmin, np.fmax))
    return max(-float(low), float(high))


def symmetric_root(covariance: Floats) -> Floats:
    """The symmetric square root.

    It is the same on every machine, and so are draws from it. The signs of eigenvectors are not,
    nor are the vectors themselves where eigenvalues are equal.
    """
    values, vectors = np.linalg.eigh(covariance)
    root: Floats = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root
