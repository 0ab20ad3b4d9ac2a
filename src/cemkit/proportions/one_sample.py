"""One proportion: its interval, and its test against a rate named beforehand."""

import dataclasses
from typing import Literal

import numpy as np
from scipy.stats import binomtest

from cemkit.checks import check_choice, check_fraction
from cemkit.proportions.alternatives import ALTERNATIVES, Alternative, log_p_value
from cemkit.proportions.counts import check_counts
from cemkit.proportions.intervals import RateMethod, critical_value, rate_bounds
from cemkit.results import Result

RateTestName = Literal["score", "wald", "exact"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProportionInterval(Result):
    """A proportion with its interval, from `proportion_interval`.

    Attributes:
        successes: Number of successes.
        trials: Number of trials.
        rate: Successes per trial, with `rate_lower, rate_upper`.
        method: Method of the interval.

    Examples:
        >>> proportion_interval(0, 20).rate_upper
        0.1611...
    """

    successes: int
    trials: int
    rate: float
    rate_lower: float
    rate_upper: float
    method: str
    confidence_level: float


def proportion_interval(
    successes: int, trials: int, *, method: RateMethod = "wilson", confidence_level: float = 0.95
) -> ProportionInterval:
    """Return a proportion with its interval.

    Args:
        successes: Number of successes.
        trials: Number of trials.
        method: Method of the interval: `"wilson"`, `"agresti-coull"`, `"jeffreys"`,
            `"clopper-pearson"` (wider, covers at least its level) or `"wald"`.
        confidence_level: Confidence level of the interval, as a fraction.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, or there are no trials.

    References:
        Wilson (1927), Probable inference, the law of succession, and statistical inference,
        Journal of the American Statistical Association 22.

    Examples:
        >>> proportion_interval(81, 263).sentence()
        '81 of 263 is 30.80% (95% CI 25.53% to 36.62%).'
    """
    check_fraction(confidence_level, "confidence_level")
    x, n = check_counts([successes], [trials])
    lower, upper = rate_bounds(x, n, critical_value(confidence_level), method=method)
    return ProportionInterval(
        successes=int(x[0]),
        trials=int(n[0]),
        rate=float(x[0] / n[0]),
        rate_lower=float(lower[0]),
        rate_upper=float(upper[0]),
        method=method,
        confidence_level=confidence_level,
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OneProportionTest(Result):
    """Test of one proportion against an expected rate, from `one_proportion_test`.

    Attributes:
        rate: Successes per trial.
        expected_rate: Rate of the null hypothesis.
        difference: Rate minus expected rate.
        statistic: The z statistic, with the sign of the difference; None for the exact test.
        p_value: P-value of the null hypothesis.
        detected: Whether the p-value is below 1 - confidence_level.

    Examples:
        >>> one_proportion_test(5, 83, expected_rate=0.05).detected
        False
    """

    successes: int
    trials: int
    rate: float
    expected_rate: float
    difference: float
    statistic: float | None
    p_value: float
    detected: bool
    test: str
    alternative: str
    confidence_level: float


def one_proportion_test(
    successes: int,
    trials: int,
    expected_rate: float,
    *,
    test: RateTestName = "score",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> OneProportionTest:
    """Test one proportion against a rate chosen before seeing the data.

    Args:
        successes: Number of successes.
        trials: Number of trials.
        expected_rate: Rate of the null hypothesis, between 0 and 1.
        test: `"score"` (z with the variance of the expected rate, which matches the Wilson
            interval), `"wald"` (z with the variance of the observed rate), or `"exact"` (binomial
            test).
        alternative: `"two-sided"`, or `"greater"` or `"less"` than expected.
        confidence_level: Confidence level 1 - alpha of the test, as a fraction.

    Returns:
        A `OneProportionTest`.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, or there are no trials.

    Examples:
        >>> result = one_proportion_test(5, 83, expected_rate=0.05, test="wald")
        >>> round(result.statistic, 6), round(result.p_value, 6)
        (0.392126, 0.694965)
    """
    check_choice(test, "test", ["score", "wald", "exact"])
    check_choice(alternative, "alternative", ALTERNATIVES)
    expected = check_fraction(expected_rate, "expected_rate")
    check_fraction(confidence_level, "confidence_level")
    x, n = (int(counts[0]) for counts in check_counts([successes], [trials]))
    difference = x / n - expected
    if test == "exact":
        statistic, p_value = None, float(binomtest(x, n, expected, alternative=alternative).pvalue)
    else:
        used = expected if test == "score" else x / n
        error = (used * (1 - used) / n) ** 0.5
        # No observed variance: any difference is infinitely many of its standard errors.
        statistic = difference / error if error else float(np.copysign(np.inf, difference))
        p_value = float(np.exp(log_p_value(statistic, alternative)))
    return OneProportionTest(
        successes=x,
        trials=n,
        rate=x / n,
        expected_rate=expected,
        difference=difference,
        statistic=statistic,
        p_value=p_value,
        detected=p_value < 1 - confidence_level,
        test=test,
        alternative=alternative,
        confidence_level=confidence_level,
    )
