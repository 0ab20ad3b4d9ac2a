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
    """What `noninferiority_test` or `equivalence_test` found.

    Attributes:
        question: `"non-inferior"` or `"equivalent"`.
        labels: The names of control and treatment.
        difference: The second rate minus the first.
        difference_lower: Lower bound of the Miettinen-Nurminen interval of level
            2 confidence_level - 1, whose ends are each a bound of level confidence_level.
        difference_upper: Its upper bound.
        allowed_difference: How much worse, or how different, still counts as as good.
        statistic: The score z against the allowed difference, the smaller one of two.
        p_value: P-value of the hypothesis that the difference is at least as large as allowed.
        shown: Whether the claim is shown: the p value is below 1 - confidence_level.

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
    """Is the second rate no worse than the first, up to `allowed_difference`?

    The score test of `p2 - p1 <= -allowed_difference`, one-sided, with the variance of Miettinen
    and Nurminen; regulators ask for confidence_level=0.975.

    Args:
        successes: How many converted, control first.
        trials: How many could have.
        labels: Names of the two, control first.
        allowed_difference: How far below the control still counts as no worse, inside (0, 1);
            named before the data are seen.
        confidence_level: 1 - alpha of the verdict, above 0.5.

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
    """Are two rates the same, up to `allowed_difference` either way?

    Two one-sided score tests (TOST), both of which must reject: this, and not a large p value of
    `proportion_test`, is what shows that two offers do equally well.

    Args:
        successes: How many converted, control first.
        trials: How many could have.
        labels: Names of the two, control first.
        allowed_difference: How far apart still counts as the same, inside (0, 1); named before
            the data are seen.
        confidence_level: 1 - alpha of the verdict, above 0.5.

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
