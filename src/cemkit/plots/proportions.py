"""Pictures of proportions: the power curve of a plan, and the differences of several arms."""

from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes

from cemkit.checks.options import check_kind
from cemkit.formats import apart, count_text
from cemkit.plots.forest_plot import forest, levels_text
from cemkit.plots.style import axes_for, blue, lettered, muted, orange
from cemkit.plots.ticks import number_text, number_ticks, rate_ticks, unbroken, wrapped
from cemkit.proportions.agreement import interval_levels
from cemkit.proportions.corrections import Correction
from cemkit.proportions.planning import PlanningMethod, SampleSize, sample_power
from cemkit.proportions.several import ProportionComparison


def sample_size(plan: SampleSize, *, ax: Axes | None = None) -> Axes:
    """Draw a power curve: the power of the planned test by customers in the control.

    Args:
        plan: Result of `cemkit.sample_size`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with the planned size marked.

    Examples:
        >>> from cemkit import sample_size as plan_size
        >>> sample_size(plan_size(0.15, 0.20)).get_title()
        'Power: 15% in the control, 20% in the treatment'
    """
    check_kind(plan, SampleSize, "plan")
    ax = axes_for(ax)
    common: dict[str, Any] = {
        "allocation": plan.n_treatment / plan.n_per_arm,
        "arms": plan.arms,
        "allowed_difference": plan.allowed_difference,
        "alternative": plan.alternative,
        "confidence_level": plan.confidence_level,
        "standard_deviation": plan.standard_deviation,
    }
    if plan.standard_deviation is None:
        common["method"] = cast("PlanningMethod", plan.method)
    least = 2.001 / min(common["allocation"], 1)  # two customers in an arm, whatever is rounded
    sizes = np.linspace(max(least, plan.n_exact / 50), 2 * plan.n_exact, 100)
    powers = [sample_power(plan.control, plan.treatment, n, **common) for n in sizes]
    ax.plot(sizes, powers, color=blue())
    power = apart(plan.power, spec=".0%", unlike=(0.0, 1.0))[0]
    label = f"planned: {count_text(plan.n_per_arm, 'customers')}, power {power}"
    ax.plot(plan.n_per_arm, plan.power, "o", color=orange(), label=label)
    ax.set_ylim(0, 1.02)
    rate_ticks(ax, "y")
    number_ticks(ax, "x")
    control, treatment = _expected(plan)
    return lettered(
        ax,
        title=f"Power: {control} in the control, {treatment} in the treatment",
        xlabel="customers in the control",
        ylabel="power",
    )


def proportion_comparison(found: ProportionComparison, *, ax: Axes | None = None) -> Axes:
    """Draw a forest plot: the difference of each pair of arms with its interval.

    Args:
        found: Result of `cemkit.compare_proportions`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per pair, detected differences in colour.

    Examples:
        >>> from cemkit import compare_proportions
        >>> found = compare_proportions([14, 29, 40], [100, 110, 120], labels=["A", "B", "C"])
        >>> [label.get_text() for label in proportion_comparison(found).get_yticklabels()]
        ['B - A', 'C - A', 'C - B']
    """
    check_kind(found, ProportionComparison, "found")
    table = found.table
    labels = [
        f"{wrapped(treatment, lines=2)} - {unbroken(wrapped(control, lines=1))}"
        for treatment, control in zip(table["treatment"], table["control"], strict=True)
    ]
    detected = table["p_value_adjusted"] < 1 - found.confidence_level
    bounds = table[["difference", "difference_lower", "difference_upper"]]
    ax = forest(labels, bounds, ax, colours=[blue() if one else muted() for one in detected])
    rate_ticks(ax, "x", symbol=" pp")
    adjusted = table["p_value_adjusted"].to_numpy()
    levels = interval_levels(
        table["p_value"].to_numpy(),
        adjusted,
        cast("Correction", found.correction),
        found.confidence_level,
    )
    drawn = levels_text(levels, found.confidence_level, found.correction, len(table))
    return lettered(ax, xlabel=f"difference of the rates ({drawn})")


def _expected(plan: SampleSize) -> list[str]:
    """Rate or mean of both arms, with the digits that tell them apart."""
    if plan.standard_deviation is None:
        rates = apart(100 * plan.control, 100 * plan.treatment, spec=".4g", unlike=(0.0, 100.0))
        return [f"{rate}%" for rate in rates]
    return [f"a mean of {number_text(mean)}" for mean in (plan.control, plan.treatment)]
