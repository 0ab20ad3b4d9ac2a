"""Pictures of indicators: their course, what changed revenue, and what the monitor found."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.arrays import Floats
from cemkit.catalogue import words
from cemkit.checks import check_integer
from cemkit.checks.options import check_kind
from cemkit.formats import level_text
from cemkit.indicators.acquisition import AcquisitionPayback
from cemkit.indicators.cards import Scorecard
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.figures import change_texts, in_points, value_texts
from cemkit.indicators.monitoring import Monitoring
from cemkit.indicators.revenue import RevenueTree
from cemkit.plots.style import (
    BAND,
    axes_for,
    blue,
    ink,
    interval_text,
    lettered,
    muted,
    orange,
)
from cemkit.plots.ticks import date_ticks, name_ticks, number_text, number_ticks, rows_height

MOST_ROWS = 1000
APART = 0.15  # of the two estimates of one row
FILLED = 0.76  # of a row's height
MINUS = "\N{MINUS SIGN}"
NO_POINTS = {"nps"}  # scores whose changes are not percentage points


class _Row(NamedTuple):
    """A line to draw, with the bounds around it where there are some, and what stands beside it."""

    name: str
    series: pd.Series
    lower: Floats
    upper: Floats
    beside: str
    judged: float = np.nan  # the mean of the last periods


class _Last(NamedTuple):
    """How many periods were judged together, in which rows they changed, and what these say."""

    periods: int
    changed: Any
    name_of_changed: str
    name_of_mean: str


def scorecard(
    card: Scorecard, *, most: int = 12, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Draw each indicator as a line with its intervals, its last value and its last change.

    Every line has a scale of its own. Beside it stand the last value and how it changed against the
    period that the scorecard compares with.

    Args:
        card: Result of `scorecard`.
        most: How many lines to draw at most; the first ones of the table.
        language: Language of what the picture says, `"en"` or `"zh"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.indicators import scorecard as summarise
        >>> card = summarise(load_cdnow("sample"), as_of="1998-06-30", window_days=180)
        >>> ax = scorecard(card, most=4)
        >>> [label.get_text() for label in ax.get_yticklabels()][:1]
        ['buying customers']
    """
    check_kind(card, Scorecard, "card")
    count = check_integer(most, "most", minimum=1, maximum=MOST_ROWS)
    keys = ["indicator", *card.by]
    series = _by_key(card.table, keys)
    rows = [
        _Row(
            _name(key, language),
            own["value"],
            own["lower"].to_numpy(dtype=np.float64),
            own["upper"].to_numpy(dtype=np.float64),
            _last_and_change(str(key[0]), own.iloc[-1], language),
        )
        for key, own in series[:count]
    ]
    say = words(language)
    title = say.PICTURES["scorecard"].format(period=say.SCORE_PERIODS[card.period])
    title += _shown(len(rows), len(series), language)
    return _lines(rows, ax, title=title, band=_interval(card.confidence_level, language))


def monitoring(
    found: Monitoring, *, most: int = 12, language: str = "en", ax: Axes | None = None
) -> Axes:
    """Draw each monitored series with the range expected of its last periods, changes marked.

    Every line has a scale of its own. Beside it stand the value and its forecast. With `last` above
    1 these are the mean of the last periods, which is drawn as well, and its range.

    Args:
        found: Result of `monitor`.
        most: How many lines to draw at most, those with the smallest p-values first.
        language: Language of what the picture says, `"en"` or `"zh"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit.indicators import monitor
        >>> names = ["retention_rate", "repurchase_rate", "first_order_rate"]
        >>> rates = np.random.default_rng(0).normal([[0.3], [0.5], [0.2]], 0.01, (3, 60))
        >>> rates[0, -1] = 0.24
        >>> table = pd.DataFrame({"indicator": np.repeat(names, 60), "value": rates.ravel()})
        >>> table["period"] = [*pd.period_range("2019-01", periods=60, freq="M")] * 3
        >>> monitoring(monitor(table)).get_title()
        '1 of 3 series changed'
    """
    check_kind(found, Monitoring, "found")
    count = check_integer(most, "most", minimum=1, maximum=MOST_ROWS)
    keys = ["indicator", *found.groups()]
    history = dict(_by_key(found.history, keys))
    table = found.table.sort_values("p_value", kind="stable").head(count)
    rows = []
    for place in range(len(table)):
        row = table.iloc[place]
        key = tuple(row[keys])
        rows.append(_monitored_row(key, row, history[_plain(key)], language))
    changed = np.asarray(table["changed"], dtype=bool)
    say = words(language).PICTURES
    title = say["monitoring"].format(changed=found.flagged, tested=found.tested)
    title += _shown(len(rows), found.tested, language)
    last = _Last(found.last, changed, say["changed"], say["mean_of_last"].format(last=found.last))
    return _lines(rows, ax, title=title, band=say["expected"], last=last)


def revenue_tree(
    tree: RevenueTree,
    *,
    most: int = 12,
    language: str = "en",
    currency: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw what changed revenue as a waterfall, from the base period to the current one.

    Args:
        tree: Result of `revenue_tree`.
        most: How many components to draw at most, the largest; the others are drawn as one.
        language: Language of what the picture says, `"en"` or `"zh"`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes.

    Examples:
        >>> from cemkit import load_cdnow
        >>> from cemkit.indicators import revenue_tree as split
        >>> ax = revenue_tree(split(load_cdnow("sample"), "1997-12-31"))
        >>> [label.get_text() for label in ax.get_yticklabels()][:2]
        ['1997-11', 'lost customers']
    """
    check_kind(tree, RevenueTree, "tree")
    count = check_integer(most, "most", minimum=1, maximum=MOST_ROWS)
    table = tree.table[tree.table["amount"] != 0]
    names = _component_names(tree, table.head(count), language)
    amounts = table["amount"].to_numpy(dtype=np.float64)
    errors = (table["upper"] - table["amount"]).to_numpy(dtype=np.float64)[:count]
    if len(table) > count:
        names.append(f"{len(table) - count:,} {words(language).OTHERS}")
        amounts = np.append(amounts[:count], amounts[count:].sum())
        errors = np.append(errors, 0.0)
    say = words(language).PICTURES
    labels = [tree.base_period, *names, tree.current_period]
    ax = axes_for(ax, height=1.8 + rows_height(labels))
    starts = tree.base_amount + np.cumsum(amounts) - amounts
    places = np.arange(1, len(amounts) + 1)
    colours = [blue() if amount > 0 else orange() for amount in amounts]
    ax.barh(places, amounts, left=starts, color=colours, height=0.6)
    ax.errorbar(
        starts + amounts,
        places,
        xerr=errors,
        fmt="none",
        ecolor=ink(),
        capsize=3,
        label=_interval(tree.confidence_level, language),
    )
    ends = [tree.base_amount, tree.current_amount]
    rows = [0, len(amounts) + 1]
    ax.plot(ends, rows, "D", color=ink(), label=say["revenue"])
    for end, begin, stop in ((ends[0], 0, 1), (ends[1], rows[1] - 1, rows[1])):
        ax.plot([end, end], [begin, stop], ":", color=muted())
    ax.use_sticky_edges = False  # the largest revenue is not cut at the edge
    ax.autoscale_view()
    ax.set_ylim(len(labels) - 0.4, -0.6)
    number_ticks(ax, "x", currency=currency)
    name_ticks(ax, "y", labels)
    title = say["revenue_tree"].format(base=tree.base_period, current=tree.current_period)
    return lettered(ax, title=title, xlabel=say["revenue"])


def acquisition_payback(
    found: AcquisitionPayback, *, currency: str = "", ax: Axes | None = None
) -> Axes:
    """Draw what a new customer of each channel costs, and is worth where that is known.

    Args:
        found: Result of `acquisition_payback`.
        currency: Currency written before amounts, such as `"$"`.
        ax: Axes to draw on; new ones by default.

    Returns:
        The Axes, with one row per channel; the cost per new customer and the mean lifetime value
        are points with their intervals. An interval without an upper bound ends at the edge, and a
        channel without new customers has no mark.

    Examples:
        >>> from cemkit.indicators import acquisition_payback as pay_back
        >>> rng, day = np.random.default_rng(0), pd.Timestamp("2024-02-01")
        >>> channels = ["search", "social", "friends"]
        >>> customers = pd.DataFrame({"acquisition_channel": channels * 200})
        >>> customers["first_order_date"], customers["clv"] = day, rng.gamma(2, 12, 600)
        >>> costs = pd.DataFrame({"channel": channels, "cost_date": day, "purpose": "acquisition"})
        >>> costs["amount"] = [3_000.0, 5_500.0, 1_000.0]
        >>> found = pay_back(customers.rename_axis("customer_id"), costs, "2024-02-29", start=day)
        >>> acquisition_payback(found).get_xlabel()
        'per new customer (95% interval)'
    """
    check_kind(found, AcquisitionPayback, "found")
    table = found.table
    names = [str(name) for name in table["channel"]]
    ax = axes_for(ax, height=1.8 + rows_height(names))
    looks = {
        "acquisition_cost": ("cost", orange(), "o"),
        "mean_clv": ("lifetime value", blue(), "s"),
    }
    drawn = [name for name in looks if name in table]
    ends = [f"{name}{end}" for name in drawn for end in ("", "_lower", "_upper")]
    known = table[ends].to_numpy(dtype=np.float64)
    edge = 1.3 * float(np.abs(known[np.isfinite(known)]).max(initial=1e-12))
    for name, aside in zip(
        drawn, np.linspace(-APART, APART, len(drawn)) if len(drawn) > 1 else [0.0], strict=True
    ):
        label, colour, marker = looks[name]
        middle, lower, upper = (
            table[f"{name}{end}"].to_numpy(dtype=np.float64) for end in ("", "_lower", "_upper")
        )
        at = np.arange(len(names)) + aside
        ax.hlines(at, np.maximum(lower, -edge), np.minimum(upper, edge), color=colour)
        ax.plot(
            np.where(np.isfinite(middle), middle, np.nan), at, marker, color=colour, label=label
        )
    if not np.isfinite(known).all():
        ax.set_xlim(right=min(ax.get_xlim()[1], edge))
    ax.axvline(0, color=muted(), linewidth=0.8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x", currency=currency)
    return lettered(ax, xlabel=f"per new customer ({interval_text(found.confidence_level)})")


def _lines(
    rows: Sequence[_Row], ax: Axes | None, *, title: str, band: str, last: _Last | None = None
) -> Axes:
    """Draw lines below each other, each on a scale of its own, with bands or a last range."""
    names = [row.name for row in rows]
    ax = axes_for(ax, width=8.0, height=1.6 + rows_height(names, row=0.55))
    for place, row in enumerate(rows):
        days, scale = _days(row.series.index), _Scale.of(row, place)
        values = scale(row.series.to_numpy(dtype=np.float64))
        ax.plot(days, values, color=ink(), linewidth=1.2)
        if last is not None:
            _draw_judged(ax, row, scale, last)
            continue
        label = band if place == 0 else None
        lower, upper = scale(row.lower), scale(row.upper)
        ax.fill_between(days, lower, upper, color=blue(), alpha=BAND, linewidth=0, label=label)
        ax.plot(days[-1:], values[-1:], "o", color=blue(), markersize=4)
    if last is not None and rows:
        _name_judged(ax, last, band)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    if rows:
        ax.xaxis.axis_date()
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(range(len(rows)), [row.beside for row in rows])
    beside.tick_params(length=0)
    if rows:
        date_ticks(ax)
    name_ticks(ax, "y", names)
    return lettered(ax, title=title)


def _draw_judged(ax: Axes, row: _Row, scale: "_Scale", last: _Last) -> None:
    """Draw the range of the last periods, and what was judged: one value, or their mean."""
    days = _days(row.series.index)
    width = days[-1] - days[-2] if len(days) > 1 else 1.0
    begin, end = days[-last.periods], days[-1]
    lower, upper = (scale(bound)[[-1, -1]] for bound in (row.lower, row.upper))
    span = begin - 0.5 * width, end + 0.5 * width
    ax.fill_between(span, lower, upper, color=blue(), alpha=2 * BAND, linewidth=0)
    judged = scale(np.array([row.judged]))
    if last.periods > 1:
        ax.plot([begin, end], judged[[0, 0]], color=orange(), linewidth=2)
    if last.changed[scale.place]:
        ax.plot([(begin + end) / 2], judged, "o", color=orange(), markersize=7)


def _name_judged(ax: Axes, last: _Last, band: str) -> None:
    """Give the legend what stands in the rows."""
    ax.fill_between([], [], [], color=blue(), alpha=2 * BAND, linewidth=0, label=band)
    if last.periods > 1:
        ax.plot([], [], color=orange(), linewidth=2, label=last.name_of_mean)
    if np.any(last.changed):
        ax.plot([], [], "o", color=orange(), markersize=7, label=last.name_of_changed)


class _Scale(NamedTuple):
    """Where the values of a row are drawn."""

    low: float
    high: float
    place: int

    @classmethod
    def of(cls, row: _Row, place: int) -> "_Scale":
        every = np.concatenate([row.series.to_numpy(dtype=np.float64), row.lower, row.upper])
        known = every[np.isfinite(every)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        return cls(low, high if high > low else low + 1.0, place)

    def __call__(self, values: Floats) -> Floats:
        within = 0.5 - (values - self.low) / (self.high - self.low)
        drawn: Floats = self.place + FILLED * within
        return drawn


def _monitored_row(key: tuple[Any, ...], row: pd.Series, own: pd.DataFrame, language: str) -> _Row:
    value, forecast = _texts(str(key[0]), float(row["value"]), float(row["forecast"]))
    lower, upper = (np.array([float(row[name])]) for name in ("lower", "upper"))
    beside = f"{value} ({forecast})"
    return _Row(_name(key, language), own["value"], lower, upper, beside, float(row["value"]))


def _by_key(table: pd.DataFrame, keys: list[str]) -> list[tuple[tuple[Any, ...], pd.DataFrame]]:
    """The rows of each series on their periods, in the order of the table."""
    groups = table.groupby(keys, sort=False, dropna=False, observed=True)
    return [(_plain(key), own.set_index("period").sort_index()) for key, own in groups]


def _plain(key: Any) -> tuple[Any, ...]:
    """A key whose missing parts equal each other."""
    return tuple(None if pd.isna(part) else part for part in key)


def _days(periods: Any) -> Floats:
    starts = pd.PeriodIndex(periods).start_time.to_numpy().astype("M8[D]")
    return starts.astype(np.float64)  # which matplotlib counts as it does


def _name(key: tuple[Any, ...], language: str) -> str:
    known = words(language)
    return str(known.series_name(known.INDICATORS, key))


def _component_names(tree: RevenueTree, table: pd.DataFrame, language: str) -> list[str]:
    known, keys = words(language), ["component", *tree.groups()]
    rows = table[keys].astype(object).to_numpy()
    return [str(known.series_name(known.COMPONENTS, list(row))) for row in rows]


def _shown(drawn: int, there: int, language: str) -> str:
    """How many lines are shown, where these are not all."""
    some = words(language).PICTURES["shown"]
    return str(some.format(drawn=drawn, there=there)) if drawn < there else ""


def _interval(level: float, language: str) -> str:
    """The name of the intervals in a language."""
    return str(words(language).PICTURES["interval"].format(level=level_text(level)))


def _texts(indicator: str, *values: float) -> list[str]:
    """Values as the indicator is read: rates in per cent, others with four digits."""
    if indicator in INDICATORS and in_points(indicator):
        return [text.replace("-", MINUS) for text in value_texts(indicator, *values)]
    return [
        number_text(float(f"{value:.4g}")) if abs(value) < 1e15 else f"{value:.3g}"
        for value in values
    ]


def _last_and_change(indicator: str, row: pd.Series, language: str) -> str:
    value, change = float(row["value"]), float(row["change"])
    if not np.isfinite(value):
        return ""
    [last] = _texts(indicator, value)
    return f"{last}  {_change(indicator, change, language)}" if np.isfinite(change) else last


def _change(indicator: str, change: float, language: str) -> str:
    """A change with its sign; that of a rate in percentage points."""
    if not in_points(indicator):
        return f"{MINUS if change < 0 else '+'}{_texts(indicator, abs(change))[0]}"
    [text] = change_texts(indicator, change)
    unit = "" if indicator in NO_POINTS else f" {words(language).POINTS}"
    return f"{text.replace('-', MINUS)}{unit}"
