"""Pictures of feedback: scores with their answers, comparisons, and the map of drivers."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks.options import check_kind
from cemkit.feedback.comparison import ScoreComparison
from cemkit.feedback.importance import QUADRANTS, UNDECIDED, DriverAnalysis
from cemkit.feedback.rescue import RescueEffect
from cemkit.feedback.scores import ScoreTable
from cemkit.feedback.service import AnswerTimes
from cemkit.feedback.trends import ScoreTrend
from cemkit.formats import apart
from cemkit.plots.forest_plot import forest, levels_text
from cemkit.plots.labels import Box, frame, freest, in_data, in_points, outlined, text_box
from cemkit.plots.style import axes_for, blue, colours, ink, interval_text, lettered, muted, orange
from cemkit.plots.ticks import (
    font_size,
    name_ticks,
    number_ticks,
    rate_ticks,
    rows_height,
    unbroken,
    wrapped,
)

NAMES = {
    "nps": "net promoter score in points",
    "csat": "satisfied, % of answers",
    "ces": "mean effort score",
}
MEASURED = {  # what differs or changes, and its unit
    "nps": ("net promoter score", ", in points"),
    "csat": ("the share satisfied", ", in percentage points"),
    "ces": ("the mean effort score", ""),
}
FAINT = 0.25  # opacity of answers that neither raise nor lower the score
SIDES = [(1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1)]  # of a point, that its name may have
NAME_WEIGHT = 10  # how much worse it is to cover a name than a line


def score_stack(score: ScoreTable, *, ax: Axes | None = None) -> Axes:
    """Draw each score as a point with its interval, above the answers it is made of.

    Args:
        score: Result of `nps`, `csat` or `ces`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per group and period. Of NPS, detractors are drawn to the left of 0,
        promoters and then passives to the right; bars are shares of the answers as given.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.feedback import nps
        >>> answers = simulate_shop(1_500).responses
        >>> score_stack(nps(answers, question="nps", by="channel")).get_xlabel()
        'net promoter score in points (95% interval)'
    """
    check_kind(score, ScoreTable, "score")
    labels = [_row_label(row, score.split) for _, row in score.table.iterrows()]
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    places = range(len(labels))
    for name, left, width, look in _bars(score):
        ax.barh(places, width, left=left, label=name, height=0.7, linewidth=0, **look)
    unit = 1.0 if score.measure == "ces" else 100.0
    for place, (_, row) in zip(places, score.table.iterrows(), strict=True):
        _interval(ax, place, unit * row[["value", "lower", "upper"]].astype(float), ink())
    if score.measure == "nps":
        ax.axvline(0, color=muted(), linewidth=0.8)
        ax.use_sticky_edges = False  # the largest bar is not cut at the edge
        ax.autoscale_view()
    ax.set_ylim(len(labels) - 0.5, -0.5)
    name_ticks(ax, "y", labels)
    if score.measure == "csat":
        ax.set_xlim(0, 100)
    if score.measure == "ces":
        ax.set_xlim(*score.scale)
    number_ticks(ax, "x")
    weighted = ", weighted to the population" if score.weighted else ""
    level = interval_text(score.confidence_level)
    return lettered(ax, xlabel=f"{NAMES[score.measure]} ({level}){weighted}")


def _bars(score: ScoreTable) -> list[tuple[str, Any, Any, dict[str, Any]]]:
    """The shares of the classes of answers: name, where they begin, how long, and their look."""
    if score.measure == "ces":
        return []
    share = {
        name: 100 * score.table[name].to_numpy() / score.table["n"].to_numpy()
        for name in ("promoters", "passives", "detractors", "top", "rest")
        if name in score.table
    }
    faint = {"color": muted(), "alpha": FAINT}
    if score.measure == "csat":
        return [
            ("satisfied", 0, share["top"], {"color": blue(), "alpha": 0.6}),
            ("others", share["top"], share["rest"], faint),
        ]
    return [
        (
            "detractors",
            -share["detractors"],
            share["detractors"],
            {"color": orange(), "alpha": 0.6},
        ),
        ("promoters", 0, share["promoters"], {"color": blue(), "alpha": 0.6}),
        ("passives", share["promoters"], share["passives"], faint),
    ]


def score_comparison(found: ScoreComparison, *, ax: Axes | None = None) -> Axes:
    """Draw a forest plot: the difference of each comparison with its interval.

    Args:
        found: Result of `compare_scores`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per comparison, those with a winner in colour.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.feedback import compare_scores
        >>> answers = simulate_shop(1_500).responses
        >>> found = compare_scores(answers, "touchpoint", question="csat", measure="csat")
        >>> score_comparison(found).get_xlabel().split(",")[0]
        'difference in the share satisfied'
    """
    check_kind(found, ScoreComparison, "found")
    table = found.table
    labels = _pairs(table["group"], table["control"])
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    ax.axvline(0, color=muted(), linewidth=0.8)
    unit = 1.0 if found.measure == "ces" else 100.0
    for place, (_, row) in enumerate(table.iterrows()):
        colour = muted() if row["winner"] is None else blue()
        _interval(ax, place, unit * row[["difference", "lower", "upper"]].astype(float), colour)
    ax.set_ylim(len(table) - 0.5, -0.5)
    name_ticks(ax, "y", labels)
    number_ticks(ax, "x")
    what, points = MEASURED[found.measure]
    return lettered(ax, xlabel=f"difference in {what}{points} ({_levels(found)})")


def rescue_effect(found: RescueEffect, *, ax: Axes | None = None) -> Axes:
    """Draw a forest plot: the difference that a rescue made, and who answered at all.

    Args:
        found: Result of `cemkit.feedback.rescue_effect`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per arm. A point with its interval is the difference among those who
        answered, in colour where there is a winner. The bar below it holds the difference on all
        assigned customers, whatever the others would have said. Beside it stand the shares of the
        arm and of the control that answered.

    Examples:
        >>> from cemkit.feedback import rescue_effect as compare_rescued
        >>> arms = pd.DataFrame({"customer_id": range(800), "variant": ["control", "call"] * 400})
        >>> answers = arms.assign(score=[3, 8, 9, 9] * 200, response_date="2024-03-20")
        >>> ax = rescue_effect(compare_rescued(arms, answers[100:], since="2024-03-01"))
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['call - control']
    """
    check_kind(found, RescueEffect, "found")
    table = found.table
    labels = _pairs(table["variant"], table["control"])
    ax = axes_for(ax, width=8.0, height=1.8 + rows_height(labels, row=0.6))
    ax.axvline(0, color=muted(), linewidth=0.8)
    unit = 1.0 if found.measure == "ces" else 100.0
    shade: dict[str, Any] = {"color": ink(), "alpha": FAINT, "height": 0.12}
    left, width = unit * table["least"], unit * (table["most"] - table["least"])
    places = np.arange(len(table))
    ax.barh(places + 0.2, width, left=left, label="on all, whatever the others would say", **shade)
    for place, (_, row) in enumerate(table.iterrows()):
        colour = muted() if row["winner"] is None else blue()
        _interval(ax, place, unit * row[["difference", "lower", "upper"]].astype(float), colour)
    ax.set_ylim(len(table) - 0.5, -0.5)
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(places, _answered(table))
    beside.tick_params(length=0)
    name_ticks(ax, "y", labels)
    number_ticks(ax, "x")
    what, points = MEASURED[found.measure]
    return lettered(ax, xlabel=f"difference in {what}{points} ({_levels(found)})")


def _answered(table: pd.DataFrame) -> list[str]:
    """Which shares of the arms answered."""
    rates = zip(table["answer_rate"], table["control_answer_rate"], strict=True)
    return ["{} answered,\n{} of control".format(*apart(*both, spec=".1%")) for both in rates]


def _pairs(groups: Any, controls: Any) -> list[str]:
    """The names of comparisons."""
    return [
        f"{wrapped(group, lines=2)} - {unbroken(wrapped(control, lines=1))}"
        for group, control in zip(groups, controls, strict=True)
    ]


def _levels(found: ScoreComparison | ScoreTrend | RescueEffect) -> str:
    return levels_text(
        found.table["interval_level"], found.confidence_level, found.correction, len(found.table)
    )


def _interval(ax: Axes, place: float, value: pd.Series, colour: Any) -> None:
    middle, lower, upper = value.tolist()
    ax.plot([lower, upper], [place] * 2, color=colour)
    ax.plot(middle, place, "o", color=colour)


def score_trend(found: ScoreTrend, *, ax: Axes | None = None) -> Axes:
    """Draw a forest plot: how much the score of each group changes per period, with its interval.

    Args:
        found: Result of `cemkit.feedback.score_trend`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per group; rising scores in blue, falling ones in orange, and those
        without a trend detected in grey.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.feedback import score_trend as fit_trend
        >>> answers = simulate_shop(1_500).responses
        >>> found = fit_trend(answers, question="nps", by="channel")
        >>> score_trend(found).get_xlabel().split(" (")[0]
        'change in net promoter score per month, in points'
    """
    check_kind(found, ScoreTrend, "found")
    split = list(found.table.columns[: list(found.table.columns).index("periods")])
    labels = [_row_label(row, split) for _, row in found.table.iterrows()]
    looks = {"rising": blue(), "falling": orange()}
    scale = 1.0 if found.measure == "ces" else 100.0
    bounds = scale * found.table[["slope", "slope_lower", "slope_upper"]].to_numpy(dtype=float)
    colours_ = [looks.get(direction, muted()) for direction in found.table["direction"]]
    ax = forest(labels, bounds, ax, colours=colours_)
    number_ticks(ax, "x")
    what, unit = MEASURED[found.measure]
    return lettered(ax, xlabel=f"change in {what} per {found.period}{unit} ({_levels(found)})")


def answer_times(found: AnswerTimes, *, ax: Axes | None = None) -> Axes:
    """Draw the share of complaints answered in time, by group and period, with its interval.

    Args:
        found: Result of `cemkit.feedback.answered_in_time`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per group and period; rows of which no complaint is due have no mark.

    Examples:
        >>> from cemkit.feedback import answered_in_time
        >>> rng = np.random.default_rng(0)
        >>> opened = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.uniform(0, 648, 300), "h")
        >>> table = pd.DataFrame({"customer_id": range(300), "opened_at": opened})
        >>> table["channel"] = ["chat", "email", "phone"] * 100
        >>> table["answered_at"] = opened + pd.to_timedelta(rng.exponential([8, 30, 15] * 100), "h")
        >>> found = answered_in_time(table, "2024-03-31", within_hours=24, by="channel")
        >>> answer_times(found).get_xlabel()
        'answered within 24 hours (95% interval)'
    """
    check_kind(found, AnswerTimes, "found")
    table = found.table
    split = [str(name) for name in table.columns[: list(table.columns).index("complaints")]]
    labels = [_row_label(row, split) for _, row in table.iterrows()]
    ax = forest(labels, table[["rate", "lower", "upper"]], ax, colours=[blue()] * len(table))
    ax.set_xlim(-0.02, 1.02)
    rate_ticks(ax, "x")
    level = interval_text(found.confidence_level)
    return lettered(ax, xlabel=f"answered within {found.within_hours:g} hours ({level})")


def driver_map(found: DriverAnalysis, *, ax: Axes | None = None) -> Axes:
    """Draw the performance of each touchpoint against its importance, with both intervals.

    Args:
        found: Result of `drivers`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes. Lines mark the mean share and the mean performance. Touchpoints whose intervals
        cross one of them are undecided, and grey.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.feedback import drivers
        >>> found = drivers(simulate_shop(3_000).responses, "nps", question="csat", n_resamples=50)
        >>> driver_map(found).get_xlabel()
        'importance: share of R² (95% interval)'
    """
    check_kind(found, DriverAnalysis, "found")
    table = found.table
    ax = axes_for(ax, width=7.5, height=5.0 + 0.25 * min(max(len(table) - 5, 0), 40))
    looks = dict(zip(QUADRANTS.values(), colours(), strict=True)) | {UNDECIDED: muted()}
    ax.axvline(1 / len(table), color=muted(), linewidth=0.8, linestyle="--")
    ax.axhline(float(table["performance"].mean()), color=muted(), linewidth=0.8, linestyle="--")
    for quadrant, colour in looks.items():
        rows = table[table["quadrant"] == quadrant]
        if rows.empty:
            continue
        x, y = rows["importance"].to_numpy(), rows["performance"].to_numpy()
        across = np.abs(rows[["importance_lower", "importance_upper"]].to_numpy().T - x)
        upwards = np.abs(rows[["performance_lower", "performance_upper"]].to_numpy().T - y)
        ax.errorbar(
            x, y, xerr=across, yerr=upwards, fmt="o", color=colour, label=quadrant, linewidth=1.0
        )
    ax.margins(x=0.15, y=0.1)
    ax.set_xlim(left=0.0)
    rate_ticks(ax, "x")
    if found.performance == "top":
        rate_ticks(ax, "y")
    else:
        number_ticks(ax, "y")
    measured = "two highest scores" if found.performance == "top" else "mean score"
    level = interval_text(found.confidence_level)
    _name_drivers(ax, table)
    return lettered(
        ax,
        xlabel=f"importance: share of R² ({level})",
        ylabel=f"performance: {measured} ({level})",
    )


def _name_drivers(ax: Axes, table: pd.DataFrame) -> None:
    """Write the name of each touchpoint where it covers no other name and least of the lines."""
    size = font_size("font.size")
    places = in_points(ax, table["importance"], table["performance"])
    taken = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    for ends, across in (("importance", True), ("performance", False)):
        for low, high, (x, y) in zip(*_ends(ax, table, ends), places, strict=True):
            taken.append(Box(low, y - 1, high, y + 1) if across else Box(x - 1, low, x + 1, high))
    for name, (x, y) in zip(table["touchpoint"], places, strict=True):
        text = wrapped(name, lines=2)
        own = text_box(text, size, 0.0, 0.0)
        middles = [
            (x + side * (own.right + 5 + beyond), y + up * (own.top + 3 + beyond))
            for beyond in (0.0, 10.0, 25.0, 45.0)
            for side, up in SIDES
        ]
        boxes = [text_box(text, size, *middle) for middle in middles]
        best, _ = freest(boxes, taken, frame(ax))
        taken += [boxes[best]] * NAME_WEIGHT
        ax.text(
            *in_data(ax, middles[best]),
            text,
            ha="center",
            va="center",
            path_effects=outlined(ax),
            in_layout=False,
        )


def _ends(ax: Axes, table: pd.DataFrame, name: str) -> Any:
    """The ends of the intervals in points, along their own axis."""
    lower, upper = table[f"{name}_lower"], table[f"{name}_upper"]
    if name == "importance":
        return [in_points(ax, end, table["performance"])[:, 0] for end in (lower, upper)]
    return [in_points(ax, table["importance"], end)[:, 1] for end in (lower, upper)]


def _row_label(row: pd.Series, split: list[str]) -> str:
    return ", ".join(wrapped(row[name], lines=2) for name in split) or "all answers"
