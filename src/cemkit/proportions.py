"""Tests and intervals for proportions, on counts: what every later step measures with."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import ndtri
from scipy.stats import norm

from cemkit.checks import check_choice, check_fraction
from cemkit.results import Language, Result

Alternative = Literal["two-sided", "greater", "less"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProportionTest(Result):
    """What `proportion_test` found; the control comes first.

    Attributes:
        labels: The names of control and treatment.
        successes: Their counts.
        trials: Their sizes.
        rates: Successes per trial.
        difference: The second rate minus the first, with `difference_lower, difference_upper`.
        lift: The difference per control rate: infinite where only the control rate is 0, None
            where both are.
        statistic: The pooled z, in the sign of the difference.
        p_value: Of the null hypothesis of equal rates.
        winner: The label of the higher rate where the difference is detected, else None.

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
    statistic: float
    p_value: float
    winner: str | None
    test: str
    method: str
    alternative: str
    confidence_level: float

    def sentence(self, language: Language = "en") -> str:
        """The verdict in words; it never says that there is no difference, only none detected."""
        check_choice(language, "language", ["en", "zh"])
        control, treatment = self.labels
        rates = f"{self.rates[1]:.2%}", f"{self.rates[0]:.2%}"
        interval = f"{self.difference_lower:+.2%}", f"{self.difference_upper:+.2%}"
        if language == "zh":
            verdict = f"{self.winner} 胜出" if self.winner else "未检测到差异"
            return (
                f"{treatment} 的比率为 {rates[0]}，{control} 为 {rates[1]}，相差 "
                f"{self.difference:+.2%}（{self.confidence_level:.0%} 区间 {interval[0]} 至 "
                f"{interval[1]}，p = {self.p_value:.3g}）：{verdict}。"
            )
        verdict = f"{self.winner} wins" if self.winner else "no difference detected"
        return (
            f"{treatment} has {rates[0]} against {rates[1]} of {control}, a difference of "
            f"{self.difference:+.2%} ({self.confidence_level:.0%} interval {interval[0]} to "
            f"{interval[1]}, p = {self.p_value:.3g}): {verdict}."
        )


def proportion_test(
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[str] = ("control", "treatment"),
    *,
    test: Literal["z"] = "z",
    method: Literal["newcombe"] = "newcombe",
    alternative: Alternative = "two-sided",
    confidence_level: float = 0.95,
) -> ProportionTest:
    """Compare two proportions: did the second beat the first?

    The test is the pooled z, `(p2 - p1) / sqrt(p (1 - p) (1/n1 + 1/n2))` with `p` the rate of both
    together; where that variance is 0 (nobody converted, or everybody) the statistic is 0. The
    interval of the difference combines the two Wilson intervals and stays inside [-1, 1].

    Args:
        successes: How many converted, control first.
        trials: How many could have.
        labels: Names of the two, control first.
        test: `"z"`, the pooled z test.
        method: `"newcombe"`, the hybrid score interval.
        alternative: `"two-sided"`, or `"greater"` / `"less"` for the second against the first.
        confidence_level: Of the interval, and 1 - alpha of the verdict.

    Returns:
        Statistic and difference carry the sign of second minus first, and `winner` is named by
        that sign where the p value is below 1 - confidence_level.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, an arm has no trials, or there
            are not two arms.

    References:
        Newcombe (1998), Interval estimation for the difference between independent proportions,
        Statistics in Medicine 17, method 10.

    Examples:
        >>> result = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
        >>> round(result.statistic, 4), round(result.p_value, 6), result.winner
        (2.9341, 0.003345, 'B')
    """
    check_choice(test, "test", ["z"])
    check_choice(method, "method", ["newcombe"])
    check_choice(alternative, "alternative", ["two-sided", "greater", "less"])
    check_fraction(confidence_level, "confidence_level")
    x1, x2 = _counts(successes, "successes")
    n1, n2 = _counts(trials, "trials")
    control, treatment = _pair(labels, "labels")
    for x, n, label in ((x1, n1, control), (x2, n2, treatment)):
        if n == 0:
            raise ValueError(f"{label!r} has no trials; leave the arm out")
        if x > n:
            raise ValueError(f"{label!r} has {x} successes in {n} trials; successes are a part")
    p1, p2 = x1 / n1, x2 / n2
    difference = p2 - p1
    statistic = _pooled_z(x1, n1, x2, n2)
    p_value = _p_value(statistic, alternative)
    lower, upper = _newcombe(x1, n1, x2, n2, confidence_level)
    detected = p_value < 1 - confidence_level
    return ProportionTest(
        labels=(str(control), str(treatment)),
        successes=(x1, x2),
        trials=(n1, n2),
        rates=(p1, p2),
        difference=difference,
        difference_lower=lower,
        difference_upper=upper,
        lift=_lift(p1, p2),
        statistic=statistic,
        p_value=p_value,
        winner=str(treatment if difference > 0 else control) if detected else None,
        test=test,
        method=method,
        alternative=alternative,
        confidence_level=confidence_level,
    )


def _pair(values: Sequence[object], name: str) -> tuple[object, object]:
    if isinstance(values, str) or len(values) != 2:
        raise ValueError(f"{name} takes two values, control first, not {values!r}")
    return values[0], values[1]


def _counts(values: Sequence[int], name: str) -> tuple[int, int]:
    first, second = np.asarray(_pair(values, name)).tolist()
    for value in (first, second):
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise TypeError(f"{name} must be whole numbers, not {value!r}")
        if value < 0:
            raise ValueError(f"{name} must not be negative, not {value!r}")
    return int(first), int(second)


def _pooled_z(x1: int, n1: int, x2: int, n2: int) -> float:
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    return (x2 / n2 - x1 / n1) / math.sqrt(variance) if variance > 0 else 0.0


def _p_value(statistic: float, alternative: Alternative) -> float:
    if alternative == "two-sided":
        return float(2 * norm.sf(abs(statistic)))
    return float(norm.sf(statistic if alternative == "greater" else -statistic))


def _newcombe(x1: int, n1: int, x2: int, n2: int, confidence_level: float) -> tuple[float, float]:
    p1, p2 = x1 / n1, x2 / n2
    lower1, upper1 = _wilson(x1, n1, confidence_level)
    lower2, upper2 = _wilson(x2, n2, confidence_level)
    difference = p2 - p1
    return (
        difference - math.hypot(p2 - lower2, upper1 - p1),
        difference + math.hypot(upper2 - p2, p1 - lower1),
    )


def _wilson(x: int, n: int, confidence_level: float) -> tuple[float, float]:
    z = float(ndtri(0.5 + confidence_level / 2))
    centre = (x + z * z / 2) / (n + z * z)
    half = z * math.sqrt(x * (n - x) / n + z * z / 4) / (n + z * z)
    return (0.0 if x == 0 else centre - half), (1.0 if x == n else centre + half)


def _lift(p1: float, p2: float) -> float | None:
    if p1 > 0:
        return p2 / p1 - 1
    return math.inf if p2 > 0 else None
