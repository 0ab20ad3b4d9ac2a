"""Two proportions, control and treatment: one pair in full, or any number of pairs in a table."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_choice, check_fraction
from cemkit.proportions.agreement import agreeing_bounds, directions, interval_levels
from cemkit.proportions.alternatives import ALTERNATIVES, Alternative, log_p_value
from cemkit.proportions.corrections import Correction, adjust_p_values
from cemkit.proportions.counts import Counts, check_counts, check_labels, check_pair
from cemkit.proportions.exact import boschloo_p, fisher_log_p
from cemkit.proportions.intervals import (
    DIFFERENCE_METHODS,
    LIFT_METHODS,
    DifferenceMethod,
    LiftMethod,
    critical_value,
    difference_bounds,
    lift_bounds,
)
from cemkit.results import Result

ZTest = Literal["z", "unpooled"]
Test = Literal["z", "unpooled", "fisher", "mid-p", "boschloo"]

Z_TESTS = ("z", "unpooled")
TESTS = (*Z_TESTS, "fisher", "mid-p", "boschloo")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProportionTest(Result):
    """Comparison of two proportions, control first, from `proportion_test`.

    Attributes:
        labels: Names of control and treatment.
        successes: Numbers of successes of control and treatment.
        trials: Numbers of trials of control and treatment.
        rates: Successes per trial of control and treatment.
        difference: Treatment rate minus control rate, with `difference_lower, difference_upper`.
        lift: Difference divided by the control rate, with `lift_lower, lift_upper`. It is infinite
            if only the control rate is 0, and None if both are 0.
        statistic: The z statistic, with the sign of the difference.
        p_value: P-value of the null hypothesis of equal rates. `log_p_value`, its natural
            logarithm, stays finite if the p-value is too small for a float.
        winner: Label of the higher rate if the difference is significant, else None.
        test: Test that gave the p-value.
        method: Method of the interval of the difference; `lift_method` is that of the lift.

    Examples:
        >>> proportion_test([143, 192], [1000, 1000]).winner
        'treatment'
    """

    labels: tuple[str, str]
    successes: tuple[int, int]
    trials: tuple[int, int]
    rates: tuple[float, float]
    difference: float
    difference_lower: float
    difference_upper: float
    lift: float | None
    lift_lower: float
    lift_upper: float
    statistic: float
    p_value: float
    log_p_value: float
    winner: str | None
    test: str
    method: str
    lift_method: str
    alternative: str
    confidence_level: float


def proportion_test(
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[str] | None = None,
    *,
    test: Test = "z",
    method: DifferenceMethod = "miettinen-nurminen",
    lift_method: LiftMethod = "koopman",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> ProportionTest:
    """Test whether two proportions differ, with intervals of the difference and the lift.

    The pooled z statistic is `(p2 - p1) / sqrt(p (1 - p) (1/n1 + 1/n2))` with `p` the rate of both
    arms together. If this variance is 0 (nobody or everybody converted), z is 0. All counts have an
    answer, including 0 of n and n of n.

    Args:
        successes: Numbers of customers who converted, control first.
        trials: Numbers of customers, control first.
        labels: Names of control and treatment; `"control"` and `"treatment"` by default.
        test: `"z"` (pooled), `"unpooled"` (with the variance of each arm), or an exact test:
            `"fisher"`, `"mid-p"` (less conservative than Fisher's) or `"boschloo"`.
        method: Interval of the difference: `"miettinen-nurminen"`, `"newcombe"`, `"agresti-caffo"`
            or `"wald"`.
        lift_method: Interval of the lift: `"koopman"` or `"katz"`.
        alternative: `"two-sided"`, or `"greater"` or `"less"` for the treatment compared with the
            control. With a one-sided alternative the interval is one-sided: its other bound is the
            end of the range, such as -1 or 1.
        confidence_level: Confidence level of the intervals, as a fraction. The test uses alpha = 1
            - confidence_level.

    Returns:
        A `ProportionTest`. Statistic and difference have the sign of treatment minus control.
        `winner` is set if the p-value is below alpha. It follows this sign, or the one-sided
        alternative. Equal rates never have a winner, although their mid-p value can be below a high
        alpha. The intervals contain 0 exactly if there is no winner: the test decides at 0, the
        interval method elsewhere.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, an arm has no trials, or there
            are not two arms.

    References:
        Fagerland, Lydersen, Laake (2015), Recommended confidence intervals for two independent
        binomial proportions, Statistical Methods in Medical Research 24.

    Examples:
        >>> result = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
        >>> round(result.statistic, 4), round(result.p_value, 6), result.winner
        (2.9341, 0.003345, 'B')
    """
    check_choice(test, "test", TESTS)
    for values, name in ((successes, "successes"), (trials, "trials")):
        check_pair(values, name)
    control, treatment = check_labels(labels)
    x, n = check_counts(successes, trials, [control, treatment])
    x1, x2, n1, n2 = int(x[0]), int(x[1]), int(n[0]), int(n[1])
    log_p = _exact_log_p(x1, n1, x2, n2, test=test, alternative=alternative)
    effects = _effects(
        (x[:1], n[:1], x[1:], n[1:]),
        test="unpooled" if test == "unpooled" else "z",
        log_p=None if log_p is None else np.array([log_p]),
        method=method,
        lift_method=lift_method,
        alternative=alternative,
        confidence_level=confidence_level,
    )
    found = {str(name): float(column.iloc[0]) for name, column in effects.items()}
    lift = found.pop("lift")
    direction = float(directions(np.array([found["difference"]]), alternative)[0])
    detected = found["p_value"] < 1 - confidence_level and direction != 0
    return ProportionTest(
        labels=(control, treatment),
        successes=(x1, x2),
        trials=(n1, n2),
        rates=(found.pop("control_rate"), found.pop("rate")),
        lift=None if math.isnan(lift) else lift,
        winner=(control, treatment)[int(direction > 0)] if detected else None,
        test=test,
        method=method,
        lift_method=lift_method,
        alternative=alternative,
        confidence_level=confidence_level,
        **found,
    )


def proportion_effects(
    control_successes: Counts,
    control_trials: Counts,
    successes: Counts,
    trials: Counts,
    *,
    test: ZTest = "z",
    method: DifferenceMethod = "miettinen-nurminen",
    lift_method: LiftMethod = "koopman",
    alternative: Alternative = "two-sided",
    correction: Correction = "none",
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """Compare many pairs of proportions at once, one row each.

    Args:
        control_successes: Number of successes of the control in each comparison.
        control_trials: Number of trials of the control in each comparison.
        successes: Number of successes of the treatment in each comparison.
        trials: Number of trials of the treatment in each comparison.
        test: `"z"` (pooled) or `"unpooled"`.
        method: Interval of the difference, as in `proportion_test`.
        lift_method: Interval of the lift, as in `proportion_test`.
        alternative: Alternative hypothesis of the treatment compared with the control.
        correction: Correction of the p-values as one family, with simultaneous intervals to match.
            Holm and Hochberg detect more than Bonferroni intervals show. The intervals of these
            differences have the level of their own step, so they agree with the test but need not
            hold simultaneously.
        confidence_level: Confidence level of each interval, as a fraction; with a correction, of
            all intervals together.

    Returns:
        One row per comparison: `control_rate, rate, difference, difference_lower, difference_upper,
        lift, lift_lower, lift_upper, statistic, p_value, log_p_value`, and with a correction
        `p_value_adjusted`. Only the lift can be missing, if both rates are 0. An interval contains
        0 exactly if the (adjusted) p-value is not below 1 - confidence_level.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, an arm has no trials, or control
            and treatment differ in length.

    Examples:
        >>> proportion_effects([143, 20], [1000, 90], [192, 21], [1000, 80])[["rate", "p_value"]]
             rate   p_value
        0  0.1920  0.003345
        1  0.2625  0.540055
    """
    check_choice(test, "test", Z_TESTS)
    x1, n1 = check_counts(control_successes, control_trials)
    x2, n2 = check_counts(successes, trials)
    if x1.ndim != 1 or x1.shape != x2.shape:
        raise ValueError(
            "control and treatment must be lists of one length, not of shapes "
            f"{x1.shape} and {x2.shape}; repeat a control that several treatments share"
        )
    return _effects(
        (x1, n1, x2, n2),
        test=test,
        method=method,
        lift_method=lift_method,
        alternative=alternative,
        correction=correction,
        confidence_level=confidence_level,
    )


def _effects(
    arms: tuple[Floats, Floats, Floats, Floats],
    *,
    test: ZTest,
    method: DifferenceMethod,
    lift_method: LiftMethod,
    alternative: Alternative,
    confidence_level: float,
    correction: Correction = "none",
    log_p: Floats | None = None,
) -> pd.DataFrame:
    """The table of comparisons; `log_p` where the p values are those of an exact test."""
    check_choice(method, "method", DIFFERENCE_METHODS)
    check_choice(lift_method, "lift_method", LIFT_METHODS)
    check_choice(alternative, "alternative", ALTERNATIVES)
    alpha = 1 - check_fraction(confidence_level, "confidence_level")
    x1, n1, x2, n2 = arms
    statistic = z_statistic(*arms, test)
    log_p = log_p_value(statistic, alternative) if log_p is None else log_p
    p_value = np.exp(log_p)
    adjusted = adjust_p_values(p_value, correction)
    levels = interval_levels(p_value, adjusted, correction, confidence_level)
    critical = critical_value(levels, two_sided=alternative == "two-sided")
    direction = directions(x2 / n2 - x1 / n1, alternative)
    found = np.where(adjusted < alpha, direction, 0.0)
    difference = agreeing_bounds(*difference_bounds(*arms, critical, method=method), found)
    lift = agreeing_bounds(*lift_bounds(*arms, critical, method=lift_method), found)
    columns = {
        "control_rate": x1 / n1,
        "rate": x2 / n2,
        "difference": x2 / n2 - x1 / n1,
        "difference_lower": difference[0] if alternative != "less" else np.full_like(x1, -1.0),
        "difference_upper": difference[1] if alternative != "greater" else np.full_like(x1, 1.0),
        "lift": _lift(x1 / n1, x2 / n2),
        "lift_lower": lift[0] if alternative != "less" else np.full_like(x1, -1.0),
        "lift_upper": lift[1] if alternative != "greater" else np.full_like(x1, np.inf),
        "statistic": statistic,
        "p_value": p_value,
        "log_p_value": log_p,
    }
    if correction != "none":
        columns["p_value_adjusted"] = adjusted
    return pd.DataFrame(columns)


def z_statistic(x1: Floats, n1: Floats, x2: Floats, n2: Floats, test: ZTest = "z") -> Floats:
    """The z of `x2 / n2 - x1 / n1`; 0 where nobody or everybody succeeded."""
    p1, p2 = x1 / n1, x2 / n2
    if test == "z":
        pooled, failed = (x1 + x2) / (n1 + n2), (n1 - x1 + n2 - x2) / (n1 + n2)
        variance = pooled * failed * (1 / n1 + 1 / n2)
    else:
        variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    difference = p2 - p1
    with np.errstate(divide="ignore"):
        return np.divide(
            difference, np.sqrt(variance), out=np.zeros_like(p1), where=difference != 0
        )


def _exact_log_p(
    x1: int, n1: int, x2: int, n2: int, *, test: Test, alternative: Alternative
) -> float | None:
    if test in Z_TESTS:
        return None
    if test == "boschloo":
        p = boschloo_p(x1, n1, x2, n2, alternative)
        return math.log(p) if p > 0 else -math.inf
    return fisher_log_p(x1, n1, x2, n2, alternative, mid=test == "mid-p")


def _lift(control_rate: Floats, rate: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return rate / control_rate - 1
