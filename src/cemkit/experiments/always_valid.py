"""always_valid_interval: confidence sequences for means, which hold whenever one looks."""

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.checks import check_fraction
from cemkit.experiments.sequential import TUNED_FOR, always_valid_critical_value
from cemkit.proportions.counts import real_numbers


def always_valid_interval(
    mean: npt.ArrayLike,
    standard_deviation: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    tuned_for: float = TUNED_FOR,
    confidence_level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Return a confidence sequence of a mean, valid however often you look.

    It is Robbins' normal mixture with the current standard deviation. The probability that the true
    mean is ever outside is 1 - confidence_level once means are normal, which takes about 100
    values, or more if they are skewed. For a difference of two means give the difference,
    `sqrt(s1^2 n / n1 + s2^2 n / n2)` and `n = n1 n2 / (n1 + n2)`, as `compare_variants` does with
    `looks="any"`.

    Args:
        mean: Mean so far; an array for several looks.
        standard_deviation: Standard deviation of the values so far.
        n: Number of values so far.
        tuned_for: Sample size at which the interval is narrowest. Choose it beforehand.
        confidence_level: Confidence level of all looks together, as a fraction.

    Returns:
        Lower and upper bounds, each of the shape of the arguments.

    Raises:
        ValueError: A size or a deviation is not above 0, the arguments differ in shape, or a level
            lies outside (0, 1).

    References:
        Robbins (1970), Statistical methods related to the law of the iterated logarithm.
        Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas (2024), Time-uniform central limit theory and
        asymptotic confidence sequences, Annals of Statistics 52.

    Examples:
        >>> lower, upper = always_valid_interval(10.0, 4.0, [100, 1_000, 10_000])
        >>> lower.round(2), upper.round(2)
        (array([7.32, 9.57, 9.88]), array([12.68, 10.43, 10.12]))
    """
    level = check_fraction(confidence_level, "confidence_level")
    middle, spread, size = (
        real_numbers(values, name)
        for values, name in ((mean, "mean"), (standard_deviation, "standard_deviation"), (n, "n"))
    )
    if not (spread >= 0).all():
        raise ValueError(f"standard_deviation must not be negative, not {float(spread.min()):g}")
    if not (size > 0).all():
        raise ValueError(f"n must be above 0, not {float(size.min()):g}")
    if not (spread > 0).all():
        raise ValueError(
            "standard_deviation is 0: all values so far are equal, so the uncertainty "
            "of the mean is unknown; look again when some differ"
        )
    _check_shapes(middle, spread, size)
    critical = always_valid_critical_value(1 - level, size, tuned_for=tuned_for)
    half = critical * spread / np.sqrt(size)
    return np.asarray(middle - half), np.asarray(middle + half)


def _check_shapes(mean: Floats, deviation: Floats, n: Floats) -> None:
    try:
        np.broadcast_shapes(mean.shape, deviation.shape, n.shape)
    except ValueError:
        raise ValueError(
            f"mean, standard_deviation and n have the shapes {mean.shape}, {deviation.shape} and "
            f"{n.shape}; give one value for each look, or a number for all"
        ) from None
