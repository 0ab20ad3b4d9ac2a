"""English: proportions."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, bounded, count_text, level_text, p_text, points_bounded


def _proportion_test(test: Any) -> str:
    control, treatment = test.labels
    new, old = apart(test.rates[1], test.rates[0], spec=".2%")
    points, *ends = points_bounded(test, "difference", "+.2f")
    verdict = f"{test.winner} wins" if test.winner else "no difference detected"
    return (
        f"{treatment} converted at {new}, {control} at {old}: {points} percentage points "
        f"({interval_text(test.confidence_level, *ends)}, {p_text(test.p_value)}); {verdict}."
    )


def _margin_test(test: Any) -> str:
    control, treatment = test.labels
    points, *ends = points_bounded(test, "difference", "+.2f")
    allowed = apart(100 * test.allowed_difference, spec=".2f")[0]
    verdict = "is shown to be" if test.shown else "is not shown to be"
    interval = interval_text(2 * test.confidence_level - 1, *ends)
    return (
        f"{treatment} {verdict} {test.question} to {control} within {allowed} percentage points "
        f"({p_text(test.p_value)}; difference {points}, {interval})."
    )


def _proportion_interval(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".2%")
    interval = interval_text(found.confidence_level, *ends)
    return f"{found.successes:,} of {found.trials:,} is {rate} ({interval})."


def _one_proportion_test(test: Any) -> str:
    rate, expected = apart(test.rate, test.expected_rate, spec=".2%")
    verdict = "a difference is detected" if test.detected else "no difference detected"
    return (
        f"{test.successes:,} of {test.trials:,} is {rate}, {expected} was expected "
        f"({p_text(test.p_value)}): {verdict}."
    )


def _sample_size(plan: Any) -> str:
    control, treatment = apart(plan.control, plan.treatment, spec=".6g")
    goal = f"detect a change from {control} to {treatment}"
    if plan.allowed_difference:
        goal = f"show that {treatment} is no worse than {control} within "
        goal += f"{plan.allowed_difference:g}"
    days = f", {count_text(plan.days, 'days')} of traffic" if plan.days is not None else ""
    return (
        f"To {goal} with a power of {level_text(plan.power)} takes "
        f"{count_text(plan.n_per_arm, 'customers')} in the control and {plan.n_total:,} in "
        f"all{days}."
    )


def _proportion_comparison(found: Any) -> str:
    return (
        f"Test of equal rates in all arms: {p_text(found.p_value)}; a difference is detected in "
        f"{found.detected} of {count_text(len(found.table), 'pairs')} ({found.correction})."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "MarginTest": _margin_test,
    "OneProportionTest": _one_proportion_test,
    "ProportionComparison": _proportion_comparison,
    "ProportionInterval": _proportion_interval,
    "ProportionTest": _proportion_test,
    "SampleSize": _sample_size,
}
