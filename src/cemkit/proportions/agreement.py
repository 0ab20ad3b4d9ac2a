"""Test and interval agree: an interval holds 0 exactly where its test detects no difference."""

import numpy as np
import numpy.typing as npt

from cemkit.proportions.alternatives import Alternative
from cemkit.proportions.corrections import Correction, simultaneous_level

Floats = npt.NDArray[np.float64]

SMALLEST = np.nextafter(0.0, 1.0)  # "above 0, by as little as you like"


def interval_levels(
    p_values: Floats, adjusted: Floats, correction: Correction, confidence_level: float
) -> Floats:
    """The level of each interval of a family, so that intervals and adjusted p values agree.

    All intervals have the `simultaneous_level`. Holm and Hochberg detect some differences that
    intervals of this level still hold to be 0; those have the level of their own step.

    Args:
        p_values: Raw p values of the family.
        adjusted: The same p values, adjusted.
        correction: How they were adjusted.
        confidence_level: What the family is to keep.

    Examples:
        >>> interval_levels(np.array([0.01, 0.04]), np.array([0.02, 0.04]), "holm", 0.95)
        array([0.975, 0.95 ])
    """
    alpha = 1 - confidence_level
    tail = 1 - simultaneous_level(adjusted, correction, confidence_level)
    detected = (adjusted < alpha) & (adjusted > 0)
    step = np.divide(p_values, adjusted, out=np.zeros_like(adjusted), where=detected) * alpha
    return np.asarray(1 - np.maximum(tail, step))


def directions(difference: Floats, alternative: Alternative = "two-sided") -> Floats:
    """The side on which a detected difference lies: 1 for the treatment, -1 for the control.

    Args:
        difference: Treatment minus control.
        alternative: A one-sided test finds its own side alone.

    Examples:
        >>> directions(np.array([-0.1, 0.2]))
        array([-1.,  1.])
    """
    if alternative == "two-sided":
        return np.sign(difference)
    return np.full_like(difference, 1.0 if alternative == "greater" else -1.0)


def agreeing_bounds(lower: Floats, upper: Floats, found: Floats) -> tuple[Floats, Floats]:
    """Bounds that hold 0 exactly where nothing is detected.

    At 0 the test decides, elsewhere the interval's method: 0 joins the interval where the test
    accepts it, and leaves it where the test rejects it. Where test and interval are inversions of
    each other nothing changes.

    Args:
        lower: Lower bounds of difference or lift; missing ones stay missing.
        upper: Upper bounds.
        found: 1 where a positive difference is detected, -1 where a negative one, 0 where none.

    Examples:
        >>> agreeing_bounds(np.array([0.1]), np.array([0.4]), np.array([0.0]))
        (array([0.]), array([0.4]))
    """
    least = np.where(found > 0, np.maximum(lower, SMALLEST), np.minimum(lower, 0.0))
    most = np.where(found < 0, np.minimum(upper, -SMALLEST), np.maximum(upper, 0.0))
    # An interval wholly on the other side is moved, not turned round.
    lower = np.where(found < 0, np.minimum(lower, most), least)
    return lower, np.where(found > 0, np.maximum(upper, least), most)
