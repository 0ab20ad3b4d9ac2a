"""Effects of several products or shops, each drawn towards what they have in common.

References:
    Morris (1983), Parametric empirical Bayes inference, Journal of the American Statistical
        Association 78. Gelman (2006), Prior distributions for variance parameters in hierarchical
        models, Bayesian Analysis 1 (a flat prior of the spread, over which we integrate).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from cemkit.arrays import Floats

FEWEST_TO_POOL = 3  # the spread of two series is not known
GRID = 200
WIDEST = 3.0  # the largest spread looked at, in ranges of the estimates
STEPS = 60  # of a bisection


@dataclass(frozen=True, slots=True)
class Pooled:
    """Effects after pooling, each with an interval, and what they have in common.

    `weights` are the shares of what each series itself says; the rest comes from the others.
    """

    effects: Floats
    lower: Floats
    upper: Floats
    errors: Floats
    weights: Floats
    mean: float
    mean_lower: float
    mean_upper: float
    spread: float


def pool(estimates: Floats, errors: Floats, level: float) -> Pooled:
    """Pool estimates that are NaN where a series says nothing; these get what the others say."""
    known = np.isfinite(estimates) & np.isfinite(errors) & (errors > 0)
    if known.sum() < FEWEST_TO_POOL:
        return _alone(estimates, errors, level)
    values, variances = estimates[known], errors[known] ** 2
    widest = WIDEST * max(float(np.ptp(values)), float(errors[known].max()))
    spreads = np.linspace(0.0, widest, GRID)
    total = variances + spreads[:, None] ** 2
    means = (values / total).sum(axis=1) / (1 / total).sum(axis=1)
    mean_variances = 1 / (1 / total).sum(axis=1)
    rest = (values - means[:, None]) ** 2
    likelihood = 0.5 * (np.log(mean_variances) - (np.log(total) + rest / total).sum(axis=1))
    weights = np.exp(likelihood - likelihood.max())
    weights /= weights.sum()
    own = np.zeros((GRID, len(estimates)))
    own[:, known] = spreads[:, None] ** 2 / total
    filled, noise = np.where(known, estimates, 0.0), np.where(known, errors, 0.0)
    middles = own * filled + (1 - own) * means[:, None]
    inner = np.where(known, own * noise**2, spreads[:, None] ** 2)
    deviations = np.sqrt(inner + (1 - own) ** 2 * mean_variances[:, None])
    lower, upper = _mixture_interval(middles, deviations, weights, level)
    mean_ends = _mixture_interval(means[:, None], np.sqrt(mean_variances)[:, None], weights, level)
    centre = weights @ middles
    return Pooled(
        effects=centre,
        lower=lower,
        upper=upper,
        errors=np.sqrt(weights @ (deviations**2 + (middles - centre) ** 2)),
        weights=weights @ own,
        mean=float(weights @ means),
        mean_lower=float(mean_ends[0][0]),
        mean_upper=float(mean_ends[1][0]),
        spread=float(weights @ spreads),
    )


def _alone(estimates: Floats, errors: Floats, level: float) -> Pooled:
    """Too few series to know how much they differ: each says what it says itself."""
    reach = float(ndtri(0.5 + level / 2)) * errors
    none = math.nan
    ones = np.where(np.isfinite(estimates), 1.0, none)
    return Pooled(
        estimates, estimates - reach, estimates + reach, errors, ones, none, none, none, none
    )


def _mixture_interval(
    middles: Floats, deviations: Floats, weights: Floats, level: float
) -> tuple[Floats, Floats]:
    """Quantiles of mixtures of normal distributions, a column each, by bisection."""
    ends = []
    for wanted in ((1 - level) / 2, (1 + level) / 2):
        low = (middles - 12 * deviations).min(axis=0)
        high = (middles + 12 * deviations).max(axis=0)
        for _ in range(STEPS):
            place = (low + high) / 2
            below = weights @ ndtr((place - middles) / np.maximum(deviations, 1e-300)) < wanted
            low, high = np.where(below, place, low), np.where(below, high, place)
        ends.append((low + high) / 2)
    return ends[0], ends[1]
