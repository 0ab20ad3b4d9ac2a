"""Clusters that start one after another (a stepped wedge): what the schedule lets one see.

References:
    Hussey, Hughes (2007), Design and analysis of stepped wedge cluster randomized trials,
        Contemporary Clinical Trials 28.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from cemkit.checks import check_integer, check_list
from cemkit.errors import DataError


def checked_starts(starts: Sequence[int]) -> list[int]:
    """How many clusters start in each period, when that can be told from the periods."""
    counts = [check_integer(n, "starts", minimum=0) for n in check_list(starts, "starts")]
    if len(counts) < 2 or sum(counts) < 2:
        raise ValueError(
            f"starts must say for two or more periods how many clusters start, not {counts}"
        )
    return counts


def staggered_error(starts: Sequence[int], never: int, *, between: float, within: float) -> float:
    """Standard error of the effect, by generalised least squares with a level for each period.

    `between` is the variance between clusters, `within` that of a cluster's mean in one period
    about the cluster's own level.
    """
    periods = len(starts)
    treated = [np.arange(periods) >= start for start in range(periods)] + [np.zeros(periods)]
    covariance = within * np.eye(periods) + between
    weight = np.linalg.inv(covariance)
    information = np.zeros((periods + 1, periods + 1))
    for design, clusters in zip(treated, [*starts, never], strict=True):
        matrix = np.column_stack([np.eye(periods), design.astype(np.float64)])
        information += clusters * matrix.T @ weight @ matrix
    # The effect's own information, less what the levels of the periods take.
    rest = information[:-1, :-1]
    own = information[-1, -1] - information[-1, :-1] @ np.linalg.solve(rest, information[:-1, -1])
    if own <= 1e-9 * information[-1, -1] or information[-1, -1] == 0:
        raise DataError(
            f"with starts={list(starts)} and never={never} all clusters are treated in the same "
            "periods, so the effect cannot be separated from time; let some start later, or never"
        )
    return float(1 / np.sqrt(own))


def z_power(difference: float, error: float, alpha: float) -> float:
    """Power of the two-sided z test."""
    reach, shift = -ndtri(alpha / 2), abs(difference) / error
    return float(ndtr(shift - reach) + ndtr(-shift - reach))


def z_detectable(error: float, alpha: float, power: float) -> float:
    """The difference that the two-sided z test detects with this power."""
    return float(error * (ndtri(power) - ndtri(alpha / 2)))
