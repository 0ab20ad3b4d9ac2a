"""One style: colours, Axes, titles and legends."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from cemkit.plots import style, ticks
from cemkit.plots.style import MOST_LINES, draw_series, series_height

THEMES = ("default", "dark_background")


def contrast(one: object, other: object) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    light, dark = sorted((style.luminance(to_rgb(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_colours_stand_out_from_the_background(theme: str) -> None:
    with plt.style.context(theme):
        background = to_rgb(plt.rcParams["axes.facecolor"])
        *rgb, alpha = style.muted()
        faint = [alpha * c + (1 - alpha) * b for c, b in zip(rgb, background, strict=True)]
        for colour in (*style.colours(), style.ink(), faint):
            assert contrast(colour, background) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_series_look_different(theme: str) -> None:
    with plt.style.context(theme):
        looks = [tuple(look.values()) for look in style.series_looks(16)]
        assert len(set(looks)) == 16
        assert len(style.series_looks(40)) == 40
        assert {style.blue(), style.orange()} <= {colour for colour, *_ in looks}


def test_luminance_is_that_of_wcag() -> None:
    assert style.luminance((1, 1, 1)) == pytest.approx(1)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)  # WCAG's example of grey


def test_new_axes_are_at_least_as_large_as_the_users_style_says() -> None:
    with plt.rc_context({"figure.figsize": (9, 3)}):
        ax = style.axes_for(None, width=5, height=12)
    assert ax.figure.get_size_inches().tolist() == [9, 12]
    assert style.axes_for(ax) is ax


@pytest.mark.parametrize("wrong", ["x", 3, plt.figure])
def test_what_is_no_axes_is_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="ax must be Axes of matplotlib, as in plt.subplots"):
        style.axes_for(wrong)


def test_levels_are_named() -> None:
    assert style.interval_text(0.95) == "95% interval"
    assert style.interval_text(0.9994) == "99.94% interval"


@pytest.mark.parametrize("count", [1, 3, 12])
def test_title_legend_and_picture_are_one_above_the_other(count: int) -> None:
    ax = style.axes_for(None)
    for number in range(count):
        ax.plot([0, 1], [0, number], label=f"a series of the number {number}")
    style.lettered(ax, title="A title " * 10, xlabel="x " * 200, ylabel="y " * 200)
    ax.figure.canvas.draw()
    picture, legend, title = (part.get_window_extent() for part in (ax, ax.get_legend(), ax.title))
    assert picture.y1 <= legend.y0 + 1 < legend.y1 <= title.y0 + 1
    whole = ax.figure.get_tightbbox()
    width, height = ax.figure.get_size_inches()
    assert whole.x0 >= -0.02
    assert whole.y0 >= -0.02
    assert whole.x1 <= width + 0.02
    assert whole.y1 <= height + 0.02


def test_names_in_titles_and_legends_are_no_formulas() -> None:
    ax = style.axes_for(None)
    ax.plot([0, 1], label="a $5 and a $10 coupon")
    style.lettered(ax, title="$1 or $2", ylabel="$1 or $2")
    texts = [ax.title, ax.yaxis.label, *ax.get_legend().get_texts()]
    assert not any(text.get_parse_math() for text in texts)


@pytest.mark.parametrize("place", ["title", "xlabel", "ylabel", "legend", "beside", "within"])
def test_dollars_in_a_name_are_no_formula_wherever_it_stands(place: str) -> None:
    name = r"$\frac{$ and $2"
    figure, ax = plt.subplots(layout="constrained")
    ax.plot([0, 1], [0, 1], label=name if place == "legend" else None)
    if place == "beside":
        ax.secondary_yaxis("right").set_yticks([0.5], [name])
    if place == "within":
        ax.text(0.5, 0.5, name)
    ticks.number_ticks(ax, "x")
    style.lettered(ax, **({place: name} if place in {"title", "xlabel", "ylabel"} else {}))
    figure.canvas.draw()


def test_of_very_many_lines_the_first_are_named_and_the_others_grey() -> None:
    lines = pd.DataFrame(np.arange(80.0).reshape(2, 40), columns=[f"m{k}" for k in range(40)])
    ax = plt.subplots()[1]
    draw_series(ax, lines, "other models")
    named = ax.get_legend_handles_labels()[1]
    assert named == [*(f"m{k}" for k in range(MOST_LINES)), "28 other models"]
    assert len(ax.lines) == 40
    assert series_height(list(lines)) == series_height(list(lines)[:MOST_LINES])
    few = plt.subplots()[1]
    draw_series(few, lines.iloc[:, :3], "other models")
    assert few.get_legend_handles_labels()[1] == ["m0", "m1", "m2"]
