"""A forest plot: one row for each estimate, with its interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cemkit.formats import apart
from cemkit.plots.style import axes_for, muted
from cemkit.plots.ticks import name_ticks, rows_height


def forest(
    names: Sequence[str], bounds: Any, given: Axes | None, *, colours: Sequence[Any]
) -> Axes:
    """Draw estimates with their lower and upper bounds, a row each, and a line at 0.

    An interval without a bound on one side ends at the edge of the picture; one that is missing is
    not drawn.
    """
    ax = axes_for(given, height=1.8 + rows_height(names))
    rows = np.asarray(bounds, dtype=float)
    ax.axvline(0, color=muted(), linewidth=0.8)
    for place, ((middle, *_), colour) in enumerate(zip(rows, colours, strict=True)):
        ax.plot(middle, place, "o", color=colour)
    known = rows[np.isfinite(rows)]
    if len(known):
        ax.update_datalim([(known.min(), 0.0), (known.max(), 0.0)])
        ax.autoscale_view()
    edges = ax.get_xlim()
    for place, ((_, lower, upper), colour) in enumerate(zip(rows, colours, strict=True)):
        ax.plot(np.clip([lower, upper], *edges), [place] * 2, color=colour)
    ax.set_xlim(*edges)
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    name_ticks(ax, "y", names)
    return ax


def levels_text(levels: Any, confidence_level: float, correction: str, comparisons: int) -> str:
    """Return the levels of the intervals drawn, and what all comparisons keep together."""
    ends = 100 * np.min(levels), 100 * np.max(levels)
    low, high = (f"{text}%" for text in apart(*ends, spec=".4g", unlike=(0.0, 100.0)))
    own = f"{high} interval" if low == high else f"{low} to {high} intervals"
    if correction == "none" or comparisons == 1:
        return own
    together = f"{100 * confidence_level:g}%"
    return f"{own}: {together} for {comparisons} comparisons, {correction}"
