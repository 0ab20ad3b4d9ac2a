"""A table as coloured cells, numbered where there is room."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from cemkit.plots.fonts import use_readable_fonts
from cemkit.plots.style import axes_for, luminance
from cemkit.plots.ticks import LETTER, name_ticks, room, rows_height, text_width, wrapped

COLOUR_MAP = "viridis"  # evenly light to dark, also for the colour-blind
NUMBER_SIZE = 8.0  # points
CELL_HEIGHT = 1.3 * NUMBER_SIZE
NAMED = 8.0  # inches of cells with their names below
LONGEST = 16.0  # inches of all cells, beyond which they shrink
MARGIN = 1.5  # inches for colour bar, labels and title
BAR_STEPS = (1, 2, 5, 10)  # times a power of ten, so that ticks have no more digits than cells


def heat_map(
    table: pd.DataFrame,
    shown: Callable[[float], str],
    given: Any,
    *,
    label: str,
    least: float | None,
    integer: bool = False,
) -> Axes:
    """Draw a table with a colour bar; missing cells stay empty.

    The colours begin at `least`, or at the smallest value where it is None. `integer` says that
    the cells hold whole numbers.
    """
    values = table.to_numpy(dtype=float)
    texts = [[shown(value) if np.isfinite(value) else "" for value in row] for row in values]
    longest = max(text_width(text) for row in texts for text in row)
    cell = (longest + 1.5) * LETTER * NUMBER_SIZE
    width, height = _size(table, cell)
    ax = axes_for(given, width=width + longest * LETTER * 10 / 72, height=height)
    image = ax.imshow(values, cmap=COLOUR_MAP, aspect="auto", vmin=least)
    add_colour_bar(image, ax, shown, label, integer=integer)
    _name_cells(ax, table)
    if room(ax, "x") >= cell * table.shape[1] and room(ax, "y") >= CELL_HEIGHT * table.shape[0]:
        colours = _number_colours(image.to_rgba(values))
        for row, column in np.argwhere(np.isfinite(values)):
            ax.text(
                *(column, row, texts[row][column]),
                ha="center",
                va="center",
                color=colours[row, column],
                size=NUMBER_SIZE,
                in_layout=False,
            )
    return ax


def add_colour_bar(
    image: Any, ax: Axes, shown: Callable[[float], str], label: str, *, integer: bool = False
) -> None:
    """Draw what the colours of an image stand for beside it."""
    ticks = MaxNLocator(8, steps=BAR_STEPS, integer=integer)
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.06, aspect=30, ticks=ticks)
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: shown(value)))
    bar.set_label(label)
    bar.ax.get_yticklabels()  # which writes them
    use_readable_fonts(bar.ax.findobj(Text))


def _number_colours(cells: npt.NDArray[Any]) -> npt.NDArray[np.object_]:
    """Black or white, whichever is easier to read on each cell."""
    dark = np.apply_along_axis(luminance, -1, cells[..., :3]) < 0.18
    return np.where(dark, "white", "black").astype(object)


def _name_cells(ax: Axes, table: pd.DataFrame) -> None:
    """Write the names of rows and columns."""
    rows, columns = list(table.index), list(table.columns)
    name_ticks(ax, "y", rows)
    name_ticks(ax, "x", columns, ordered=pd.api.types.is_numeric_dtype(table.columns.dtype))
    name_ticks(ax, "y", rows)  # again, since slanted names take from the height


def _size(table: pd.DataFrame, cell: float) -> tuple[float, float]:
    """Inches for cells that hold their numbers, up to a limit, and for the names."""
    rows, columns = list(table.index), list(table.columns)
    longest_row, longest_column = (
        max(text_width(wrapped(name)) for name in names) * LETTER * 10 / 72
        for names in (rows, columns)
    )
    below = 0.75 * longest_column if longest_column * 72 > cell else 0.0  # they may slant
    named = len(columns) * (longest_column + 0.2)
    numbered = len(columns) * max(cell, CELL_HEIGHT) / 72
    cells = max(named if named < NAMED else 0.0, min(numbered, LONGEST))
    height = min(rows_height(rows, row=0.25), LONGEST)
    return cells + longest_row + MARGIN, height + below + MARGIN
