"""Intervals of many rates at once."""

import numpy as np
import numpy.typing as npt
from statsmodels.stats.proportion import proportion_confint

Values = npt.NDArray[np.float64]


def wilson_interval(
    count: npt.NDArray[np.int64], size: npt.ArrayLike, confidence_level: float
) -> tuple[Values, Values]:
    """Wilson's score interval of each rate; exactly 0 and 1 where nobody or everybody did.

    Args:
        count: How many did.
        size: How many could have.
        confidence_level: Between 0 and 1.

    References:
        Wilson (1927), Probable inference, Journal of the American Statistical Association 22.

    Examples:
        >>> lower, upper = wilson_interval(np.array([0, 5]), np.array([10, 10]), 0.95)
        >>> lower.round(3).tolist(), upper.round(3).tolist()
        ([0.0, 0.237], [0.278, 0.763])
    """
    lower, upper = proportion_confint(count, size, alpha=1 - confidence_level, method="wilson")
    return np.where(count == 0, 0.0, lower), np.where(count == size, 1.0, upper)
