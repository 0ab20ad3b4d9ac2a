"""Pictures of journeys: funnels, waiting times, transitions, the map, and credit."""

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cemkit.arrays import Floats
from cemkit.checks import check_integer, check_number
from cemkit.checks.options import check_kind
from cemkit.data.reductions.moves import END
from cemkit.formats import days_text, group_text, share_text
from cemkit.journey.attribution.credit import Attribution
from cemkit.journey.attribution.paths import ConversionPaths
from cemkit.journey.attribution.stability import CreditStability
from cemkit.journey.durations import StepTimes
from cemkit.journey.fixes import FixList
from cemkit.journey.flows import Transitions
from cemkit.journey.funnels import Funnel, FunnelComparison
from cemkit.journey.maps import JourneyMap
from cemkit.plots.labels import Box, frame, freest, in_data, in_points, outlined, text_box
from cemkit.plots.style import (
    BAND,
    axes_for,
    blue,
    ink,
    interval_text,
    legend_height,
    lettered,
    muted,
    orange,
    series_looks,
)
from cemkit.plots.ticks import (
    font_size,
    name_ticks,
    number_ticks,
    rate_ticks,
    rows_height,
    unbroken,
    wrapped,
)

SPREAD = 0.8  # of the marks of one row
LEGEND_GROUPS = 6  # with bars of their own in one row
ALONG = (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75)  # of an arrow, where its rate may stand
BEND = 0.15  # of an arrow
RATE_SIZE = 8.0  # points
CROWD = 12  # events beyond which they are written smaller
MOST_MOVES = 60  # arrows beyond which none can be followed
MEASURES = {"nps": "net promoter score", "csat": "share satisfied", "ces": "mean effort score"}


def funnel(found: Funnel, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who come to each step, with intervals, groups side by side.

    Args:
        found: Result of `cemkit.journey.funnel`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per step and a bar for each group; of more than 6 groups, with one
        row per step and group.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import funnel as count
        >>> events = simulate_events(1_000).table
        >>> found = count(events, ["visit", "view", "cart", "order"], "2023-05-31", by="channel")
        >>> [label.get_text() for label in funnel(found).get_yticklabels()]
        ['visit', 'view', 'cart', 'order']
    """
    check_kind(found, Funnel, "found")
    groups = _groups(found.table, list(found.by))
    if len(groups) > LEGEND_GROUPS:
        return _funnel_rows(found, groups, ax)
    steps = list(found.steps)
    height = 1.8 + rows_height(steps, row=0.3 * max(len(groups), 1.2))
    ax = axes_for(ax, height=height + legend_height([name for name, _ in groups]))
    height = SPREAD / len(groups)
    for place, ((name, rows), look) in enumerate(
        zip(groups, series_looks(len(groups)), strict=True)
    ):
        at = np.arange(len(rows)) + height * (place + 0.5) - SPREAD / 2
        _funnel_bars(ax, rows, at, label=name, height=0.9 * height, color=look["color"])
        if len(groups) == 1:
            _counts(ax, rows, at)
    name_ticks(ax, "y", steps)
    return _funnel_labels(ax, found, len(steps))


def _funnel_rows(found: Funnel, groups: list[tuple[str, pd.DataFrame]], ax: Axes | None) -> Axes:
    """A row for each step and group, where there are too many groups for a legend."""
    names = [f"{step}: {name}" for step in found.steps for name, _ in groups]
    ax = axes_for(ax, height=1.8 + rows_height(names, row=0.2))
    for place, (_, rows) in enumerate(groups):
        at = np.arange(len(rows)) * len(groups) + place
        _funnel_bars(ax, rows, at, height=SPREAD, color=blue())
    for step in range(1, len(found.steps)):
        ax.axhline(step * len(groups) - 0.5, color=muted(), linewidth=0.8)
    name_ticks(ax, "y", names)
    return _funnel_labels(ax, found, len(names))


def _funnel_bars(ax: Axes, rows: pd.DataFrame, at: Any, **look: Any) -> None:
    share = rows["overall"].to_numpy()
    ax.barh(at, share, alpha=0.6, **look)
    _whiskers(ax, share, rows["overall_lower"], rows["overall_upper"], at)


def _funnel_labels(ax: Axes, found: Funnel, rows: int) -> Axes:
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_xlim(0, 1)
    rate_ticks(ax, "x")
    window = "" if found.window_days is None else f" within {days_text(found.window_days)}"
    label = f"share of those who started{window} ({interval_text(found.confidence_level)})"
    return lettered(ax, xlabel=label)


def step_times(found: StepTimes, *, ax: Axes | None = None) -> Axes:
    """Draw the share of customers who have gone on against the days since the step before.

    Args:
        found: Result of `cemkit.journey.step_times`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a curve and its band for each group and pair of steps.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import step_times as measure
        >>> events = simulate_events(500).table
        >>> step_times(measure(events, ["visit", "view"], as_of="2023-05-31")).get_xlabel()
        'days'
    """
    check_kind(found, StepTimes, "found")
    split = list(found.by) + (["step", "next_step"] if len(found.steps) > 2 else [])
    groups = _groups(found.curve, split)
    ax = axes_for(ax, height=3.2 + legend_height([name for name, _ in groups]))
    for (name, rows), look in zip(groups, series_looks(len(groups)), strict=True):
        days = np.append(0.0, rows["days"])
        gone, least, most = (
            1 - np.append(1.0, rows[column]) for column in ("waiting", "upper", "lower")
        )
        ax.step(days, gone, where="post", color=look["color"], ls=look["linestyle"], label=name)
        ax.fill_between(days, least, most, step="post", color=look["color"], alpha=BAND, lw=0)
    ax.set_ylim(0, 1)
    ax.set_xlim(left=0)
    rate_ticks(ax, "y")
    number_ticks(ax, "x")
    level = interval_text(found.confidence_level)
    pair = f" from {found.steps[0]} to {found.steps[1]}" if len(found.steps) == 2 else ""
    return lettered(ax, xlabel="days", ylabel=f"have gone on{pair} ({level})")


def transition_graph(found: Transitions, *, min_rate: float = 0.05, ax: Axes | None = None) -> Axes:
    """Draw events on a circle, and an arrow for each move that is frequent enough.

    Groups are drawn together.

    Args:
        found: Result of `cemkit.journey.transitions`.
        min_rate: Moves that make up a smaller share of those from their event are not drawn.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with a text for each event and an arrow for each move: for the 60 of the highest
        rates where there are more, as the title then says. Rates are written where there is room,
        the highest first.

    Raises:
        ValueError: `min_rate` is below 0.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import transitions
        >>> found = transitions(simulate_events(500).table, as_of="2023-05-31")
        >>> transition_graph(found).get_title()
        'Moves of at least 5.0% of those from an event'
    """
    check_kind(found, Transitions, "found")
    check_number(min_rate, "min_rate", minimum=0.0)
    table = _moves_of_all(found)
    names = [*pd.Index(table["event"].unique()).sort_values(), END]
    ax = axes_for(ax, width=max(5.0, 0.45 * len(names)), height=max(5.0, 0.45 * len(names)))
    ax.set(xlim=(-1.35, 1.35), ylim=(-1.25, 1.25), xticks=[], yticks=[])
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    place = {name: (math.cos(a), math.sin(a)) for name, a in zip(names, angle, strict=True)}
    frequent = table[(table["rate"] >= min_rate) & (table["event"] != table["next_event"])]
    frequent = frequent.sort_values(["rate", "event", "next_event"], ascending=[False, True, True])
    own = table[table["event"] == table["next_event"]]
    repeats: dict[Any, float] = own.set_index("event")["rate"].to_dict()
    size = font_size("font.size") * (1.0 if len(names) <= CROWD else 0.8)
    points = dict(zip(names, in_points(ax, np.cos(angle), np.sin(angle)), strict=True))
    taken = []
    for name, at in place.items():
        again = repeats.get(name, 0.0)
        text = wrapped(name, 14) + (f"\nagain {share_text(again)}" if again >= min_rate else "")
        box = {"boxstyle": "round", "fc": ax.get_facecolor(), "ec": muted()}
        ax.text(*at, text, ha="center", va="center", bbox=box, zorder=4, size=size)
        taken.append(text_box(text, size, *points[name]))
    drawn = frequent[:MOST_MOVES]
    moves = [drawn[column].tolist() for column in ("event", "next_event", "rate")]
    for event, following, rate in zip(*moves, strict=True):
        _arrow(ax, place[event], place[following], rate)
        _write_rate(ax, np.array([points[event], points[following]]), rate, taken)
    ax.set_frame_on(False)
    title = f"Moves of at least {share_text(min_rate)} of those from an event"
    more = f": the {len(drawn)} of the highest rates, of {len(frequent)}"
    return lettered(ax, title=title + (more if len(drawn) < len(frequent) else ""))


def journey_map(found: JourneyMap, *, ax: Axes | None = None) -> Axes:
    """Draw touchpoints by stage: reach, conversion and score as shades of each column.

    Args:
        found: Result of `cemkit.journey.journey_map`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes: one row per touchpoint in the order of the stages, one column per figure. Each
        column is shaded from its smallest to its largest value; the numbers are those of the table.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import journey_map as lay_out
        >>> events = simulate_events(500).table
        >>> ax = journey_map(lay_out(events, as_of="2023-05-31", target="order"))
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['reach', 'conversion']
    """
    check_kind(found, JourneyMap, "found")
    columns = ["reach", "conversion", *([] if found.measure is None else ["score"])]
    table = found.table
    if found.by:  # groups of a touchpoint below each other
        order = table.groupby(["journey_stage", "touchpoint"], sort=False).ngroup()
        stage = table.groupby("journey_stage", sort=False).ngroup()
        table = table.iloc[np.lexsort((order, stage))]
    rows = [
        ", ".join(map(str, row)) for row in table[["touchpoint", *found.by]].itertuples(index=False)
    ]
    ax = axes_for(ax, width=3.5 + 1.4 * len(columns), height=1.6 + rows_height(rows))
    shades = table[columns].apply(_from_0_to_1).to_numpy(dtype=float)
    ax.imshow(shades, cmap="Blues", aspect="auto", vmin=0, vmax=1.6)
    for column, name in enumerate(columns):
        worst = table["worst"] & (name == "score")
        for place, (value, marked) in enumerate(zip(table[name], worst, strict=True)):
            if np.isfinite(value):
                text = _cell_text(value, name, found.measure) + (" (worst)" if marked else "")
                weight = "bold" if marked else "normal"
                ax.text(column, place, text, ha="center", va="center", color="black", weight=weight)
    name_ticks(ax, "y", rows)
    named = [MEASURES.get(found.measure or "", "") if name == "score" else name for name in columns]
    name_ticks(ax, "x", named)
    _name_stages(ax, table["journey_stage"].tolist(), len(columns))
    return lettered(
        ax, title=f"Touchpoints and {found.target} within {days_text(found.window_days)}"
    )


def attribution(found: Attribution, *, ax: Axes | None = None) -> Axes:
    """Draw the share of credit of each channel by each method, with intervals.

    Args:
        found: Result of `cemkit.journey.attribute_conversions`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per channel and a point for each method.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.journey import attribute_conversions, conversion_paths as count
        >>> shop = simulate_shop(1_500)
        >>> paths = count(shop.events, "order", as_of=shop.as_of)
        >>> credit = attribute_conversions(paths, ["first", "last", "shapley", "markov"])
        >>> [label.get_text() for label in attribution(credit).get_yticklabels()]
        ['shop', 'app', 'web', '(none)']
    """
    check_kind(found, Attribution, "found")
    shares = found.wide("share")
    channels = shares.mean(axis=1).sort_values(ascending=False, kind="stable").index.tolist()
    methods = list(shares.columns)
    ax = axes_for(ax, height=1.8 + rows_height(channels, row=0.07 * len(methods) + 0.2))
    table = found.table.set_index("channel")
    for place, (method, look) in enumerate(zip(methods, series_looks(len(methods)), strict=True)):
        rows = table[table["method"] == method].loc[channels]
        at = np.arange(len(channels)) + SPREAD * ((place + 0.5) / len(methods) - 0.5)
        share = rows["share"].to_numpy()
        ax.hlines(at, rows["share_lower"], rows["share_upper"], color=look["color"], lw=1)
        filled = look["color"] if look["linestyle"] == "-" else "none"
        style = {"color": look["color"], "markerfacecolor": filled, "ms": 5, "linestyle": "none"}
        ax.plot(share, at, marker=look["marker"], label=method, **style)
    for line in np.arange(len(channels) - 1) + 0.5:
        ax.axhline(line, color=muted(), linewidth=0.3)
    ax.set_ylim(len(channels) - 0.5, -0.5)
    ax.set_xlim(left=0)
    name_ticks(ax, "y", channels)
    rate_ticks(ax, "x")
    return lettered(ax, xlabel=f"share of conversions ({interval_text(found.confidence_level)})")


def funnel_comparison(found: FunnelComparison, *, ax: Axes | None = None) -> Axes:
    """Draw the difference of each step and pair of groups, with intervals.

    Args:
        found: Result of `Funnel.compare`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per comparison; those that are detected are filled.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import funnel as count
        >>> events = simulate_events(1_500).table
        >>> split = count(events, ["visit", "view", "cart", "order"], "2023-05-31", by="channel")
        >>> ax = funnel_comparison(split.compare(control="web"))
        >>> [label.get_text() for label in ax.get_yticklabels()][:2]
        ['view: app against web', 'cart: app against web']
    """
    check_kind(found, FunnelComparison, "found")
    table = found.table
    rows = [
        f"{_short(step)}: {_short(group_text(group))} {_against(group_text(control))}"
        for step, group, control in zip(
            table["step"], table["group"], table["control"], strict=True
        )
    ]
    ax = axes_for(ax, height=1.8 + rows_height(rows))
    at = np.arange(len(rows))
    ax.axvline(0, color=muted(), lw=0.8)
    ax.hlines(at, table["lower"], table["upper"], color=blue(), lw=1.2)
    for chosen, fill in ((table["detected"], blue()), (~table["detected"], "none")):
        own = chosen.to_numpy(dtype=bool)
        difference = table["difference"].to_numpy()[own]
        ax.plot(difference, at[own], "o", color=blue(), markerfacecolor=fill, ms=5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", rows)
    rate_ticks(ax, "x", symbol=" pp")
    level = interval_text(found.confidence_level)
    return lettered(ax, xlabel=f"difference of the rate ({level}); filled: detected")


def _short(text: str) -> str:
    return unbroken(wrapped(text, 22, 1))


def _against(control: str) -> str:
    return unbroken(f"against {wrapped(control, 16, 1)}")


def conversion_paths(found: ConversionPaths, *, top: int = 15, ax: Axes | None = None) -> Axes:
    """Draw the most frequent paths, with those that converted and those that did not.

    Args:
        found: Result of `cemkit.journey.conversion_paths`, or read by `from_table`.
        top: How many paths to draw.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one bar per path, in the order of the table.

    Raises:
        ValueError: `top` is below 1.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.journey import conversion_paths as count
        >>> shop = simulate_shop(1_500)
        >>> paths = count(shop.events, "order", as_of=shop.as_of, collapse_repeats=True)
        >>> [label.get_text() for label in conversion_paths(paths, top=10).get_yticklabels()][:2]
        ['shop', 'app']
    """
    check_kind(found, ConversionPaths, "found")
    check_integer(top, "top", minimum=1)
    table = found.table.head(top)
    rows = [" > ".join(map(str, path[:20])) or "(none)" for path in table["path"]]
    ax = axes_for(ax, height=1.8 + rows_height(rows))
    at = np.arange(len(rows))
    conversions, nulls = table["conversions"].to_numpy(), table["nulls"].to_numpy()
    ax.barh(at, conversions, color=blue(), height=0.7, label="converted")
    ax.barh(at, nulls, left=conversions, color=muted(), height=0.7, label="no conversion")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, 1.05 * float((conversions + nulls).max()))
    name_ticks(ax, "y", rows)
    number_ticks(ax, "x", integer=True)
    return lettered(ax, xlabel="paths")


def credit_stability(found: CreditStability, *, ax: Axes | None = None) -> Axes:
    """Draw how far the share of each channel moves over all methods and settings.

    Args:
        found: Result of `cemkit.journey.credit_stability`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per channel: a grey line from the least to the largest share by any
        method under any setting, and on it the share by each method under the usual setting.

    Examples:
        >>> from cemkit.data import simulate_shop
        >>> from cemkit.journey import credit_stability as vary
        >>> shop = simulate_shop(800)
        >>> found = vary(shop.events, as_of=shop.as_of, methods=["last", "linear", "markov"])
        >>> [text.get_text() for text in credit_stability(found).get_legend().get_texts()]
        ['last', 'linear', 'markov']
    """
    check_kind(found, CreditStability, "found")
    ranges = found.ranges.sort_values(["largest", "least"], ascending=False, kind="stable")
    channels = ranges.index.tolist()
    settings = found.table[["lookback_days", "lost_share"]]
    usual = found.table[(settings == settings.iloc[0]).all(axis=1)]
    methods = found.table["method"].unique().tolist()
    ax = axes_for(ax, height=1.8 + rows_height(channels, row=0.07 * len(methods) + 0.2))
    at = np.arange(len(channels))
    ax.hlines(at, ranges["least"], ranges["largest"], color=muted(), lw=3, alpha=0.6)
    for place, (method, look) in enumerate(zip(methods, series_looks(len(methods)), strict=True)):
        offset = SPREAD * ((place + 0.5) / len(methods) - 0.5)
        filled = look["color"] if look["linestyle"] == "-" else "none"
        style = {"color": look["color"], "markerfacecolor": filled, "ms": 5, "linestyle": "none"}
        share = usual[usual["method"] == method].set_index("channel")["share"].reindex(channels)
        ax.plot(share, at + offset, marker=look["marker"], label=method, **style)
    ax.set_ylim(len(channels) - 0.5, -0.5)
    ax.set_xlim(left=0)
    name_ticks(ax, "y", channels)
    rate_ticks(ax, "x")
    return lettered(ax, xlabel="share of conversions; grey: over all methods and settings")


def fix_list(found: FixList, *, ax: Axes | None = None) -> Axes:
    """Draw what each source says of every touchpoint, those to fix first.

    Args:
        found: Result of `cemkit.journey.fix_list`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per touchpoint and a column for each source and the verdict.

    Examples:
        >>> from cemkit.data import simulate_events, simulate_responses
        >>> from cemkit.journey import fix_list as collect, funnel as count, journey_map
        >>> events, day = simulate_events(2_000).table, "2023-04-30"
        >>> answers = simulate_responses(2_000, touchpoints=["visit", "cart", "delivery"]).table
        >>> lost = count(events, ["visit", "view", "cart", "order"], day)
        >>> rated = journey_map(events, answers, as_of=day, target="order")
        >>> ax = fix_list(collect(journey_map=rated, funnel=lost))
        >>> [label.get_text() for label in ax.get_xticklabels()]
        ['drivers', 'journey map', 'funnel', 'verdict']
    """
    check_kind(found, FixList, "found")
    columns = ["drivers", "journey_map", "funnel", "verdict"]
    rows = found.table["touchpoint"].tolist()
    ax = axes_for(ax, width=3.5 + 1.2 * len(columns), height=1.6 + rows_height(rows))
    shades = {"for": orange(), "fix": orange(), "against": blue(), "leave": blue()}
    for column, name in enumerate(columns):
        for place, said in enumerate(found.table[name]):
            box = (column - 0.47, place - 0.45)
            if said in shades:
                ax.add_patch(Rectangle(box, 0.94, 0.9, color=shades[said], alpha=0.35, lw=0))
            colour = muted() if said == "silent" else ink()
            weight = "bold" if name == "verdict" else "normal"
            ax.text(column, place, said, ha="center", va="center", color=colour, weight=weight)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    name_ticks(ax, "y", rows)
    name_ticks(ax, "x", [name.replace("_", " ") for name in columns])
    return lettered(ax, title="What to fix, by source")


def _moves_of_all(found: Transitions) -> pd.DataFrame:
    """The moves and their rates, groups together."""
    sums = found.table.groupby(["event", "next_event"], as_index=False)["transitions"].sum()
    from_event = sums.groupby("event")["transitions"].transform("sum")
    rates: pd.DataFrame = sums.assign(rate=sums["transitions"] / from_event)
    return rates


def _groups(table: pd.DataFrame, split: list[Any]) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each group with its name; no name where there is one group."""
    if not split:
        return [("_nolegend_", table)]
    return [
        (group_text(key), rows) for key, rows in table.groupby(split, sort=False, observed=True)
    ]


def _whiskers(ax: Axes, share: Any, lower: pd.Series, upper: pd.Series, at: Any) -> None:
    around = np.abs([share - lower.to_numpy(), upper.to_numpy() - share])
    ax.errorbar(share, at, xerr=around, fmt="none", ecolor=ink(), capsize=3)


def _counts(ax: Axes, rows: pd.DataFrame, at: Any) -> None:
    """Write how many customers came to each step inside or beside its bar."""
    for place, share, end, count in zip(
        at, rows["overall"], rows["overall_upper"], rows["customers"], strict=True
    ):
        inside = share > 0.5
        ax.text(
            0.01 if inside else end + 0.01,
            place,
            f"{count:,}",
            ha="left",
            va="center",
            size=font_size("xtick.labelsize"),
        )


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], rate: float) -> None:
    """An arrow as strong as the move is frequent, bent so that one back is seen beside it."""
    ax.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": blue(),
            "alpha": 0.25 + 0.75 * min(rate, 1.0),
            "lw": 0.8 + 3.2 * rate,
            "shrinkA": 24,
            "shrinkB": 24,
            "connectionstyle": f"arc3,rad={BEND}",
        },
        zorder=2,
    )


def _write_rate(ax: Axes, ends: Floats, rate: float, taken: list[Box]) -> None:
    """Write a rate beside its arrow, where it covers no other text; nowhere if it always does."""
    start, end = ends
    across = np.array([end[1] - start[1], start[0] - end[0]])
    bend = (start + end) / 2 + BEND * across
    aside = 7 * across / max(float(np.hypot(*across)), 1e-9)
    middles = [(1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end + aside for t in ALONG]
    boxes = [text_box(share_text(rate), RATE_SIZE, *middle) for middle in middles]
    best, covered = freest(boxes, taken, frame(ax))
    if covered:
        return
    taken.append(boxes[best])
    ax.text(
        *in_data(ax, middles[best]),
        share_text(rate),
        ha="center",
        va="center",
        size=RATE_SIZE,
        path_effects=outlined(ax),
        zorder=3,
    )


def _name_stages(ax: Axes, stages: list[str], columns: int) -> None:
    """Write the stages at the right of their rows, and lines between them."""
    starts = [k for k, stage in enumerate(stages) if k == 0 or stage != stages[k - 1]]
    for start, end in itertools.pairwise([*starts, len(stages)]):
        if start:
            ax.axhline(start - 0.5, color="black", linewidth=1)
        middle = (start + end - 1) / 2
        ax.text(columns - 0.42, middle, stages[start].replace("_", " "), ha="left", va="center")


def _from_0_to_1(values: pd.Series) -> pd.Series:
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else values * 0 + 0.5


def _cell_text(value: float, name: str, measure: str | None) -> str:
    if name == "score" and measure == "nps":
        return f"{100 * value:+.0f}"
    return f"{value:.2f}" if name == "score" and measure == "ces" else share_text(value)
