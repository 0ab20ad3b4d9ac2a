"""Pictures of experiments: the forest plot of a read-out, and the effect by day."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks import check_choice, check_columns, check_fraction, check_frame
from cemkit.checks.options import check_kind
from cemkit.experiments.holding_out import CampaignAudience
from cemkit.experiments.readout import ExperimentReadout
from cemkit.experiments.time_of_day import TimeOfDayEffects
from cemkit.plots.forest_plot import forest, levels_text
from cemkit.plots.stacks import stacked
from cemkit.plots.style import BAND, axes_for, blue, interval_text, lettered, muted, orange
from cemkit.plots.ticks import (
    date_ticks,
    name_ticks,
    number_ticks,
    rate_ticks,
    rows_height,
    unbroken,
    wrapped,
)

BOUNDS = ["lower", "upper", "sequence_lower", "sequence_upper"]


def experiment_readout(
    readout: ExperimentReadout,
    *,
    metric: str | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a forest plot: the difference of each comparison with its interval.

    Args:
        readout: Result of `compare_variants`.
        metric: Metric to draw; the first by default.
        currency: Currency written before amounts, such as `"$"`, where the metric is money.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per comparison, detected ones in colour.

    Raises:
        ValueError: The read-out has no such metric.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_experiment
        >>> rates = {"control": 0.15, "10% off": 0.16, "20% off": 0.19, "gift": 0.18}
        >>> table = simulate_experiment(20_000, conversion=rates).table
        >>> readout = ck.compare_variants(table, {"converted": "proportion"})
        >>> experiment_readout(readout).get_xlabel().split(" (")[0]
        'difference in converted'
    """
    check_kind(readout, ExperimentReadout, "readout")
    metrics = list(dict.fromkeys(readout.table["metric"]))
    name = check_choice(metric or metrics[0], "metric", metrics)
    rows = readout.table[readout.table["metric"] == name]
    groups = list(rows.columns[: list(rows.columns).index("metric")])
    records = rows.to_dict("records")
    labels = [_row_label(row, groups) for row in records]
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    ax.axvline(0, color=muted(), linewidth=0.8)
    for place, row in enumerate(records):
        colour = _colour(row)
        if row.get("guardrail") is not None:
            _allowed_mark(ax, row["allowed_difference"], place)
        ax.plot([row["difference_lower"], row["difference_upper"]], [place] * 2, color=colour)
        ax.plot(row["difference"], place, "o", color=colour)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", labels)
    _difference_ticks(ax, rows, currency)
    invalid = readout.valid is False
    lettered(
        ax,
        title="INVALID: the sample ratio is not as designed" if invalid else "",
        xlabel=f"difference in {name} ({_levels(readout, rows)})",
    )
    if invalid:
        ax.title.set_color(orange())
    return ax


def readout_metrics(
    readout: ExperimentReadout, *, with_control_only: bool = True, ax: Axes | None = None
) -> Axes:
    """Draw all metrics in one forest plot: the lift of each comparison with its interval.

    A triangle marks the change that a guardrail allows, as a share of the control's value.
    Comparisons without a lift, because their control is not clearly above 0, have a cross.

    Args:
        readout: Result of `compare_variants`.
        with_control_only: Whether only comparisons with the control are drawn, where all pairs were
            compared.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per metric and comparison, detected ones in colour.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.data import simulate_experiment
        >>> rates = {"control": 0.15, "10% off": 0.17, "20% off": 0.20}
        >>> table = simulate_experiment(6_000, conversion=rates).table
        >>> readout = ck.compare_variants(table, {"converted": "proportion", "amount": "mean"})
        >>> readout_metrics(readout).get_xlabel().split(" (")[0]
        'lift'
    """
    check_kind(readout, ExperimentReadout, "readout")
    rows = readout.table
    if with_control_only:
        rows = rows[rows["control"] == readout.control]
    groups = list(rows.columns[: list(rows.columns).index("metric")])
    records = rows.to_dict("records")
    labels = [
        f"{wrapped(str(row['metric']), lines=1)}, {_row_label(row, groups)}" for row in records
    ]
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    ax.axvline(0, color=muted(), linewidth=0.8)
    for place, row in enumerate(records):
        _draw_lift(ax, row, place)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", labels)
    rate_ticks(ax, "x")
    invalid = readout.valid is False
    title = "INVALID: the sample ratio is not as designed" if invalid else ""
    lettered(ax, title=title, xlabel=f"lift ({_levels(readout, rows)})")
    if invalid:
        ax.title.set_color(orange())
    return ax


def _draw_lift(ax: Axes, row: dict[Hashable, Any], place: int) -> None:
    """One row of the forest: point, interval, and what a guardrail allows."""
    if pd.isna(row["lift"]) or not math.isfinite(row["lift"] + row["lift_upper"]):
        ax.plot(0, place, "x", color=muted())
        return
    colour = _colour(row)
    ax.plot([row["lift_lower"], row["lift_upper"]], [place] * 2, color=colour)
    ax.plot(row["lift"], place, "o", color=colour)
    if row.get("guardrail") is not None:
        _allowed_mark(ax, row["allowed_difference"] / row["control_value"], place)


def _colour(row: dict[Hashable, Any]) -> Any:
    """The colour of a comparison: blue where something was won, orange where a guardrail broke."""
    if row.get("guardrail") == "broken":
        return orange()
    return muted() if row["winner"] is None and row.get("guardrail") != "held" else blue()


def _allowed_mark(ax: Axes, allowed: float, place: int) -> None:
    ax.plot(allowed, place, ">" if allowed < 0 else "<", color=orange(), markersize=5)


def effect_by_day(
    table: pd.DataFrame,
    *,
    variant: str | None = None,
    confidence_level: float | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the difference by day, with the interval of the day and that of all days together.

    Args:
        table: Result of `cemkit.experiments.effect_by_day`.
        variant: Variant to draw; the first by default.
        confidence_level: Confidence level that the table was made with, to name it in the legend.
        currency: Currency written before amounts, such as `"$"`, where the metric is money.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Raises:
        MissingColumnsError: The table does not hold effects by day.
        ValueError: The table has no such variant.

    Examples:
        >>> from cemkit.data import simulate_experiment
        >>> from cemkit.experiments import effect_by_day as follow
        >>> table, days = simulate_experiment(6_000).table, ("2024-03-01", "2024-03-28")
        >>> dates = pd.Timestamp(days[0]) + pd.to_timedelta(table.index % 28, "D")
        >>> bought = table.assign(order_date=dates)[table["converted"] == 1]
        >>> effect_by_day(follow(table, bought, *days, data_until=days[1])).get_ylabel()
        'difference of treatment'
    """
    check_frame(table, "table")
    check_columns(table.columns, ["variant", "day", "difference", *BOUNDS])
    variants = [str(name) for name in table["variant"].unique()]
    name = check_choice(variants[0] if variant is None else str(variant), "variant", variants)
    level = "interval"
    if confidence_level is not None:
        level = interval_text(check_fraction(confidence_level, "confidence_level"))
    rows = table[table["variant"].astype(str) == name]
    ax = axes_for(ax)
    days = rows["day"].to_numpy()
    bands = (("sequence_", "all days together", 0.15), ("", "this day alone", BAND))
    for prefix, scope, alpha in bands:
        ax.fill_between(
            days,
            rows[f"{prefix}lower"],
            rows[f"{prefix}upper"],
            color=blue(),
            alpha=alpha,
            linewidth=0,
            label=f"{level}, {scope}",
        )
    ax.plot(days, rows["difference"], color=blue(), label="difference so far")
    ax.axhline(0, color=muted(), linewidth=0.8)
    number_ticks(ax, "y", currency=currency)
    date_ticks(ax)
    return lettered(ax, ylabel=f"difference of {name}")


def effect_by_time_of_day(
    found: TimeOfDayEffects,
    *,
    metric: str | None = None,
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a forest plot: the difference in each part of the day with its interval.

    Args:
        found: Result of `cemkit.experiments.effect_by_time_of_day`.
        metric: Metric to draw; the first by default.
        currency: Currency written before amounts, such as `"$"`, where the metric is money.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per part of the day and variant, detected ones in colour.

    Raises:
        ValueError: There is no such metric.

    Examples:
        >>> from cemkit.data import simulate_experiment
        >>> from cemkit.experiments import effect_by_time_of_day as split
        >>> table = simulate_experiment(12_000).table
        >>> table["time"] = pd.Timestamp("2024-03-01") + pd.to_timedelta(table.index * 7, "min")
        >>> found = split(table, {"converted": "proportion"}, time="time")
        >>> effect_by_time_of_day(found).get_yticklabels()[0].get_text().split(",")[0]
        '00-06'
    """
    check_kind(found, TimeOfDayEffects, "found")
    metrics = list(dict.fromkeys(found.table["metric"]))
    name = check_choice(metric or metrics[0], "metric", metrics)
    rows = found.table[found.table["metric"] == name]
    records = rows.to_dict("records")
    labels = [_row_label(row, ["part"]) for row in records]
    bounds = rows[["difference", "difference_lower", "difference_upper"]]
    ax = forest(labels, bounds, ax, colours=[_colour(row) for row in records])
    _difference_ticks(ax, rows, currency)
    levels = levels_text(
        rows["interval_level"], found.confidence_level, found.correction, len(found.table)
    )
    return lettered(ax, xlabel=f"difference in {name} ({levels})")


def campaign_audience(found: CampaignAudience, *, ax: Axes | None = None) -> Axes:
    """Draw how many actions of each offer are carried out, held out and over the budget.

    Args:
        found: Result of `cemkit.experiments.hold_out`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one bar per offer.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.experiments import hold_out
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> segmented = ck.RFMSegmenter().fit(customers).add_to(customers)
        >>> actions = ck.actions_for(segmented, ck.promotion.standard_offers()).table
        >>> ax = campaign_audience(hold_out(actions, "1997-09-30", salt="autumn", share=0.2))
        >>> [label.get_text() for label in ax.get_yticklabels()][:2]
        ['comeback 15', 'comeback 20']
    """
    check_kind(found, CampaignAudience, "found")
    parts = ["contacted", "held_out", *(["over_budget"] if found.over_budget else [])]
    names = [str(offer) for offer in found.ledger.index]
    return stacked(found.ledger[parts], names, ax, xlabel="actions")


def _difference_ticks(ax: Axes, rows: pd.DataFrame, currency: str) -> None:
    if rows["method"].str.contains("miettinen-nurminen").all():  # a difference of rates
        rate_ticks(ax, "x", symbol=" pp")
    else:
        number_ticks(ax, "x", currency=currency)


def _row_label(row: dict[Hashable, Any], groups: list[str]) -> str:
    """The groups of a comparison, cut where they are long, and its variants."""
    arms = unbroken(f"{row['variant']} - {row['control']}")
    names = ", ".join(str(row[group]) for group in groups)
    return f"{wrapped(names, lines=2)}, {arms}" if groups else arms


def _levels(readout: ExperimentReadout, rows: pd.DataFrame) -> str:
    return levels_text(
        rows["interval_level"], readout.confidence_level, readout.correction, len(readout.table)
    )
