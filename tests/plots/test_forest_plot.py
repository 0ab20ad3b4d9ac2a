"""Rows, points and intervals are the numbers given."""

import numpy as np
import pytest

from cemkit.plots.forest_plot import forest, levels_text


def test_each_row_is_a_point_on_its_interval() -> None:
    ax = forest(["a", "b"], [[1, 0, 2], [-1, -3, 1]], None, colours=["red", "blue"])
    _, *lines = ax.lines
    points, intervals = lines[:2], lines[2:]
    assert [point.get_xydata().tolist() for point in points] == [[[1, 0]], [[-1, 1]]]
    assert [line.get_xdata().tolist() for line in intervals] == [[0, 2], [-3, 1]]
    assert [line.get_color() for line in (*points, *intervals)] == ["red", "blue"] * 2
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_an_interval_without_a_bound_ends_at_the_edge() -> None:
    ax = forest(["a", "b"], [[1, -np.inf, 2], [np.nan] * 3], None, colours=["red", "blue"])
    low, high = ax.get_xlim()
    assert ax.lines[3].get_xdata().tolist() == pytest.approx([low, 2])
    assert low < 0 < 2 < high
    assert np.isnan(ax.lines[4].get_xdata()).all()


def test_the_levels_are_those_drawn() -> None:
    assert levels_text([0.95], 0.95, "holm", 1) == "95% interval"
    assert levels_text([0.975] * 2, 0.95, "none", 2) == "97.5% interval"
    drawn = levels_text([0.975, 0.95], 0.95, "holm", 2)
    assert drawn == "95% to 97.5% intervals: 95% for 2 comparisons, holm"
