"""Ticks that can be read: numbers, money, rates, dates and names, as many as there is room for."""

import math
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
)

from cemkit.checks.options import shown
from cemkit.plots.fonts import CJK

Which = Literal["x", "y"]

LETTER = 0.62  # width of a letter, in font sizes
BETWEEN = 1.0  # between two numbers on an axis, in font sizes
LINE = 1.3  # height of a line, in font sizes
SMALLEST = 6.0  # points, of names that are many
NAME_WIDTH, NAME_LINES, SLANTED_WIDTH = 24, 3, 28
GLUE = "\N{NO-BREAK SPACE}"
SPACES = re.compile(rf"[^\S{GLUE}]+")
# A Chinese line neither begins with a mark that closes nor ends with one that opens.
CHARACTER = rf"[（【《「『“‘]*{CJK.pattern}[，。、；：！？）】》」』”’]*"
PIECES = re.compile(rf" |[^ ]*{GLUE}[^ ]*|{CHARACTER}|(?:(?!{CJK.pattern})[^ ])+")
STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten


def wrapped(text: object, width: float = NAME_WIDTH, lines: int = NAME_LINES) -> str:
    """Return a text in lines of at most `width` letters; of a longer one the end is kept.

    A no-break space keeps two words on one line, and is drawn as a space.
    """
    words = SPACES.sub(" ", str(text)).strip(" ")
    most = max(int(width), 4)
    parts = _broken(words, most)
    if len(parts) > lines:
        end = _last(words, most // 3).lstrip()  # where names that begin alike differ
        begin = _first(parts[lines - 1], most - text_width(end) - 1)
        parts = [*parts[: lines - 1], f"{begin.rstrip()}…{end}"]
    return "\n".join(parts).replace(GLUE, " ")


def unbroken(text: str, width: float = NAME_WIDTH) -> str:
    """Return a text that `wrapped` keeps on one line, where it fits into one."""
    return text.replace(" ", GLUE) if text_width(text) <= width else text


def _broken(words: str, most: int) -> list[str]:
    """Lines of at most so many letters, broken at spaces.

    What is longer without a space is broken between Chinese characters, or anywhere.
    """
    lines = [""]
    for piece in _pieces(words, most):
        if text_width(lines[-1] + piece) > most and piece != " ":
            lines.append("")
        while text_width(piece) > most:
            lines[-1] = _first(piece, most)
            piece = piece[len(lines[-1]) :]  # noqa: PLW2901 - what is left of it
            lines.append("")
        if piece != " " or lines[-1]:
            lines[-1] += piece
    return [line.strip(" ") for line in lines if line.strip(" ")]


def _pieces(words: str, most: int) -> Iterator[str]:
    """What stays on one line: words, and the characters of Chinese that is too long for a line."""
    for word in re.findall(" |[^ ]+", words):
        yield from PIECES.findall(word) if text_width(word) > most else [word]


def _first(text: str, width: float) -> str:
    """As much of the beginning as fits into so many letters."""
    text = text[: int(width)]
    while text_width(text) > width:
        text = text[:-1]
    return text


def _last(text: str, width: float) -> str:
    """As much of the end as fits into so many letters."""
    text = text[-int(width) :]
    while text_width(text) > width:
        text = text[1:]
    return text


def text_width(text: str) -> float:
    """Return the width of the longest line in letters; a Chinese character counts as two."""
    return max((len(line) + len(CJK.findall(line)) for line in text.split("\n")), default=0)


def font_size(setting: Any) -> float:
    """Return the size of a setting such as `"xtick.labelsize"` in points."""
    return float(FontProperties(size=rcParams[setting]).get_size_in_points())


def room(ax: Axes, which: Which) -> float:
    """Return the length of an axis in points, with all that is drawn so far around it.

    From then on dollars in the texts of the Axes are dollars: a name may hold them.
    """
    for text in ax.findobj(Text):
        text.set_parse_math(False)
    figure = ax.figure.figure  # of a subfigure, too
    layout = figure.get_layout_engine()
    if layout is not None:
        with warnings.catch_warnings():  # what does not fit yet may fit in the end
            warnings.simplefilter("ignore", UserWarning)
            layout.execute(figure)
    extent = ax.get_window_extent()
    pixels = extent.width if which == "x" else extent.height
    return max(float(pixels) * 72 / ax.figure.dpi, 1.0)


def number_text(value: float, currency: str = "") -> str:
    """Return a number with thousands separators, a minus before the currency."""
    if not isinstance(currency, str):
        raise TypeError(f"currency must be text, such as '$', not {shown(currency)}")
    minus = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{minus}{currency}{abs(value):,.12g}"


def amount_text(value: float, largest: float, currency: str = "") -> str:
    """Return an amount with the decimals that tell amounts up to the largest apart."""
    if not 0 < largest < np.inf:
        return number_text(value, currency)
    small = 2 - math.floor(math.log10(largest))
    decimals = 0 if largest >= 1000 else 1 if largest >= 10 else 2 if largest >= 0.1 else small
    return number_text(round(value, decimals), currency)


def rate_text(largest: float) -> Callable[[float], str]:
    """Return how rates up to the largest are written, with the decimals that tell them apart."""
    decimals = 0 if not 0 < largest < 0.1 else min(int(-math.log10(largest)), 6)
    return lambda value: f"{value:.{decimals}%}"


def number_ticks(ax: Axes, which: Which, *, currency: str = "", integer: bool = False) -> None:
    """Label an axis with numbers that have thousands separators, or with money."""
    formatter = FuncFormatter(lambda value, _: number_text(value, currency))
    _spaced(ax, which, formatter, integer=integer)


def rate_ticks(ax: Axes, which: Which, *, symbol: str = "%") -> None:
    """Label an axis with percentages, or with percentage points (`" pp"`)."""
    formatter = FuncFormatter(lambda value, _: f"{number_text(round(100 * value, 10))}{symbol}")
    _spaced(ax, which, formatter, integer=False)


def date_ticks(ax: Axes) -> None:
    """Label the x axis with dates."""
    most = max(int(room(ax, "x") / (5 * font_size("xtick.labelsize"))), 5)
    # matplotlib.dates has no types: hence both marks.
    locator = AutoDateLocator(minticks=2 if most < 7 else 3, maxticks=most)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def ratio_ticks(ax: Axes) -> None:
    """Make the x axis logarithmic, with several ticks also where it spans less than a decade."""
    ax.set_xscale("log")
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_ticks([])  # the layout below would compute those of every decade
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value)))
    low, high = ax.get_xlim()
    length = room(ax, "x")
    for count in range(7, 1, -1):
        places = _ratio_places(low, high, count)
        powers = np.log10(places) - np.log10(low)
        along = powers / (np.log10(high) - np.log10(low)) * length
        if _fit([number_text(place) for place in places], along):
            break
    ax.xaxis.set_ticks(places)


def _ratio_places(low: float, high: float, count: int) -> list[float]:
    """At most about `count` round numbers in a range; powers of ten where it is wide."""
    if high < 20 * low:
        ticks = MaxNLocator(count, steps=STEPS).tick_values(low, high)
        return [float(tick) for tick in ticks if low <= tick <= high]
    least, most = math.ceil(math.log10(low)), math.floor(math.log10(high))
    return [10.0**power for power in range(least, most + 1, -(-(most - least + 1) // count))]


def rows_height(names: Sequence[object], *, row: float = 0.4) -> float:
    """Return the inches that rows with these names take, at least `row` for each."""
    lines = max((wrapped(name).count("\n") + 1 for name in names), default=1)
    return len(names) * max(row, 1.1 * LINE * font_size("ytick.labelsize") * lines / 72)


def name_ticks(
    ax: Axes,
    which: Which,
    names: Sequence[object],
    places: Sequence[float] | None = None,
    *,
    ordered: bool = False,
) -> None:
    """Label an axis with names: wrapped, slanted, smaller, and at last only some of them.

    Of ordered names, such as ages and weeks, only some are written where they do not fit.
    """
    places = list(range(len(names))) if places is None else list(places)
    size, length = font_size(f"{which}tick.labelsize"), room(ax, which)
    texts = [wrapped(name) for name in names]
    widest = max(map(text_width, texts), default=0) * LETTER
    slanted = which == "x" and not ordered and len(texts) * (widest + 1) * size > length
    if slanted:
        texts = [wrapped(name, SLANTED_WIDTH, 1) for name in names]
    elif which == "y":
        most = int(length / (max(len(names), 1) * LINE * size))  # lines that each name may take
        texts = [wrapped(name, lines=min(max(most, 1), NAME_LINES)) for name in names]
    lines = max((text.count("\n") + 1 for text in texts), default=1)
    along = widest + 1 if which == "x" and not slanted else LINE * (lines + 0.3 * slanted)
    fits = length / max(len(texts) * along, 1e-9)  # points
    shrunk = size if ordered else min(max(fits, min(SMALLEST, size)), size)
    step = max(math.ceil(shrunk / fits - 1e-9), 1)
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks(places[::step])
    slant: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"}
    axis.set_ticklabels(
        texts[::step], fontsize=shrunk, parse_math=False, **(slant if slanted else {})
    )


def _spaced(ax: Axes, which: Which, formatter: Formatter, *, integer: bool) -> None:
    """Set the formatter, and ticks so far apart that their labels do not touch."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_formatter(formatter)
    if which == "y":
        if integer:
            axis.set_major_locator(MaxNLocator("auto", steps=STEPS, integer=True))
        return
    axis.set_major_locator(_Spaced(1, steps=STEPS, integer=integer))
    space_numbers(ax)


class _Spaced(MaxNLocator):
    """Places of numbers on an x axis, as many as there is room for, none outside of it."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the places between the ends."""
        places = np.asarray(super().tick_values(vmin, vmax))
        beyond = 1e-9 * abs(vmax - vmin)
        low, high = min(vmin, vmax) - beyond, max(vmin, vmax) + beyond
        return places[(places >= low) & (places <= high)]


def space_numbers(ax: Axes) -> None:
    """Set as many numbers on the x axis as there is room for, with all that is drawn so far."""
    locator, formatter = ax.xaxis.get_major_locator(), ax.xaxis.get_major_formatter()
    if not isinstance(locator, _Spaced):
        return
    low, high = sorted(ax.get_xlim())
    length = room(ax, "x")
    places: list[float] = []
    for count in range(8, 0, -1):
        locator.set_params(nbins=count)
        places = locator.tick_values(low, high).tolist()
        texts, shares = formatter.format_ticks(places), (np.array(places) - low) / (high - low)
        if places and _fit(texts, shares * length):
            length = room(ax, "x")  # the last number may reach beyond the axis, which shortens it
            if _fit(texts, shares * length):
                return
    ax.xaxis.set_major_locator(FixedLocator(places[:1]))


def _fit(texts: Sequence[str], along: Any) -> bool:
    """Whether texts in the middle of these places, in points, stand apart."""
    size = font_size("xtick.labelsize")
    half = np.array([text_width(text) for text in texts]) * LETTER * size / 2
    return bool((np.diff(along) >= half[1:] + half[:-1] + BETWEEN * size).all())
