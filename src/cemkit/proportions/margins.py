"""No worse, or the same, up to a difference named beforehand: what no-difference claims take."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from cemkit.checks import check_fraction
from cemkit.proportions.alternatives import log_p_value
from cemkit.proportions.counts import check_counts, check_labels, check_pair
from cemkit.proportions.intervals import critical_value, difference_bounds
from cemkit.proportions.score import score_statistic
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MarginTest(Result):
    """Test against a margin, from `noninferiority_test` or `equivalence_test`.

    Attributes:
        question: Claim tested: `"non-inferior"` or `"equivalent"`.
        labels: Names of control and treatment.
        difference: Treatment rate minus control rate.
        difference_lower: Lower bound of the Miettinen-Nurminen interval. The interval has the level
            2 confidence_level - 1, so each bound alone has the level confidence_level.
        difference_upper: Upper bound of the Miettinen-Nurminen interval.
        allowed_difference: Largest difference that you accept as no worse, or as equivalent.
        statistic: Score z statistic against the allowed difference; for equivalence the smaller of
            the two.
        p_value: P-value of the hypothesis that the difference is at least as large as allowed.
        shown: Whether the claim is shown: the p-value is below 1 - confidence_level.

    Examples:
        >>> noninferiority_test([143, 192], [1000, 1000], allowed_difference=0.01).shown
        True
    """

    question: str
    labels: tuple[str, str]
    difference: float
    difference_lower: float
    difference_upper: float
    allowed_difference: float
    statistic: float
    p_value: float
    shown: bool
    confidence_level: float


def noninferiority_test(
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[str] | None = None,
    *,
    allowed_difference: float,
    confidence_level: float = 0.95,
) -> MarginTest:
    """Test whether the second rate is no worse than the first, up to `allowed_difference`.

    This is the one-sided score test of `p2 - p1 <= -allowed_difference` with the variance of
    Miettinen and Nurminen. Regulators require confidence_level=0.975.

    Args:
        successes: Numbers of customers who converted, control first.
        trials: Numbers of customers, control first.
        labels: Names of control and treatment.
        allowed_difference: Largest shortfall from the control that you accept as no worse, between
            0 and 1. Choose it before you see the data.
        confidence_level: Confidence level 1 - alpha of the test, as a fraction above 0.5.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are impossible, `allowed_difference` lies outside (0, 1), or
            `confidence_level` is not above 0.5.

    References:
        Farrington, Manning (1990), Test statistics and sample size formulae for comparative
        binomial trials, Statistics in Medicine 9.

    Examples:
        >>> noninferiority_test([150, 148], [1000, 1000], allowed_difference=0.03).sentence()
        'treatment is shown to be non-inferior to control within 3.00 percentage points (p = ...).'
    """
    return _margin_test(
        "non-inferior",
        successes,
        trials,
        labels,
        allowed_difference=allowed_difference,
        confidence_level=confidence_level,
    )


def equivalence_test(
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[str] | None = None,
    *,
    allowed_difference: float,
    confidence_level: float = 0.95,
) -> MarginTest:
    """Test whether two rates differ by less than `allowed_difference` either way.

    Two one-sided score tests (TOST) must both reject. This shows that two offers perform equally
    well. A large p-value of `proportion_test` does not show that.

    Args:
        successes: Numbers of customers who converted, control first.
        trials: Numbers of customers, control first.
        labels: Names of control and treatment.
        allowed_difference: Largest difference that you accept as equivalent, between 0 and 1.
            Choose it before you see the data.
        confidence_level: Confidence level 1 - alpha of the test, as a fraction above 0.5.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are impossible, `allowed_difference` lies outside (0, 1), or
            `confidence_level` is not above 0.5.

    References:
        Schuirmann (1987), A comparison of the two one-sided tests procedure and the power approach,
        Journal of Pharmacokinetics and Biopharmaceutics 15.

    Examples:
        >>> equivalence_test([150, 148], [1000, 1000], allowed_difference=0.03).shown
        True
    """
    return _margin_test(
        "equivalent",
        successes,
        trials,
        labels,
        allowed_difference=allowed_difference,
        confidence_level=confidence_level,
    )


def _margin_test(
    question: str,
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[str] | None,
    *,
    allowed_difference: float,
    confidence_level: float,
) -> MarginTest:
    allowed = check_fraction(allowed_difference, "allowed_difference")
    if check_fraction(confidence_level, "confidence_level") <= 0.5:
        raise ValueError(
            f"confidence_level must be above 0.5, not {confidence_level!r}: below it the lower "
            "bound of the difference would exceed the upper one"
        )
    for values, name in ((successes, "successes"), (trials, "trials")):
        check_pair(values, name)
    names = check_labels(labels)
    x, n = check_counts(successes, trials, names)
    arms = x[:1], n[:1], x[1:], n[1:]
    statistic = float(score_statistic(*arms, -allowed)[0])
    if question == "equivalent":
        statistic = min(statistic, -float(score_statistic(*arms, allowed)[0]))
    critical = np.full(1, critical_value(confidence_level, two_sided=False))
    lower, upper = difference_bounds(*arms, critical)
    p_value = float(np.exp(log_p_value(statistic, "greater")))
    return MarginTest(
        question=question,
        labels=names,
        difference=float(x[1] / n[1] - x[0] / n[0]),
        difference_lower=float(lower[0]),
        difference_upper=float(upper[0]),
        allowed_difference=allowed,
        statistic=statistic,
        p_value=p_value,
        shown=p_value < 1 - confidence_level,
        confidence_level=confidence_level,
    )
