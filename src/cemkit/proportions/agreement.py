"""Test and interval agree: an interval holds 0 exactly where its test detects no difference."""

import numpy as np

from cemkit.arrays import Floats
from cemkit.proportions.alternatives import Alternative
from cemkit.proportions.corrections import Correction, simultaneous_level

SMALLEST = np.nextafter(0.0, 1.0)  # "above 0, by as little as you like"


def interval_levels(
    p_values: Floats, adjusted: Floats, correction: Correction, confidence_level: float
) -> Floats:
    """The level of each interval of a family, so that intervals and adjusted p values agree."""
    alpha = 1 - confidence_level
    tail = 1 - simultaneous_level(adjusted, correction, confidence_level)
    detected = (adjusted < alpha) & (adjusted > 0)
    step = np.divide(p_values, adjusted, out=np.zeros_like(adjusted), where=detected) * alpha
    return np.asarray(1 - np.maximum(tail, step))


def directions(difference: Floats, alternative: Alternative = "two-sided") -> Floats:
    """The side on which a detected difference lies: 1 for the treatment, -1 for the control."""
    if alternative == "two-sided":
        return np.sign(difference)
    return np.full_like(difference, 1.0 if alternative == "greater" else -1.0)


def agreeing_bounds(lower: Floats, upper: Floats, found: Floats) -> tuple[Floats, Floats]:
    """Bounds that hold 0 exactly where nothing is detected."""
    least = np.where(found > 0, np.maximum(lower, SMALLEST), np.minimum(lower, 0.0))
    most = np.where(found < 0, np.minimum(upper, -SMALLEST), np.maximum(upper, 0.0))
    # An interval wholly on the other side is moved, not turned round.
    lower = np.where(found < 0, np.minimum(lower, most), least)
    return lower, np.where(found > 0, np.maximum(upper, least), most)
