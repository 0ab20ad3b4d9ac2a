"""The style of every picture: colours, new Axes, and titles, labels and legends in their places.

References:
    Okabe, Ito (2008), Color universal design: colours that people with any kind of colour vision
        can tell apart.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.text import Text

from cemkit.checks.options import shown
from cemkit.formats import level_text
from cemkit.plots.fonts import use_readable_fonts
from cemkit.plots.ticks import (
    LETTER,
    font_size,
    room,
    rows_height,
    space_numbers,
    text_width,
    wrapped,
)

# Those of Okabe and Ito's colours that stand out on a light and on a dark background.
ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
ON_DARK = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7")
MARKERS = "osD^"
MOST_LINES = 12  # that can be told apart
BAND = 0.25  # opacity of an interval drawn as an area
LEGEND_LINE = 1.6  # height of a row of a legend, in font sizes
LEGEND_WIDTH = 44  # letters of a line of a legend


def colours() -> tuple[str, ...]:
    """Return the colours of series, as they suit the background of the user's style."""
    return ON_LIGHT if luminance(to_rgb(ink())) < 0.5 else ON_DARK


def blue() -> str:
    """Return the colour of what the picture is about."""
    return colours()[0]


def orange() -> str:
    """Return the colour of a mark, or of the second kind of thing."""
    return colours()[1]


def ink() -> Any:
    """Return the colour of text, for marks that are read as text is."""
    return rcParams["text.color"]


def muted() -> Any:
    """Return the colour of text made fainter, for lines to compare with."""
    return to_rgba(ink(), 0.6)


def luminance(rgb: Any) -> float:
    """Return the relative luminance of a colour, from 0 to 1, as WCAG 2 defines it."""
    channels = np.asarray(rgb, dtype=float)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def series_looks(count: int) -> list[dict[str, Any]]:
    """Return a colour, a marker and a line for each of several series."""
    looks = itertools.product(("-", "--", ":", "-."), zip(colours(), MARKERS, strict=True))
    return [
        {"color": colour, "marker": marker, "linestyle": line}
        for line, (colour, marker) in itertools.islice(itertools.cycle(looks), count)
    ]


def draw_series(ax: Axes, lines: pd.DataFrame, others: str) -> None:
    """Draw a line for each column: the first ones named, and the `others` in grey behind them.

    More lines than `MOST_LINES` cannot be told apart, and their names would fill the picture.
    """
    named, rest = lines.iloc[:, :MOST_LINES], lines.iloc[:, MOST_LINES:]
    for (name, values), look in zip(named.items(), series_looks(named.shape[1]), strict=True):
        ax.plot(lines.index, values, label=str(name), **look)
    grey = to_rgba(ink(), 0.4)
    for place, (_, values) in enumerate(rest.items()):
        label = f"{rest.shape[1]:,} {others}" if place == 0 else "_"
        ax.plot(lines.index, values, label=label, color=grey, linewidth=0.8, zorder=1)


def series_height(names: Sequence[object]) -> float:
    """Return the inches of a picture of lines with these names, as `draw_series` draws them."""
    return 4.0 + rows_height([str(name) for name in names[:MOST_LINES]], row=0.2)


def axes_for(ax: Any, *, width: float = 0.0, height: float = 0.0) -> Axes:
    """Return the Axes to draw on: those given, or new ones of at least so many inches."""
    if ax is None:
        size = np.maximum(rcParams["figure.figsize"], (width, height))
        return plt.subplots(figsize=tuple(size), layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be Axes of matplotlib, as in plt.subplots()[1], not {shown(ax)}")
    return ax


def interval_text(confidence_level: float) -> str:
    """Return the name of an interval of this level."""
    return f"{level_text(confidence_level)} interval"


def lettered(
    ax: Axes,
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    legend: Sequence[Artist] = (),
) -> Axes:
    """Write title, labels and legend where they cover nothing, in fonts that have their letters.

    The legend has everything with a label, also what is drawn on other Axes and given here. It
    stands above the picture, below the title.
    """
    for text in (ax.title, ax.xaxis.label, ax.yaxis.label):
        text.set_parse_math(False)  # a name may hold dollars
    ax.set_xlabel(_within(xlabel, ax, "x", "axes.labelsize"))
    ax.set_ylabel(ylabel and " ")  # its width counts now, and its height when all else stands
    pad = rcParams["axes.titlepad"] + _legend_above(ax, legend)
    ax.set_title(_within(title, ax, "x", "axes.titlesize"), pad=pad)
    ax.set_ylabel(_within(ylabel, ax, "y", "axes.labelsize"))
    space_numbers(ax)  # names beside the axis may have come after its numbers
    ax.get_xticklabels(), ax.get_yticklabels()  # which writes the ticks
    use_readable_fonts(ax.findobj(Text))
    return ax


def legend_height(names: Sequence[object]) -> float:
    """Return the inches that a legend takes whose names stand one below another."""
    lines = sum(wrapped(name, LEGEND_WIDTH).count("\n") + 1 for name in names)
    return LEGEND_LINE * lines * font_size("legend.fontsize") / 72


def _legend_above(ax: Axes, others: Sequence[Artist]) -> float:
    """Put the legend above the Axes; return its height in points."""
    handles = [*ax.get_legend_handles_labels()[0], *others]
    if not handles:
        return 0.0
    size = font_size("legend.fontsize")
    labels = [wrapped(handle.get_label(), LEGEND_WIDTH) for handle in handles]
    widest = max(map(text_width, labels)) * LETTER * size + 4.5 * size
    columns = min(max(int(1.1 * room(ax, "x") / widest), 1), len(labels))
    legend = ax.legend(
        handles,
        labels,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns,
        frameon=False,
        borderaxespad=0.2,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    lines = [label.count("\n") + 1 for label in labels]
    rows = -(-len(labels) // columns)
    tallest = max(sum(lines[start : start + rows]) for start in range(0, len(lines), rows))
    return (LEGEND_LINE * tallest + 0.4) * size


def _within(text: str, ax: Axes, which: Any, setting: str) -> str:
    return wrapped(text, room(ax, which) / (LETTER * font_size(setting)), lines=4)
