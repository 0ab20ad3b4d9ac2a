"""Labels within a picture: where they cover neither each other nor what is drawn."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from cemkit.arrays import Floats
from cemkit.plots.ticks import LETTER, LINE, room, text_width


class Box(NamedTuple):
    """A rectangle in points."""

    left: float
    bottom: float
    right: float
    top: float

    def covered(self, other: "Box") -> float:
        """How much of this box the other one covers, in square points."""
        across = min(self.right, other.right) - max(self.left, other.left)
        upwards = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(across, 0.0) * max(upwards, 0.0)


def text_box(text: str, size: float, x: float, y: float) -> Box:
    """Return the box of a text around its middle."""
    across = text_width(text) * LETTER * size / 2
    upwards = (text.count("\n") + 1) * LINE * size / 2
    return Box(x - across, y - upwards, x + across, y + upwards)


def in_points(ax: Axes, x: Any, y: Any) -> Floats:
    """Return places of the data as points from the corner of the figure, a row each."""
    room(ax, "x")  # which lays the figure out
    places: Floats = ax.transData.transform(np.column_stack([x, y])) * 72 / ax.figure.dpi
    return places


def in_data(ax: Axes, place: Sequence[float]) -> tuple[float, float]:
    """Return where in the data a place in points is."""
    x, y = ax.transData.inverted().transform(np.asarray(place) * ax.figure.dpi / 72)
    return float(x), float(y)


def frame(ax: Axes) -> Box:
    """Return the box of the Axes."""
    extent, scale = ax.get_window_extent(), 72 / ax.figure.dpi
    return Box(extent.x0 * scale, extent.y0 * scale, extent.x1 * scale, extent.y1 * scale)


def freest(boxes: Iterable[Box], taken: Sequence[Box], within: Box) -> tuple[int, float]:
    """Return which box covers least of what is taken and of what lies outside, and how much."""
    costs = [
        sum(box.covered(other) for other in taken) + 4 * (box.covered(box) - box.covered(within))
        for box in boxes
    ]
    best = int(np.argmin(costs))
    return best, costs[best]


def outlined(ax: Axes) -> list[Any]:
    """Return path effects that keep a text readable on the lines below it."""
    return [withStroke(linewidth=2.5, foreground=ax.get_facecolor())]
