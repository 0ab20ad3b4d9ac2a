"""E-values: how strong a confounder that was not measured must be to explain an effect away.

References:
    VanderWeele, Ding (2017), Sensitivity analysis in observational research: introducing the
        E-value, Annals of Internal Medicine 167.
"""

import math

# exp(0.91 d) turns a difference of d standard deviations into a risk ratio.
PER_DEVIATION = 0.91


def e_value(ratio: float) -> float:
    """Return the E-value of a risk ratio.

    A confounder that is not among the covariates must be tied to both the treatment and the outcome
    by risk ratios of at least this size, beyond the covariates, to explain the ratio away.
    """
    if not math.isfinite(ratio) or ratio < 0:
        return math.nan
    if ratio == 0:
        return math.inf
    larger = max(ratio, 1 / ratio)
    return larger + math.sqrt(larger * (larger - 1))


def e_values(
    effect: float, lower: float, upper: float, *, baseline: float, deviation: float, binary: bool
) -> tuple[float, float]:
    """Return the E-value of an effect, and of the end of its interval that is nearer to 0.

    The second is 1 where the interval holds 0: then no confounder is needed.

    Args:
        effect: The difference in means.
        lower: Lower bound.
        upper: Upper bound.
        baseline: The mean without the treatment, taken as known.
        deviation: Standard deviation of the outcome.
        binary: Whether the outcome is 0 or 1, whose ratio of means is a risk ratio; of others it is
            approximated by exp(0.91 effect / deviation).
    """

    def ratio(difference: float) -> float:
        if binary:
            return max(baseline + difference, 0.0) / baseline if baseline > 0 else math.nan
        return math.exp(PER_DEVIATION * difference / deviation) if deviation > 0 else math.nan

    nearest = 0.0 if lower <= 0 <= upper else min(lower, upper, key=abs)
    return e_value(ratio(effect)), e_value(ratio(nearest)) if nearest else 1.0
