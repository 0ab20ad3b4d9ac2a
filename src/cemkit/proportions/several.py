"""Several proportions: do they differ at all, and which pairs do?"""

import dataclasses
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import chi2

from cemkit.arrays import Floats
from cemkit.checks import check_fraction, check_spellings
from cemkit.formats import count_text
from cemkit.proportions.comparison import proportion_effects
from cemkit.proportions.corrections import Correction
from cemkit.proportions.counts import check_counts
from cemkit.proportions.intervals import DifferenceMethod, LiftMethod
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProportionComparison(Result):
    """Comparison of several proportions, from `compare_proportions`.

    Attributes:
        statistic: Pearson's chi-square statistic of equal rates.
        degrees_of_freedom: Number of arms minus one.
        p_value: P-value of the hypothesis that all rates are equal.
        correction: Correction of the p-values and intervals of the pairs.
        confidence_level: Confidence level of all pairs together, as a fraction.
        table: One row per pair: `control, treatment`, then the columns of `proportion_effects`.

    Examples:
        >>> compare_proportions([83, 90, 129, 70], [86, 93, 136, 82]).degrees_of_freedom
        3
    """

    _pictures = ("proportions.proportion_comparison",)

    statistic: float
    degrees_of_freedom: int
    p_value: float
    correction: str
    confidence_level: float
    table: pd.DataFrame

    @property
    def detected(self) -> int:
        """How many pairs of arms differ."""
        return int((self.table["p_value_adjusted"] < 1 - self.confidence_level).sum())


def compare_proportions(
    successes: Sequence[int],
    trials: Sequence[int],
    labels: Sequence[object] | None = None,
    *,
    correction: Correction = "holm",
    method: DifferenceMethod = "miettinen-nurminen",
    lift_method: LiftMethod = "koopman",
    confidence_level: float = 0.95,
) -> ProportionComparison:
    """Compare two or more proportions: Pearson's chi-square, then every pair.

    Args:
        successes: Number of successes in each arm.
        trials: Number of trials in each arm.
        labels: Names of the arms; `"1"`, `"2"`, ... by default.
        correction: Correction of the pairs, as in `adjust_p_values`.
        method: Interval of each difference, as in `proportion_test`.
        lift_method: Interval of each lift, as in `proportion_test`.
        confidence_level: Confidence level of all pairs together, as a fraction.

    Returns:
        A `ProportionComparison`, whose table has one row per pair.

    Raises:
        TypeError: Counts are not whole numbers.
        ValueError: Counts are negative, successes exceed trials, an arm has no trials, there are
            fewer than two arms, or the labels do not fit.

    Examples:
        >>> smokers = compare_proportions([83, 90, 129, 70], [86, 93, 136, 82])
        >>> round(smokers.statistic, 5), round(smokers.p_value, 6)
        (12.60041, 0.005585)
    """
    check_fraction(confidence_level, "confidence_level")
    labels = range(1, len(successes) + 1) if labels is None else labels
    names = [str(label) for label in labels]
    if len(names) != len(successes) or len(set(names)) != len(names):
        raise ValueError(
            f"labels must name {count_text(len(successes), 'arms')}, each once, not {names}"
        )
    check_spellings(names, "labels")
    if len(names) < 2:
        raise ValueError(f"need at least two arms to compare, got {len(names)}")
    x, n = check_counts(successes, trials, names)
    pairs = np.array(list(combinations(range(len(names)), 2)))
    first, second = pairs.T
    effects = proportion_effects(
        x[first],
        n[first],
        x[second],
        n[second],
        correction=correction,
        method=method,
        lift_method=lift_method,
        confidence_level=confidence_level,
    )
    if correction == "none":
        effects["p_value_adjusted"] = effects["p_value"]
    effects.insert(0, "control", [names[at] for at in first])
    effects.insert(1, "treatment", [names[at] for at in second])
    statistic = chi_square(x, n)
    return ProportionComparison(
        statistic=statistic,
        degrees_of_freedom=len(names) - 1,
        p_value=float(chi2.sf(statistic, len(names) - 1)),
        correction=correction,
        confidence_level=confidence_level,
        table=effects,
    )


def chi_square(x: Floats, n: Floats) -> float:
    """Pearson's chi-square of equal rates; 0 where nobody or everybody succeeded."""
    rate = x.sum() / n.sum()
    variance = rate * (1 - rate)
    if variance == 0:
        return 0.0
    return float((n * (x / n - rate) ** 2).sum() / variance)
