"""Pictures of comments: distinctive terms of two groups, topics, and their shares over time."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from cemkit.checks import check_integer
from cemkit.checks.options import check_kind
from cemkit.errors import NotEnoughDataError
from cemkit.feedback.comments.contrast import DistinctiveTerms
from cemkit.feedback.comments.themes import CommentTopics
from cemkit.formats import apart
from cemkit.plots.style import (
    BAND,
    MOST_LINES,
    axes_for,
    blue,
    interval_text,
    legend_height,
    lettered,
    muted,
    orange,
    series_looks,
)
from cemkit.plots.ticks import date_ticks, name_ticks, rate_ticks, rows_height


def distinctive_terms(found: DistinctiveTerms, *, most: int = 15, ax: Axes | None = None) -> Axes:
    """Draw a forest plot: how much more often each term occurs in one group than in the other.

    Args:
        found: Result of `cemkit.feedback.distinctive_terms`.
        most: Most terms of each group to draw.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with terms of the first group to the left of 0 and of the second to the right.

    Raises:
        NotEnoughDataError: No term was detected.

    Examples:
        >>> from cemkit.feedback import distinctive_terms as compare, simulate_comments
        >>> distinctive_terms(compare(simulate_comments(1000).table)).get_xlabel()[:42]
        'difference in the share of comments with a'
    """
    check_kind(found, DistinctiveTerms, "found")
    check_integer(most, "most", minimum=1)
    if found.table.empty:
        raise NotEnoughDataError("terms that differ", 0, 1, found.sentence())
    rows = pd.concat(
        [
            found.table[found.table["group"] == name].nlargest(most, "log_odds")
            for name in (found.first, found.second)
        ]
    )
    labels = _term_labels(rows)
    ax = axes_for(ax, height=1.8 + rows_height(labels, row=0.24))
    ax.axvline(0, color=muted(), linewidth=0.8)
    looks = {found.first: (-1, orange(), "s"), found.second: (1, blue(), "o")}
    for name, (sign, colour, marker) in looks.items():
        own = np.flatnonzero((rows["group"] == name).to_numpy())
        values = sign * rows[["difference", "lower", "upper"]].to_numpy(dtype=float)[own]
        for place, (_, lower, upper) in zip(own, values, strict=True):
            ax.plot([lower, upper], [place] * 2, color=colour)
        ax.plot(
            values[:, 0], own, marker, color=colour, label=f"more frequent in {name} ({len(own)})"
        )
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", labels)
    rate_ticks(ax, "x", symbol=" pp")
    return lettered(ax, xlabel=f"difference in the share of comments with a term ({_level(found)})")


def topics(found: CommentTopics, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each topic with its interval, coloured by the mean score where known.

    Args:
        found: Result of `cemkit.feedback.comment_topics` or of its `transform`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per topic, the largest first; topics without a score are hollow.

    Raises:
        NotEnoughDataError: There is no comment.

    Examples:
        >>> from cemkit.feedback import comment_topics, simulate_comments
        >>> topics(comment_topics(simulate_comments(1500).table)).get_xlabel()
        'share of comments (95% interval)'
    """
    check_kind(found, CommentTopics, "found")
    _check_comments(found)
    rows = found.table.sort_values("share", ascending=False, kind="stable")
    labels = rows["topic"].tolist()
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    places = np.arange(len(rows))
    ax.hlines(places, rows["lower"], rows["upper"], color=muted())
    if found.lowest_score() is None:
        ax.plot(rows["share"], places, "o", color=blue())
    else:
        scale = LinearSegmentedColormap.from_list("scores", [orange(), muted(), blue()])
        unscored = rows["mean_score"].isna().to_numpy()
        dots = ax.scatter(rows["share"], places, c=rows["mean_score"], cmap=scale, s=60, zorder=3)
        ax.plot(rows["share"][unscored], places[unscored], "o", color=muted(), fillstyle="none")
        bar = ax.figure.colorbar(dots, ax=ax, label="mean score")
        bar.outline.set_visible(False)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(left=0)
    name_ticks(ax, "y", labels)
    rate_ticks(ax, "x")
    return lettered(ax, xlabel=f"share of comments ({interval_text(found.confidence_level)})")


def topic_trends(
    found: CommentTopics, *, period: str = "month", most: int = 4, ax: Axes | None = None
) -> Axes:
    """Draw the share of the largest topics over time, with their intervals.

    Args:
        found: Result of `cemkit.feedback.comment_topics` or of its `transform`.
        period: `"week"`, `"month"`, `"quarter"` or `"year"`.
        most: Most topics to draw, at most 12; the title counts the others.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one line per topic.

    Raises:
        MissingColumnsError: The responses had no `response_date`.
        NotEnoughDataError: No comment has a date.

    Examples:
        >>> from cemkit.feedback import comment_topics, simulate_comments
        >>> topics = comment_topics(simulate_comments(1500).table)
        >>> topic_trends(topics, period="quarter").get_ylabel()
        'share of comments'
    """
    check_kind(found, CommentTopics, "found")
    check_integer(most, "most", minimum=1, maximum=MOST_LINES)
    trend = found.trend(period)
    if trend.empty:
        raise NotEnoughDataError("comments with a date", 0, 1)
    shown = found.table.nlargest(most, "comments")["topic"].tolist()
    ax = axes_for(ax, width=8.0, height=3.2 + legend_height(shown))
    for name, look in zip(shown, series_looks(len(shown)), strict=True):
        own = trend[trend["topic"] == name].reset_index(drop=True)
        days = pd.PeriodIndex(own["period"]).to_timestamp().to_numpy()
        ax.plot(days, own["share"], label=name, **look)
        ax.fill_between(
            days, own["lower"], own["upper"], color=look["color"], alpha=BAND / 2, linewidth=0
        )
    ax.set_ylim(bottom=0)
    rate_ticks(ax, "y")
    date_ticks(ax)
    more = found.topics - len(shown)
    level = interval_text(found.confidence_level)
    title = f"{len(shown)} largest of {found.topics} topics" if more else ""
    return lettered(
        ax, title=title, xlabel=f"{period} (bands: {level})", ylabel="share of comments"
    )


def _check_comments(found: CommentTopics) -> None:
    if not found.comments:
        raise NotEnoughDataError("comments", 0, 1, "apply the topics with transform")


def _term_labels(rows: pd.DataFrame) -> list[str]:
    """Each term, with the groups of `by` before it."""
    groups = rows.columns[: list(rows.columns).index("term")]
    return [
        ", ".join([*(str(row[name]) for name in groups), row["term"]])
        for row in rows.to_dict("records")
    ]


def _level(found: DistinctiveTerms) -> str:
    """The level of the intervals drawn, and what they keep together."""
    level = apart(100 * found.interval_level, spec=".4g", unlike=(0.0, 100.0))[0]
    if found.correction == "none":
        return f"{level}% intervals"
    together = f"{100 * found.confidence_level:g}%"
    return f"{level}% intervals: {together} for the terms detected, {found.correction}"
