"""Pictures of segments, clusters, cohorts and migration."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_columns
from cemkit.checks.options import check_kind
from cemkit.errors import MissingDependencyError
from cemkit.segmentation.clusters.choice import ClusterCount
from cemkit.segmentation.cohorts import CohortTable
from cemkit.segmentation.migrations import SegmentMigration

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

COLOURS = "viridis"
GREY = "0.6"
NUMBERED = 150  # cells that still have room for a number


def rfm_heatmap(scored: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How many customers have each pair of recency and frequency score.

    Args:
        scored: What `RFMSegmenter.add_to` or `transform` gave.
        ax: Where to draw.

    Examples:
        >>> scored = pd.DataFrame({"recency_score": [1, 2], "frequency_score": [1, 2]})
        >>> rfm_heatmap(scored).get_xlabel()
        'recency_score'
    """
    check_kind(scored, pd.DataFrame, "scored")
    check_columns(scored.columns, ["recency_score", "frequency_score"])
    counts = pd.crosstab(scored["frequency_score"], scored["recency_score"])
    most = max(counts.index.max(), counts.columns.max())
    scores = range(1, most + 1)  # also those that nobody has
    counts = counts.reindex(index=scores[::-1], columns=scores, fill_value=0)
    ax = _heatmap(counts, "{:,.0f}", ax)
    ax.set_title("Customers by score")
    return ax


def segment_bars(profile: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Each segment's share of customers beside its share of revenue.

    Args:
        profile: What `profile` of a segmenter or of clusters gave.
        ax: Where to draw.

    Examples:
        >>> profile = pd.DataFrame({"share": [0.2, 0.8], "revenue_share": [0.7, 0.3]})
        >>> [float(bar.get_width()) for bar in segment_bars(profile).patches]
        [0.2, 0.8, 0.7, 0.3]
    """
    check_kind(profile, pd.DataFrame, "profile")
    check_columns(profile.columns, ["share", "revenue_share"])
    ax = _axes(ax)
    rows = np.arange(len(profile))
    ax.barh(rows - 0.2, profile["share"], height=0.4, color=GREY, label="customers")
    ax.barh(rows + 0.2, profile["revenue_share"], height=0.4, color="C0", label="revenue")
    names = profile["name"] if "name" in profile.columns else profile.index
    ax.set_yticks(rows, [str(name) for name in names])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_xlabel("share of all")
    ax.legend()
    return ax


def cluster_count(result: ClusterCount, axes: Any = None) -> Any:
    """Inertia, gap and silhouettes with prediction strength by number of clusters.

    Args:
        result: What `choose_k` gave; the number of clusters that it found is marked.
        axes: Three Axes to draw on.

    Returns:
        The three Axes: elbow, gap statistic, separation and stability.

    Examples:
        >>> from cemkit import choose_k
        >>> features = pd.DataFrame({"amount": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10})
        >>> [ax.get_title() for ax in cluster_count(choose_k(features, [1, 2, 3]))]
        ['Elbow: 2', 'Gap: 2', 'Prediction strength: 2']
    """
    check_kind(result, ClusterCount, "result")
    if axes is None:
        _, axes = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
    elbow, gap, strength = axes
    table, picks = result.table, result.picks
    elbow.plot(table.index, table["inertia"], marker="o")
    elbow.set(title=f"Elbow: {picks['elbow']}", ylabel="inertia")
    gap.errorbar(table.index, table["gap"], yerr=table["gap_error"], marker="o", capsize=3)
    gap.set(title=f"Gap: {picks['gap']}", ylabel="gap")
    for name in ("prediction_strength", "silhouette", "silhouette_squared"):
        strength.plot(table.index, table[name], marker="o", label=name)
    strength.axhline(0.8, color=GREY, linestyle=":")
    picked = picks["prediction_strength"]
    strength.set(title=f"Prediction strength: {picked}", ylim=(None, 1.02))
    for ax in axes:
        ax.axvline(result.n_clusters, color=GREY, zorder=0, label=f"dip test: {result.n_clusters}")
        ax.set_xlabel("clusters")
    strength.legend()
    return axes


def cluster_profiles(profile: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """The mean of each feature in each cluster, as a multiple of the mean over clusters' customers.

    Args:
        profile: What `CustomerClusters.profile` gave.
        ax: Where to draw.

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
    ax = _heatmap(ratios, "{:.2f}", ax)
    ax.set_title("Mean of each feature / of all")
    return ax


def cohort_table(result: CohortTable, ax: Axes | None = None) -> Axes:
    """The triangle of a cohort table; what has not been observed stays white.

    Args:
        result: What `cemkit.cohort_table` gave.
        ax: Where to draw.

    Examples:
        >>> from cemkit import cohort_table as follow, load_cdnow
        >>> cohort_table(follow(load_cdnow(), as_of="1998-06-30")).get_title()
        'retention by month'
    """
    check_kind(result, CohortTable, "result")
    shown = "{:,.1f}" if result.measure == "amount" else "{:.0%}"
    triangle = result.triangle()
    later = triangle.drop(columns=0) if len(triangle.columns) > 1 else triangle
    ax = _heatmap(later, shown, ax)
    ax.set_title(f"{result.measure} by {result.period}")
    ax.set_xlabel(f"{result.period}s after the first purchase")
    return ax


def segment_migration(result: SegmentMigration, ax: Axes | None = None) -> Axes:
    """Where the customers of each label went.

    Args:
        result: What `cemkit.segment_migration` gave.
        ax: Where to draw.

    Examples:
        >>> from cemkit import segment_migration as compare
        >>> labels = pd.Series(["a", "b"])
        >>> [text.get_text() for text in segment_migration(compare(labels, labels)).texts]
        ['100%', '0%', '0%', '100%']
    """
    check_kind(result, SegmentMigration, "result")
    ax = _heatmap(result.matrix(), "{:.0%}", ax)
    ax.set_title("Share of the label before that has the label after")
    return ax


def _axes(ax: Axes | None) -> Axes:
    return ax if ax is not None else plt.subplots(layout="constrained")[1]


def _heatmap(table: pd.DataFrame, shown: str, ax: Axes | None) -> Axes:
    ax = _axes(ax)
    values = table.to_numpy(dtype=float)
    image = ax.imshow(values, cmap=COLOURS, aspect="auto")
    ax.set_xticks(range(values.shape[1]), [str(name) for name in table.columns])
    ax.set_yticks(range(values.shape[0]), [str(name) for name in table.index])
    ax.set_xlabel(str(table.columns.name or ""))
    ax.set_ylabel(str(table.index.name or ""))
    if values.shape[1] and max(len(str(name)) for name in table.columns) > 4:
        plt.setp(ax.get_xticklabels(), rotation=45, ha="right", rotation_mode="anchor")
    middle = (np.nanmin(values) + np.nanmax(values)) / 2
    for row, column in np.argwhere(np.isfinite(values)) if values.size <= NUMBERED else []:
        value = values[row, column]
        colour = "white" if value < middle else "black"
        ax.text(column, row, shown.format(value), ha="center", va="center", color=colour, size=8)
    ax.figure.colorbar(image, ax=ax)
    return ax
