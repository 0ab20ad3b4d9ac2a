"""Rows of bars that are sums of parts, such as where the coupons of each offer stand."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cemkit.plots.style import axes_for, colours, legend_height, lettered, muted
from cemkit.plots.ticks import name_ticks, number_ticks, rows_height


def stacked(
    table: pd.DataFrame, names: Sequence[str], given: Axes | None, *, title: str = "", xlabel: str
) -> Axes:
    """Draw a row for each name; its parts are the columns, with their sums in the legend.

    The first column is what was wanted; the last of five is grey.
    """
    labels = [f"{str(part).replace('_', ' ')} ({table[part].sum():,.0f})" for part in table]
    ax = axes_for(given, height=1.8 + rows_height(names, row=0.3) + legend_height(labels) / 2)
    places, ends = np.arange(len(table)), np.zeros(len(table))
    looks = (*colours(), muted())
    for part, label, colour in zip(table, labels, looks, strict=False):
        width = table[part].to_numpy(dtype=float)
        ax.barh(places, width, left=ends, color=colour, height=0.7, linewidth=0, label=label)
        ends += width
    ax.set_xlim(0, 1.05 * max(float(ends.max(initial=0.0)), 1.0))
    ax.set_ylim(max(len(table), 1) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    number_ticks(ax, "x", integer=True)
    return lettered(ax, title=title, xlabel=xlabel)
