"""nps_sample_size: how many answers a net promoter score takes."""

import dataclasses
import math

from cemkit.checks import check_fraction, check_number
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSampleSize(Result):
    """Number of answers for a net promoter score, from `nps_sample_size`.

    Attributes:
        answers: Number of answers in each group; with `paired_correlation`, of customers who answer
            twice.
        groups: Number of groups: 1 for a margin or for the same customers twice, 2 for a
            difference.
        exact: `answers` before rounding up.
        margin: Half the width of the interval, as a fraction of 1, or None.
        difference: The difference to detect, as a fraction of 1, or None.
        promoters: Expected share of promoters; `detractors`, that of detractors.
        paired_correlation: Correlation of a customer's two answers, or None for groups.
        power: The chance of detecting the difference, or None for a margin.
        confidence_level: Confidence level of the interval, or 1 - alpha of the test.

    Examples:
        >>> nps_sample_size(margin=0.05).answers
        903
    """

    answers: int
    groups: int
    exact: float
    margin: float | None
    difference: float | None
    promoters: float
    detractors: float
    paired_correlation: float | None
    power: float | None
    confidence_level: float


def nps_sample_size(
    *,
    margin: float | None = None,
    difference: float | None = None,
    promoters: float = 0.45,
    detractors: float = 0.2,
    paired_correlation: float | None = None,
    power: float = 0.8,
    confidence_level: float = 0.95,
) -> ScoreSampleSize:
    """Return the number of answers to estimate a net promoter score, or to detect a difference.

    With the variance of one answer `v = p + d - (p - d)^2`, a margin m needs `z^2 v / m^2` answers.
    A difference needs `2 v (z_a + z_b)^2 / difference^2` in each of two groups. The same customers
    asked twice need `1 - correlation` times as many as one such group.

    Args:
        margin: Half the width of the interval, as a fraction of 1: 0.05 is 5 points.
        difference: Difference to detect, as a fraction of 1: 0.1 is 10 points.
        promoters: Expected share of promoters.
        detractors: Expected share of detractors.
        paired_correlation: Correlation of the two answers of a customer, if the same customers are
            asked before and after. None for two groups.
        power: Probability of detecting the difference, as a fraction.
        confidence_level: Confidence level of the interval, or 1 - alpha of the test, as a fraction.

    Returns:
        A `ScoreSampleSize`. Divide its answers by the response rate to get the number of customers
        to ask.

    Raises:
        ValueError: Not exactly one of margin and difference is given, one is not a fraction of 1,
            or the shares add up to more than 1.

    Examples:
        >>> nps_sample_size(difference=0.1).answers
        923
        >>> nps_sample_size(difference=0.1, paired_correlation=0.6).answers
        369
    """
    level = check_fraction(confidence_level, "confidence_level")
    if (margin is None) == (difference is None):
        raise ValueError("give either margin or difference, as in nps_sample_size(margin=0.05)")
    variance = _answer_variance(promoters, detractors)
    reach = float(critical_value(level))
    if margin is not None:
        if paired_correlation is not None:
            raise ValueError(
                "paired_correlation needs a difference, not a margin; leave it out, or give "
                "difference="
            )
        exact = reach**2 * variance / _points(margin, "margin") ** 2
    else:
        reach += float(critical_value(check_fraction(power, "power"), two_sided=False))
        if reach <= 0:
            raise ValueError(
                f"power={power} is not above alpha={1 - level:.3g}; give a higher power"
            )
        exact = 2 * variance * (reach / _points(difference, "difference")) ** 2
        exact *= 1 - _correlation(paired_correlation)
    return ScoreSampleSize(
        answers=max(math.ceil(exact - 1e-9), 2),
        groups=2 if difference is not None and paired_correlation is None else 1,
        exact=exact,
        margin=margin,
        difference=difference,
        promoters=promoters,
        detractors=detractors,
        paired_correlation=paired_correlation,
        power=None if difference is None else power,
        confidence_level=level,
    )


def _answer_variance(promoters: float, detractors: float) -> float:
    p = check_number(promoters, "promoters", minimum=0.0)
    d = check_number(detractors, "detractors", minimum=0.0)
    if p + d > 1 + 1e-12:
        raise ValueError(f"promoters + detractors must be at most 1, not {p + d:g}")
    variance = p + d - (p - d) ** 2
    if variance <= 0:
        raise ValueError(
            f"with promoters={p:g} and detractors={d:g} every answer is the same; give expected "
            "shares between 0 and 1"
        )
    return variance


def _points(value: float | None, name: str) -> float:
    number = check_number(value, name)  # type: ignore[arg-type]  # it refuses None
    if not 0 < number < 1:
        raise ValueError(
            f"{name} must lie between 0 and 1, not {value}; write {name}=0.05 for 5 points"
        )
    return number


def _correlation(value: float | None) -> float:
    number = 0.0 if value is None else check_number(value, "paired_correlation")
    if not -1 < number < 1:
        raise ValueError(f"paired_correlation must lie between -1 and 1, not {value}")
    return number
