"""Pictures of segments, clusters, cohorts and migration."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.checks import check_columns, check_list
from cemkit.checks.options import check_kind
from cemkit.plots.heatmap import heat_map
from cemkit.plots.style import axes_for, blue, ink, lettered, muted, series_looks
from cemkit.plots.ticks import (
    font_size,
    name_ticks,
    number_text,
    number_ticks,
    rate_text,
    rate_ticks,
    rows_height,
)
from cemkit.segmentation.clusters.choice import STRONG, ClusterCount
from cemkit.segmentation.cohorts import CohortTable
from cemkit.segmentation.migrations import SegmentMigration
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS

# In which order segments are drawn whose names are cemkit's own.
ORDERS = (
    tuple(CLASSIC_SEGMENTS["segment"]),
    ("Core value", "Potential value", "Marginal value"),
    ("potential", "acquisition", "growth", "loyalty", "churned"),
)
PANELS = {
    "elbow": ("inertia",),
    "gap": ("gap",),
    "prediction_strength": ("prediction_strength", "silhouette", "silhouette_squared"),
}


def rfm_heatmap(scored: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers have each pair of recency and frequency score.

    Args:
        scored: Scores from `RFMSegmenter.add_to` or `transform`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> scored = pd.DataFrame({"recency_score": [1, 2], "frequency_score": [1, 2]})
        >>> rfm_heatmap(scored).get_xlabel()
        'recency score'
    """
    check_kind(scored, pd.DataFrame, "scored")
    check_columns(scored.columns, ["recency_score", "frequency_score"])
    counts = pd.crosstab(scored["frequency_score"], scored["recency_score"])
    most = max(counts.index.max(), counts.columns.max())
    scores = range(1, most + 1)  # also those that nobody has
    counts = counts.reindex(index=scores[::-1], columns=scores, fill_value=0)
    ax = heat_map(counts, number_text, ax, label="customers", least=0)
    return lettered(
        ax, title="Customers by score", xlabel="recency score", ylabel="frequency score"
    )


def segment_bars(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each segment's share of customers beside its share of revenue.

    Args:
        profile: Profile from the `profile` method of a segmenter or of clusters.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> profile = pd.DataFrame({"share": [0.2, 0.8], "revenue_share": [0.7, 0.3]})
        >>> [float(bar.get_width()) for bar in segment_bars(profile).patches]
        [0.2, 0.8, 0.7, 0.3]
    """
    check_kind(profile, pd.DataFrame, "profile")
    check_columns(profile.columns, ["share", "revenue_share"])
    names = list(profile["name"] if "name" in profile.columns else profile.index)
    ax = axes_for(ax, height=1.5 + rows_height(names))
    rows = np.arange(len(profile))
    ax.barh(rows - 0.2, profile["share"], height=0.4, color=muted(), label="customers")
    ax.barh(rows + 0.2, profile["revenue_share"], height=0.4, color=blue(), label="revenue")
    ax.set_ylim(len(profile) - 0.4, -0.6)
    name_ticks(ax, "y", names)
    rate_ticks(ax, "x")
    return lettered(ax, title="Customers and revenue by segment", xlabel="share of all")


def cluster_count(result: ClusterCount, *, ax: Axes | None = None) -> Axes:
    """Draw inertia, gap, and silhouettes with prediction strength by number of clusters.

    Args:
        result: Result of `choose_k`; the number of clusters that it found is marked.
        ax: Axes to draw on; new ones by default. They are divided into three panels.

    Returns:
        The Axes; its `child_axes` are the panels: elbow, gap statistic, and separation with
        stability.

    Examples:
        >>> from cemkit import choose_k
        >>> features = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> panels = cluster_count(choose_k(features, [1, 2, 3])).child_axes
        >>> [panel.get_title() for panel in panels]
        ['Elbow: 2', 'Gap: 2', 'Prediction strength: 2']
    """
    check_kind(result, ClusterCount, "result")
    ax = axes_for(ax, height=8.0)
    ax.set_axis_off()
    for place, (criterion, columns) in zip((0.74, 0.42, 0.0), PANELS.items(), strict=True):
        panel = ax.inset_axes((0.0, place, 1.0, 0.22))
        _criteria(panel, result, columns)
        lettered(
            panel,
            title=f"{criterion.replace('_', ' ').capitalize()}: {result.picks[criterion]}",
            xlabel="clusters" if place == 0 else "",
            ylabel="" if place == 0 else columns[0],
        )
    found = f"Clusters found by the dip test: {result.n_clusters}"
    ax.set_title(found, pad=2.5 * font_size("axes.titlesize"))
    return ax


def cluster_profiles(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the mean of each feature in each cluster as a multiple of the mean of all customers.

    Args:
        profile: Profile from `CustomerClusters.profile`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> profile = pd.DataFrame({"customers": [1, 1], "mean_clv": [10.0, 30.0]})
        >>> [text.get_text() for text in cluster_profiles(profile).texts]
        ['0.50', '1.50']
    """
    check_kind(profile, pd.DataFrame, "profile")
    check_columns(profile.columns, ["customers"])
    means = profile.filter(regex="^mean_")
    overall = means.multiply(profile["customers"], axis=0).sum() / profile["customers"].sum()
    ratios = (means / overall).rename(columns=lambda name: name.removeprefix("mean_"))
    if "name" in profile.columns:
        ratios = ratios.set_axis(profile["name"], axis=0)
    ax = heat_map(ratios, "{:,.2f}".format, ax, label="cluster mean / mean of all", least=None)
    return lettered(ax, title="Features of each cluster, relative to all customers")


def cohort_table(result: CohortTable, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the triangle of a cohort table; what has not been observed stays empty.

    Args:
        result: Result of `cemkit.cohort_table`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import cohort_table as follow, load_cdnow
        >>> cohort_table(follow(load_cdnow(), as_of="1998-06-30")).get_title()
        'Retention by month'
    """
    check_kind(result, CohortTable, "result")
    triangle = result.triangle()
    later = triangle.drop(columns=0) if len(triangle.columns) > 1 else triangle
    later = later.set_axis([_period_text(period) for period in later.index])
    shown = rate_text(float(np.nanmax(later)))
    if result.measure == "amount":
        shown = partial(_rounded_amount, currency=currency, largest=float(np.nanmax(later)))
    ax = heat_map(later, shown, ax, label=result.measure, least=min(0.0, np.nanmin(later)))
    return lettered(
        ax,
        title=f"{result.measure.capitalize()} by {result.period}",
        xlabel=f"{result.period}s after the first purchase",
        ylabel=f"{result.period} of the first purchase",
    )


def segment_migration(
    result: SegmentMigration, *, order: Sequence[Any] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw which share of each segment went to which.

    Args:
        result: Result of `cemkit.segment_migration`.
        order: Segments in the order to draw them. By default segments named by cemkit go from the
            best to the worst, and stages from the first to the last; others keep the order of the
            result, which is that of their categories or of their names.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Raises:
        ValueError: A segment is not in `order`.

    Examples:
        >>> from cemkit import segment_migration as compare
        >>> segments = pd.Series(["Loyal", "Champions"])
        >>> ax = segment_migration(compare(segments, segments))
        >>> [tick.get_text() for tick in ax.get_yticklabels()]
        ['Champions', 'Loyal']
    """
    check_kind(result, SegmentMigration, "result")
    matrix = result.matrix()
    rows, columns = (_in_order(list(names), order) for names in (matrix.index, matrix.columns))
    matrix = matrix.loc[rows, columns]
    ax = heat_map(
        matrix, rate_text(float(np.nanmax(matrix))), ax, label="share of the segment", least=0
    )
    return lettered(ax, title="Where each segment went", xlabel="after", ylabel="before")


def _criteria(panel: Axes, result: ClusterCount, columns: Sequence[str]) -> None:
    """Draw the criteria of one panel, and the number found."""
    table = result.table
    for name, look in zip(columns, series_looks(len(columns)), strict=True):
        label = name.replace("_", " ") if len(columns) > 1 else None
        panel.plot(table.index, table[name], **look, label=label)
    if columns == ("gap",):
        panel.errorbar(
            table.index, table["gap"], yerr=table["gap_error"], fmt="none", ecolor=blue(), capsize=3
        )
    if len(columns) > 1:
        panel.axhline(STRONG, color=muted(), linestyle=":", label=f"strong: {STRONG:g}")
        panel.set_ylim(top=1.02)
    panel.axvline(result.n_clusters, color=ink(), alpha=0.3, linewidth=4, zorder=0)
    number_ticks(panel, "y")
    number_ticks(panel, "x", integer=True)


def _in_order(names: list[Any], order: Sequence[Any] | None) -> list[Any]:
    """The names in the order asked for, else in the first known order that has them all."""
    if order is not None:
        order = check_list(order, "order")
        missing = [name for name in names if name not in order]
        if missing:
            raise ValueError(f"order lacks the segment {missing[0]!r}; name every segment")
        return [name for name in order if name in names]
    for known in ORDERS:
        if set(names) <= set(known):
            return [name for name in known if name in names]
    return names


def _period_text(period: pd.Period) -> str:
    """A week by its Monday, other periods as pandas writes them."""
    return f"{period.start_time:%Y-%m-%d}" if period.freqstr.startswith("W") else str(period)


def _rounded_amount(value: float, *, currency: str, largest: float) -> str:
    """An amount with the decimals that tell amounts of this size apart."""
    decimals = 0 if largest >= 1000 else 1 if largest >= 10 else 4 if largest < 0.1 else 2
    return number_text(round(value, decimals), currency)
