"""Intervals of several effects, each alone and all together.

The multiplier bootstrap with normal multipliers draws, given the data, from a normal distribution
whose covariance is that of the influence functions: so it is drawn from there, without a pass over
the units.

References:
    Montiel Olea, Plagborg-Møller (2019), Simultaneous confidence bands, Journal of Applied
        Econometrics 34.
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtr, stdtrit

from cemkit.arrays import Floats, symmetric_root

N_DRAWS = 10_000


def effect_table(
    values: Floats, covariance: Floats, degrees: Floats, level: float, random_state: Any
) -> pd.DataFrame:
    """Return effects with errors, p values, intervals of each alone and of all together."""
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    alone = -stdtrit(degrees, (1 - level) / 2)
    tail = _joint_tail(covariance, errors, level, random_state)
    together = np.maximum(-stdtrit(degrees, tail), alone)
    return pd.DataFrame(
        {
            "effect": values,
            "standard_error": errors,
            "p_value": p_values(values, errors, degrees),
            "lower": values - alone * errors,
            "upper": values + alone * errors,
            "band_lower": values - together * errors,
            "band_upper": values + together * errors,
        }
    )


def p_values(values: Floats, errors: Floats, degrees: Floats) -> Floats:
    """Two-sided p values of t; 1 where an effect of 0 has no error, 0 where another has none."""
    sizes = np.abs(values)
    sure = errors <= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 2 * stdtr(degrees, -sizes / np.where(sure, 1.0, errors))
    return np.where(sure, np.where(sizes > 0, 0.0, 1.0), found)


def _joint_tail(covariance: Floats, errors: Floats, level: float, random_state: Any) -> float:
    """The tail on each side that keeps the level for all effects together."""
    known = errors > 0
    if known.sum() < 2:
        return (1 - level) / 2
    correlation = covariance[np.ix_(known, known)] / np.outer(errors[known], errors[known])
    random = np.random.default_rng(random_state)
    draws = random.standard_normal((N_DRAWS, len(correlation))) @ symmetric_root(correlation)
    critical = float(np.quantile(np.abs(draws).max(axis=1), level))
    return float(ndtr(-critical))
