"""Plots of measurement: forest plot, power curve, and the effect by day."""

from typing import Any, cast

import numpy as np
import pandas as pd

from cemkit.checks import check_choice, check_columns
from cemkit.checks.options import check_kind
from cemkit.errors import MissingDependencyError
from cemkit.experiments.readout import ExperimentReadout
from cemkit.formats import apart
from cemkit.proportions.planning import PlanningMethod, SampleSize, sample_power

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

DETECTED, UNDETECTED, BAND = "tab:blue", "0.6", "tab:blue"


def experiment_readout(
    readout: ExperimentReadout, metric: str | None = None, ax: Axes | None = None
) -> Axes:
    """Forest plot: each comparison's difference with its interval, and the line of no difference.

    Args:
        readout: What `compare_variants` found.
        metric: Which metric; the first where not given.
        ax: Where to draw; new where not given.

    Returns:
        The Axes, with one row per comparison, detected ones in colour.

    Raises:
        ValueError: The read-out has no such metric.

    Examples:
        >>> from cemkit import compare_variants
        >>> data = pd.DataFrame({"variant": ["A", "B"] * 50, "converted": [0, 1, 0, 0] * 25})
        >>> readout = compare_variants(data, {"converted": "proportion"}, control="A")
        >>> experiment_readout(readout).get_xlabel()
        'difference in converted (95% interval)'
    """
    check_kind(readout, ExperimentReadout, "readout")
    metrics = list(dict.fromkeys(readout.table["metric"]))
    name = check_choice(metric or metrics[0], "metric", metrics)
    rows = readout.table[readout.table["metric"] == name]
    ax = ax or _new_axes(height=1.2 + 0.35 * len(rows))
    groups = list(rows.columns[: list(rows.columns).index("metric")])
    for place, row in enumerate(rows.to_dict("records")):
        colour = UNDETECTED if row["winner"] is None else DETECTED
        ax.plot([row["difference_lower"], row["difference_upper"]], [place] * 2, color=colour)
        ax.plot(row["difference"], place, "o", color=colour)
    labels = [
        ", ".join([*(str(row[group]) for group in groups), f"{row['variant']} - {readout.control}"])
        for row in rows.to_dict("records")
    ]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xlabel(f"difference in {name} ({_levels(readout, rows)})")
    if readout.valid is False:
        ax.set_title("INVALID: the sample ratio is not as designed", color="tab:red")
    return ax


def _levels(readout: ExperimentReadout, rows: pd.DataFrame) -> str:
    """The level of the intervals drawn, and what they keep together where there are several."""
    ends = 100 * rows["interval_level"].agg(["min", "max"])
    low, high = (f"{text}%" for text in apart(*ends, spec=".4g", unlike=(0.0, 100.0)))
    drawn = f"{high} interval" if low == high else f"{low} to {high} intervals"
    if readout.correction == "none" or len(readout.table) == 1:
        return drawn
    together = f"{100 * readout.confidence_level:g}%"
    return f"{drawn}: {together} for {len(readout.table)} comparisons, {readout.correction}"


def sample_size(plan: SampleSize, ax: Axes | None = None) -> Axes:
    """Power curve: the power of the planned test by customers in the control.

    Args:
        plan: What `cemkit.sample_size` found.
        ax: Where to draw; new where not given.

    Returns:
        The Axes, with the planned size marked.

    Examples:
        >>> from cemkit import sample_size as plan_size
        >>> sample_size(plan_size(0.15, 0.20)).get_ylabel()
        'power'
    """
    check_kind(plan, SampleSize, "plan")
    ax = ax or _new_axes()
    allocation = plan.n_treatment / plan.n_per_arm
    common: dict[str, Any] = {
        "allocation": allocation,
        "arms": plan.arms,
        "allowed_difference": plan.allowed_difference,
        "alternative": plan.alternative,
        "confidence_level": plan.confidence_level,
    }
    least = 2.001 / min(allocation, 1)  # two customers in an arm, whatever is rounded
    sizes = np.linspace(max(least, plan.n_exact / 50), 2 * plan.n_exact, 100)
    if plan.standard_deviation is None:
        common["method"] = cast("PlanningMethod", plan.method)
    common["standard_deviation"] = plan.standard_deviation
    powers = [sample_power(plan.control, plan.treatment, n, **common) for n in sizes]
    ax.plot(sizes, powers, color=DETECTED)
    ax.plot(plan.n_per_arm, plan.power, "o", color="black")
    ax.annotate(
        f"{plan.n_per_arm:,} customers: {apart(plan.power, spec='.0%', unlike=(0.0, 1.0))[0]}",
        (plan.n_per_arm, plan.power),
        textcoords="offset points",
        xytext=(8, -12),
    )
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("customers in the control")
    ax.set_ylabel("power")
    ax.set_title(f"{plan.control:g} against {plan.treatment:g}")
    return ax


def effect_by_day(table: pd.DataFrame, variant: str | None = None, ax: Axes | None = None) -> Axes:
    """The difference by day, with the interval of the day and the confidence sequence of all days.

    Args:
        table: What `cemkit.experiments.effect_by_day` found.
        variant: Which variant; the first where not given.
        ax: Where to draw; new where not given.

    Returns:
        The Axes.

    Raises:
        MissingColumnsError: The table is no effect by day.
        ValueError: It has no such variant.

    Examples:
        >>> days = pd.date_range("2024-03-01", periods=2)
        >>> table = pd.DataFrame({"variant": "B", "day": days, "difference": [0.0, 0.1]})
        >>> bounds = {"lower": -0.1, "upper": 0.2, "sequence_lower": -0.2, "sequence_upper": 0.3}
        >>> effect_by_day(table.assign(**bounds)).get_ylabel()
        'difference of B'
    """
    check_kind(table, pd.DataFrame, "table")
    bounds = ["lower", "upper", "sequence_lower", "sequence_upper"]
    check_columns(table.columns, ["variant", "day", "difference", *bounds])
    variants = [str(name) for name in table["variant"].unique()]
    name = check_choice(variants[0] if variant is None else str(variant), "variant", variants)
    rows = table[table["variant"].astype(str) == name]
    ax = ax or _new_axes()
    days = rows["day"].to_numpy()
    ax.fill_between(
        days,
        rows["sequence_lower"],
        rows["sequence_upper"],
        color=BAND,
        alpha=0.15,
        label="all days together",
    )
    ax.fill_between(
        days, rows["lower"], rows["upper"], color=BAND, alpha=0.3, label="this day alone"
    )
    ax.plot(days, rows["difference"], color=DETECTED, label="difference so far")
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_ylabel(f"difference of {name}")
    ax.tick_params(axis="x", rotation=30)
    ax.legend(loc="best", frameon=False)
    return ax


def _new_axes(height: float = 4.0) -> Axes:
    _, ax = plt.subplots(figsize=(7, height), layout="constrained")
    return ax
