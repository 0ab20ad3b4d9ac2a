"""Shares of R squared by Shapley values (LMG), exact, for any number of covariance matrices.

References:
    Lindeman, Merenda, Gold (1980), Introduction to bivariate and multivariate analysis.
    Groemping (2007), Estimators of relative importance in linear regression based on variance
        decomposition, The American Statistician 61.
"""

import math
from functools import cache

import numpy as np

from cemkit.arrays import Floats

MOST_DRIVERS = 15
COLLINEAR = 1e-10  # of a variance of 1, what is left of a driver that the others determine
CHUNK_CELLS = 4_000_000  # numbers of the widest step held at once


def shapley_r_squared(covariance: Floats) -> Floats:
    """The part of R squared of each driver; the target is the last variable.

    Args:
        covariance: Covariance matrices, of shape (..., p + 1, p + 1).

    Returns:
        Of shape (..., p). The parts are at least 0 and add up to R squared. A driver without
        variance, or one that the others determine, adds nothing where it does not lead.
    """
    shape = covariance.shape
    matrices = correlations(covariance.reshape(-1, *shape[-2:]))
    drivers = shape[-1] - 1
    size = max(1, CHUNK_CELLS // 2 ** (drivers + 1))
    parts = [
        subset_r_squared(matrices[at : at + size]) @ _shapley_weights(drivers)
        for at in range(0, len(matrices), size)
    ]
    return np.asarray(np.maximum(np.concatenate(parts), 0.0).reshape(*shape[:-2], drivers))


def correlations(covariance: Floats) -> Floats:
    """The correlation matrices; 0 with a variable that has no variance."""
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    scale = np.sqrt(np.maximum(variances, 0.0))
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    return np.asarray(covariance * inverse[..., :, None] * inverse[..., None, :])


def subset_r_squared(matrices: Floats) -> Floats:
    """R squared of every subset of drivers, by the bits of its number, of shape (m, 2^p).

    One driver after the other is swept out of the matrices of all subsets without it.
    """
    states = matrices[:, None]
    for _ in range(matrices.shape[-1] - 1):
        left = states[..., 0, 0]
        kept, column = states[..., 1:, 1:], states[..., 0, 1:]
        inverse = np.divide(1.0, left, out=np.zeros_like(left), where=left > COLLINEAR)
        swept = kept - (column * inverse[..., None])[..., :, None] * column[..., None, :]
        states = np.concatenate([kept, swept], axis=1)
    unexplained = states[..., 0, 0]
    return np.asarray(matrices[:, -1:, -1] - unexplained)


@cache
def _shapley_weights(drivers: int) -> Floats:
    """What R squared of each subset counts for each driver."""
    number = np.arange(2**drivers)
    inside = (number[:, None] >> np.arange(drivers)) & 1 == 1
    size = inside.sum(axis=1)
    joining = [
        math.factorial(k) * math.factorial(drivers - k - 1) / math.factorial(drivers)
        for k in range(drivers)
    ]
    weight = np.array([*joining, 0.0])
    return np.asarray(np.where(inside, weight[size - 1][:, None], -weight[size][:, None]))
