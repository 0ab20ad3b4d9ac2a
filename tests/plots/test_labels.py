"""Labels cover neither each other nor what is drawn."""

import matplotlib.pyplot as plt
import pytest

from cemkit.plots import labels
from cemkit.plots.labels import Box


def test_what_two_boxes_share_is_an_area() -> None:
    assert Box(0, 0, 4, 2).covered(Box(3, 1, 9, 9)) == 1
    assert Box(0, 0, 4, 2).covered(Box(4, 0, 9, 9)) == 0


def test_a_text_takes_its_lines() -> None:
    one, two = (labels.text_box(text, 10.0, 0.0, 0.0) for text in ("ab", "ab\nab"))
    assert (one.left, one.right) == (two.left, two.right) == pytest.approx((-6.2, 6.2))
    assert two.top == 2 * one.top


def test_places_of_the_data_and_on_paper_are_each_others_inverse() -> None:
    _, ax = plt.subplots(layout="constrained")
    ax.plot([0, 10], [0, 10])
    [[x, y]] = labels.in_points(ax, 3, 7)
    assert labels.in_data(ax, (x, y)) == pytest.approx((3, 7))
    inside = labels.frame(ax)
    assert inside.left < x < inside.right
    assert inside.bottom < y < inside.top


def test_the_freest_box_lies_inside_and_covers_nothing() -> None:
    within = Box(0, 0, 10, 10)
    boxes = [Box(8, 8, 12, 12), Box(0, 0, 4, 4), Box(5, 5, 9, 9)]
    assert labels.freest(boxes, [Box(3, 3, 5, 5)], within) == (2, 0.0)
    assert labels.freest(boxes[:2], [Box(3, 3, 5, 5)], within) == (1, 1.0)


def test_the_outline_of_a_text_is_the_background() -> None:
    _, ax = plt.subplots(facecolor="red", subplot_kw={"facecolor": "black"})
    [effect] = labels.outlined(ax)
    assert effect._gc["foreground"] == ax.get_facecolor()
