"""Pictures of segments, clusters, cohorts and migration."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib import colormaps, rcParams
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from cemkit.checks import check_columns, check_frame, check_label, check_list, finite_values
from cemkit.checks.options import check_kind
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.plots.heatmap import COLOUR_MAP, heat_map
from cemkit.plots.style import (
    BAND,
    axes_for,
    blue,
    ink,
    interval_text,
    lettered,
    muted,
    orange,
    series_looks,
)
from cemkit.plots.ticks import (
    amount_text,
    font_size,
    name_ticks,
    number_text,
    number_ticks,
    rate_text,
    rate_ticks,
    rows_height,
    wrapped,
)
from cemkit.segmentation.clusters.choice import STRONG, ClusterCount
from cemkit.segmentation.clusters.separation import ClusterSeparation
from cemkit.segmentation.cohorts import CohortTable
from cemkit.segmentation.migrations import SegmentMigration
from cemkit.segmentation.rfm import CLASSIC_SEGMENTS
from cemkit.segmentation.stage_spells import StageDurations
from cemkit.segmentation.tiers import ValueTiers

HALF_BAR = 0.12  # of the distance between two days
AXIS_TERMS = 2
MOST_NAMED = 12  # clusters in the legend of their map
Whole = npt.NDArray[np.int64]

# In which order segments are drawn whose names are cemkit's own.
ORDERS = (
    tuple(CLASSIC_SEGMENTS["segment"]),
    ("Core value", "Potential value", "Marginal value"),
    ("High value", "Medium value", "Low value"),
    ("potential", "acquisition", "growth", "loyalty", "declining", "churned", "reactivated"),
)
PANELS = {
    "elbow": ("inertia",),
    "gap": ("gap",),
    "prediction_strength": ("prediction_strength", "silhouette", "silhouette_squared"),
}


def rfm_heatmap(scored: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers have each pair of recency and frequency score.

    Args:
        scored: Scores from `RFMSegmenter.add_to` or `transform`. Customers without a score, who
            never ordered, are counted in the title.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Raises:
        DataError: Scores are not whole numbers from 1 on.
        NotEnoughDataError: No customer has both scores.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> rfm_heatmap(ck.RFMSegmenter().fit(customers).add_to(customers)).get_xlabel()
        'recency score'
    """
    check_frame(scored, "scored")
    check_columns(scored.columns, ["recency_score", "frequency_score"])
    known = scored[["recency_score", "frequency_score"]].dropna()
    if known.empty:
        raise NotEnoughDataError("customers with both scores", have=0, need=1)
    recency = _scores(known["recency_score"], "recency_score")
    frequency = _scores(known["frequency_score"], "frequency_score")
    scores = range(1, int(max(recency.max(), frequency.max())) + 1)  # also those nobody has
    counts = pd.crosstab(frequency, recency)
    counts = counts.reindex(index=scores[::-1], columns=scores, fill_value=0)
    ax = heat_map(counts, number_text, ax, label="customers", least=0, integer=True)
    without = len(scored) - len(known)
    left_out = f" ({without:,} without a score not shown)" if without else ""
    return lettered(
        ax, title=f"Customers by score{left_out}", xlabel="recency score", ylabel="frequency score"
    )


def segment_bars(profile: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw each segment's share of customers beside its share of revenue.

    Args:
        profile: Profile from the `profile` method of a segmenter or of clusters.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> ax = segment_bars(ck.RFMSegmenter().fit(customers).profile(customers))
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['customers', 'revenue']
    """
    check_columns(check_frame(profile, "profile").columns, ["share", "revenue_share"])
    for name in ("share", "revenue_share"):
        finite_values(profile[name].dropna(), name)
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
        >>> import cemkit as ck
        >>> centres = np.repeat([[9, 20], [40, 25], [60, 70]], 40, axis=0)
        >>> features = pd.DataFrame(np.random.default_rng(0).normal(centres, 6))
        >>> panels = cluster_count(ck.choose_k(features, range(1, 5))).child_axes
        >>> [panel.get_title() for panel in panels]
        ['Elbow: 2 clusters', 'Gap: 3 clusters', 'Prediction strength: 3 clusters']
    """
    check_kind(result, ClusterCount, "result")
    ax = axes_for(ax, height=8.0)
    ax.set_axis_off()
    for place, (criterion, columns) in zip((0.74, 0.42, 0.0), PANELS.items(), strict=True):
        panel = ax.inset_axes((0.0, place, 1.0, 0.22))
        _criteria(panel, result, columns)
        lettered(
            panel,
            title=f"{criterion.replace('_', ' ').capitalize()}: {_picked(result.picks[criterion])}",
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
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> features = customers[["recency_days", "order_count", "total_amount"]]
        >>> profile = ck.CustomerClusters(4, skew="log").fit(features).profile(features)
        >>> [label.get_text() for label in cluster_profiles(profile).get_xticklabels()]
        ['recency_days', 'order_count', 'total_amount']
    """
    check_columns(check_frame(profile, "profile").columns, ["customers"])
    means = profile.filter(regex="^mean_")
    if not means.shape[1]:
        raise MissingColumnsError(["mean_..."], profile.columns, "see CustomerClusters.profile")
    for name in ("customers", *means):
        finite_values(profile[name], str(name))
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
        shown = partial(amount_text, currency=currency, largest=float(np.nanmax(later)))
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
        >>> import cemkit as ck
        >>> orders, days = ck.load_cdnow("sample"), ("1997-06-30", "1997-09-30")
        >>> june, september = (ck.customer_table(orders, as_of=day) for day in days)
        >>> scorer = ck.RFMSegmenter().fit(june)
        >>> before, after = (scorer.add_to(table)["segment"] for table in (june, september))
        >>> ax = segment_migration(ck.segment_migration(before, after))
        >>> [tick.get_text() for tick in ax.get_yticklabels()][:2]
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


def retention_curves(result: CohortTable, *, currency: str = "", ax: Axes | None = None) -> Axes:
    """Draw the mean over cohorts at each age with its interval, and every cohort as a thin line.

    Args:
        result: Result of `cemkit.cohort_table`. Amounts have no interval of their mean.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its last line is the mean.

    Examples:
        >>> from cemkit import cohort_table as follow, load_cdnow
        >>> ax = retention_curves(follow(load_cdnow(), as_of="1998-06-30"))
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['3 cohorts', 'mean of the cohorts', '95% interval']
    """
    check_kind(result, CohortTable, "result")
    check_kind(currency, str, "currency")
    table, average = result.table, result.average()
    if len(average) > 1:  # at age 0 everybody bought, which would flatten the rest
        table, average = table[table["age"] > 0], average.drop(index=0)
    ax = axes_for(ax)
    count = table["cohort"].nunique()
    for number, (_, one) in enumerate(table.groupby("cohort")):
        label = f"{count:,} cohort{'s' if count > 1 else ''}" if number == 0 else None
        ax.plot(
            one["age"], one["value"], ".-", color=muted(), alpha=0.35, linewidth=0.8, label=label
        )
    if "lower" in average.columns:
        ax.fill_between(
            average.index, average["lower"], average["upper"], color=blue(), alpha=BAND, linewidth=0
        )
    ax.plot(average.index, average["value"], "o-", color=blue(), label="mean of the cohorts")
    handles = []
    if "lower" in average.columns:
        label = interval_text(result.confidence_level)
        handles = [Patch(color=blue(), alpha=BAND, label=label)]
    ax.set_ylim(bottom=min(0.0, float(table["value"].min())))
    if result.measure == "amount":
        number_ticks(ax, "y", currency=currency)
    else:
        rate_ticks(ax, "y")
    number_ticks(ax, "x", integer=True)
    return lettered(
        ax,
        title=f"{result.measure.capitalize()} by {result.period} after the first purchase",
        xlabel=f"{result.period}s after the first purchase",
        ylabel="amount per customer" if result.measure == "amount" else "share of the cohort",
        legend=handles,
    )


def value_concentration(tiers: ValueTiers, *, ax: Axes | None = None) -> Axes:
    """Draw each tier's share of the value as bars, and the share of all tiers so far as a line.

    With `n_tiers=10` they are the deciles of a revenue concentration.

    Args:
        tiers: Result of `value_tiers`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes; its bars go from the most to the least valuable tier.

    Raises:
        DataError: The values sum to nothing above 0, so that no tier has a share.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.segmentation import value_tiers
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> ax = value_concentration(value_tiers(customers, by="total_amount", n_tiers=10))
        >>> [round(float(bar.get_height()), 2) for bar in ax.patches][:3]
        [0.47, 0.16, 0.11]
    """
    check_kind(tiers, ValueTiers, "tiers")
    table = tiers.table
    if table["value_share"].isna().any():
        raise DataError(
            f"the values of {tiers.by!r} sum to nothing above 0, so no tier has a share; draw "
            "another column, or customers whose returns do not outweigh their purchases"
        )
    names = [str(name) for name in table.index]
    ax = axes_for(ax, width=min(2.0 + 0.4 * len(table), 16.0))
    places = np.arange(len(table))
    ax.bar(places, table["value_share"], color=blue(), label="of the tier")
    cumulative = table["value_share"].cumsum()
    ax.plot(places, cumulative, "o-", color=orange(), label="of this and all higher tiers")
    ax.set_ylim(bottom=min(0.0, float(table["value_share"].min()) * 1.05))
    ax.axhline(0, color=muted(), linewidth=0.8)
    rate_ticks(ax, "y")
    name_ticks(ax, "x", names)
    return lettered(
        ax,
        title=f"Concentration of {tiers.by}",
        xlabel=f"tiers of customers by {tiers.by}",
        ylabel=f"share of {tiers.by}",
    )


def stage_flow(
    durations: StageDurations, *, order: Sequence[Any] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the customers of each stage on each day, and how many went from which to which.

    Args:
        durations: Result of `stage_durations`.
        order: Stages from the top to the bottom. By default those named by cemkit go from the first
            to the last, and others by name.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes. A stage is a bar on each day. A band from a bar to one of the next day is as high
        as the customers who moved; it ends before the bar does where customers were not known.

    Raises:
        ValueError: A stage is not in `order`.

    Examples:
        >>> import cemkit as ck
        >>> from cemkit.segmentation import stage_durations
        >>> orders, days = ck.load_cdnow("sample"), pd.date_range("1997-06", "1998-07", freq="QE")
        >>> tables = (ck.customer_table(orders, day).assign(as_of=day) for day in days)
        >>> stages = ck.LifecycleStages().fit()
        >>> history = pd.concat(stages.add_to(table).reset_index() for table in tables)
        >>> ax = stage_flow(stage_durations(history))
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['acquisition', 'growth', 'loyalty', 'churned']
    """
    check_kind(durations, StageDurations, "durations")
    stages = _in_order(sorted(durations.counts["stage"].unique()), order)
    days = pd.DatetimeIndex(durations.counts["as_of"].unique()).sort_values()
    heights = durations.counts.pivot(index="stage", columns="as_of", values="customers")
    heights = heights.reindex(index=stages, columns=days).fillna(0)
    colours = dict(zip(stages, _shades(len(stages)), strict=True))
    height = 4.0 + rows_height(stages, row=0.2)
    ax = axes_for(ax, width=min(1.5 + 0.9 * len(days), 16.0), height=height)
    bottoms = heights[::-1].cumsum()[::-1] - heights  # the first stage on top
    _draw_bands(ax, durations.flows, bottoms, heights, colours)
    for stage in stages:
        ax.bar(
            range(len(days)),
            heights.loc[stage],
            bottom=bottoms.loc[stage],
            width=2 * HALF_BAR,
            color=colours[stage],
            edgecolor=ink(),
            linewidth=0.4,
            label=str(stage),
        )
    ax.set_xlim(-0.4, len(days) - 0.6)
    ax.set_ylim(0, float(heights.sum().max()) * 1.02)
    number_ticks(ax, "y", integer=True)
    name_ticks(ax, "x", [f"{day:%Y-%m-%d}" for day in days], ordered=True)
    return lettered(ax, title="Customers by stage, and where they went", ylabel="customers")


def silhouettes(separation: ClusterSeparation, *, ax: Axes | None = None) -> Axes:
    """Draw the silhouette of each customer, sorted within each cluster.

    Args:
        separation: Result of `CustomerClusters.separation`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes. Each cluster takes as much room as any other, whatever its size; customers who
        are nearer to another cluster reach below 0.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> features = customers[["recency_days", "order_count", "total_amount"]]
        >>> found = ck.CustomerClusters(4, skew="log").fit(features).separation(features)
        >>> silhouettes(found).get_xlabel()
        'silhouette (below 0: nearer to another cluster)'
    """
    check_kind(separation, ClusterSeparation, "separation")
    table = separation.table
    names = _cluster_labels(table)
    ax = axes_for(ax, height=1.8 + rows_height(names))
    for place, cluster in enumerate(table.index):
        own = separation.points["silhouette"][separation.points["cluster"] == cluster]
        values = np.sort(own.to_numpy())[::-1]
        rows = place - 0.4 + 0.8 * np.arange(len(values) + 1) / len(values)
        ax.stairs(values.clip(0), rows, orientation="horizontal", fill=True, color=blue())
        ax.stairs(values.clip(max=0), rows, orientation="horizontal", fill=True, color=orange())
    ax.axvline(0, color=muted(), linewidth=0.8)
    label = f"mean {separation.silhouette:.2f}"
    ax.axvline(separation.silhouette, color=ink(), linestyle="--", linewidth=1, label=label)
    ax.set_ylim(len(table) - 0.4, -0.6)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x")
    return lettered(
        ax,
        title="How well customers fit their cluster",
        xlabel="silhouette (below 0: nearer to another cluster)",
    )


def cluster_map(separation: ClusterSeparation, *, ax: Axes | None = None) -> Axes:
    """Draw customers on the two axes along which they differ most, coloured by cluster.

    Args:
        separation: Result of `CustomerClusters.separation`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes. Each cluster's number stands in the middle of its customers; up to 12 clusters are
        named in the legend. Clusters that overlap here may be apart on features that the two axes
        do not show.

    Examples:
        >>> import cemkit as ck
        >>> customers = ck.customer_table(ck.load_cdnow("sample"), as_of="1997-09-30")
        >>> features = customers[["recency_days", "order_count", "total_amount"]]
        >>> found = ck.CustomerClusters(4, skew="log").fit(features).separation(features)
        >>> cluster_map(found).get_title()[:19]
        'Map of the clusters'
    """
    check_kind(separation, ClusterSeparation, "separation")
    table, points = separation.table, separation.points
    names = _cluster_labels(table)
    named = names if len(names) <= MOST_NAMED else []
    ax = axes_for(ax, height=4.0 + rows_height(named, row=0.2))
    looks = series_looks(len(names))
    for cluster, name, look in zip(table.index, names, looks, strict=True):
        own = points[points["cluster"] == cluster]
        ax.scatter(
            own["first"],
            own["second"],
            s=20,
            color=look["color"],
            marker=look["marker"],
            alpha=0.6,
            linewidths=0,
            label=name if len(names) <= MOST_NAMED else None,
        )
    middles = points.groupby("cluster")[["first", "second"]].median()
    for cluster, middle in middles.iterrows():
        box = {"facecolor": rcParams["axes.facecolor"], "alpha": 0.8, "pad": 1.5, "linewidth": 0}
        ax.text(
            middle["first"],
            middle["second"],
            str(cluster),
            ha="center",
            va="center",
            bbox=box,
            fontweight="bold",
        )
    number_ticks(ax, "y")
    number_ticks(ax, "x")
    return lettered(
        ax,
        title=f"Map of the clusters ({separation.explained_share:.0%} of the variance)",
        xlabel=_axis_text(separation.axes["first"]),
        ylabel=_axis_text(separation.axes["second"]),
    )


def _cluster_labels(table: pd.DataFrame) -> list[str]:
    return [f"{cluster}: {name}" for cluster, name in table["name"].items()]


def _axis_text(weights: pd.Series) -> str:
    """The scaled features that an axis is mostly made of, with their signs."""
    strongest = weights.abs().sort_values(ascending=False, kind="stable").index[:AXIS_TERMS]
    parts = [
        f"{weights[name]:+.2f} {wrapped(name, lines=1)}" for name in strongest if weights[name]
    ]
    return ", ".join(parts).replace("-", "\N{MINUS SIGN}") or "no second feature"


def _shades(count: int) -> list[Any]:
    """Colours from one end of the colour map to the other, for stages in their order."""
    return [colormaps[COLOUR_MAP](place) for place in np.linspace(0.15, 1.0, count)]


def _draw_bands(
    ax: Axes,
    flows: pd.DataFrame,
    bottoms: pd.DataFrame,
    heights: pd.DataFrame,
    colours: dict[Any, Any],
) -> None:
    """Draw who went from where to where, in both bars from the top down."""
    stages, days = list(heights.index), list(heights.columns)
    tops = bottoms + heights
    left, right = (tops.to_numpy(dtype=float, copy=True) for _ in range(2))
    customers = flows.set_index(["as_of", "from_stage", "to_stage"])["customers"]
    across = np.linspace(HALF_BAR, 1 - HALF_BAR, 30)
    rise = (1 - np.cos(np.pi * np.linspace(0, 1, 30))) / 2
    for (day, source, target), count in _from_the_top(customers, stages):
        at, one, other = days.index(day), stages.index(source), stages.index(target)
        start, end = left[one, at], right[other, at + 1]
        left[one, at] -= count
        right[other, at + 1] -= count
        upper = start + (end - start) * rise
        colour = colours[source]
        ax.fill_between(at + across, upper - count, upper, color=colour, alpha=0.45, linewidth=0)


def _from_the_top(customers: pd.Series, stages: list[Any]) -> list[tuple[Any, int]]:
    place = {stage: number for number, stage in enumerate(stages)}
    return sorted(customers.items(), key=lambda flow: (flow[0][0], *map(place.get, flow[0][1:])))


def _picked(count: int | None) -> str:
    """What a criterion picks."""
    return "picks no number" if count is None else f"{count} cluster{'s' * (count != 1)}"


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


def _scores(values: pd.Series, name: str) -> Whole:
    """Scores as whole numbers from 1 on."""
    scores = finite_values(values, name)
    if (scores < 1).any() or (scores % 1 != 0).any():
        raise DataError(f"{name} must hold whole numbers from 1 on, such as RFMSegmenter gives")
    return scores.astype(np.int64)


def _in_order(names: list[Any], order: Sequence[Any] | None) -> list[Any]:
    """The names in the order asked for, else in the first known order that has them all."""
    if order is not None:
        order = [check_label(name, "each of order") for name in check_list(order, "order")]
        missing = [name for name in names if name not in order]
        if missing:
            raise ValueError(f"order lacks the segment {missing[0]!r}; name every segment")
        return [name for name in dict.fromkeys(order) if name in names]
    for known in ORDERS:
        if set(names) <= set(known):
            return [name for name in known if name in names]
    return names


def _period_text(period: pd.Period) -> str:
    """A week by its Monday, other periods as pandas writes them."""
    return f"{period.start_time:%Y-%m-%d}" if period.freqstr.startswith("W") else str(period)
