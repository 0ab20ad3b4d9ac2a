"""Overlap: whether each kind of customer is found both among those treated and among others.

References:
    Gruber, Phillips, Lee, van der Laan (2022), Data-adaptive selection of the propensity score
        truncation level for inverse-probability-weighted and targeted maximum likelihood estimators
        of marginal point treatment effects, American Journal of Epidemiology 191.
    Crump, Hotz, Imbens, Mitnik (2009), Dealing with limited overlap in estimation of average
        treatment effects, Biometrika 96.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.errors import DataError

Mask = npt.NDArray[np.bool_]
MOST_LEFT_OUT = 0.1  # of those whom the effect is about
FEWEST_ALIKE = 20.0  # effective number of customers in each arm


class Overlap(NamedTuple):
    """Which rows have others like them in the other arm."""

    kept: Mask
    bound: float


def trimming_bound(rows: int) -> float:
    """Return the smallest propensity that so many rows can tell something of: 5 / (sqrt(n) ln n).

    It is at most .1.
    """
    return min(5 / (math.sqrt(rows) * math.log(rows)), 0.1) if rows > 1 else 0.1


def trimmed(propensity: Floats, bound: float) -> Overlap:
    """Return the rows whose propensity lies from `bound` to 1 - `bound`, and is neither 0 nor 1."""
    certain = (propensity <= 0) | (propensity >= 1)
    return Overlap((propensity >= bound) & (propensity <= 1 - bound) & ~certain, bound)


def check_overlap(overlap: Overlap, treated: Mask, estimand: str) -> None:
    """Raise where too many of those whom the effect is about are left out."""
    about = treated if estimand == "att" else np.ones(len(treated), dtype=bool)
    left_out = int((about & ~overlap.kept).sum())
    arms = [int((overlap.kept & arm).sum()) for arm in (treated, ~treated)]
    share = left_out / int(about.sum())
    if share <= MOST_LEFT_OUT and min(arms) >= 2:
        return
    whom = "treated rows" if estimand == "att" else "rows"
    other = "" if estimand == "att" else "; estimand='att' asks of those treated alone"
    raise DataError(
        f"no overlap: {left_out:,} of {int(about.sum()):,} {whom} ({share:.1%}) have an estimated "
        f"propensity below {overlap.bound:.3g} or above {1 - overlap.bound:.3g}, so hardly anyone "
        f"like them is in the other group (at most {MOST_LEFT_OUT:.0%} may be left out). Compare a "
        f"narrower population, in which both happen{other}"
    )


def effective_size(weights: Floats) -> float:
    """Return how many rows of equal weight would say as much (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if weights.any() else 0.0


def check_effective_size(size: float, arm: str) -> None:
    """Raise where a few rows carry nearly all the weight of an arm."""
    if size < FEWEST_ALIKE:
        raise DataError(
            f"no overlap: the weighted {arm} rows count for {size:.1f} rows (need at least "
            f"{FEWEST_ALIKE:g}), because few of them are like the others; compare a narrower "
            "population, or use fewer covariates"
        )
