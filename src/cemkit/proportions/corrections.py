"""Several comparisons at once: p values that keep their promise, and the level of the intervals.

References:
    Benjamini, Yekutieli (2005), False discovery rate-adjusted multiple confidence intervals for
        selected parameters, Journal of the American Statistical Association 100.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction
from cemkit.proportions.counts import real_numbers

Correction = Literal["holm", "hochberg", "benjamini-hochberg", "bonferroni", "none"]

CORRECTIONS = ("holm", "hochberg", "benjamini-hochberg", "bonferroni", "none")


def adjust_p_values(p_values: npt.ArrayLike, correction: Correction = "holm") -> Floats:
    """Adjust the p-values of several comparisons, so that each can be compared with alpha.

    Args:
        p_values: P-values of all comparisons made, not only of those that you report.
        correction: `"holm"` and `"bonferroni"` control the family-wise error rate under any
            dependence, `"hochberg"` under independent or positively dependent tests.
            `"benjamini-hochberg"` controls the false discovery rate. `"none"` adjusts nothing.

    Returns:
        Adjusted p-values in the given order, at most 1 and never below the raw values.

    Raises:
        ValueError: A value lies outside [0, 1], the values are not a list, or the correction is
            unknown.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure; Hochberg (1988);
        Benjamini, Hochberg (1995), Controlling the false discovery rate.

    Examples:
        >>> adjust_p_values([0.01, 0.04, 0.03])
        array([0.03, 0.06, 0.06])
    """
    check_choice(correction, "correction", CORRECTIONS)
    # statsmodels' multipletests takes 0.5 s to import and 50 ms a call: docs/benchmarks.md.
    p = real_numbers(p_values, "p_values", allow_missing=True)
    if p.ndim != 1:
        raise ValueError(f"p_values must be one list, not of shape {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must lie between 0 and 1, not {p[~((p >= 0) & (p <= 1))][0]}")
    if correction == "none" or not p.size:
        return p.copy()
    if correction == "bonferroni":
        return np.minimum(p * p.size, 1.0)
    order = np.argsort(p)  # equal values are adjusted alike, whatever their order
    rank = np.arange(1, p.size + 1)
    steps = p.size / rank if correction == "benjamini-hochberg" else p.size + 1 - rank
    scaled = p[order] * steps
    if correction == "holm":
        stepped = np.maximum.accumulate(scaled)
    else:
        stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def simultaneous_level(
    adjusted: npt.ArrayLike, correction: Correction, confidence_level: float = 0.95
) -> float:
    """The level at which each interval must stand for all of them to keep `confidence_level`."""
    check_choice(correction, "correction", CORRECTIONS)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    family = real_numbers(adjusted, "adjusted")
    if correction == "none" or not family.size:
        return confidence_level
    detected = int((family < alpha).sum()) if correction == "benjamini-hochberg" else 1
    return 1 - alpha * max(detected, 1) / family.size
