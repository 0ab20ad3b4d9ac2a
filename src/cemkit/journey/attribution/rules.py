"""Rules that divide the credit of one conversion among the touches before it.

References:
    Zhao, Mahboobi-Ardakani, Bagheri (2018), Shapley value methods for attribution modeling in
        online advertising: where a coalition of channels earns the conversions of the paths inside
        it, the Shapley value divides each conversion evenly among its distinct channels.
"""

import numpy as np
from scipy import sparse

from cemkit.arrays import Floats
from cemkit.data.reductions.journeys import changed
from cemkit.journey.attribution.sequences import Integers, Sequences


def first(paths: Sequences) -> Floats:
    """All credit to the first touch."""
    return np.asarray(paths.places == 0, dtype=np.float64)


def last(paths: Sequences) -> Floats:
    """All credit to the last touch."""
    return np.asarray(_places_left(paths) == 0, dtype=np.float64)


def linear(paths: Sequences) -> Floats:
    """The same credit to every touch."""
    return np.asarray(np.repeat(1 / np.maximum(paths.lengths, 1), paths.lengths))


def shapley(paths: Sequences) -> Floats:
    """The same credit to every distinct channel, given at its first touch."""
    own = paths.owners * (paths.codes.max(initial=0) + 1) + paths.codes
    order = np.argsort(own, kind="stable")
    weights = np.zeros(len(order))
    weights[order] = changed(own[order])
    return _of_one(weights, paths)


def position(paths: Sequences, shares: tuple[float, float]) -> Floats:
    """Shares for the first and the last touch; the rest evenly to those between them."""
    begins, ends = first(paths), last(paths)
    between = np.repeat(np.maximum(paths.lengths - 2, 1), paths.lengths)
    middle = (1 - sum(shares)) / between * (1 - np.maximum(begins, ends))
    return _of_one(shares[0] * begins + shares[1] * ends + middle, paths)


def decay_by_place(paths: Sequences) -> Floats:
    """Half the credit for each step further from the conversion."""
    return _of_one(np.exp2(-_places_left(paths).astype(np.float64)), paths)


def decay_by_time(days: Floats, owners: Integers, half_life_days: float) -> Floats:
    """Half the credit for each half life between a touch and its conversion."""
    if not len(days):
        return np.empty(0)
    youngest = np.full(int(owners.max()) + 1, np.inf)
    np.minimum.at(youngest, owners, days)
    weights = np.exp2(-(days - youngest[owners]) / half_life_days)
    return np.asarray(weights / np.bincount(owners, weights)[owners])


def credit_matrix(weights: Floats, paths: Sequences, channels: int) -> sparse.csr_array:
    """The credit of one conversion of each path, one column per channel."""
    shape = (len(paths), channels)
    return sparse.csr_array((weights, (paths.owners, paths.codes)), shape=shape)


def _places_left(paths: Sequences) -> Integers:
    left: Integers = np.repeat(paths.lengths, paths.lengths) - 1 - paths.places
    return left


def _of_one(weights: Floats, paths: Sequences) -> Floats:
    """The weights of each path, so that they sum to 1."""
    sums = np.bincount(paths.owners, weights, len(paths))
    return np.asarray(weights / np.repeat(sums, paths.lengths))
